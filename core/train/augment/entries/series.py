"""Augmentations of series and texts. No torch."""

from __future__ import annotations

from core.registry import Param
from core.train.augment.entries.images import probability
from core.train.augment.spec import AugmentationSpec

_KNOTS = Param("knots", 4, "Knots", "Points between which the curve is straight.", minimum=2, maximum=20, advanced=True)


def _std(default: float, help: str) -> Param:
    return Param("std", default, "Strength", help, above=0, maximum=2)


def _of(kind: str, key: str, label: str, summary: str, article: str, function: str, *params: Param) -> AugmentationSpec:
    return AugmentationSpec(
        key=key, label=label, summary=summary, article=article, params=params, kinds=(kind,),
        build=f"core.train.augment.{function}",
    )  # fmt: skip


ENTRIES: tuple[AugmentationSpec, ...] = (
    _of(
        "sequence", "jitter", "Jitter", "Noise on every step.",
        "x + e, with e normal of a standard deviation of s times the channel's own over the series. Um et al. 2017.",
        "series:jitter", _std(0.05, "In units of each channel's spread."),
    ),
    _of(
        "sequence", "rescaling", "Rescaling", "Each channel a little stronger or weaker.",
        "c x, with one c for each channel from a normal distribution around 1. Um et al. 2017.",
        "series:rescale", _std(0.1, "Standard deviation of the factor."),
    ),
    _of(
        "sequence", "magnitude_warp", "Magnitude warp", "A slow change of strength along the series.",
        "c(t) x(t), with c a curve through knots drawn from a normal distribution around 1. Um et al. 2017.",
        "series:magnitude_warp", _std(0.2, "Standard deviation at the knots."), _KNOTS,
    ),
    _of(
        "sequence", "time_warp", "Time warp", "Faster here, slower there; beginning and end stay.",
        "x(g(t)), with a pace of g drawn for each part of the series, e^(s z) with z normal, and its ends held. Um et al. 2017.",
        "series:time_warp", _std(0.2, "Spread of the logarithm of the pace."), _KNOTS,
    ),
    _of(
        "sequence", "window", "Window slice", "A part of the series, stretched to its length.",
        "A part of a share of s..1 of the series, from a random place, is stretched to the whole length. "
        "Le Guennec, Malinowski and Tavenard 2016.",
        "series:window", Param("smallest", 0.8, "Smallest share", "Of the series.", above=0, below=1),
    ),
    _of(
        "text", "token_dropout", "Word dropout", "Leaves out some words.",
        "Each word is left out with probability p and the gap closed; one word always stays. "
        "Iyyer et al. 2015; Wei and Zou 2019.",
        "tokens:token_dropout", probability(0.1, "Of each word to be left out."),
    ),
    _of(
        "text", "token_swap", "Word swap", "Exchanges some neighbouring words.",
        "Each pair of neighbours changes places with probability p. A network that reads a text as a bag of words does not "
        "notice; one that reads its order does. Wei and Zou 2019.",
        "tokens:token_swap", probability(0.1, "Of each pair to be exchanged."),
    ),
)  # fmt: skip
