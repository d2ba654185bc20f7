"""Entry: ideas that a person has a word for, and whether a class depends on them. No torch."""

from __future__ import annotations

from core.explain.base import ExplainSpec
from core.registry import Param

CONCEPTS = (
    ExplainSpec(
        key="tcav",
        label="TCAV",
        summary="Does a class depend on a concept: stripes, a word, a high feature, another class?",
        article="A linear classifier tells a concept's examples from random rows by a layer's activations; its normal v is the "
        "concept's direction. TCAV = share of a class's rows whose output rises along v, d f_k / d v > 0. With another random "
        "set the share can jump, so every figure is a mean over many sets, and it counts only where the mean of "
        "cos(gradient, v) leaves the spread of random concepts (random rows, or random patterns where the concept is one; "
        "t-test, Holm 1979): near the output almost every direction has a share of 0 or 1. "
        "Kim et al. 2018.",
        build="core.explain.concepts.tcav:concepts", answers="concept", library="own", cost="seconds", level="global",
        needs_layer=True,
        params=(
            Param("sets", 20, "Random sets", "Sets of random rows that each concept is told from.", minimum=10, maximum=200),
            Param("nulls", 30, "Random concepts", "Concepts made of random rows, to compare with.", minimum=10, maximum=500),
            Param("examples", 40, "Examples", "Rows in each set.", minimum=10, maximum=500),
        ),
    ),
)  # fmt: skip
