"""Losses on numbers. No torch."""

from __future__ import annotations

from core.registry import Param
from core.train.loss_spec import LossSpec

REGRESSION_LOSSES = (
    LossSpec(
        key="mse",
        label="Mean squared error",
        summary="The usual loss for numbers; outliers weigh heavily.",
        article="loss = mean of (output - target)^2; its minimum is the mean of the targets. With standardised "
        "targets, always answering the mean scores 1. Legendre 1805, Gauss 1809.",
        build="core.train.regression_losses:make_mse",
        tasks=("regression", "reconstruction"),
        link="identity",
    ),
    LossSpec(
        key="mae",
        label="Mean absolute error",
        summary="Every unit of error weighs the same; outliers do little harm.",
        article="loss = mean of |output - target|; its minimum is the median of the targets. The gradient doesn't "
        "shrink near the target, so a constant learning rate keeps hopping around it. Laplace 1774.",
        build="core.train.regression_losses:make_mae",
        tasks=("regression", "reconstruction"),
        link="identity",
    ),
    LossSpec(
        key="huber",
        label="Huber",
        summary="Squared error near the target, absolute error far from it.",
        article="loss = e^2 / 2 for |e| <= delta, else delta (|e| - delta / 2), with e = output - target. Smooth "
        "near the target and mild on outliers. Huber 1964.",
        build="core.train.regression_losses:make_huber",
        tasks=("regression", "reconstruction"),
        link="identity",
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
    LossSpec(
        key="log_cosh",
        label="Log-cosh",
        summary="Like the squared error near the target and the absolute error far from it, smooth throughout.",
        article="loss = mean of ln cosh(e), with e = output - target: e^2 / 2 for small e, |e| - ln 2 for large ones. Its slope "
        "tanh(e) never exceeds 1, so outliers pull no harder than in the absolute error, and it has curvature everywhere. "
        "Green 1990.",
        build="core.train.regression_losses:make_log_cosh",
        tasks=("regression",),
        link="identity",
    ),
    LossSpec(
        key="quantile",
        label="Quantile (pinball)",
        summary="Aim at a quantile of the target instead of its middle.",
        article="loss = mean of tau e where the target lies e above the output, and of (1 - tau) |e| where it lies below; its "
        "minimum is the tau-quantile of the targets. At 0.9 the output is to exceed nine targets of ten: R2 is then no "
        "measure of success. Koenker and Bassett 1978.",
        build="core.train.regression_losses:make_quantile",
        tasks=("regression",),
        link="identity",
        params=(Param("tau", 0.9, "Quantile", "Share of the targets to lie below.", above=0, below=1),),
    ),
    LossSpec(
        key="poisson",
        label="Poisson",
        summary="For counts: errors are judged against the noise that a count of that size has.",
        article="loss = mean of exp(o) - y o - (y - y ln y) for a count y and an output o, the logarithm of the rate: the negative "
        "log-likelihood of a Poisson distribution, less that of a perfect answer (half the deviance). Standardising "
        "scales the inputs only and leaves the counts as they are. Nelder and Wedderburn 1972.",
        build="core.train.regression_losses:make_poisson",
        tasks=("regression",),
        link="exp",
        targets="counts",
    ),
)
