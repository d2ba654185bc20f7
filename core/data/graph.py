"""Data sets whose rows are the nodes of one graph: a row is a node's number, and the graph goes along whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.data.base import Dataset
from core.data.files import load_arrays

FACTIONS = ("instructor's club", "president's club")
INSTRUCTOR, PRESIDENT = 0, 33
TOPICS = 5
WORDS = 300
LENGTH = 12.0  # words of a node, on average
NEIGHBOURS = 5.5  # edges of a node, on average


@dataclass(frozen=True, eq=False)
class Graph:
    """A graph that a model may look at as a whole, labels apart. Compared and hashed by identity, as arrays can't be.

    `features` (nodes, features) float32; `edges` (2, edges) int64, from row 0 to row 1, an undirected edge stored both
    ways, no node joined to itself.
    """

    features: np.ndarray
    edges: np.ndarray

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self.features)


def both_ways(pairs: np.ndarray) -> np.ndarray:
    """Undirected `pairs` (edges, 2) as int64 (2, 2 * edges), each in both directions, sorted by the node they lead to."""
    directed = np.concatenate([pairs, pairs[:, ::-1]]).astype(np.int64)
    return np.ascontiguousarray(directed[np.lexsort((directed[:, 0], directed[:, 1]))].T)


def karate(seed: int, *, labelled: int = 1) -> Dataset:
    """34 members of a karate club, 78 friendships, and the side that each took when it split (Zachary 1977).

    The two leaders are labelled; with more than one label a side, the others are drawn by `seed`. A node's only feature
    is which node it is.
    """
    arrays = load_arrays("karate.npz")
    y = arrays["y"].astype(np.int64)
    random = np.random.default_rng(seed)
    known = [INSTRUCTOR, PRESIDENT]
    for leader in (INSTRUCTOR, PRESIDENT):
        others = np.flatnonzero((y == y[leader]) & (np.arange(len(y)) != leader))
        known += random.choice(others, labelled - 1, replace=False).tolist()
    graph = Graph(np.eye(len(y), dtype=np.float32), both_ways(arrays["edges"]))
    return _nodes("karate", graph, y, np.array(known), FACTIONS, "side")


def citations(
    seed: int, *, nodes: int = 1000, labelled: int = 20, mixing: float = 0.3, signal: float = 0.25
) -> Dataset:
    """A contextual stochastic block model (Deshpande et al. 2018) that looks like papers which cite each other.

    Nodes have one of TOPICS topics. Each has about NEIGHBOURS edges, the share `mixing` of them to other topics, and
    about LENGTH of WORDS words (0 or 1), the share `signal` of them from its topic's own fifth of the vocabulary. The
    model's authors draw features from a Gaussian; words are what citation graphs have.
    """
    random = np.random.default_rng(seed)
    y = np.arange(nodes) % TOPICS
    own = nodes / TOPICS
    inside, outside = NEIGHBOURS * (1 - mixing) / (own - 1), NEIGHBOURS * mixing / (nodes - own)
    chance = np.where(y[:, None] == y, inside, outside)
    pairs = np.argwhere(np.triu(random.random((nodes, nodes)) < chance, 1))
    vocabulary = np.arange(WORDS) * TOPICS // WORDS
    likely = LENGTH / WORDS * (1 - signal + TOPICS * signal * (vocabulary == y[:, None]))
    features = (random.random((nodes, WORDS)) < likely).astype(np.float32)
    known = [random.choice(np.flatnonzero(y == topic), labelled, replace=False) for topic in range(TOPICS)]
    names = tuple(f"topic {topic + 1}" for topic in range(TOPICS))
    return _nodes("citations", Graph(features, both_ways(pairs)), y, np.concatenate(known), names, "topic")


def _nodes(
    key: str, graph: Graph, y: np.ndarray, known: np.ndarray, names: tuple[str, ...], target_name: str
) -> Dataset:
    """The data set that trains on the nodes `known` and validates on all others."""
    part = np.ones(graph.nodes, np.int8)
    part[known] = 0
    return Dataset(
        key, "graph", "classification", np.arange(graph.nodes)[:, None], y.astype(np.int64), class_names=names,
        feature_names=("node",), target_name=target_name, part=part, graph=graph,
        notes=(f"Every node is seen with its features and edges; only the {len(known)} training labels are.",),
    )  # fmt: skip
