"""The explanation worker: `python -m core.explain.worker FOLDER [--compile]`, where FOLDER keeps the answers."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Answer questions until the input ends. With --compile, numba's first calls are made while nobody asks."""
    for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, whose end closes the input
    said = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints must not mix with the answers
    if hasattr(os, "nice"):
        os.nice(5)

    from core.explain.worker.answers import AnswerStore
    from core.explain.worker.process import Inbox, Outbox, serve
    from core.explain.worker.questions import QUESTIONS
    from core.explain.worker.warming import chores

    inbox = Inbox(sys.stdin)
    import torch

    torch.set_num_threads(1)
    serve(QUESTIONS, AnswerStore(Path(arguments[0])), inbox, Outbox(said), chores("--compile" in arguments))


if __name__ == "__main__":
    main(sys.argv[1:])
