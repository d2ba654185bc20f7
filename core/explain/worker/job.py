"""What a question of the worker is answered with: opened runs, and whether somebody called it off. No torch until a run is opened."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import BadInput, Cancelled
from core.store.workspace import Run

if TYPE_CHECKING:
    from core.explain.prepare import Opened

KEPT_RUNS = 4


class OpenedRuns:
    """The runs opened last, at a checkpoint each, ready to be explained."""

    def __init__(self, most: int = KEPT_RUNS) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[str, int, str], Opened] = OrderedDict()

    def open(self, run: str, step: int, uploads: str) -> Opened:
        """The run in folder `run` at the checkpoint of `step`, with the uploads of the workspace `uploads`.

        Raises:
            BadInput: when it can't be opened.
        """
        from core.explain.prepare import open_run

        found = Run(Path(run))
        state = next((one.state_hash for one in found.checkpoints.list() if one.step == step), "")
        key = (run, step, state)
        if key not in self._kept:
            while len(self._kept) >= self._most:
                self._kept.popitem(last=False)
            self._kept[key] = open_run(found, step, Path(uploads))
        self._kept.move_to_end(key)
        return self._kept[key]


class Job:
    """One question at work."""

    def __init__(self, runs: OpenedRuns, should_stop: Callable[[], bool], progress: Callable[[float], None]) -> None:
        self._runs = runs
        self.should_stop = should_stop
        self.progress = progress

    def opened(self, run: str, step: int, uploads: str) -> Opened:
        """The run in folder `run` at the checkpoint of `step`; the last few stay open.

        Raises:
            BadInput: when it can't be opened.
            Cancelled: when the question was called off.
        """
        self.check()
        if not Path(run).is_dir():
            raise BadInput(f"Run {Path(run).name} is not in the workspace any more; choose another one.")
        return self._runs.open(run, step, uploads)

    def check(self) -> None:
        """Stop here if the question was called off.

        Raises:
            Cancelled: then.
        """
        if self.should_stop():
            raise Cancelled("It was cancelled.")
