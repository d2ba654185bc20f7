"""What a data set is, before and after preparation: numpy arrays with their names and meaning. No torch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from core.registry import Spec

if TYPE_CHECKING:
    from core.data.graph import Graph

KINDS = ("tabular", "image", "sequence", "text", "graph")
TASKS = ("classification", "regression", "reconstruction")


@dataclass(frozen=True, kw_only=True)
class DatasetSpec(Spec):
    """A data set's catalogue entry. `build(seed, **params)` returns a `Dataset`."""

    kind: str
    task: str
    rows: int
    source: str
    licence: str


@dataclass(frozen=True)
class Dataset:
    """A whole data set, unsplit and unscaled.

    Shapes of `x`: tabular (n, features) float32, NaN allowed; image (n, channels, height, width) float32 in 0..1;
    sequence (n, time, channels) float32, shorter series padded with NaN at the end;
    text (n, time) int64 token ids, 0 is padding; graph (n, 1) int64 node numbers of the whole `graph`.
    `y`: classification (n,) int64 in 0..classes-1; regression (n,) float32.
    Of a reconstruction (n,) int64 too: labels that can be looked at, and never train or validate.
    `part`: optional (n,) int8, 0 = train and 1 = validation, where the source fixes the split; 2 = kept apart, for known
    anomalies, which neither train nor validate.
    """

    key: str
    kind: str
    task: str
    x: np.ndarray
    y: np.ndarray
    class_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    target_name: str = "target"
    vocabulary: tuple[str, ...] = ()
    part: np.ndarray | None = None
    notes: tuple[str, ...] = ()
    graph: Graph | None = None


@dataclass(frozen=True)
class Prepared:
    """Arrays ready for training: split, missing values filled, scaled with statistics of the training part only.

    `x_mean`, `x_std` (and `y_mean`, `y_std` for a standardised regression target) undo the scaling. A `graph` is whole,
    its features scaled with statistics of all nodes, which are known from the start; only labels are split.

    Of a reconstruction `y` (n, values) is `x`, flattened; what classes the rows have is in `labels_val` (n,) and
    `label_names`, for the eye only; `x_apart` are scaled rows of known anomalies, where there are any.
    `made_up` (n,) tells which training rows a balance has made up between others; None where it made none.
    """

    key: str
    kind: str
    task: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray
    class_names: tuple[str, ...]
    feature_names: tuple[str, ...]
    target_name: str
    vocabulary: tuple[str, ...]
    x_mean: np.ndarray
    x_std: np.ndarray
    y_mean: float = 0.0
    y_std: float = 1.0
    notes: tuple[str, ...] = field(default=())
    labels_val: np.ndarray | None = None
    label_names: tuple[str, ...] = ()
    x_apart: np.ndarray | None = None
    graph: Graph | None = None
    made_up: np.ndarray | None = None

    @property
    def outputs(self) -> int:
        """How many values a model must put out: one per class, 1 for regression, all of the input to rebuild it."""
        if self.task == "reconstruction":
            return math.prod(self.input_shape)
        return len(self.class_names) if self.task == "classification" else 1

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one sample, without the batch axis."""
        return tuple(self.x_train.shape[1:])
