"""A worker of the explainer with questions for tests: `python -m tests.core.runtime.explaining_for_tests FOLDER`. No torch."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np

from core.errors import BadInput
from core.explain.worker.answers import AnswerStore
from core.explain.worker.job import Job
from core.explain.worker.process import Inbox, Outbox, serve
from core.explain.worker.questions import Document, Parts

PROGRAM = ("-m", "tests.core.runtime.explaining_for_tests")


def echo(question: Document, job: Job) -> Parts:
    """The question, after `seconds`; each time it is computed leaves a line in the file `log`."""
    with Path(question["log"]).open("a") as log:
        log.write(f"{question['name']}\n")
    job.progress(0.25)
    end = time.monotonic() + question.get("seconds", 0)
    while time.monotonic() < end:
        job.check()
        time.sleep(0.01)
    return {"name": question["name"], "nan": float("nan")}, {"curves.x": np.arange(6.0).reshape(2, 3)}


def deaf(question: Document, job: Job) -> Parts:
    """Hears no cancel."""
    time.sleep(60)
    return {}, {}


def refuse(question: Document, job: Job) -> Parts:
    raise BadInput("This can't be done; do that.")


def fault(question: Document, job: Job) -> Parts:
    print("printed by a library")
    raise KeyError("a fault of ours")


def die(question: Document, job: Job) -> Parts:
    """Die without an answer, as often as the file `lives` has characters."""
    lives = Path(question["lives"])
    left = lives.read_text()
    if left:
        lives.write_text(left[1:])
        os._exit(9)
    return {"pid": os.getpid()}, {}


def process(question: Document, job: Job) -> Parts:
    return {"pid": os.getpid()}, {}


QUESTIONS = {
    "echo": echo,
    "predict": echo,
    "deaf": deaf,
    "refuse": refuse,
    "fault": fault,
    "die": die,
    "process": process,
}


if __name__ == "__main__":
    said = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    serve(QUESTIONS, AnswerStore(Path(sys.argv[1])), Inbox(sys.stdin), Outbox(said), iter(()))
