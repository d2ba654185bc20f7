"""Rows that a user gives for a model of their own, from an .npz or a .csv file, as prepared data. No torch."""

from __future__ import annotations

import csv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.data.base import KINDS, TASKS, Prepared
from core.errors import BadInput

SHAPES = {2: "tabular", 3: "sequence", 4: "image"}
MOST_BYTES = 2 * 1024**3
TARGET = "y"
NO_CLASS = -1  # in the place of a class that nobody gave


@dataclass(frozen=True, eq=False)
class GivenRows:
    """Rows x (n, *shape) as the model takes them, with what else is known of them.

    `y` (n,) classes or numbers; `x_train` (m, *shape) and `y_train` the rows to compare with, where they are others.
    """

    x: np.ndarray
    y: np.ndarray | None = None
    x_train: np.ndarray | None = None
    y_train: np.ndarray | None = None
    feature_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    vocabulary: tuple[str, ...] = ()


def read_rows(path: Path) -> GivenRows:
    """The rows in a file.

    .npz: arrays `x`, and if you like `y`, `x_train`, `y_train`, `feature_names`, `class_names`, `vocabulary`; pickled
    objects are not read. .csv: a header and numbers; a column named `y` is the target.

    Raises:
        BadInput: when it can't be read, with what it needs.
    """
    if path.suffix not in (".npz", ".csv"):
        raise BadInput(f"{path.name} is neither .npz nor .csv; give rows as one of them.")
    if not path.is_file():
        raise BadInput(f"There is no file {path}; give the rows to explain as an .npz or .csv file.")
    if path.stat().st_size > MOST_BYTES:
        raise BadInput(f"{path.name} has more than {MOST_BYTES // 1024**3} GB; give a file with fewer rows.")
    given = _from_npz(path) if path.suffix == ".npz" else _from_csv(path)
    for name in ("y", "y_train"):
        rows, targets = getattr(given, name.replace("y", "x")), getattr(given, name)
        if targets is not None and (rows is None or targets.shape != (len(rows),)):
            raise BadInput(
                f"{path.name} has {name} of shape {targets.shape}; give one for each row of its {name.replace('y', 'x')}."
            )
    if given.x_train is not None and given.x_train.shape[1:] != given.x.shape[1:]:
        raise BadInput(
            f"{path.name} has x_train of shape {given.x_train.shape} beside x of shape {given.x.shape}; rows must have one shape."
        )
    return given


