"""A class as one document: pure functions of its events and of what its runs recorded.

Votes are counted only for polls that were revealed, and runs outside of an exercise only by number: a report is handed out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.classroom.events import TEACHER, ClassEvent, ClassState, Exercise, StartedRun, after
from core.classroom.locks import differences
from core.classroom.report.records import Curve, RunRecord
from core.diagnosis.catalogue import RULES

FORMAT = 1
Document = dict[str, Any]
UNSAID = ("name", "format")


def runs_in_report(events: Sequence[ClassEvent]) -> list[str]:
    """Ids of the runs that a report shows: those of exercises, and those that the teacher showed."""
    found = [str(e.data["run"]) for e in events if e.kind == "started" and e.data.get("exercise")]
    found += [str(run) for e in events if e.kind == "shown" for run in e.data.get("runs", ())]
    return list(dict.fromkeys(found))


def class_report(events: Sequence[ClassEvent], records: Mapping[str, RunRecord], title: str = "") -> Document:
    """The report, JSON-able but for NaN. All times are seconds of the epoch; an open end is None.

    Args:
        events: of the class, in order.
        records: of the runs in `runs_in_report`; one that is not there counts as deleted.
        title: what the class is called.
    """
    states = list(_states(events))
    last = states[-1] if states else ClassState()
    began = events[0].time if events else 0.0
    ran = [one.loss.time[-1] for one in records.values() if one.loss.time]
    ends = [*(e.time for e in events), *ran]
    kicked = {e.data["member"]: e.time for e in events if e.kind == "kicked"}
    in_exercises = {one.run for one in last.runs if one.exercise}
    wanted = runs_in_report(events)
    return {
        "format": FORMAT,
        "title": title,
        "began": began,
        "ended": max(ends) if ends else began,
        "members": [
            {"id": m.id, "nickname": m.nickname, "joined": m.joined, "kicked": kicked.get(m.id)}
            for m in last.members.values()
        ],
        "shown": _periods(events, states, lambda state: state.shown, _shown),
        "held": _periods(events, states, lambda state: state.frozen or None, lambda held: {}),
        "leaderboard": _periods(events, states, lambda state: state.leaderboard or None, lambda on: {}),
        "exercises": [_exercise(one, events, last) for one in last.exercises.values()],
        "polls": _polls(events, last),
        "runs": [_run(run, last, records.get(run, RunRecord(run))) for run in wanted],
        "left_out": sum(one.run not in in_exercises and one.run not in wanted for one in last.runs),
    }


def standing(report: Document, exercise: str) -> list[Document]:
    """The leaderboard of an exercise: each student's best run by its final figure, the best first."""
    rows = [run for run in report["runs"] if run["exercise"] == exercise and run["final"] is not None]
    rows = [run for run in rows if run["final"] == run["final"] and run["nickname"]]
    metric = next((run["metric"] for run in rows), "")
    rows.sort(key=lambda run: run["final"], reverse=metric != "val_loss")
    first: dict[str, Document] = {}
    for run in rows:
        if run["metric"] == metric:
            first.setdefault(run["who"], run)
    return list(first.values())


def _states(events: Sequence[ClassEvent]) -> Iterator[ClassState]:
    state = ClassState()
    for event in events:
        state = after(state, event)
        yield state


def _periods(events: Sequence[ClassEvent], states: list[ClassState], what: Any, told: Any) -> list[Document]:
    """When `what` of the state held which value that is not None: [{"from", "to", ...}]; it ends with the class."""
    found: list[Document] = []
    before = None
    for event, state in zip(events, states, strict=True):
        now = None if state.ended else what(state)
        if now != before:
            if before is not None:
                found[-1]["to"] = event.time
            if now is not None:
                found.append({"from": event.time, "to": None, **told(now)})
        before = now
    return found


def _shown(shown: Any) -> Document:
    return {"page": shown.page, "query": dict(shown.query), "runs": list(shown.runs)}


def _exercise(given: Exercise, events: Sequence[ClassEvent], last: ClassState) -> Document:
    later = [e.time for e in events if e.kind in ("exercise", "exercise_closed", "ended") and e.time > given.given]
    return {
        "id": given.id, "title": given.title, "task": given.task, "open": list(given.open), "from": given.given,
        "to": later[0] if later else None, "runs": [one.run for one in last.runs if one.exercise == given.id],
    }  # fmt: skip


def _polls(events: Sequence[ClassEvent], last: ClassState) -> list[Document]:
    """The polls; what was answered and what is right only of those that were revealed."""
    revealed: dict[str, float] = {}
    for event in events:
        if event.kind == "revealed":
            revealed.setdefault(event.data["poll"], event.time)
    return [
        {
            "id": poll.id, "question": poll.question, "options": list(poll.options), "asked": poll.asked,
            "revealed": revealed.get(poll.id), "answered": len(poll.votes),
            "right": poll.right if poll.revealed else None, "counts": poll.counts() if poll.revealed else None,
        }
        for poll in last.polls.values()
    ]  # fmt: skip


def _run(run_id: str, last: ClassState, record: RunRecord) -> Document:
    started = next((one for one in last.runs if one.run == run_id), StartedRun(run_id, TEACHER, "", 0.0))
    member, exercise = last.members.get(started.who), last.exercises.get(started.exercise)
    begun = started.time or (record.loss.time[0] if record.loss.time else 0.0)
    return {
        "id": run_id, "who": started.who, "nickname": member.nickname if member else "", "exercise": started.exercise,
        "started": begun, "name": record.name, "status": record.status, "reason": record.reason,
        "steps": record.steps, "total_steps": record.total_steps, "seconds": record.seconds,
        "metric": record.metric, "final": record.final, "best": record.best,
        "changed": _changed(exercise.recipe, record) if exercise and record.document else {},
        "findings": [{**one, "label": _label(str(one["name"]))} for one in record.findings],
        "loss": _curve(record.loss), "score": _curve(record.score),
    }  # fmt: skip


def _changed(given: Mapping[str, Any], record: RunRecord) -> dict[str, list[Any]]:
    """What a copy has different: {"optim.lr": [given, own]}; None where one lacks it, and last what it was changed to live."""
    own = {path: _value(record.document, path) for path in differences(given, record.document) if path not in UNSAID}
    return {path: [_value(given, path), value] for path, value in {**own, **record.changes}.items()}


def _value(document: Any, path: str) -> Any:
    for name in path.split("."):
        document = document.get(name) if isinstance(document, Mapping) else None
    return document


def _label(name: str) -> str:
    return RULES[name].label if name in RULES else name


def _curve(curve: Curve) -> Document:
    return {"time": list(curve.time), "step": list(curve.step), "value": list(curve.value)}
