"""From a log's series to a Case: which series is our loss, at which steps, and what had to be made up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.diagnosis.case import Array, Case, Table
from core.errors import BadInput
from core.logs.names import pick
from core.logs.series import Metrics, Series

FEW = 10
NAMED = 30
BLOCKS = 20


@dataclass(frozen=True)
class Log:
    """A log as a Case, with what was understood of it: `columns` ("table.column" -> name in the log), `rows`, `notes`."""

    case: Case
    format: str
    source: str
    understood: dict[str, Any]


def assemble(metrics: Metrics, classes: int | None = None) -> Log:
    """Name the series of a log as the rules know them.

    Args:
        classes: number of classes of a cross-entropy loss, from which the loss of guessing follows, ln(classes).

    Raises:
        BadInput: when there is no training loss in it, or `classes` is below 2.
    """
    if classes is not None and classes < 2:
        raise BadInput(f"--classes is {classes}; give the number of classes, 2 or more, or leave it out.")
    series = {name: one for name, one in metrics.series.items() if len(one)}
    picked = pick({name: len(one) for name, one in series.items()})
    names, notes = dict(picked.names), list(metrics.notes)
    if "step.loss" not in names:
        raise BadInput(_no_loss(metrics))
    loss = series[names["step.loss"]]
    if picked.passed_over:
        notes.append(f"The training loss is {names['step.loss']!r}; not looked at: {_few(picked.passed_over)}.")
    tables = {"step": _step_table(loss, names, series, notes)}
    evaluation = _evaluation_table(loss, names, series, notes)
    if evaluation:
        tables["evaluation"] = evaluation
    gradients = _gradient_table(names, picked.layers, series)
    if gradients:
        tables["gradients"] = gradients
    facts = dict(metrics.facts)
    if metrics.unit != "step":
        facts["unit"] = metrics.unit
        notes.append(f"The log counts no steps, so a step below is {_article(metrics.unit)}.")
    elif "steps_per_epoch" not in facts and "axis.epoch" in names and (per := _per_epoch(series[names["axis.epoch"]])):
        facts["steps_per_epoch"] = per
    if classes:
        facts["class_names"] = [str(i) for i in range(classes)]
        facts["chance_loss"] = math.log(classes)
    if len(loss) < FEW:
        notes.append(f"There are only {len(loss)} training losses; most rules wait for {FEW}.")
    taken = {target: name for target, name in names.items() if target.partition(".")[0] in (*tables, "axis")}
    taken |= {f"gradients.gradient_norm/{layer}": name for layer, name in picked.layers.items()}
    understood = {
        "columns": taken,
        "rows": {name: len(table) for name, table in tables.items()},
        "unit": metrics.unit,
        "notes": notes,
    }
    return Log(Case(tables, None, facts, (), metrics.status), metrics.format, metrics.source, understood)


def _step_table(loss: Series, names: dict[str, str], series: dict[str, Series], notes: list[str]) -> Table:
    columns, values = ["loss"], [loss.values]
    for column in ("lr", "samples_per_second"):
        raw = names.get(f"step.{column}")
        if raw is None:
            continue
        held = held_at(series[raw], loss.step)
        if held is None:
            del names[f"step.{column}"]
            continue
        if not np.isin(loss.step, series[raw].step).all():
            notes.append(f"{raw!r} is recorded at other steps than the loss; the value in force is taken.")
        columns.append(column)
        values.append(held)
    return _table(columns, loss.step, loss.seconds, values)


def _evaluation_table(loss: Series, names: dict[str, str], series: dict[str, Series], notes: list[str]) -> Table | None:
    """Rows at the steps of the validation loss, else of the validation accuracy, else at up to 20 of the training one's."""
    found = {
        column: series[names[f"evaluation.{column}"]]
        for column in ("val_loss", "val_accuracy", "train_loss_eval", "train_accuracy")
        if f"evaluation.{column}" in names
    }
    if not found:
        return None
    base = next(iter(found.values()))
    at = base.step
    if not {"val_loss", "val_accuracy"} & set(found):
        at = at[np.unique(np.linspace(0, len(at) - 1, BLOCKS).round().astype(int))]
    columns, values = [], []
    for column, one in found.items():
        told = since(one, at) if column.startswith("train") else held_at(one, at, keep_bad=True)
        if told is None:
            continue
        if column.endswith("accuracy") and np.nanmax(told, initial=0.0) > 1.5:
            told = told / 100
            notes.append(f"{names[f'evaluation.{column}']!r} is taken as percent.")
        columns.append(column)
        values.append(told)
    if "val_loss" in columns and "train_loss_eval" not in columns:
        columns.append("train_loss_eval")
        values.append(since(loss, at))
        notes.append("Training loss at an evaluation: the mean of those recorded since the one before.")
    return _table(columns, at, held_at(base, at, seconds=True), values) if columns else None


