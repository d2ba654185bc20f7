"""Metrics as a table: CSV and TSV of any origin, JSON and JSONL records, charts exported from W&B and TensorBoard."""

from __future__ import annotations

import csv
import json
import math
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import PurePath
from typing import Any

from core.errors import BadInput
from core.logs.names import AXES, pick, wanted
from core.logs.series import Metrics, make_series

DELIMITERS = ",;\t|"
MISSING_SHARE = 0.2
EXPORTED = {"wall time", "step", "value"}


def number(cell: Any, *, comma: bool = False) -> float | None:
    """The number in a cell: text or JSON value; None for an empty cell, a text, a truth value or null.

    "NaN", "Infinity" and their like are numbers; "93.1%" is 0.931; `comma` reads "0,5" as 0.5.
    """
    if isinstance(cell, str):
        text = cell.strip()
        if comma:
            text = text.replace(",", ".")
        try:
            return float(text[:-1]) / 100 if text.endswith("%") else float(text)
        except ValueError:
            return None
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return None
    try:
        return float(cell)
    except OverflowError:
        return math.inf if cell > 0 else -math.inf


def flat(record: dict[str, Any], prefix: str = "", depth: int = 3) -> Iterator[tuple[str, Any]]:
    """The entries of a record; {"train": {"loss": 1}} gives ("train/loss", 1)."""
    for name, value in record.items():
        if isinstance(value, dict) and depth:
            yield from flat(value, f"{prefix}{name}/", depth - 1)
        else:
            yield f"{prefix}{name}", value


def read_csv(text: str, source: str) -> Metrics:
    """A table with a header line, its delimiter being whichever of comma, semicolon, tab and | the header has most of.

    Raises:
        BadInput: when it has no header line or no rows, or lacks a training loss (see `from_columns`).
    """
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    header = next(lines, "")
    delimiter = max(DELIMITERS, key=header.count)
    try:
        names = [name.strip() for name in next(csv.reader([header], delimiter=delimiter), [])]
        if not any(names) or sum(number(name) is not None for name in names) * 2 > len(names):
            raise BadInput(
                f"{source} has no header line; its first line must name the columns, such as step,loss,val_loss."
            )
        if {
            name.lower() for name in names
        } == EXPORTED:  # TensorBoard's download of one curve, named in the file's name
            tag = re.search(r"tag-(.+)\.csv$", PurePath(source).name, re.IGNORECASE)
            names = [tag[1] if tag and name.lower() == "value" else name for name in names]
            names = ["loss" if name.lower() == "value" else name for name in names]
        rows = csv.reader(lines, delimiter=delimiter)
        at = [i for i, name in enumerate(names) if wanted(name) and name not in names[:i]]
        columns = {names[i]: array("d") for i in at}
        there = {names[i]: bytearray() for i in at}
        count = 0
        for row in rows:
            count += 1
            for i in at:
                value = number(row[i], comma=delimiter == ";") if i < len(row) else None
                there[names[i]].append(value is not None)
                columns[names[i]].append(math.nan if value is None else value)
    except csv.Error as error:
        raise BadInput(f"{source} is no readable table ({error}); save it as CSV with a header line.") from None
    if not count:
        raise BadInput(f"{source} has a header line but no rows; wait until something was logged, then ask again.")
    kind = "tsv" if delimiter == "\t" else "csv"
    return from_columns(columns, there, [name for name in names if name], kind, source)


def from_records(records: Iterable[dict[str, Any]], kind: str, source: str) -> Metrics:
    """One record per logging, each with some of the metrics; see `from_columns`.

    Raises:
        BadInput: when there is none.
    """
    columns: dict[str, array[float]] = {}
    there: dict[str, bytearray] = {}
    known: dict[str, bool] = {}
    count = 0
    for count, record in enumerate(records, start=1):
        for name, cell in flat(record):
            if known.setdefault(name, wanted(name)) and (value := number(cell)) is not None:
                column = columns.setdefault(name, array("d"))
                gap = count - 1 - len(column)
                flags = there.setdefault(name, bytearray())
                if gap < 0:  # the same name twice in one record
                    continue
                column.extend([math.nan] * gap)
                flags.extend(bytes(gap))
                column.append(value)
                flags.append(1)
    if not count:
        raise BadInput(f"{source} holds no records; wait until something was logged, then ask again.")
    for name, column in columns.items():
        gap = count - len(column)
        column.extend([math.nan] * gap)
        there[name].extend(bytes(gap))
    return from_columns(columns, there, list(known), kind, source)


