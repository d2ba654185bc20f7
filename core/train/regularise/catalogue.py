"""The regularisations to choose from. No torch."""

from __future__ import annotations

from core.registry import Catalogue, Param
from core.train.regularise.spec import RegularisationSpec

REGULARISATIONS: Catalogue[RegularisationSpec] = Catalogue(
    "regularisation",
    (
        RegularisationSpec(
            key="l1",
            label="L1 penalty",
            summary="Pulls every weight toward zero by the same small amount, so that many become exactly useless.",
            article="Adds strength * sum |w| to the loss, over weight matrices. Its gradient is strength * sign(w), whatever the "
            "size of w, so small weights end near 0 while large ones hardly notice: a sparse network. Tibshirani 1996.",
            build="core.train.regularise.penalties:L1Penalty",
            params=(
                Param("strength", 1e-4, "Strength", "What one unit of weight costs.", above=0, maximum=10, log=True),
            ),
        ),
    ),
)
