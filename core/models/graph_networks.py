"""Graph networks in plain PyTorch: every node takes in its neighbours, round by round (GCN, GAT, GraphSAGE).

A batch is a column of node numbers; each forward pass computes all nodes and puts out those of the batch. Edges are int64
(2, edges), from row 0 to row 1.
"""

from __future__ import annotations

import torch
from torch import nn

from core.models.base import ModelInput
from core.models.parts.activations import make_activation


def with_self_loops(edges: torch.Tensor, nodes: int) -> torch.Tensor:
    """`edges` and one from every node to itself."""
    return torch.cat([edges, torch.arange(nodes).expand(2, nodes)], dim=1)


class NormalisedSum(nn.Module):
    """D^-1/2 (A + I) D^-1/2 times the states, D being the degrees of A + I (Kipf and Welling 2017)."""

    growth = 1  # units it puts out for each that it takes in
    edges: torch.Tensor
    weight: torch.Tensor

    def __init__(self, edges: torch.Tensor, nodes: int) -> None:
        super().__init__()
        looped = with_self_loops(edges, nodes)
        root = torch.bincount(looped[1], minlength=nodes).double().rsqrt()
        self.register_buffer("edges", looped, persistent=False)
        self.register_buffer("weight", (root[looped[0]] * root[looped[1]]).float().unsqueeze(1), persistent=False)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Map (nodes, units) to the same shape."""
        messages = states.index_select(0, self.edges[0]) * self.weight
        return torch.zeros_like(messages[: len(states)]).index_add(0, self.edges[1], messages)


class NeighbourMean(nn.Module):
    """Each node's own state beside the mean of its neighbours' (Hamilton, Ying and Leskovec 2017); zeros without any."""

    growth = 2  # units it puts out for each that it takes in
    edges: torch.Tensor
    share: torch.Tensor

    def __init__(self, edges: torch.Tensor, nodes: int) -> None:
        super().__init__()
        neighbours = torch.bincount(edges[1], minlength=nodes).clamp(min=1)
        self.register_buffer("edges", edges, persistent=False)
        self.register_buffer("share", (1 / neighbours.double()).float().unsqueeze(1), persistent=False)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Map (nodes, units) to (nodes, 2 * units)."""
        total = torch.zeros_like(states).index_add(0, self.edges[1], states.index_select(0, self.edges[0]))
        return torch.cat([states, (total * self.share).to(states.dtype)], dim=1)


