"""Keeps faults of the recording away from the training that is recorded."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np


class Guard:
    """Runs what may fail. The first fault switches everything off: `on_fault` is told, and one warning is given."""

    def __init__(self, on_fault: Callable[[str], None]) -> None:
        self._on_fault = on_fault
        self.off = False

    def run(self, act: Callable[..., Any], *given: Any) -> Any:
        """What `act` returns; None when it fails or everything is switched off."""
        if self.off:
            return None
        try:
            return act(*given)
        except Exception as error:
            self._switch_off(error)
            return None

    def wrap(self, act: Callable[..., Any]) -> Callable[..., Any]:
        """`act`, to be run as by `run` whenever it is called; NaN and overflow in it are evidence, not worth a warning."""

        def quietly(*given: Any) -> Any:
            with np.errstate(all="ignore"):
                return act(*given)

        return lambda *given: self.run(quietly, *given)

    def _switch_off(self, error: Exception) -> None:
        self.off = True
        text = f"Gradient Clinic stopped recording ({type(error).__name__}: {str(error)[:200]}). The training goes on."
        try:
            self._on_fault(text)
        except Exception as second:  # most likely the same fault: nothing can be written
            del second
        tell(text)


def tell(text: str) -> None:
    """Warn with `text`; print it where warnings are errors."""
    try:
        warnings.warn(text, RuntimeWarning, stacklevel=3)
    except RuntimeWarning:
        print(text, file=sys.stderr)


def ended_by(error: BaseException) -> str:
    """The reason of a failure, in a sentence."""
    return f"The loop ended with {type(error).__name__}: {str(error)[:300] or 'no message'}."
