"""Where to draw the nodes of a graph so that joined ones lie near each other."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from core.data.graph import Graph

ROUNDS = 80


@lru_cache(maxsize=4)
def spring_layout(graph: Graph) -> np.ndarray:
    """Places (nodes, 2) of mean 0 and unit size: all nodes repel each other, edges pull (Fruchterman and Reingold 1991).

    A weak pull to the middle keeps nodes without edges near. The same graph always looks the same. Time grows with the
    square of the nodes: about two seconds for a thousand.
    """
    nodes, (source, target) = graph.nodes, graph.edges
    places = np.random.default_rng(0).normal(size=(nodes, 2)).astype(np.float32)
    rest = np.float32((4 / nodes) ** 0.5)  # the distance at which an edge and its ends' repulsion balance
    for step in 0.3 * np.linspace(1, 0.02, ROUNDS, dtype=np.float32):
        squares = np.square(places[:, :1] - places[:, 0]) + np.square(places[:, 1:] - places[:, 1])
        push = rest**2 / np.maximum(squares, 1e-4)
        moves = places * push.sum(axis=1, keepdims=True) - push @ places - rest * places
        apart = places[source] - places[target]
        pull = apart * np.linalg.norm(apart, axis=1, keepdims=True) / rest
        np.add.at(moves, target, pull)
        size = np.linalg.norm(moves, axis=1, keepdims=True)
        places += moves / np.maximum(size, 1e-9) * np.minimum(size, step)
    places -= places.mean(axis=0)
    return places / np.abs(places).max()
