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
BACKGROUND_KINDS = ("rows", "kmeans")
MOST_CLUSTERED = 10_000  # k-means reads no more training rows than these, which takes a second or two


@dataclass(frozen=True, eq=False)
class Baseline:
    """One sample that stands for "nothing there": values (*shape) in the model's units."""

    key: str
    values: np.ndarray
    words: str


@dataclass(frozen=True, eq=False)
class Background:
    """Rows (m, *shape) in the model's units that an input is compared with; `weights` (m,) of any sum, None = all alike.

    A game against it is the interventional one: the value of a set of features is the weighted mean output over these
    rows with the set's features replaced by the input's (Janzing et al. 2020).

    Raises:
        BadInput: when there is no row, or the weights do not fit the rows.
    """

    rows: np.ndarray
    words: str
    weights: np.ndarray | None = None

    def __post_init__(self) -> None:
        weights = np.ones(len(self.rows)) if self.weights is None else np.asarray(self.weights)
        if weights.shape != (len(self.rows),) or not (weights >= 0).all() or not weights.sum() > 0:
            raise BadInput(
                f"A background of rows {np.shape(self.rows)} with weights {weights.shape} can't be used; give at least one row, "
                "and one weight of at least 0 for each, not all of them 0."
            )

    @property
    def shares(self) -> np.ndarray:
        """The weight of each row, (m,) float64, sum 1."""
        if self.weights is None:
            return np.full(len(self.rows), 1 / len(self.rows))
        return np.asarray(self.weights, np.float64) / np.sum(self.weights)

    @property
    def mean(self) -> np.ndarray:
        """The weighted mean row (*shape), float64."""
        return np.asarray(np.tensordot(self.shares, self.rows.astype(np.float64), axes=1))

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


def background(data: Prepared, count: int = BACKGROUND_ROWS, seed: int = 0, kind: str = "rows") -> Background:
    """`count` rows of the training part in few, by one of BACKGROUND_KINDS.

    "rows" are training rows at even steps of the target's order: every class, or range of a target, in proportion. For
    texts, of which words of one and places of another make no text, it is the padding baseline alone. "kmeans" are the
    centres of clusters, weighted by their clusters, for tabular data.

    Raises:
        BadInput: for an unknown kind, one that the data can't have, or a count below 1.
    """
    if kind not in BACKGROUND_KINDS:
        raise BadInput(
            f"There is no background {kind!r}{suggestion(kind, BACKGROUND_KINDS)}; choose {' or '.join(BACKGROUND_KINDS)}."
        )
    if count < 1:
        raise BadInput(f"A background of {count} rows can't be used; ask for at least 1.")
    if kind == "kmeans":
        if data.kind != "tabular":
            raise BadInput(
                f"The mean of a cluster of {data.kind} rows is none of them, so k-means backgrounds are for tabular data; choose rows."
            )
        return kmeans_background(_stratified(data, MOST_CLUSTERED, seed), count, seed=seed)
    if data.kind == "text":
        found = baseline(data)
        return Background(found.values[None], found.words)
    rows = _stratified(data, count, seed)
    by = "class by class in proportion" if data.task == "classification" else "evenly over the target's range"
    return Background(rows, f"{len(rows)} training rows, drawn {by} (seed {seed})")


def _stratified(data: Prepared, count: int, seed: int) -> np.ndarray:
    """At most `count` training rows, at even steps of the target's order."""
    total = len(data.y_train)
    count = min(count, total)
    random = np.random.default_rng([seed, 7])
    shuffled = random.permutation(total)
    order = shuffled[np.argsort(data.y_train[shuffled], kind="stable")]
    picked = order[((np.arange(count) + random.random()) * total / count).astype(int)]
    return np.asarray(data.x_train[np.sort(picked)])


def kmeans_background(rows: np.ndarray, count: int, *, weights: np.ndarray | None = None, seed: int = 0) -> Background:
    """Sum up rows (n, features) by at most `count` k-means centres, each weighted by the weight of its cluster.

    Without the clusters' weights a lone outlier would count as much as a crowd.

    Raises:
        BadInput: when `count` is below 1 or the weights do not fit the rows.
    """
    full = Background(rows, f"all {len(rows)} training rows", weights)
    if count < 1:
        raise BadInput(f"A background of {count} rows can't be used; ask for at least 1.")
    kept = full.shares > 0
    rows, shares = rows[kept], full.shares[kept]
    if len(np.unique(rows, axis=0)) <= count:
        return full
    from sklearn.cluster import KMeans

    found = KMeans(count, n_init=4, random_state=seed).fit(rows, sample_weight=shares)
    sizes = np.bincount(found.labels_, weights=shares, minlength=count)
    filled = sizes > 0
    centres = found.cluster_centers_[filled].astype(rows.dtype)
    return Background(centres, f"{len(centres)} k-means centres, weighted by their clusters", sizes[filled])
