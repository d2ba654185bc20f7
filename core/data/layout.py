"""Where to draw the nodes of a graph so that joined ones lie near each other."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from core.data.graph import Graph

SMOOTHED, ROUNDS = 30, 60
PULL = 0.2  # of an edge, against the repulsion of all nodes


@lru_cache(maxsize=4)
def spring_layout(graph: Graph) -> np.ndarray:
    """Places (nodes, 2) within the unit circle: all nodes repel each other, edges pull (Fruchterman and Reingold 1991).

    It begins with random places averaged over neighbours again and again, so that groups lie apart from the start; a pull
    to the middle keeps nodes without edges near. The same graph always looks the same. Time grows with the square of the
    nodes: about half a second for a thousand.
    """
    nodes, (source, target) = graph.nodes, graph.edges
    random = np.random.default_rng(0)
    places = _smoothed(random.normal(size=(nodes, 2)), source, target)
    places += 0.1 * random.normal(size=(nodes, 2)).astype(np.float32)  # nodes with the same neighbours part
    rest = np.float32(2 / nodes**0.5)  # the distance at which an edge and its ends' repulsion balance
    for step in 0.3 * np.linspace(1, 0.02, ROUNDS, dtype=np.float32):
        squares = np.square(places[:, :1] - places[:, 0]) + np.square(places[:, 1:] - places[:, 1])
        push = rest**2 / np.maximum(squares, 1e-4)
        moves = places * push.sum(axis=1, keepdims=True) - push @ places - places
        apart = places[source] - places[target]
        np.add.at(moves, target, PULL / rest * apart * np.linalg.norm(apart, axis=1, keepdims=True))
        size = np.linalg.norm(moves, axis=1, keepdims=True)
        places += moves / np.maximum(size, 1e-9) * np.minimum(size, step)
    places -= places.mean(axis=0)
    reach = np.linalg.norm(places, axis=1, keepdims=True)
    return np.asarray(places / np.maximum(reach, np.quantile(reach, 0.99)))


def _smoothed(places: np.ndarray, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Averages over neighbours, spread out again after each round; at most 2 from the middle."""
    around = np.bincount(target, minlength=len(places))[:, None] + 1
    for _ in range(SMOOTHED):
        total = places.copy()
        np.add.at(total, target, places[source])
        places = total / around
        places = np.linalg.qr(places - places.mean(axis=0))[0] * len(places) ** 0.5
    reach = np.linalg.norm(places, axis=1, keepdims=True)
    return np.asarray(places * np.minimum(1, 2 / np.maximum(reach, 1e-9)), np.float32)
