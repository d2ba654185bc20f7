"""Attributions by feature, for charts over many rows: columns, patches of pixels, channels, words. No torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.data.base import Prepared
from core.explain.methods.groups import auto_side, feature_groups

PATCHES = 64
WORDS = 200


@dataclass(frozen=True, eq=False)
class FeatureTable:
    """One column for each feature: `values` (n, f) attributions, `features` (n, f) in original units, f `names`.

    The attributions of a patch, of a channel or of a word's occurrences are summed, so that a row's total stays, but for
    words beyond the WORDS most important ones; the feature is the mean brightness, the mean of the channel, and how often
    the word occurs. `what` says so, for the user.
    """

    names: tuple[str, ...]
    values: np.ndarray
    features: np.ndarray
    what: str = ""


def in_units(data: Prepared, x: np.ndarray) -> np.ndarray:
    """Rows (n, *shape) as the data has them, in their original units; token ids stay."""
    return x if data.kind == "text" else np.asarray(x * data.x_std + data.x_mean)


def feature_table(data: Prepared, x: np.ndarray, values: np.ndarray) -> FeatureTable:
    """Attributions `values` (n, *shape) of rows `x` (n, *shape) by feature."""
    original = in_units(data, x)
    if data.kind == "tabular":
        return FeatureTable(column_names(data), values, original)
    if data.kind == "text":
        return _words(data, x, values)
    if data.kind == "sequence":
        what = "A channel's attributions are summed over time; its colour and place say its mean over time."
        return FeatureTable(channel_names(data), values.sum(axis=1), original.mean(axis=1), what)
    return _patches(data, original, values)


def column_names(data: Prepared) -> tuple[str, ...]:
    """The names of a table's columns, made up where it has none."""
    return tuple(map(str, data.feature_names)) or tuple(f"column {one}" for one in range(data.input_shape[0]))


def channel_names(data: Prepared) -> tuple[str, ...]:
    """The names of a series' channels, made up where it has none."""
    return tuple(map(str, data.feature_names)) or tuple(f"channel {one}" for one in range(data.input_shape[1]))


def in_words(value: float) -> str:
    """A feature's value, for a label."""
    return f"{value:.4g}"


def _words(data: Prepared, x: np.ndarray, values: np.ndarray) -> FeatureTable:
    n, (words, place) = len(x), np.unique(x, return_inverse=True)  # a vocabulary may have far more
    total, seen = np.zeros((n, len(words))), np.zeros((n, len(words)))
    rows = np.repeat(np.arange(n), x.shape[1])
    np.add.at(total, (rows, place.ravel()), values.reshape(n, -1).ravel())
    np.add.at(seen, (rows, place.ravel()), 1)
    padding = words == 0
    words, total, seen = words[~padding], total[:, ~padding], seen[:, ~padding]
    kept = np.argsort(-np.abs(total).mean(axis=0), kind="stable")[:WORDS]
    what = "A word's attributions are summed over its occurrences; its colour and place say how often it occurs."
    return FeatureTable(tuple(data.vocabulary[one] for one in words[kept]), total[:, kept], seen[:, kept], what)


def _patches(data: Prepared, original: np.ndarray, values: np.ndarray) -> FeatureTable:
    side = auto_side("image", data.input_shape, PATCHES)
    groups = feature_groups("image", data.input_shape, side).ravel()
    count = int(groups.max()) + 1
    summed = np.stack([np.bincount(groups, row.ravel(), count) for row in values])
    bright = np.stack([np.bincount(groups, row.ravel(), count) for row in original]) / np.bincount(groups)
    across = -(-data.input_shape[2] // side)
    places = [(side * (one // across), side * (one % across)) for one in range(count)]
    what = f"Pixels are summed in patches of {side} x {side}; colour and place say a patch's mean brightness."
    return FeatureTable(tuple(f"pixel row {row}, column {column}" for row, column in places), summed, bright, what)
