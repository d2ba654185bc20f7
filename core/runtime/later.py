"""Answers to come: slow questions asked in the background, so that a page can be drawn meanwhile."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

KEPT = 200
T = TypeVar("T")


class Later:
    """Asks one question at a time, each asker's newest only. Safe to use from threads."""

    def __init__(self) -> None:
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self._asked: OrderedDict[str, tuple[Any, Future[Any]]] = OrderedDict()

    def ask(self, asker: str, about: object, work: Callable[[], T]) -> Future[T]:
        """The answer of `work`; asked again `about` the same thing (==), `asker` gets the same answer.

        A question about another thing takes the place of one of the same asker that has not begun.
        """
        with self._lock:
            before = self._asked.pop(asker, None)
            if before is not None and before[0] == about and not before[1].cancelled():
                self._asked[asker] = before
                return before[1]
            if before is not None:
                before[1].cancel()
            answer: Future[T] = Future()
            self._asked[asker] = (about, answer)
            while len(self._asked) > KEPT:
                self._asked.popitem(last=False)
        threading.Thread(target=self._answer, args=(answer, work), daemon=True, name="question").start()
        return answer

    def forget(self, asker: str) -> None:
        """Drop the answer of `asker`: the same question is asked anew."""
        with self._lock:
            self._asked.pop(asker, None)

    def _answer(self, answer: Future[T], work: Callable[[], T]) -> None:
        with self._turn:
            if not answer.set_running_or_notify_cancel():
                return
            try:
                answer.set_result(work())
            except BaseException as error:  # it is raised where the answer is read
                answer.set_exception(error)
