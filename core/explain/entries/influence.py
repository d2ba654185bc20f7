"""Entry: the training rows that pushed a prediction. No torch."""

from __future__ import annotations

from core.explain.base import ExplainSpec
from core.registry import Param

INFLUENCE = (
    ExplainSpec(
        key="tracin",
        label="TracIn",
        summary="Which training rows made it think so: those whose gradient steps pushed this prediction up, or down.",
        article="influence of training row z on row x = sum over checkpoints c of lr_c * <dL(z)/dw, dL(x)/dw> at the weights of c, "
        "the first-order fall of the loss of x in a step on z. A positive row is a proponent, a negative one an opponent; a "
        "row with a large influence on itself is hard or wrongly labelled. It takes the steps for plain gradient descent, so "
        "momentum and Adam are left out, and by default only the last layer counts. Pruthi et al. 2020.",
        build="core.explain.influence.influence:influence", answers="influence", library="own", cost="seconds",
        params=(
            Param("most", 10, "Rows shown", "Proponents, and opponents, of each explained row.", minimum=1, maximum=100),
            Param("weights", "last", "Weights", "Whose gradients are compared: the last layer's, or all of them (slower).", choices=("last", "all")),
            Param("retrace", True, "Repeat the training", "Train a short run again, exactly, to have more checkpoints than the disk holds."),
        ),
    ),
)  # fmt: skip