def _gradient_table(names: dict[str, str], layers: Any, series: dict[str, Series]) -> Table | None:
    raw = {"gradient_norm": names["gradients.gradient_norm"]} if "gradients.gradient_norm" in names else {}
    raw |= {f"gradient_norm/{layer}": name for layer, name in layers.items()}
    if not raw:
        return None
    base = max((series[name] for name in raw.values()), key=len)
    values = [held_at(series[name], base.step, keep_bad=True) for name in raw.values()]
    return _table(list(raw), base.step, base.seconds, values)


def held_at(series: Series, at: Array, *, keep_bad: bool = False, seconds: bool = False) -> Array | None:
    """The newest value at or before each step of `at`, the first one before that; (n,).

    NaN and infinity are passed over unless `keep_bad`; None when nothing else is there. `seconds` gives the times instead.
    """
    keep = np.ones(len(series), bool) if keep_bad or seconds else np.isfinite(series.values)
    if not keep.any():
        return None
    place = np.searchsorted(series.step[keep], at, side="right") - 1
    return np.asarray((series.seconds if seconds else series.values)[keep][np.maximum(place, 0)])


def since(series: Series, at: Array) -> Array:
    """Mean of the values after the step of `at` before and up to each, (n,); the value in force where there is none."""
    ends = np.searchsorted(series.step, at, side="right")
    starts = np.concatenate([[0], ends[:-1]])
    held = held_at(series, at, keep_bad=True)
    assert held is not None
    with np.errstate(all="ignore"):
        means = [series.values[a:b].mean() if b > a else old for a, b, old in zip(starts, ends, held, strict=True)]
    return np.array(means)


def _table(columns: list[str], step: Array, seconds: Array | None, values: list[Any]) -> Table:
    with np.errstate(over="ignore"):
        rows = np.stack(values, axis=1).astype(np.float32)
    return Table(tuple(columns), step, np.zeros(len(step)) if seconds is None else seconds, rows)


def _per_epoch(epoch: Series) -> int:
    """Steps of one epoch, from how far both came; 0 when it can't be told."""
    keep = np.isfinite(epoch.values)
    if keep.sum() < 2:
        return 0
    step, value = epoch.step[keep], epoch.values[keep]
    passed = float(value[-1] - value[0])
    return max(0, round(float(step[-1] - step[0]) / passed)) if passed > 1e-6 else 0


def _article(unit: str) -> str:
    return "an epoch" if unit == "epoch" else "a row of the file"


def _few(names: tuple[str, ...]) -> str:
    shown = ", ".join(map(repr, names[:NAMED]))
    return shown + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def _no_loss(metrics: Metrics) -> str:
    there = f"it has {_few(metrics.columns)}" if metrics.columns else "it has no column of numbers"
    return (
        f"{metrics.source} holds no training loss that can be read: {there}; name one 'loss' or 'train/loss', "
        "or see docs/diagnose.md for the names that are known."
    )
