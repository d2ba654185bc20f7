"""The losses to choose from. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from core.registry import Catalogue, Param, Spec


@dataclass(frozen=True, kw_only=True)
class LossSpec(Spec):
    """A loss for the named tasks. `build(**params)` returns a module: (output, target) -> mean loss, 0-d.

    Outputs are (batch, outputs) as every architecture gives them; targets (batch,), int64 for classes.
    """

    tasks: tuple[str, ...]


LOSSES: Catalogue[LossSpec] = Catalogue(
    "loss",
    (
        LossSpec(
            key="cross_entropy",
            label="Cross-entropy",
            summary="The usual loss for classes: how unlikely the model finds the right one.",
            article="loss = -log softmax(logits)[class], the mean over the batch. The model gives logits, without a "
            "softmax of its own. A model that knows nothing scores ln(number of classes). Label smoothing e moves "
            "the share e of each target evenly to all classes (Szegedy et al. 2016), and the loss then can't "
            "reach 0. Bridle 1990.",
            build="core.train.losses:make_cross_entropy",
            tasks=("classification",),
            params=(
                Param(
                    "label_smoothing",
                    0.0,
                    "Label smoothing",
                    "Share of each target spread over all classes.",
                    minimum=0,
                    below=1,
                ),
            ),
        ),
        LossSpec(
            key="mse",
            label="Mean squared error",
            summary="The usual loss for numbers; outliers weigh heavily.",
            article="loss = mean of (output - target)^2; its minimum is the mean of the targets. With standardised "
            "targets, always answering the mean scores 1. Legendre 1805, Gauss 1809.",
            build="core.train.losses:make_mse",
            tasks=("regression", "reconstruction"),
        ),
        LossSpec(
            key="mae",
            label="Mean absolute error",
            summary="Every unit of error weighs the same; outliers do little harm.",
            article="loss = mean of |output - target|; its minimum is the median of the targets. The gradient doesn't "
            "shrink near the target, so a constant learning rate keeps hopping around it. Laplace 1774.",
            build="core.train.losses:make_mae",
            tasks=("regression", "reconstruction"),
        ),
        LossSpec(
            key="huber",
            label="Huber",
            summary="Squared error near the target, absolute error far from it.",
            article="loss = e^2 / 2 for |e| <= delta, else delta (|e| - delta / 2), with e = output - target. Smooth "
            "near the target and mild on outliers. Huber 1964.",
            build="core.train.losses:make_huber",
            tasks=("regression", "reconstruction"),
            params=(
                Param(
                    "delta",
                    1.0,
                    "Delta",
                    "Where the square turns into a line, in units of the target as the loss sees it.",
                    above=0,
                    maximum=1000,
                    log=True,
                ),
            ),
        ),
    ),
)
