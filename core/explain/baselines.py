"""What an input is compared with: one baseline, or a background of training rows, each with words for the user. No torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.data.base import Prepared
from core.errors import BadInput, suggestion

BASELINES: dict[str, tuple[str, ...]] = {
    "tabular": ("mean", "zeros"),
    "image": ("blank", "mean"),
    "sequence": ("zeros", "mean"),
    "text": ("padding",),
}
BACKGROUND_ROWS = 100


@dataclass(frozen=True, eq=False)
class Baseline:
    """One sample that stands for "nothing there": values (*shape) in the model's units."""

    key: str
    values: np.ndarray
    words: str


@dataclass(frozen=True, eq=False)
class Background:
    """Rows (m, *shape) in the model's units that an input is compared with; `weights` (m,) sum to 1, None = all alike."""

    rows: np.ndarray
    words: str
    weights: np.ndarray | None = None

    @property
    def shares(self) -> np.ndarray:
        """The weight of each row, (m,) float64, sum 1."""
        if self.weights is None:
            return np.full(len(self.rows), 1 / len(self.rows))
        return np.asarray(self.weights, np.float64) / np.sum(self.weights)

    def in_proportion(self, count: int = 200) -> np.ndarray:
        """The rows as they are, or `count` rows in which each weighted row stands in proportion to its weight.

        For methods that count every row alike: centres of clusters given to them straight would silently lose their
        weights. Systematic resampling (Carpenter, Clifford and Fearnhead 1999): off by less than 1 / count a row.
        """
        if self.weights is None:
            return self.rows
        positions = (np.arange(count) + 0.5) / count
        picked = np.searchsorted(np.cumsum(self.shares), positions).clip(max=len(self.rows) - 1)
        return np.asarray(self.rows[picked])


def baseline(data: Prepared, key: str = "") -> Baseline:
    """The baseline of that key, or the default of the data's kind.

    Raises:
        BadInput: when this kind has no such baseline.
    """
    known = BASELINES[data.kind]
    key = key or known[0]
    if key not in known:
        raise BadInput(f"{data.kind} data has no baseline {key!r}{suggestion(key, known)}.")
    if data.kind == "text":
        return Baseline(key, np.zeros(data.input_shape, np.int64), "padding only: a text without words")
    standardised = bool(np.any(data.x_mean != 0) or np.any(data.x_std != 1))
    after = ", which is 0 after standardisation" if standardised else ""
    if key == "blank":
        values = np.broadcast_to((0 - data.x_mean) / data.x_std, data.input_shape)
        words = "a blank image: every pixel 0 before scaling"
    elif key == "mean":
        axis = {"tabular": (0,), "image": None, "sequence": (0, 1)}[data.kind]
        mean = 0.0 if standardised else data.x_train.mean(axis=axis)
        values = np.broadcast_to(np.asarray(mean), data.input_shape)
        noun = {"tabular": "the mean of every column", "image": "an even grey: the mean of all pixels"}
        words = noun.get(data.kind, "every channel at its mean throughout") + " over the training rows" + after
    else:
        values = np.zeros(data.input_shape)
        words = "all zeros, which are the training means here" if standardised else "all zeros"
    return Baseline(key, np.ascontiguousarray(values, np.float32), words)


def background(data: Prepared, count: int = BACKGROUND_ROWS, seed: int = 0) -> Background:
    """`count` training rows at even steps of the target's order: every class, or range of a target, in proportion.

    For texts, of which words of one and places of another make no text, it is the padding baseline alone.
    """
    if data.kind == "text":
        found = baseline(data)
        return Background(found.values[None], found.words)
    total = len(data.y_train)
    count = min(count, total)
    random = np.random.default_rng([seed, 7])
    shuffled = random.permutation(total)
    order = shuffled[np.argsort(data.y_train[shuffled], kind="stable")]
    picked = order[((np.arange(count) + random.random()) * total / count).astype(int)]
    by = "class by class in proportion" if data.task == "classification" else "evenly over the target's range"
    return Background(data.x_train[np.sort(picked)], f"{count} training rows, drawn {by} (seed {seed})")
