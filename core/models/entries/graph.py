"""Networks that read graphs. No torch."""

from __future__ import annotations

from dataclasses import replace

from core.models.base import ArchitectureSpec
from core.models.entries.shared import DROPOUT, UNLEARNED_ACTIVATION
from core.registry import Param

_LAYERS = Param(
    "layers", 2, "Layers", "Rounds of looking at the neighbours, the output layer's included.", minimum=1, maximum=32
)


def _hidden(default: int, help: str) -> Param:
    return Param("hidden", default, "Hidden size", help, minimum=1, maximum=1024, unit="units")


ENTRIES: tuple[ArchitectureSpec, ...] = (
    ArchitectureSpec(
        key="gcn",
        label="Graph convolution (GCN)",
        summary="Every node averages itself with its neighbours, then a dense layer follows: the plain graph network.",
        article="Each layer computes f(A' X W + b) with A' = D^-1/2 (A + I) D^-1/2, where A are the edges and D the degrees "
        "of A + I. Two layers see neighbours of neighbours. Every further one smooths the nodes more, until all are alike "
        "and can't be told apart (Li, Han and Wu 2018): try 16 layers. Kipf and Welling 2017.",
        build="core.models.graph_networks:make_gcn",
        check="core.models.checks:check_graph",
        size="core.models.sizes:size_gcn",
        kinds=("graph",),
        params=(_hidden(16, "Units of each hidden layer."), _LAYERS, UNLEARNED_ACTIVATION, DROPOUT),
    ),
    ArchitectureSpec(
        key="gat",
        label="Graph attention (GAT)",
        summary="Every node learns how much to listen to each of its neighbours.",
        article="The share of neighbour j in node i is the softmax over i's neighbours and itself of "
        "leaky_relu(a . W x_j + b . W x_i), slope 0.2; the layer puts out f(sum of shares times W x_j), for several heads "
        "side by side. Shares differ from edge to edge, where a graph convolution's follow from the degrees alone. "
        "Veličković et al. 2018.",
        build="core.models.graph_networks:make_gat",
        check="core.models.checks:check_graph",
        size="core.models.sizes:size_gat",
        kinds=("graph",),
        params=(
            _hidden(8, "Units of each head of a hidden layer."),
            _LAYERS,
            Param("heads", 4, "Heads", "Attentions side by side in each hidden layer.", minimum=1, maximum=64),
            replace(UNLEARNED_ACTIVATION, default="elu"),
            DROPOUT,
        ),
    ),
    ArchitectureSpec(
        key="graph_sage",
        label="GraphSAGE",
        summary="Every node keeps its own state apart from the mean of its neighbours'.",
        article="Each layer computes f(W [x, mean of the neighbours' x] + b), so a node's own features are never averaged "
        "away as in a graph convolution. Here all neighbours count; on graphs too large for that the authors draw some. "
        "Hamilton, Ying and Leskovec 2017.",
        build="core.models.graph_networks:make_graph_sage",
        check="core.models.checks:check_graph",
        size="core.models.sizes:size_graph_sage",
        kinds=("graph",),
        params=(_hidden(16, "Units of each hidden layer."), _LAYERS, UNLEARNED_ACTIVATION, DROPOUT),
    ),
)