def _from_npz(path: Path) -> GivenRows:
    try:
        with np.load(path, allow_pickle=False) as file:
            found = {name: file[name] for name in file.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise BadInput(f"{path.name} can't be read ({error}); write it with numpy.savez(path, x=..., y=...).") from None
    if "x" not in found:
        raise BadInput(
            f"{path.name} has {', '.join(found) or 'no arrays'} but no x; write it with numpy.savez(path, x=..., y=...)."
        )
    arrays = {name: _numbers(found[name], name, path) for name in ("x", "y", "x_train", "y_train") if name in found}
    names = {name: tuple(map(str, found.get(name, ()))) for name in ("feature_names", "class_names", "vocabulary")}
    return GivenRows(
        x=arrays["x"],
        y=arrays.get("y"),
        x_train=arrays.get("x_train"),
        y_train=arrays.get("y_train"),
        feature_names=names["feature_names"],
        class_names=names["class_names"],
        vocabulary=names["vocabulary"],
    )


def _from_csv(path: Path) -> GivenRows:
    with path.open(newline="", encoding="utf-8-sig") as file:
        lines = [line for line in csv.reader(file) if line]
    try:
        header, table = lines[0], np.array([[float(cell) for cell in line] for line in lines[1:]])
        if not len(table) or table.shape[1] != len(header):
            raise ValueError("no rows under its header")
    except (IndexError, ValueError) as error:
        raise BadInput(
            f"{path.name} can't be read as numbers under a header ({error}); give every column as the model takes it."
        ) from None
    inputs = [number for number, name in enumerate(header) if name != TARGET]
    y = table[:, header.index(TARGET)] if TARGET in header else None
    x = _numbers(table[:, inputs].astype(np.float32), "x", path)
    return GivenRows(x, y, feature_names=tuple(header[number] for number in inputs))


def _numbers(values: np.ndarray, name: str, path: Path) -> np.ndarray:
    if values.dtype.kind not in "fiub" or values.ndim < 1 or len(values) == 0 or not np.isfinite(values).all():
        raise BadInput(
            f"{name} of {path.name} must be finite numbers, at least one row; it is {values.dtype} of shape {values.shape}."
        )
    return values


def kind_of(x: np.ndarray, has_embedding: bool) -> str:
    """The kind of data that rows (n, ...) are: (n, f) tabular, (n, time, channels) sequence, (n, c, h, w) image, token ids text.

    Raises:
        BadInput: when they are of no such shape.
    """
    if x.ndim == 2 and x.dtype.kind in "iu" and has_embedding:
        return "text"
    if x.ndim not in SHAPES:
        raise BadInput(
            f"Rows of shape {x.shape} can't be explained; give tables (n, features), series (n, time, channels), images "
            "(n, channels, height, width) or token ids (n, time)."
        )
    return SHAPES[x.ndim]


def as_prepared(given: GivenRows, kind: str, task: str, outputs: int, predicted: np.ndarray, name: str) -> Prepared:
    """The rows as prepared data, not scaled any further: those to compare with as the training part.

    `outputs` is the number of the model's outputs; `predicted` (m,) what it says of the rows to compare with, by which
    they are drawn in proportion where no target is known.

    Raises:
        BadInput: when targets or names do not fit the model.
    """
    assert kind in KINDS
    assert task in TASKS
    x = given.x.astype(np.int64 if kind == "text" else np.float32)
    others = x if given.x_train is None else given.x_train.astype(x.dtype)
    y_type: type = np.int64 if task == "classification" else np.float32
    nothing = NO_CLASS if task == "classification" else 0
    y: np.ndarray = np.full(len(x), nothing, y_type) if given.y is None else given.y.astype(y_type)
    if task == "classification" and given.y is not None and not (y.min() >= 0 and y.max() < outputs):
        raise BadInput(
            f"y has classes from {y.min()} to {y.max()}, but the model has outputs 0 to {outputs - 1}; give classes it can tell."
        )
    known = given.y_train if given.x_train is not None else given.y
    y_train: np.ndarray = (predicted if known is None else known).astype(y_type)
    classes = given.class_names or tuple(f"class {number}" for number in range(outputs))
    if len(classes) != outputs:
        raise BadInput(f"There are {len(classes)} class names for {outputs} outputs; give one for each.")
    features, vocabulary = given.feature_names or _names(kind, x.shape[1:]), given.vocabulary
    if len(features) != len(_names(kind, x.shape[1:])):
        raise BadInput(
            f"There are {len(features)} feature names for {len(_names(kind, x.shape[1:]))} features; give one for each."
        )
    if kind == "text":
        most = int(max(x.max(), others.max())) + 1
        vocabulary = vocabulary if len(vocabulary) >= most else tuple(f"token {number}" for number in range(most))
    return Prepared(
        key=name, kind=kind, task=task, x_train=others, y_train=y_train, x_val=x, y_val=y,
        class_names=classes if task == "classification" else (), feature_names=features, target_name=TARGET,
        vocabulary=vocabulary, x_mean=np.zeros(1), x_std=np.ones(1),
    )  # fmt: skip


def _names(kind: str, shape: tuple[int, ...]) -> tuple[str, ...]:
    if kind == "image":
        return tuple(f"row {r + 1}, column {c + 1}" for r in range(shape[1]) for c in range(shape[2]))
    if kind == "sequence":
        return tuple(f"channel {number + 1}" for number in range(shape[1]))
    return () if kind == "text" else tuple(f"x{number + 1}" for number in range(shape[0]))
