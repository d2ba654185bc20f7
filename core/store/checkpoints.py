"""Checkpoint files: written atomically, described by a small JSON file beside each, thinned out by rule."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from core.errors import DiskFull
from core.store.files import atomic_write, write_text
from core.store.rows import is_disk_full

SPARE_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Checkpoint:
    """One checkpoint: `kind` is first, auto, best, user or last; `state_hash` is the sha256 of everything in it."""

    step: int
    epoch: float
    kind: str
    state_hash: str
    bytes: int
    time: float
    val_loss: float | None = None


class Checkpoints:
    """The checkpoints folder of a run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, step: int) -> Path:
        """The tensor file of the checkpoint at `step`."""
        return self.folder / f"step-{step:09d}.pt"

    def list(self) -> list[Checkpoint]:
        """All complete checkpoints, oldest first; a damaged description or a missing tensor file is left out."""
        found = []
        for path in sorted(self.folder.glob("step-*.json")):
            with contextlib.suppress(OSError, ValueError, TypeError):
                checkpoint = Checkpoint(**json.loads(path.read_text()))
                if self.path(checkpoint.step).exists():
                    found.append(checkpoint)
        return found

    def latest(self) -> Checkpoint | None:
        """The one with the highest step, or None."""
        return max(self.list(), key=lambda checkpoint: checkpoint.step, default=None)

    def save(self, checkpoint: Checkpoint, write: Callable[[IO[bytes]], None], *, expected_bytes: int) -> Checkpoint:
        """Write one checkpoint: `write(file)` puts the tensors into a binary file.

        Raises:
            DiskFull: when less than twice its size and 64 MB are free, or writing ran out of space. Older ones stay.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.folder).free
        if free < 2 * expected_bytes + SPARE_BYTES:
            raise DiskFull(
                f"Checkpointing stopped: {free / 2**20:.0f} MB are free and {(2 * expected_bytes + SPARE_BYTES) / 2**20:.0f} MB "
                "are needed. Training goes on; free some space and press Checkpoint."
            )
        path = self.path(checkpoint.step)
        try:
            with atomic_write(path) as file:
                write(file)
            checkpoint = Checkpoint(**{**asdict(checkpoint), "bytes": path.stat().st_size})
            write_text(path.with_suffix(".json"), json.dumps(asdict(checkpoint)))
        except (OSError, RuntimeError) as error:
            if is_disk_full(error):
                raise DiskFull("Checkpointing stopped: the disk is full. Training goes on; free some space.") from None
            raise
        return checkpoint

    def thin(self, keep: int) -> None:
        """Delete all but the newest `keep` automatic checkpoints; first, user, last and the newest best stay."""
        found = self.list()
        best = [c for c in found if c.kind == "best"]
        auto = [c for c in found if c.kind == "auto"]
        for checkpoint in auto[:-keep] + best[:-1]:
            for path in (self.path(checkpoint.step), self.path(checkpoint.step).with_suffix(".json")):
                path.unlink(missing_ok=True)
