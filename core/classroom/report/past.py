"""Classes on disk, also while a server holds one or after it has ended: nothing is written to them here."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.classroom.events import TEACHER, ClassEvent, ClassState, after
from core.classroom.report.document import Document, class_report, runs_in_report
from core.classroom.report.records import RunRecord, record_of
from core.errors import BadInput, RunDamaged
from core.store.schema import open_reader
from core.store.workspace import RUN_ID, Run

JOURNAL = "class.db"


@dataclass(frozen=True)
class PastClass:
    """A class in a folder: `began` and `last` are seconds of the epoch of its first and its newest event (0: none)."""

    folder: Path
    began: float
    last: float
    members: int
    ended: bool


def past_classes(home: Path) -> list[PastClass]:
    """The classes of a workspace, newest first; those that can't be read are left out."""
    found = []
    for journal in sorted((home / "classes").glob(f"*/{JOURNAL}"), reverse=True):
        try:
            events = read_events(journal.parent)
        except RunDamaged:
            continue
        state = state_of(events)
        first, last = (events[0].time, events[-1].time) if events else (0.0, 0.0)
        found.append(PastClass(journal.parent, first, last, len(state.members), state.ended))
    return found


def find_class(home: Path, text: str) -> Path:
    """The folder of a class: a path, its name under the workspace's classes, or "last".

    Raises:
        BadInput: when there is none.
    """
    known = sorted(path.parent for path in (home / "classes").glob(f"*/{JOURNAL}"))
    if text == "last":
        if known:
            return known[-1]
        raise BadInput(f"There is no class in {home / 'classes'} yet; `gradclinic class` opens one.")
    for folder in (Path(text), home / "classes" / Path(text).name):
        if (folder / JOURNAL).is_file():
            return folder
    names = ", ".join(path.name for path in known[-5:]) or "none yet"
    raise BadInput(f"{text} is no folder of a class; give one, its name, or `last`. Known: {names}.")


def read_events(folder: Path) -> list[ClassEvent]:
    """Every event of the class in `folder`, in order, read without becoming its writer.

    Raises:
        RunDamaged: when its journal can't be read.
    """
    try:
        connection = open_reader(folder / JOURNAL)
        try:
            rows = connection.execute("SELECT seq, time, who, kind, data FROM events ORDER BY seq").fetchall()
        finally:
            connection.close()
        return [ClassEvent(seq, at, who, kind, json.loads(data)) for seq, at, who, kind, data in rows]
    except (OSError, sqlite3.Error, ValueError) as error:
        raise RunDamaged(f"The journal of the class {folder.name} can't be read ({error}).") from None


def state_of(events: Sequence[ClassEvent]) -> ClassState:
    """What the events come to."""
    state = ClassState()
    for event in events:
        state = after(state, event)
    return state


def report_of(folder: Path, home: Path) -> Document:
    """The report of the class in `folder`, whose teacher's runs lie in the workspace `home`.

    Raises:
        RunDamaged: when its journal can't be read.
    """
    events = read_events(folder)
    state = state_of(events)
    owners = {one.run: one.who for one in state.runs}
    records: dict[str, RunRecord] = {}
    for run_id in runs_in_report(events):
        owner = owners.get(run_id, TEACHER)
        runs = folder / "students" / owner / "runs" if owner in state.members else home / "runs"
        if RUN_ID.fullmatch(run_id) and (runs / run_id).is_dir():
            records[run_id] = record_of(Run(runs / run_id, read_only=True))
    return class_report(events, records, title=folder.name)
