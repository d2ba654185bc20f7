"""From a data set to arrays ready for training: sample, split, fill gaps, scale. All statistics from the training part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.data.balance.catalogue import BALANCES
from core.data.base import Dataset, Prepared
from core.data.catalogue import DATASETS
from core.data.graph import Graph
from core.errors import DataError
from core.registry import ParamValue


def load_dataset(key: str, params: Mapping[str, ParamValue], *, seed: int, uploads: Path | None = None) -> Dataset:
    """The whole data set, unsplit and unscaled.

    Raises:
        UnknownKey: when there is no such data set.
        DataError: when it can't be loaded as asked.
    """
    spec = DATASETS[key]
    extra: dict[str, Any] = {"uploads": uploads} if key == "upload" else {}
    dataset: Dataset = spec.load()(seed, **{**spec.defaults(), **params}, **extra)
    return dataset


def prepare(
    key: str,
    params: Mapping[str, ParamValue],
    *,
    seed: int,
    validation_fraction: float,
    standardise: bool,
    keep_target: bool = False,
    limit: int | None = None,
    predict: str = "target",
    balance: str = "none",
    balance_params: Mapping[str, ParamValue] | None = None,
    uploads: Path | None = None,
) -> Prepared:
    """Load, sample, split and scale one data set; deterministic in `seed`.

    Classes are split in proportion; a split that the source fixes is kept. Gaps of tables take the training median,
    inputs are scaled to mean 0 and standard deviation 1 (per column; over all pixels for images; per channel for
    series), a regression target too, unless `keep_target` leaves it in its own units. NaN padding of series becomes 0 after scaling. Texts stay as they are, and so does a
    graph but for the features of its nodes; a sample of its rows leaves it whole.
    `balance` (a key of BALANCES) then changes which training rows there are; the validation part stays.

    With `predict` "input", and for data sets without another task, the target is the scaled input.

    Raises:
        DataError: when too few rows are left to train and validate on, or gaps keep an input from being rebuilt.
    """
    dataset = load_dataset(key, params, seed=seed, uploads=uploads)
    notes = list(dataset.notes)
    rows = _sample(dataset, limit, seed)
    train, val = _split(dataset, rows, validation_fraction, seed)
    if dataset.part is not None:
        notes.append("The source fixes which rows validate; the validation share is not used.")
    if len(train) < 2 or len(val) < 1:
        raise DataError(
            f"Only {len(rows)} rows are left, too few to train and validate on; use more rows or a smaller validation share."
        )
    apart = rows[dataset.part[rows] == 2] if dataset.part is not None else rows[:0]
    x_train, x_rest, mean, std = _scale(dataset, train, np.concatenate([val, apart]), standardise, notes)
    x_val, x_apart = x_rest[: len(val)], x_rest[len(val) :]
    y_train, y_val = dataset.y[train], dataset.y[val]
    y_mean, y_std = 0.0, 1.0
    if dataset.task == "regression" and standardise and not keep_target:
        y_mean, y_std = float(y_train.mean()), float(y_train.std()) or 1.0
        y_train, y_val = ((y - y_mean) / y_std for y in (y_train, y_val))
    task = "reconstruction" if predict == "input" else dataset.task
    given = len(y_train)
    x_train, y_train = _balanced(task, x_train, y_train, balance, balance_params or {}, seed, notes)
    labels: dict[str, Any] = {}
    if task == "reconstruction":
        _check_rebuildable(dataset)
        classes = dataset.class_names
        labels = {
            "labels_val": y_val if classes else None,
            "label_names": classes,
            "x_apart": x_apart if len(apart) else None,
        }
        y_train, y_val = (x.reshape(len(x), -1) for x in (x_train, x_val))
        y_mean, y_std = (mean.item(), std.item()) if mean.size == 1 else (0.0, 1.0)
    kind = np.int64 if task == "classification" else np.float32
    return Prepared(
        key=key,
        kind=dataset.kind,
        task=task,
        x_train=x_train,
        y_train=np.ascontiguousarray(y_train, kind),
        x_val=x_val,
        y_val=np.ascontiguousarray(y_val, kind),
        class_names=dataset.class_names if task == "classification" else (),
        feature_names=dataset.feature_names,
        target_name="its own input" if task == "reconstruction" else dataset.target_name,
        vocabulary=dataset.vocabulary,
        x_mean=mean,
        x_std=std,
        y_mean=y_mean,
        y_std=y_std,
        notes=tuple(notes),
        graph=_scaled_graph(dataset.graph, standardise),
        made_up=np.arange(len(y_train)) >= given if BALANCES[balance].makes_up else None,
        **labels,
    )


def _check_rebuildable(dataset: Dataset) -> None:
    if dataset.kind == "sequence" and np.isnan(dataset.x).any():
        raise DataError(
            "These series differ in length, so most of what would be rebuilt is padding; choose series of one length, or set "
            "data.predict to target."
        )


def _scaled_graph(graph: Graph | None, standardise: bool) -> Graph | None:
    """The graph with features of mean 0 and standard deviation 1 over all its nodes, or as it is."""
    if graph is None or not standardise:
        return graph
    spread = graph.features.std(axis=0)
    features = (graph.features - graph.features.mean(axis=0)) / np.where(spread > 0, spread, 1)
    return replace(graph, features=np.ascontiguousarray(features, np.float32))


def _balanced(
    task: str,
    x: np.ndarray,
    y: np.ndarray,
    balance: str,
    params: Mapping[str, ParamValue],
    seed: int,
    notes: list[str],
) -> tuple[np.ndarray, np.ndarray]:
    """The training rows in the numbers that `balance` gives each class."""
    spec = BALANCES[balance]
    if spec.acts == "nothing":
        return x, y
    if task != "classification":
        raise DataError(f"{spec.label} evens out classes, and this is a {task}; set balance.key to none.")
    if spec.acts == "batches":
        return x, y
    before = len(y)
    x, y = spec.load()(x, y, seed, **{**spec.defaults(), **params})
    notes.append(f"{spec.label}: {before:,} training rows became {len(y):,}; the validation rows are untouched.")
    return x, y


def _sample(dataset: Dataset, limit: int | None, seed: int) -> np.ndarray:
    """Row numbers in use: all, or a sample of `limit` in proportion to the classes."""
    rows = np.arange(len(dataset.y))
    if limit is None or limit >= len(rows):
        return rows
    return np.sort(_stratified(dataset, rows, limit / len(rows), np.random.default_rng([seed, 1]))[0])


def _split(dataset: Dataset, rows: np.ndarray, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(training rows, validation rows)."""
    if dataset.part is not None:
        return rows[dataset.part[rows] == 0], rows[dataset.part[rows] == 1]
    val, train = _stratified(dataset, rows, fraction, np.random.default_rng([seed, 2]))
    return train, val


