"""The linear baseline, and networks for tables. No torch."""

from __future__ import annotations

from core.models.base import ArchitectureSpec
from core.models.entries.shared import DROPOUT, EMBEDDING, UNLEARNED_ACTIVATION
from core.registry import Param

ENTRIES: tuple[ArchitectureSpec, ...] = (
    ArchitectureSpec(
        key="linear",
        label="Linear model (baseline)",
        summary="One linear layer: the baseline that every network has to beat.",
        article="outputs = W x + b. With cross-entropy this is logistic regression, with squared error least squares; its "
        "loss has no local minima besides the best, so what it misses is what a straight line can't say. Images and series "
        "are flattened, texts enter as the mean of their word embeddings. Legendre 1805; Cox 1958.",
        build="core.models.tables.linear:make_linear",
        check="core.models.checks:check_text",
        size="core.models.tables.formulas:size_linear",
        kinds=("tabular", "image", "sequence", "text"),
        params=(EMBEDDING,),
    ),
    ArchitectureSpec(
        key="deep_cross",
        label="Deep & cross network",
        summary="For tables: layers that multiply features with each other, beside ordinary dense ones.",
        article="Each cross layer computes x' = x0 * (W x + b) + x, so after n of them every product of up to n + 1 features "
        "has a weight, which dense layers can only approach. Dense layers stand beside them and both ends are joined, or "
        "they follow on top. Wang et al. 2017; version 2: Wang et al. 2021.",
        build="core.models.tables.deep_cross:make_deep_cross",
        check="core.models.checks:check_nothing",
        size="core.models.tables.formulas:size_deep_cross",
        kinds=("tabular",),
        params=(
            Param("crosses", 2, "Cross layers", "Each raises the degree of the products by one.", minimum=1, maximum=8),
            Param("depth", 2, "Hidden layers", "Dense layers.", minimum=1, maximum=16, unit="layers"),
            Param("width", 64, "Width", "Units in each dense layer.", minimum=1, maximum=4096, unit="units", log=True),
            Param(
                "structure",
                "parallel",
                "Structure",
                "Dense layers beside the cross layers, or on top of them.",
                choices=("parallel", "stacked"),
            ),
            UNLEARNED_ACTIVATION,
            DROPOUT,
        ),
    ),
)
