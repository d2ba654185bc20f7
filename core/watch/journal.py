"""The run folder of a watched loop: made like any other run, but with a note in place of a recipe."""

from __future__ import annotations

import json
import math
import platform
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.diagnosis.live import LiveDiagnosis
from core.errors import BadInput
from core.probes.recorder import Recorder
from core.store.process import ProcessIdentity
from core.store.rows import RunWriter
from core.store.schema import RUN_FORMAT
from core.store.workspace import WATCHED, Run, Workspace
from core.train import devices
from core.watch.checks import Watched
from core.watch.order import width

MEMORY_SECONDS = 2.0


class Journal:
    """Writes one watched run: facts once, rows and figures as they come, the diagnosis now and then."""

    def __init__(self, out: str | Path | None, document: dict[str, Any], device: torch.device) -> None:
        try:
            home = Path(out).expanduser() if out is not None else None
            self.run: Run = Workspace(home).create(document)
            self.writer = RunWriter(self.run.database, 1)
            me = ProcessIdentity.of()
            self.writer.execute(
                "INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?)",
                (1, time.time(), 0, me.pid, me.create_time, me.boot_id, json.dumps(_versions())),
            )
            self.writer.event(0, "started")
            self.writer.flush("running", 0, {"watched": True, "message": "Waiting for the first step."})
        except TypeError:
            raise BadInput(f"out is {out!r}; give the path of a workspace folder, or leave it out.") from None
        except OSError as error:
            raise BadInput(
                f"The run can't be written to {out or Workspace().home} ({error.strerror or error}); give a folder that can be "
                "written with out=..., or set GRADCLINIC_HOME."
            ) from None
        self.live = LiveDiagnosis(self.run, self.writer)
        self._device, self._budget = device, document["record"]["budget"]
        self.metrics: dict[str, float] = {}
        self.reason = ""
        self._memory, self._memory_read = 0.0, -math.inf

    def facts(self, watched: Watched, recorder: Recorder, used: dict[str, bool], notes: list[str]) -> None:
        """Tell what stays the same during the run."""
        found = {
            "format": RUN_FORMAT,
            "watched": True,
            "layers": [
                {
                    "name": la.name,
                    "type": la.type,
                    "parameters": la.parameters,
                    "activation": la.activation_type if used.get(la.name, True) else "",
                    "units": width(la),
                    "used": used.get(la.name, True),
                }
                for la in recorder.layers
            ],
            "parameters": sum(p.numel() for p in watched.model.parameters()),
            "model": type(watched.model).__name__,
            "optimizer": ", ".join(type(one).__name__ for one in watched.optimizers),
            "device": devices.label(self._device),
            "notes": notes,
            "versions": _versions(),
        }
        self.put(found)

    def put(self, found: dict[str, Any]) -> None:
        """Keep entries of the run's facts."""
        for key, value in found.items():
            self.writer.put_meta(key, json.dumps(value))

    def figures(self, recorder: Recorder, step: int, lr: float) -> dict[str, Any]:
        """Progress figures for the status line."""
        seconds = recorder.training_seconds
        return {
            "watched": True,
            "seconds": seconds,
            "step_seconds": seconds / max(step, 1),
            "overhead_share": recorder.cadence.share,
            "budget": self._budget,
            "cadence": recorder.cadence.in_force,
            "memory_mb": self._memory_mb(),
            "device": devices.label(self._device),
            "lr": lr if math.isfinite(lr) else None,
            "metrics": {k: v if math.isfinite(v) else str(v) for k, v in self.metrics.items()},
            "disk_full": self.writer.disk_full,
            "dropped_rows": self.writer.dropped,
            "reason": self.reason,
            "message": self.reason,
            "findings": self.live.serious,
        }

    def _memory_mb(self) -> float:
        if time.monotonic() - self._memory_read > MEMORY_SECONDS:
            self._memory_read = time.monotonic()
            self._memory = devices.memory_bytes(self._device) / 2**20
        return self._memory

    def last_word(self, status: str, step: int, reason: str, recorder: Recorder | None, lr: float) -> bool:
        """Write the end of the run with its diagnosis, and close; False when the disk is full."""
        self.reason = reason
        self.writer.event(step, "finished", status=status, reason=reason)
        if recorder is None:
            written = self.writer.flush(status, step, {"watched": True, "reason": reason, "message": reason})
        else:
            recorder.flush(status, step, lambda: self.figures(recorder, step, lr), force=True)
            self.live.look(status, step, force=True)
            written = recorder.flush(status, step, lambda: self.figures(recorder, step, lr), force=True)
        self.close()
        return written

    def close(self) -> None:
        """Close both connections; what was not written is lost."""
        self.live.close()
        self.writer.close()


def document_of(watched: Watched, name: str | None, task: str, budget: float | None) -> dict[str, Any]:
    """What stands in place of a recipe: what is watched."""
    first = watched.optimizers[0]
    lr = first.param_groups[0].get("lr")
    title = " ".join(str(name or type(watched.model).__name__).replace("<", "").replace(">", "").split())[:120]
    return {
        "kind": WATCHED,
        "name": title or "Watched loop",
        "task": task,
        "program": Path(sys.argv[0]).name if sys.argv and sys.argv[0] else "",
        "model": {
            "key": type(watched.model).__name__,
            "parameters": sum(p.numel() for p in watched.model.parameters()),
        },
        "optim": {
            "key": ", ".join(type(one).__name__ for one in watched.optimizers),
            "lr": float(lr) if lr is not None else None,
        },
        "record": {"budget": budget},
    }


def _versions() -> dict[str, str]:
    return {"torch": str(torch.__version__), "python": platform.python_version(), "numpy": np.__version__}