def _stratified(
    dataset: Dataset, rows: np.ndarray, fraction: float, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw `fraction` of `rows`, class by class in proportion; returns (drawn, rest), each in random order."""
    labels = dataset.y[rows] if dataset.task == "classification" else np.zeros(len(rows))
    drawn, rest = [], []
    for label in np.unique(labels):
        members = random.permutation(rows[labels == label])
        count = round(fraction * len(members))
        if len(members) > 1:
            count = min(max(count, 1), len(members) - 1)
        drawn.append(members[:count])
        rest.append(members[count:])
    return random.permutation(np.concatenate(drawn)), random.permutation(np.concatenate(rest))


def _scale(
    dataset: Dataset, train: np.ndarray, val: np.ndarray, standardise: bool, notes: list[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(x_train, x_val, mean, std) with gaps filled."""
    x_train, x_val = dataset.x[train], dataset.x[val]
    if dataset.kind in ("text", "graph"):
        return x_train, x_val, np.zeros(1, np.float32), np.ones(1, np.float32)
    if dataset.kind == "tabular":
        x_train, x_val = _fill(x_train, x_val, notes)
    axes = {"tabular": (0,), "image": None, "sequence": (0, 1)}[dataset.kind]
    mean: np.ndarray = np.zeros(1, np.float32)
    std: np.ndarray = np.ones(1, np.float32)
    if standardise:
        mean = np.asarray(np.nanmean(x_train, axis=axes, dtype=np.float64), np.float32)
        std = np.asarray(np.nanstd(x_train, axis=axes, dtype=np.float64), np.float32)
        std = np.where(std > 0, std, 1).astype(np.float32)
    scaled = [np.ascontiguousarray((x - mean) / std, np.float32) for x in (x_train, x_val)]
    if dataset.kind == "sequence":
        scaled = [np.nan_to_num(x, nan=0.0) for x in scaled]
    return scaled[0], scaled[1], np.asarray(mean), np.asarray(std)


def _fill(x_train: np.ndarray, x_val: np.ndarray, notes: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Gaps take the median of the training rows (0 where a column has none)."""
    gaps = int(np.isnan(x_train).sum() + np.isnan(x_val).sum())
    if not gaps:
        return x_train, x_val
    known = ~np.isnan(x_train).all(axis=0)
    median = np.zeros(x_train.shape[1], np.float32)
    median[known] = np.nanmedian(x_train[:, known], axis=0)
    notes.append(f"{gaps:,} missing values were filled with the training median of their column.")
    return np.where(np.isnan(x_train), median, x_train), np.where(np.isnan(x_val), median, x_val)


def describe(dataset: Dataset) -> dict[str, Any]:
    """Facts for a page: rows, shape, classes with counts or the target's range, missing values."""
    facts: dict[str, Any] = {
        "rows": len(dataset.y),
        "shape": tuple(dataset.x.shape[1:]),
        "kind": dataset.kind,
        "task": dataset.task,
    }
    if dataset.class_names:
        counts = np.bincount(dataset.y, minlength=len(dataset.class_names))
        facts["classes"] = {name: int(count) for name, count in zip(dataset.class_names, counts, strict=True)}
    else:
        facts["target"] = {
            "minimum": float(dataset.y.min()),
            "mean": float(dataset.y.mean()),
            "maximum": float(dataset.y.max()),
        }
    if dataset.graph is not None:
        facts["graph"] = {
            "nodes": dataset.graph.nodes,
            "edges": dataset.graph.edges.shape[1] // 2,
            "features": dataset.graph.features.shape[1],
        }
    facts["missing"] = int(np.isnan(dataset.x).sum()) if dataset.kind == "tabular" else 0
    return facts
