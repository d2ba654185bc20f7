"""Every exception of Gradient Clinic, as one tree.

ClinicError
├── BadInput            what was asked for can't be done as written (exit code 2)
│   ├── UnknownKey      a catalogue has no such entry
│   ├── RecipeError     one or more faults in a recipe, all reported at once
│   ├── DataError       a data set or an uploaded file can't be used
│   ├── UnknownRun      no run of that id in the workspace
│   ├── NotAllowed      whoever asks may not do that, or not at this moment
│   └── LimitReached    a limit of the class is met
├── RunDamaged          a run folder can't be read
├── DiskFull            a file could not be written for want of space
└── Cancelled           somebody called it off before it was done
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


class ClinicError(Exception):
    """Base of all errors that carry a sentence for the user."""


class BadInput(ClinicError):
    """What was given can't be used; the message says what is allowed and what to do next."""


class UnknownKey(BadInput):
    """A catalogue has no entry of that key."""

    def __init__(self, family: str, given: str, known: Iterable[str]) -> None:
        known = list(known)
        super().__init__(f"{family} has no entry {given!r}{suggestion(given, known)}.")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in a recipe: where it stands (dotted path) and a sentence that says how to mend it."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class RecipeError(BadInput):
    """A recipe, or another document of that `noun`, with one or more faults; `faults` lists all of them."""

    def __init__(self, faults: Iterable[Fault], noun: str = "recipe") -> None:
        self.faults = tuple(faults)
        count = len(self.faults)
        head = f"The {noun} has a fault: " if count == 1 else f"The {noun} has {count} faults: "
        super().__init__(head + "; ".join(map(str, self.faults)))


class DataError(BadInput):
    """A data set or uploaded file can't be used."""


class UnknownRun(BadInput):
    """The workspace has no run of that id."""


class NotAllowed(BadInput):
    """Whoever asks may not do that, or not at this moment."""


class LimitReached(BadInput):
    """A limit that was set for whoever asks is met; the message says which, and what can be done."""


class RunDamaged(ClinicError):
    """A run folder exists but can't be read."""


class DiskFull(ClinicError):
    """There was not enough space to write a file."""


class Cancelled(ClinicError):
    """A computation was called off before it was done."""


def suggestion(given: str, known: Iterable[str]) -> str:
    """Return ' (did you mean ...?)' or the list of what is allowed, ready to append to a sentence."""
    known = list(known)
    close = difflib.get_close_matches(str(given), known, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]!r}?"[:-1]
    listed = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
    return f"; choose one of: {listed}"
