"""Entries: our own Shapley values. No torch."""

from __future__ import annotations

from core.explain.base import ExplainSpec
from core.registry import Param

SHAPLEY = (
    ExplainSpec(
        key="shapley",
        label="Shapley values",
        summary="Fair shares of every column, against training rows, with the error of the sampling. The choice for tables.",
        article="The Shapley value of column i is its mean gain v(S with i) - v(S) over all orders in which columns can join, v(S) the "
        "mean over the background of f with the columns in S as they are. Up to 10 columns all subsets are counted, so the "
        "values are exact; else every background row draws random orders of its own, each walked forth and back, and the "
        "spread of the pairs tells the standard error. The values sum to f(x) minus the background's mean output exactly. It "
        "mixes columns of different rows: where columns hang together, f is asked about rows that can't be. Shapley 1953; "
        "Castro, Gómez and Tejada 2009; Janzing, Minorics and Blöbaum 2020; Mitchell et al. 2022.",
        build="core.explain.methods.shapley:shapley", library="own", cost="seconds", kinds=("tabular",), complete=True,
        needs_background=True,
        params=(
            Param(
                "pairs", 2, "Pairs of orders", "Random orders of each background row and their reverses; four times as many halve the error. Unused up to 10 columns.",
                minimum=2, maximum=1000,
            ),
        ),
    ),
)  # fmt: skip
