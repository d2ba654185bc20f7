"""Attributions of fixed rows at many steps of a training, as files in the run's folder. No torch.

`attributions/` of a run holds `rows.npz`, what is explained, and one `step-N.npz` for each record; in a race's folder each
recorded member has a folder of its number inside.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from core.data.base import Prepared
from core.errors import DiskFull
from core.explain.baselines import baseline
from core.store.files import atomic_write
from core.store.rows import is_disk_full

ROWS, LEAST_ROWS, MOST_VALUES = 50, 10, 20_000
MOST_RECORDS, LEAST_RECORDS, MOST_BYTES = 200, 10, 16 * 2**20
SPARE_BYTES = 64 * 2**20


@dataclass(frozen=True, eq=False)
class FixedSamples:
    """What is explained at every step: `rows` (n,) of the validation part, `x` (n, *shape) as the model reads them, the
    explained output `target` (n,) of each, and `document`, the names that a reader needs."""

    rows: np.ndarray
    x: np.ndarray
    target: np.ndarray
    document: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Record:
    """The attributions at one step.

    values (n, *shape) float32; output and base_value (n,) float64; `gap` is core.explain.trust.completeness's, NaN where
    there is none, after `points` points of the path. `seconds` went into this record, `spent` into all of the run up to it; `training_seconds` into training.
    """

    step: int
    epoch: float
    values: np.ndarray
    output: np.ndarray
    base_value: np.ndarray
    gap: float
    points: int
    seconds: float
    spent: float
    training_seconds: float


def fixed_samples(data: Prepared) -> FixedSamples:
    """The samples to follow through a training on `data`: the same for every run on the same split.

    About ROWS validation rows, fewer of large inputs, at even steps of the target's order: every class in proportion.
    The explained output is that of the true class, so that it never changes; of a regression the only one.
    """
    size = int(np.prod(data.input_shape))
    count = min(len(data.y_val), ROWS, max(LEAST_ROWS, MOST_VALUES // size))
    shuffled = np.random.default_rng(7).permutation(len(data.y_val))
    order = shuffled[np.argsort(data.y_val[shuffled], kind="stable")]
    rows = order[((np.arange(count) + 0.5) * len(order) / count).astype(int)]
    x = data.x_val[rows]
    classified = data.task == "classification"
    words = {str(token): data.vocabulary[token] for token in np.unique(x)} if data.kind == "text" else {}
    return FixedSamples(
        rows,
        x,
        data.y_val[rows].astype(np.int64) if classified else np.zeros(count, np.int64),
        {
            "kind": data.kind,
            "task": data.task,
            "feature_names": list(data.feature_names),
            "class_names": list(data.class_names),
            "target_name": data.target_name,
            "words": words,
            "baseline": baseline(data).words,
        },
    )


class Records:
    """The records in `folder`. A reader may look while the trainer writes: a file is there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def steps(self) -> list[int]:
        """The steps of all records, in order."""
        names = (path.stem.removeprefix("step-") for path in self.folder.glob("step-*.npz"))
        return sorted(int(name) for name in names if name.isdigit())

    def samples(self) -> FixedSamples | None:
        """What is explained, or None when nothing was begun or it can't be read."""
        found = _read(self.folder / "rows.npz")
        if found is None:
            return None
        return FixedSamples(found["rows"], found["x"], found["target"], json.loads(str(found["document"])))

    def get(self, step: int) -> Record | None:
        """The record of `step`, or None when it is not there or can't be read."""
        found = _read(self._path(step))
        if found is None:
            return None
        given: dict[str, Any] = {name: array.item() if array.ndim == 0 else array for name, array in found.items()}
        return Record(**given) if given.keys() == {one.name for one in fields(Record)} else None

    def begin(self, samples: FixedSamples) -> None:
        """Write what is explained.

        Raises:
            DiskFull: when there is no space.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        text = np.array(json.dumps(samples.document))
        self._write(
            self.folder / "rows.npz",
            {"rows": samples.rows, "x": samples.x, "target": samples.target, "document": text},
        )

    def put(self, record: Record) -> None:
        """Write one record, and thin the others out when there are too many.

        Raises:
            DiskFull: when there is no space; the others stay.
        """
        self._write(
            self._path(record.step), {one.name: np.asarray(getattr(record, one.name)) for one in fields(Record)}
        )
        most = min(MOST_RECORDS, max(LEAST_RECORDS, MOST_BYTES // max(record.values.nbytes, 1)))
        for step in surplus(self.steps(), most):
            self._path(step).unlink(missing_ok=True)

    def forget_after(self, step: int) -> None:
        """Delete what an earlier attempt recorded beyond `step`, from where the run goes on."""
        for known in self.steps():
            if known > step:
                self._path(known).unlink(missing_ok=True)

    def _path(self, step: int) -> Path:
        return self.folder / f"step-{step:09d}.npz"

    def _write(self, path: Path, arrays: Mapping[str, np.ndarray]) -> None:
        needed = sum(array.nbytes for array in arrays.values())
        try:
            if shutil.disk_usage(self.folder).free < 2 * needed + SPARE_BYTES:
                raise OSError(28, "No space left")
            with atomic_write(path, durable=False) as file:
                np.savez(file, **arrays)  # type: ignore[arg-type]
        except OSError as error:
            if not is_disk_full(error):
                raise
            raise DiskFull("Attributions are no longer recorded: the disk is full. Training goes on.") from None


def surplus(steps: list[int], most: int) -> list[int]:
    """Which of these steps to give up so that `most` stay, spread evenly: again and again the one whose neighbours are
    closest together, never the first or the last."""
    kept, gone = list(steps), []
    while len(kept) > max(most, 2):
        around = [after - before for before, after in zip(kept, kept[2:], strict=False)]
        gone.append(kept.pop(1 + around.index(min(around))))
    return gone


def _read(path: Path) -> dict[str, np.ndarray] | None:
    with contextlib.suppress(OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile), np.load(path) as found:
        return {name: found[name] for name in found.files}
    return None
