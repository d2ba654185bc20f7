"""The trainer process: `python -m core.train.process RUN_FOLDER`, or `--spare` to load torch first and be told later."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any


def train_run(folder: Path, *, log_to_file: bool = True, **options: Any) -> str:
    """Train the run, or hold the race, in `folder`; returns its final status. What is printed goes to its log.

    `options` are those of TrainingSession, or of RaceSession.
    """
    import numpy as np

    from core.race.trainer.session import RaceSession
    from core.store.workspace import Run
    from core.train.limits import Limits
    from core.train.session import TrainingSession

    np.seterr(over="ignore", invalid="ignore")  # exploding runs are our daily bread
    run = Run(folder)
    if log_to_file:
        log = os.open(run.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(log, 1)
        os.dup2(log, 2)
    limits = Limits.of(run.limits())
    limits.bound_memory()
    session = RaceSession(run, **options) if run.is_race else TrainingSession(run, **options)
    limits.when_over(session.request_stop)

    def stop(number: int, frame: FrameType | None) -> None:
        session.request_stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return session.run()


def warm_up() -> None:
    """Import and touch what a run needs, so that the first step comes at once."""
    import sklearn.datasets  # noqa: F401
    import torch

    import core.race.trainer.session
    import core.train.session  # noqa: F401

    torch.set_num_threads(1)
    layer = torch.nn.Linear(2, 2)
    optimizer = torch.optim.Adam(layer.parameters())
    torch.nn.functional.cross_entropy(layer(torch.zeros(2, 2)), torch.zeros(2, dtype=torch.int64)).backward()
    optimizer.step()


def main(arguments: list[str] | None = None) -> int:
    """Run as a process; exit code 0 when the run ended done or stopped."""
    arguments = sys.argv[1:] if arguments is None else arguments
    for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")  # numpy's own threads would fight torch's
    if arguments == ["--spare"]:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        warm_up()
        told = sys.stdin.readline().strip()
        if not told:  # the server is gone before it needed us
            return 0
        arguments = [told]
    if len(arguments) != 1:
        print("usage: python -m core.train.process RUN_FOLDER | --spare", file=sys.stderr)
        return 2
    if hasattr(os, "nice"):
        os.nice(5)  # the browser side goes first
    return 0 if train_run(Path(arguments[0])) in ("done", "stopped") else 1


if __name__ == "__main__":
    sys.exit(main())
