"""Networks of attention. No torch."""

from __future__ import annotations

from dataclasses import replace

from core.models.base import ArchitectureSpec
from core.models.entries.shared import DROPOUT, ELEMENTWISE_ACTIVATION, RESIDUAL
from core.registry import Param

ENTRIES: tuple[ArchitectureSpec, ...] = (
    ArchitectureSpec(
        key="transformer",
        label="Transformer encoder",
        summary="Self-attention over the steps of a series or text: every step looks at every other one.",
        article="Each block adds attention, softmax(Q K^T / sqrt(d)) V, and a feed-forward part to its input. With the "
        "norm after each part, as first published, deep stacks need warm-up, since gradients near the output are "
        "large at the start; with the norm before it they don't (Xiong et al. 2020). The mean over all steps that are "
        "no padding gives the outputs. Vaswani et al. 2017.",
        build="core.models.transformer:make_transformer",
        check="core.models.checks:check_transformer",
        size="core.models.sizes:size_transformer",
        shortcuts="always",
        kinds=("sequence", "text", "image"),
        params=(
            Param("width", 32, "Width", "Numbers that stand for one step.", minimum=2, maximum=1024, unit="numbers"),
            Param("heads", 4, "Heads", "Attentions side by side; they share the width.", minimum=1, maximum=64),
            Param("blocks", 2, "Blocks", "Blocks on top of each other.", minimum=1, maximum=24),
            Param(
                "expansion",
                2,
                "Expansion",
                "How much wider the feed-forward part is.",
                minimum=1,
                maximum=8,
                advanced=True,
            ),
            replace(ELEMENTWISE_ACTIVATION, default="gelu"),
            DROPOUT,
            Param(
                "norm_kind",
                "layer",
                "Norm",
                "Layer norm, or RMS norm, which leaves the mean in.",
                choices=("layer", "rms"),
            ),
            Param(
                "norm_place",
                "before",
                "Norm placed",
                "Before each part (Pre-LN), after its shortcut as first published (Post-LN), or none, as T-Fixup needs it.",
                choices=("before", "after", "none"),
            ),
            *RESIDUAL,
        ),
    ),
)