def from_columns(
    columns: dict[str, array[float]], there: dict[str, bytearray], names: Sequence[str], kind: str, source: str
) -> Metrics:
    """Series of a table's columns over its step column, else its epoch column, else its row numbers.

    `there` tells a NaN that was written from a cell that was empty. Where a step column starts anew with each epoch,
    the steps are counted on. A step that is missing in a row is the one before it; an axis with fewer numbers than half of
    the rows, or with fractions, is none.
    """
    metrics = Metrics(kind, source, columns=tuple(names))
    rows = max((len(flags) for flags in there.values()), default=0)
    axes = pick({name: sum(flags) for name, flags in there.items() if 2 * sum(flags) >= rows}).names
    taken = {axis: _filled(columns[name], there[name]) for axis in AXES if (name := axes.get(axis))}
    epoch = taken.get("axis.epoch")
    if (step := taken.get("axis.step")) and _whole(step):
        if epoch and _restarts(step, epoch):
            step = _counted_on(step)
            metrics.notes.append("The steps start anew with each epoch; they are counted on.")
    elif epoch and _whole(epoch) and _each_once(epoch, there[axes["axis.epoch"]]):
        step, metrics.unit = epoch, "epoch"
    else:
        step, metrics.unit = list(range(1, rows + 1)), "row"
    times = taken.get("axis.seconds") or [0.0] * rows
    start = times[0] if times else 0.0
    for name, values in columns.items():
        if name in (axes.get("axis.step"), axes.get("axis.seconds")):
            continue
        keep = _written(values, there[name])
        if keep != there[name]:
            metrics.notes.append(f"NaN in {name!r} is taken as an empty cell, since numbers follow it throughout.")
        at = [i for i, flag in enumerate(keep) if flag]
        metrics.series[name] = make_series(
            (step[i] for i in at), (times[i] - start for i in at), (values[i] for i in at)
        )
    return metrics


def _filled(values: array[float], there: bytearray) -> list[float]:
    """An axis with each missing number replaced by the one before it, the first ones by the first that is there."""
    good = [value if flag and math.isfinite(value) else None for value, flag in zip(values, there, strict=True)]
    last = next((value for value in good if value is not None), 0.0)
    filled = []
    for value in good:
        last = last if value is None else value
        filled.append(last)
    return filled


def _whole(axis: list[float]) -> bool:
    """Whether an axis counts: fractions of an epoch, say, are no numbers of rows."""
    return all(value.is_integer() for value in axis)


def _restarts(step: list[float], epoch: list[float]) -> bool:
    """Whether the step goes back exactly where the epoch goes on."""
    back = [i for i in range(1, len(step)) if step[i] < step[i - 1]]
    return bool(back) and all(epoch[i] > epoch[i - 1] for i in back)


def _counted_on(step: list[float]) -> list[float]:
    found: list[float] = []
    offset = 0.0
    for i, value in enumerate(step):
        if i and value < step[i - 1]:
            offset = found[-1] + (1 if value == 0 else 0)
        found.append(offset + value)
    return found


def _each_once(epoch: list[float], there: bytearray) -> bool:
    """Whether epochs number the rows: not many rows to an epoch."""
    return len(set(epoch)) * 2 > sum(there) and bool(epoch)


def _written(values: array[float], there: bytearray) -> bytearray:
    """Which cells hold a number. Some tools write NaN where nothing was measured: then numbers follow it to the end."""
    nans = [i for i, flag in enumerate(there) if flag and math.isnan(values[i])]
    if not nans or len(nans) < MISSING_SHARE * sum(there):
        return there
    tail = range(nans[0], len(there))
    good = [i for i in tail if there[i] and math.isfinite(values[i])]
    if len(good) < MISSING_SHARE * len(tail) or good[-1] < len(there) - max(2, len(tail) // 4):
        return there
    return bytearray(flag and not math.isnan(value) for flag, value in zip(there, values, strict=True))


def read_jsonl(text: str, source: str) -> Metrics:
    """One JSON object per line; a last line that is cut is normal while a run writes, other bad lines are counted.

    Raises:
        BadInput: when fewer than half of the lines are JSON objects, or none.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    found, bad = [], 0
    for line in lines:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if isinstance(record, dict):
            found.append(record)
        else:
            bad += 1
    if not found or bad > len(found):
        raise BadInput(
            f"{source} is no JSONL: only {len(found)} of {len(lines)} lines are JSON objects; write one a line."
        )
    metrics = from_records(found, "jsonl", source)
    if bad:
        metrics.notes.append(
            f"{bad} line{'s are' if bad > 1 else ' is'} no JSON object and left out (cut while writing?)."
        )
        metrics.status = "running"
    return metrics


def read_json(document: Any, source: str) -> Metrics:
    """A list of records, or an object of equally long lists such as Keras's History.history.

    Raises:
        BadInput: when it is neither.
    """
    if isinstance(document, list) and document and all(isinstance(one, dict) for one in islice(document, 100)):
        return from_records((one for one in document if isinstance(one, dict)), "json", source)
    if isinstance(document, dict):
        inner = next(
            (document[key] for key in ("history", "metrics", "log") if isinstance(document.get(key), (dict, list))),
            document,
        )
        if inner is not document:
            return read_json(inner, source)
        lists = {name: value for name, value in flat(document) if isinstance(value, list)}
        if lists:
            length = max(map(len, lists.values()))
            metrics = from_records(
                ({name: value[i] for name, value in lists.items() if i < len(value)} for i in range(length)),
                "json",
                source,
            )
            return metrics
        if any(number(value) is not None for _, value in flat(document)):
            return from_records([document], "jsonl", source)
    raise BadInput(
        f"{source} is JSON, but no log: give a trainer_state.json, a list of records, or lists such as {{'loss': [...]}}."
    )
