"""Where a visitor is in a lesson: in the address, so that a reload finds it again, and remembered for this session."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from app import navigation, state
from core.lessons.schema import Lesson

VISITED = "lessons.visited"
DONE = "lessons.done"


@dataclass(frozen=True)
class Place:
    """The option committed to (1, 2, ...; 0: none yet) and the ids of the race, or of the runs, that were started."""

    guess: int = 0
    runs: tuple[str, ...] = ()

    @property
    def started(self) -> bool:
        """Whether the experiment was started."""
        return bool(self.runs)

    def query(self, lesson: Lesson) -> dict[str, str]:
        """As query parameters."""
        asked = {"lesson": lesson.key}
        if self.guess:
            asked["guess"] = str(self.guess)
        if self.runs:
            asked["race" if lesson.experiment.kind == "race" else "runs"] = ",".join(self.runs)
        return asked


def place(lesson: Lesson) -> Place:
    """Where the address says that the visitor is; without a word of it there, where this session left off."""
    guess = state.query("guess")
    options = len(lesson.prediction.options)
    number = int(guess) if guess.isdecimal() and int(guess) <= options else 0
    runs = tuple(state.query_list("race" if lesson.experiment.kind == "race" else "runs"))[: len(lesson.arm_names)]
    found = Place(number, runs)
    if found == Place() and (known := _visited().get(lesson.key)):
        found = Place(known["guess"], tuple(known["runs"]))
        if found != Place():
            st.query_params.from_dict(found.query(lesson))
    return found


def go_on(lesson: Lesson, found: Place) -> None:
    """Keep `found` and draw the page there."""
    _visited()[lesson.key] = {"guess": found.guess, "runs": list(found.runs)}
    navigation.go("lessons", **found.query(lesson))


def start_over(lesson: Lesson) -> None:
    """Back to the question."""
    go_on(lesson, Place())


def committed(found: Place, guess: int) -> Place:
    """The same place with another prediction."""
    return replace(found, guess=guess)


def _visited() -> dict[str, Any]:
    return st.session_state.setdefault(VISITED, {})


def under_way(key: str) -> bool:
    """Whether this session has begun the lesson of that key."""
    return bool(_visited().get(key, {}).get("guess"))


def done() -> dict[str, dict[str, bool]]:
    """What this session has done: by lesson {"right": the prediction came true} and, once done, {"exercise": True}."""
    return st.session_state.setdefault(DONE, {})
