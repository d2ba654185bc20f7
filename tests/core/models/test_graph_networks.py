"""Graph networks against dense arithmetic, and what must not depend on the numbers that nodes happen to have."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.data.graph import Graph, both_ways
from core.models.base import ModelInput
from core.models.catalogue import ARCHITECTURES
from core.models.graph_networks import NeighbourAttention, NeighbourMean, NormalisedSum

NODES, FEATURES = 9, 5
PAIRS = np.array([[0, 1], [0, 2], [1, 2], [2, 3], [3, 4], [4, 5], [5, 6], [4, 6], [6, 7]])  # node 8 has no neighbour
NETWORKS = ("gcn", "gat", "graph_sage")


def graph(order: np.ndarray | None = None) -> Graph:
    """The test graph; `order` gives each node a new number."""
    features = np.random.default_rng(0).normal(size=(NODES, FEATURES)).astype(np.float32)
    pairs = PAIRS
    if order is not None:
        pairs = order[PAIRS]
        features = features[np.argsort(order)]
    return Graph(features, both_ways(pairs))


def built(key: str, given: Graph, **params: Any) -> nn.Module:
    torch.manual_seed(0)
    model = ARCHITECTURES[key].load()(ModelInput("graph", (1,), graph=given), 3, **params)
    assert isinstance(model, nn.Module)
    return model.eval()


def adjacency() -> torch.Tensor:
    """Dense (nodes, nodes): row = receiver."""
    dense = torch.zeros(NODES, NODES)
    dense[PAIRS[:, 0], PAIRS[:, 1]] = dense[PAIRS[:, 1], PAIRS[:, 0]] = 1
    return dense


def every_node() -> torch.Tensor:
    return torch.arange(NODES)[:, None]


def edges() -> torch.Tensor:
    return torch.from_numpy(graph().edges)


def test_gcn_agrees_with_the_dense_formula() -> None:
    looped = adjacency() + torch.eye(NODES)
    root = torch.diag(looped.sum(dim=1).rsqrt())
    smooth = root @ looped @ root
    x = torch.from_numpy(graph().features)
    assert torch.allclose(NormalisedSum(edges(), NODES)(x), smooth @ x, atol=1e-6)
    model: Any = built("gcn", graph(), hidden=4, layers=3)
    expected = x
    for stage in (model.hidden1, model.hidden2):
        expected = torch.relu(smooth @ expected @ stage.linear.weight.T + stage.linear.bias)
    expected = smooth @ expected @ model.output.weight.T + model.output.bias
    assert torch.allclose(model(every_node()), expected, atol=1e-5)


def test_graph_sage_agrees_with_a_loop_over_nodes() -> None:
    x = torch.randn(NODES, 4, generator=torch.Generator().manual_seed(1))
    found = NeighbourMean(edges(), NODES)(x)
    for node in range(NODES):
        neighbours = adjacency()[node].nonzero().flatten()
        mean = x[neighbours].mean(dim=0) if len(neighbours) else torch.zeros(4)
        assert torch.allclose(found[node], torch.cat([x[node], mean]), atol=1e-6)
    model: Any = built("graph_sage", graph(), hidden=4)
    first = NeighbourMean(edges(), NODES)(torch.from_numpy(graph().features))
    hidden = torch.relu(first @ model.hidden1.linear.weight.T + model.hidden1.linear.bias)
    assert torch.allclose(model(every_node()), model.output(NeighbourMean(edges(), NODES)(hidden)), atol=1e-6)


def test_attention_agrees_with_a_loop_over_nodes_and_heads() -> None:
    torch.manual_seed(2)
    heads, features = 2, 3
    layer = NeighbourAttention(edges(), NODES, heads, features, bias=True)
    assert layer.bias is not None
    layer.bias.data.normal_()
    states = 3 * torch.randn(NODES, heads * features)
    found, looped = layer(states), adjacency() + torch.eye(NODES)
    for node in range(NODES):
        reached_by = looped[node].nonzero().flatten()
        for head in range(heads):
            own = slice(head * features, (head + 1) * features)
            sent, received = layer.weight[own, 0], layer.weight[own, 1]
            scores = states[reached_by, own] @ sent + states[node, own] @ received
            shares = torch.nn.functional.leaky_relu(scores, 0.2).softmax(dim=0)
            assert torch.allclose(found[node, own], shares @ states[reached_by, own] + layer.bias[own], atol=1e-5)
    shares = layer.shares(states)
    assert torch.allclose(torch.zeros(NODES, heads).index_add(0, layer.edges[1], shares), torch.ones(NODES, heads))


def test_attention_of_far_apart_scores_is_finite() -> None:
    layer = NeighbourAttention(edges(), NODES, 1, 2, bias=False)
    states = (1e4 * torch.randn(NODES, 2)).requires_grad_()
    layer(states).sum().backward()
    assert layer.shares(states).isfinite().all()
    assert states.grad is not None
    assert states.grad.isfinite().all()


def test_the_last_attention_may_come_before_its_linear_map() -> None:
    """With one head the shares sum to 1, so mapping first and averaging then gives the same outputs."""
    model: Any = built("gat", graph())
    states = model.hidden1(model.inputs)
    last = model.neighbours
    shares = last.shares(states)
    mapped = model.output(states)
    then = torch.zeros(NODES, 3).index_add(0, last.edges[1], shares * mapped[last.edges[0]])
    assert torch.allclose(model(every_node()), then, atol=1e-5)


@pytest.mark.parametrize("key", NETWORKS)
@pytest.mark.parametrize("layers", [1, 3])
def test_numbering_the_nodes_anew_changes_nothing(key: str, layers: int) -> None:
    order = np.random.default_rng(3).permutation(NODES)
    before, after = built(key, graph(), layers=layers), built(key, graph(order), layers=layers)
    for one, other in zip(before.parameters(), after.parameters(), strict=True):
        assert torch.equal(one, other)
    assert torch.allclose(before(every_node()), after(torch.from_numpy(order)[:, None]), atol=1e-5)


@pytest.mark.parametrize("key", NETWORKS)
def test_a_batch_is_part_of_the_whole_and_the_graph_is_no_weight(key: str) -> None:
    model = built(key, graph())
    batch = torch.tensor([[7], [2], [2]])
    assert torch.allclose(model(batch), model(every_node())[batch.flatten()], atol=1e-6)
    assert set(model.state_dict()) == {name for name, _ in model.named_parameters()}


@pytest.mark.parametrize("key", NETWORKS)
def test_a_node_hears_of_as_many_steps_away_as_there_are_layers(key: str) -> None:
    """Node 0 is 4 steps from node 5; changing node 5 must not reach it in 3 layers, and must in 4."""
    changed = graph()
    changed.features[5] += 1
    for layers, reached in ((3, False), (4, True)):
        outputs = [built(key, given, layers=layers, activation="tanh")(every_node()) for given in (graph(), changed)]
        assert bool((outputs[0][0] != outputs[1][0]).any()) == reached


def test_an_mlp_of_a_graph_reads_features_and_no_edges() -> None:
    model: Any = built("mlp", graph(), depth=1)
    alone = Graph(graph().features, np.zeros((2, 0), np.int64))
    assert torch.equal(model(every_node()), built("mlp", alone, depth=1)(every_node()))
    assert torch.equal(model.nodes(torch.tensor([[4]])), torch.from_numpy(graph().features[[4]]))


def test_model_inputs_of_a_graph_can_be_hashed() -> None:
    one = graph()
    assert hash(ModelInput("graph", (1,), graph=one)) == hash(ModelInput("graph", (1,), graph=one))
    assert ModelInput("graph", (1,), graph=one) != ModelInput("graph", (1,), graph=graph())
