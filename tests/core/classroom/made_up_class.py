"""A class of an hour as events and records, for the tests of its report."""

from __future__ import annotations

import math
import random
from typing import Any

from core.classroom.events import TEACHER, ClassEvent
from core.classroom.report.records import Curve, RunRecord
from core.recipe.codec import parse_recipe, to_document, with_changes

BEGAN = 1_790_000_000.0
HOSTILE = '</script><script>alert(1)</script><img src=x onerror="alert(2)">&amp;'
RECIPE = parse_recipe({"optim": {"lr": 0.1}, "train": {"epochs": 5}})


class Events:
    """Appends events, each `minutes` after the beginning."""

    def __init__(self) -> None:
        self.list: list[ClassEvent] = []

    def add(self, minutes: float, who: str, kind: str, **data: Any) -> None:
        self.list.append(ClassEvent(len(self.list) + 1, BEGAN + 60 * minutes, who, kind, data))


def record(
    run: str, minutes: float, lr: float, *, lost: bool = False, spike: bool = False, steps: int = 200
) -> RunRecord:
    """A run that began `minutes` into the class and trained for a minute; the score rises with lr."""
    noise = random.Random(run)
    at = [BEGAN + 60 * minutes + 60 * i / steps for i in range(1, steps + 1)]
    loss = [0.1 + 2.2 * math.exp(-i / 40) + 0.03 * noise.random() for i in range(steps)]
    if spike:
        loss[steps // 2] = 900.0
    if lost:
        loss[steps // 3 :] = [math.nan]
    score = [min(0.98, 0.1 + lr * 4 * i / steps) for i in range(0, steps, 25)]
    if lost:
        score[-1] = math.nan
    finding = {
        "name": "non-finite",
        "severity": "critical",
        "sentence": "The loss became NaN at step 67.",
        "time": at[66],
    }
    document = to_document(with_changes(RECIPE, {"optim.lr": lr}))
    finite = [v for v in score if v == v]
    return RunRecord(
        run, f"Run {run}", "done", "", document, steps, steps, 60.0, "val_accuracy", score[-1], max(finite),
        Curve(tuple(at[: len(loss)]), tuple(range(1, len(loss) + 1)), tuple(loss)),
        Curve(tuple(at[::25]), tuple(range(1, steps + 1, 25)), tuple(score)),
        (finding,) if lost else (),
    )  # fmt: skip


def hour(
    names: tuple[str, ...] = ("Ann", "Bob", "Cem"), *, leaderboard: bool = True
) -> tuple[list[ClassEvent], dict[str, RunRecord]]:
    """A whole class: all join, a run is shown, an exercise is trained, a poll is revealed and another is not."""
    events, records = Events(), {}
    for place, name in enumerate(names):
        events.add(place * 2, f"m{place}", "joined", member=f"m{place}", nickname=name)
    events.add(8, TEACHER, "shown", page="run", query={"run": "teachers"}, runs=["teachers"])
    records["teachers"] = record("teachers", 7, 0.1)
    events.add(12, TEACHER, "hidden")
    events.add(13, TEACHER, "exercise", id="e1", title="Find the rate", task="Change the learning rate.",
               recipe=to_document(RECIPE), open=["optim.lr"])  # fmt: skip
    if leaderboard:
        events.add(14, TEACHER, "leaderboard", on=True)
    for place in range(len(names)):
        run, minutes = f"run-{place}", 15 + place * 3
        events.add(minutes, f"m{place}", "started", run=run, exercise="e1")
        records[run] = record(run, minutes, (0.1, 0.3, 0.5)[place % 3], lost=place % 3 == 2, spike=place % 3 == 1)
    events.add(30, "m0", "started", run="private", exercise="")
    events.add(30.5, TEACHER, "poll", id="p1", question="Which rate wins?", options=["0.1", "0.3", "0.5"], right=1)
    for place in range(len(names)):
        events.add(31, f"m{place}", "voted", poll="p1", option=place % 3)
    events.add(32, TEACHER, "revealed", poll="p1")
    events.add(33, TEACHER, "poll", id="p2", question="Why?", options=["Chance", "Physics"], right=1)
    events.add(34, "m0", "voted", poll="p2", option=1)
    events.add(35, TEACHER, "kicked", member=f"m{len(names) - 1}")
    events.add(36, TEACHER, "frozen", on=True)
    events.add(37, TEACHER, "frozen", on=False)
    events.add(40, TEACHER, "exercise_closed")
    events.add(60, TEACHER, "ended")
    return events.list, records
