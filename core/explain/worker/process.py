"""The loop of the worker: questions in, answers into the store, a cancel heard while work goes on. No torch until it is needed.

One JSON document a line. On standard input {"id", "ask": a key of QUESTIONS, "key": the name to store the answer under, ...}
or {"cancel": id}; on standard output {"id", "progress": 0..1}, and at last one of {"id", "done": what AnswerStore.take
takes}, {"id", "error": sentence}, {"id", "cancelled": true}.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import IO

from core.errors import Cancelled, ClinicError, UnknownKey
from core.explain.worker.answers import Answer, AnswerStore
from core.explain.worker.job import Job, OpenedRuns
from core.explain.worker.questions import Document, Parts

PROGRESS_SECONDS = 0.1
Questions = Mapping[str, Callable[[Document, Job], Parts]]


class Inbox:
    """Standard input, read by a thread of its own. When it ends, so does this process, whatever it is at."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._asked: queue.Queue[Document] = queue.Queue()
        self._cancelled: set[int] = set()
        threading.Thread(target=self._read, args=(lines,), daemon=True, name="inbox").start()

    def _read(self, lines: Iterable[str]) -> None:
        for line in lines:
            said = json.loads(line)
            if "cancel" in said:
                self._cancelled.add(said["cancel"])
            else:
                self._asked.put(said)
        os._exit(0)

    def cancelled(self, number: int) -> bool:
        """Whether the question of that id was called off."""
        return number in self._cancelled

    def questions(self, chores: Iterator[Callable[[], None]]) -> Iterator[Document]:
        """Every question, in order; while there is none, one chore after the other is done."""
        while True:
            try:
                yield self._asked.get_nowait()
            except queue.Empty:
                chore = next(chores, None)
                if chore is None:
                    yield self._asked.get()
                else:
                    self._do(chore)

    def _do(self, chore: Callable[[], None]) -> None:
        try:
            chore()
        except Exception:  # the question that needs it will say what is wrong
            traceback.print_exc(file=sys.stderr)


class Outbox:
    """Standard output: the fate of one question after the other."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._last = (0.0, 0.0)

    def say(self, number: int, **said: object) -> None:
        """One line about the question of that id."""
        self._file.write(json.dumps({"id": number, **said}) + "\n")
        self._file.flush()

    def progress(self, number: int, share: float) -> None:
        """Tell the share of the work done, a few times a second at most."""
        now = time.monotonic()
        if now - self._last[0] >= PROGRESS_SECONDS and share != self._last[1]:
            self._last = (now, share)
            self.say(number, progress=round(min(max(float(share), 0.0), 1.0), 3))


def serve(
    questions: Questions, store: AnswerStore, inbox: Inbox, outbox: Outbox, chores: Iterator[Callable[[], None]]
) -> None:
    """Answer one question after the other, on this thread."""
    runs = OpenedRuns()
    for question in inbox.questions(chores):
        number, key = question.pop("id"), question.pop("key")
        job = Job(runs, partial(inbox.cancelled, number), partial(outbox.progress, number))
        outbox.say(number, **fate(questions, question, key, job, store))


def fate(questions: Questions, question: Document, key: str, job: Job, store: AnswerStore) -> Document:
    """Answer one question: {"done"}, {"error"} or {"cancelled"}."""
    what = question.pop("ask")
    try:
        if what not in questions:
            raise UnknownKey("question", what, questions)
        job.check()
        document, arrays = questions[what](question, job)
        return {"done": store.keep(key, Answer(document, arrays))}
    except Cancelled:
        return {"cancelled": True}
    except ClinicError as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": "There is not enough memory for this; ask for fewer rows."}
    except Exception as error:  # of the libraries, on models that they were not made for
        traceback.print_exc(file=sys.stderr)
        said = (str(error).strip().splitlines() or [""])[0][:200]
        return {"error": f"It can't be computed ({type(error).__name__}: {said}); try another method or fewer rows."}
