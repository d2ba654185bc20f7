"""A run's records as CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import Any

from core.errors import BadInput
from core.store.rows import RunReader
from core.store.workspace import Run

CSV_DANGER = ("=", "+", "-", "@", "\t", "\r")


def rows_csv(run: Run) -> bytes:
    """Every recorded value in long form: stream, attempt, step, epoch, seconds, series, value. NaN and Inf stay."""
    reader = _reader(run)
    per_epoch = reader.meta().get("steps_per_epoch") or 1
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["stream", "attempt", "step", "epoch", "seconds", "series", "value"])
    for stream, columns in reader.streams().items():
        names = [guard(column) for column in columns]
        rows = reader.rows(stream)
        for attempt, step, seconds, values in zip(rows.attempt, rows.step, rows.seconds, rows.values, strict=True):
            head = (stream, attempt, step, f"{step / per_epoch:.6g}", f"{seconds:.6f}")
            writer.writerows([*head, name, repr(float(value))] for name, value in zip(names, values, strict=True))
    reader.close()
    return out.getvalue().encode()


def rows_json(run: Run) -> bytes:
    """Recipe, facts, history and every stream column by column; NaN and Inf are the strings "nan", "inf", "-inf".

    "kept_back" names settings that the recipe has and does not show, while an exercise of a class goes on.
    """
    reader = _reader(run)
    streams: dict[str, Any] = {}
    for stream, columns in reader.streams().items():
        rows = reader.rows(stream)
        streams[stream] = {
            "attempt": rows.attempt.tolist(),
            "step": rows.step.tolist(),
            "seconds": rows.seconds.tolist(),
            "series": {name: [_json(v) for v in rows.values[:, i].tolist()] for i, name in enumerate(columns)},
        }
    document = {
        "run_id": run.id,
        "recipe": run.document(),
        "kept_back": list(run.kept_back),
        "origin": run.origin(),
        "facts": reader.meta(),
        "history": [event.__dict__ for event in reader.events()],
        "streams": streams,
    }
    reader.close()
    return json.dumps(document).encode()


def guard(text: str) -> str:
    """`text` such that a spreadsheet takes it for text, not for a formula."""
    return "'" + text if text.startswith(CSV_DANGER) else text


def _json(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)


def _reader(run: Run) -> RunReader:
    reader = run.reader()
    if reader is None:
        raise BadInput(f"Run {run.id} has recorded nothing yet; start it, then export.")
    return reader
