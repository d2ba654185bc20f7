"""What the server has one of, for all sessions."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Single(Generic[T]):
    """A function whose first call makes something, and whose every call gives it.

    Not Streamlit's cache for resources: every visitor's browser may tell the server to empty that, which would leave
    processes behind and start new ones.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        functools.update_wrapper(self, make)
        self._make, self._lock, self._made = make, threading.Lock(), list[T]()

    def __call__(self) -> T:
        """The one there is."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]

    def forget(self) -> None:
        """Make another one at the next call (for tests)."""
        with self._lock:
            self._made.clear()