class NeighbourAttention(nn.Module):
    """The states of a node and its neighbours, averaged by learned shares, head by head (Veličković et al. 2018).

    A share is the softmax, over all that reach a node, of leaky_relu(a . state of the sender + b . state of the receiver)
    with slope 0.2. `weight` (heads * features, 2) holds a and b.
    """

    edges: torch.Tensor

    def __init__(self, edges: torch.Tensor, nodes: int, heads: int, features: int, bias: bool) -> None:
        super().__init__()
        self.heads = heads
        self.register_buffer("edges", with_self_loops(edges, nodes), persistent=False)
        self.weight = nn.Parameter(torch.empty(heads * features, 2).uniform_(-(features**-0.5), features**-0.5))
        self.bias = nn.Parameter(torch.zeros(heads * features)) if bias else None

    def shares(self, states: torch.Tensor) -> torch.Tensor:
        """Map (nodes, heads * features) to what each edge carries, (edges, heads); they sum to 1 at each receiver."""
        sender, receiver = self.edges
        terms = (states.unsqueeze(2) * self.weight).unflatten(1, (self.heads, -1)).sum(dim=2)
        scores = nn.functional.leaky_relu(terms[sender, :, 0] + terms[receiver, :, 1], 0.2)
        place = receiver.unsqueeze(1).expand_as(scores)
        nothing = scores.new_zeros(len(states), self.heads)
        highest = nothing.scatter_reduce(0, place, scores.detach(), "amax", include_self=False)
        powers = (scores - highest[receiver]).exp()
        return powers / nothing.index_add(0, receiver, powers)[receiver]

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Map (nodes, heads * features) to the same shape."""
        shares = self.shares(states).unsqueeze(2)
        messages = states.index_select(0, self.edges[0]).unflatten(1, (self.heads, -1)) * shares
        total = torch.zeros_like(messages[: len(states)]).index_add(0, self.edges[1], messages).flatten(1)
        return total if self.bias is None else total + self.bias


class GraphNetwork(nn.Module):
    """Stages hidden1, hidden2, ..., one last look at the neighbours, and `output`.

    `inputs` (nodes, units) is what the first stage reads. It is a buffer, and no part of the weights.
    """

    inputs: torch.Tensor

    def __init__(
        self, inputs: torch.Tensor, hidden: list[nn.Module], last: nn.Module | None, output: nn.Linear
    ) -> None:
        super().__init__()
        self.register_buffer("inputs", inputs, persistent=False)
        self.stages = [f"hidden{number}" for number in range(1, len(hidden) + 1)]
        for name, stage in zip(self.stages, hidden, strict=True):
            self.add_module(name, stage)
        if last is not None:
            self.add_module("neighbours", last)
            self.stages.append("neighbours")
        self.output = output

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        """Map node numbers (batch, 1) to (batch, outputs)."""
        states = self.inputs
        for name in self.stages:
            states = getattr(self, name)(states)
        return self.output(states.index_select(0, nodes.flatten()))


def graph_tensors(model_input: ModelInput) -> tuple[torch.Tensor, torch.Tensor]:
    """The features (nodes, features) and edges (2, edges) of the graph."""
    assert model_input.graph is not None
    return torch.from_numpy(model_input.graph.features), torch.from_numpy(model_input.graph.edges)


def graph_stage(parts: list[tuple[str, nn.Module]], activation: str, dropout: float) -> nn.Sequential:
    """`parts` under their names, then activation and dropout."""
    stage = nn.Sequential()
    for name, part in [*parts, ("activation", make_activation(activation))]:
        stage.add_module(name, part)
    if dropout > 0:
        stage.add_module("dropout", nn.Dropout(dropout))
    return stage


def make_gcn(
    model_input: ModelInput,
    outputs: int,
    *,
    hidden: int = 16,
    layers: int = 2,
    activation: str = "relu",
    dropout: float = 0.0,
) -> GraphNetwork:
    """Build a graph convolutional network (Kipf and Welling 2017): f(A' X W + b), A' being NormalisedSum."""
    return _aggregate_first(NormalisedSum, model_input, outputs, hidden, layers, activation, dropout)


def make_graph_sage(
    model_input: ModelInput,
    outputs: int,
    *,
    hidden: int = 16,
    layers: int = 2,
    activation: str = "relu",
    dropout: float = 0.0,
) -> GraphNetwork:
    """Build GraphSAGE with the mean of all neighbours, none left out by drawing (Hamilton, Ying and Leskovec 2017)."""
    return _aggregate_first(NeighbourMean, model_input, outputs, hidden, layers, activation, dropout)


def make_gat(
    model_input: ModelInput,
    outputs: int,
    *,
    hidden: int = 8,
    layers: int = 2,
    heads: int = 4,
    activation: str = "elu",
    dropout: float = 0.0,
) -> GraphNetwork:
    """Build a graph attention network (Veličković et al. 2018): f(sum of shares times W x + b), heads side by side.

    The last layer has one head and looks at its neighbours before the linear map instead of after it, which changes no
    sum: the shares add up to 1.
    """
    features, edges = graph_tensors(model_input)
    nodes, width = features.shape
    stages: list[nn.Module] = []
    for _ in range(layers - 1):
        linear = nn.Linear(width, heads * hidden, bias=False)
        attention = NeighbourAttention(edges, nodes, heads, hidden, bias=True)
        stages.append(graph_stage([("linear", linear), ("attention", attention)], activation, dropout))
        width = heads * hidden
    last = NeighbourAttention(edges, nodes, 1, width, bias=False)
    return GraphNetwork(features, stages, last, nn.Linear(width, outputs))


def _aggregate_first(
    aggregator: type[NormalisedSum | NeighbourMean],
    model_input: ModelInput,
    outputs: int,
    hidden: int,
    layers: int,
    activation: str,
    dropout: float,
) -> GraphNetwork:
    """Layers that look at the neighbours before their linear map.

    What the first layer sees of its neighbours never changes, so it is worked out once.
    """
    features, edges = graph_tensors(model_input)
    nodes = len(features)
    inputs = aggregator(edges, nodes)(features)
    width = inputs.shape[1]
    stages: list[nn.Module] = []
    for number in range(1, layers):
        neighbours = [] if number == 1 else [("neighbours", aggregator(edges, nodes))]
        stages.append(graph_stage([*neighbours, ("linear", nn.Linear(width, hidden))], activation, dropout))
        width = aggregator.growth * hidden
    last = aggregator(edges, nodes) if layers > 1 else None
    return GraphNetwork(inputs, stages, last, nn.Linear(width, outputs))
