"""Figures of influence and concepts: every bar and point where its number says, hostile names harmless, the band of chance."""

from __future__ import annotations

import numpy as np

from app.charts.explain.colours import NEGATIVE, POSITIVE
from app.charts.explain.influence import MOST_CLASSES, concepts_figure, influence_figure
from core.explain.concepts.base import NOT_SEPARABLE, OPPOSED, SENSITIVE, Concepts
from core.explain.influence.base import Influence
from core.explain.trust.light import trust

HOSTILE = "<script>alert(1)</script>"


def influence(most: int = 3) -> Influence:
    scores = np.arange(most, 0, -1.0)[None]
    numbers = np.arange(most)[None]
    return Influence(
        method="tracin", part="validation", rows=np.array([5]), target=np.array([1]), proponents=numbers,
        proponent_scores=scores, proponent_labels=np.ones_like(numbers), opponents=numbers + 10, opponent_scores=-scores,
        opponent_labels=np.zeros_like(numbers), searched=np.arange(40), self_influence=np.ones(40), suspects=np.arange(3), made_up=np.zeros(0, int),
        steps=np.array([1, 2]), rates=np.array([0.1, 0.1]), shares=np.ones(2), trust=trust([]), params={},
    )  # fmt: skip


def concepts(classes: int = 2) -> Concepts:
    alignment = np.stack([np.linspace(0.5, 0.9, classes), np.full(classes, 0.01), np.linspace(-0.3, -0.9, classes)])
    return Concepts(
        layer="hidden1", concepts=(HOSTILE, "a", "b"), classes=tuple(f"c{i}" for i in range(classes)), outputs=np.arange(classes),
        score=np.clip(alignment + 0.5, 0, 1), alignment=alignment, p=np.full((3, classes), 0.01), agreement=np.ones((3, classes)),
        accuracy=np.ones(3), null_score=np.full((20, classes), 0.5), null_alignment=np.linspace(-0.1, 0.2, 20)[:, None].repeat(classes, 1),
        null_accuracy=np.full(20, 0.5), counted=np.full(classes, 30),
        verdicts=((SENSITIVE,) * classes, (NOT_SEPARABLE,) * classes, (OPPOSED,) * classes), trust=trust([]), params={},
    )  # fmt: skip


def test_bars_of_influence_stand_in_order_with_their_rows_and_labels() -> None:
    figure = influence_figure(influence(), 0, [HOSTILE, "p1", "p2", "o0", "o1", "o2"])
    bars = figure.data[0]
    assert list(bars.x) == [3, 2, 1, -1, -2, -3]
    assert list(bars.marker.color) == [POSITIVE] * 3 + [NEGATIVE] * 3
    names = list(figure.layout.yaxis.ticktext)
    assert names[1] == "row 1: p1"
    assert names[-1] == "row 10: o0"
    assert "<script" not in figure.to_json()
    assert "40 training rows searched, 2 checkpoints" in figure.layout.title.text.replace("<br>", " ")
    fewer = influence_figure(influence(5), 0, [f"p{i}" for i in range(5)] + [f"o{i}" for i in range(5)], most=2)
    assert list(fewer.layout.yaxis.ticktext) == ["row 0: p0", "row 1: p1", "row 11: o1", "row 10: o0"]


def test_points_of_concepts_stand_over_the_band_of_chance() -> None:
    found = concepts()
    figure = concepts_figure(found)
    points = {trace.name: trace for trace in figure.data}
    assert list(points[SENSITIVE].x) == [0.5, 0.9]
    assert list(points[SENSITIVE].y) == [5, 2]
    assert list(points[OPPOSED].y) == [3, 0]
    assert points[NOT_SEPARABLE].marker.symbol == "circle-open"
    low, high = np.percentile(found.null_alignment[:, 0], [2.5, 97.5])
    assert [(shape.x0, shape.x1) for shape in figure.layout.shapes] == [(low, high)] * 2
    assert "<script" not in figure.to_json()


def test_of_many_classes_the_most_moved_are_drawn_and_the_rest_is_said() -> None:
    figure = concepts_figure(concepts(9))
    assert len(figure.layout.shapes) == MOST_CLASSES
    assert "5 of 9 classes not drawn" in figure.layout.title.text.replace("<br>", " ")
    assert "c8" in figure.layout.yaxis.ticktext[-1]
