"""The report of a class: what happened when, every run of every exercise, and nothing that was not revealed."""

from __future__ import annotations

import json
import math
import time

import numpy as np
import pytest

from core.classroom.report.document import class_report, runs_in_report, standing
from core.classroom.report.past import find_class, past_classes, read_events, report_of
from core.classroom.report.records import record_of, thinned, wall_times
from core.errors import BadInput, RunDamaged
from core.store.rows import Event, Rows
from core.store.workspace import Workspace
from tests.core.classroom.conftest import SMALL, Class
from tests.core.classroom.made_up_class import BEGAN, hour
from tests.synthetic_run import SyntheticRun


def test_an_empty_class_has_a_report() -> None:
    report = class_report([], {})
    assert (report["members"], report["exercises"], report["runs"], report["left_out"]) == ([], [], [], 0)
    assert report["began"] == report["ended"] == 0.0


def test_periods_follow_the_events() -> None:
    report = class_report(*hour())
    (shown,) = report["shown"]
    assert (shown["from"] - BEGAN, shown["to"] - BEGAN) == (480, 720)
    assert shown["runs"] == ["teachers"]
    (board,) = report["leaderboard"]
    assert board["to"] == report["exercises"][0]["to"] + 20 * 60  # it ends with the class
    assert report["held"] == [{"from": BEGAN + 36 * 60, "to": BEGAN + 37 * 60}]
    assert report["exercises"][0]["runs"] == ["run-0", "run-1", "run-2"]
    assert [one["kicked"] is not None for one in report["members"]] == [False, False, True]


def test_only_revealed_polls_tell_what_was_answered() -> None:
    told, kept = class_report(*hour())["polls"]
    assert (told["counts"], told["right"]) == ([1, 1, 1], 1)
    assert told["revealed"] == BEGAN + 32 * 60
    assert (kept["counts"], kept["right"], kept["revealed"], kept["answered"]) == (None, None, None, 1)


def test_runs_outside_of_exercises_are_only_counted() -> None:
    events, records = hour()
    assert "private" not in runs_in_report(events)
    report = class_report(events, records)
    assert report["left_out"] == 1
    assert "private" not in json.dumps(report)


def test_what_a_copy_changed_is_told_with_both_values() -> None:
    events, records = hour()
    runs = {run["id"]: run for run in class_report(events, records)["runs"]}
    assert runs["run-0"]["changed"] == {}
    assert runs["run-1"]["changed"] == {"optim.lr": [0.1, 0.3]}
    assert [one["label"] for one in runs["run-2"]["findings"]]


def test_the_standing_ranks_final_figures_and_leaves_out_lost_runs() -> None:
    report = class_report(*hour())
    assert [run["nickname"] for run in standing(report, "e1")] == ["Bob", "Ann"]
    assert math.isnan(next(run["final"] for run in report["runs"] if run["id"] == "run-2"))


def test_a_deleted_run_is_told_as_gone() -> None:
    events, records = hour()
    del records["run-1"]
    run = next(run for run in class_report(events, records)["runs"] if run["id"] == "run-1")
    assert (run["status"], run["final"], run["nickname"]) == ("gone", None, "Bob")


def test_a_thinned_curve_keeps_its_spike_and_where_it_was_lost() -> None:
    values = np.linspace(2, 1, 5_000)
    values[3_333] = 70.0
    values[4_000:] = math.nan
    steps = np.arange(5_000)
    curve = thinned(steps * 0.5, steps, values)
    assert len(curve.step) <= 121
    assert max(v for v in curve.value if v == v) == 70.0
    assert [step for step, v in zip(curve.step, curve.value, strict=True) if v != v] == [4_000]
    assert curve.time[1] == pytest.approx(curve.step[1] * 0.5, abs=0.01)
    assert thinned(np.empty(0), np.empty(0, int), np.empty(0)).step == ()
    assert len(thinned(np.arange(9.0), np.arange(9), np.full(9, math.inf)).step) == 1


def test_rows_get_the_time_of_the_clock_over_pauses_and_resumes() -> None:
    """Ten steps of a second, a pause of 100 s after step 5; then a second attempt from step 10 begins 500 s in."""
    attempt = np.array([1] * 10 + [2] * 5)
    step = np.arange(1, 16)
    rows = Rows(attempt, step, step * 1.0, np.zeros((15, 1)))
    attempts = [{"attempt": 1, "started": 1000.0, "from_step": 0}, {"attempt": 2, "started": 1500.0, "from_step": 10}]
    events = [
        Event(1, 1, 0, 1002.0, "started", {}), Event(2, 1, 5, 1008.0, "paused", {}), Event(3, 1, 5, 1108.0, "resumed", {}),
    ]  # fmt: skip
    found = wall_times(rows, attempts, events)
    assert found[4] <= 1008.0
    assert found[5] == pytest.approx(1109.0)
    assert found[10] >= 1500.0
    assert (np.diff(found) >= 0).all()


def test_a_class_on_disk_is_read_while_it_is_held(lesson: Class, workspace: Workspace) -> None:
    room = lesson.room
    key = room.give(lesson.teacher, "Try", "", SMALL, ["optim.lr"])
    own = lesson.workspaces.of_member(lesson.ann.id)
    made = SyntheticRun(own, "ann", 300, nan=120, spike=60, recipe={**SMALL, "optim": {"lr": 0.5}})
    made.append(300)
    made.finish()
    room.started(lesson.ann, made.run.id, key)
    room.started(lesson.bob, "was-deleted", key)
    before = (room.folder / "class.db").stat().st_mtime_ns
    report = report_of(room.folder, workspace.home)
    assert (room.folder / "class.db").stat().st_mtime_ns == before
    ann, bob = report["runs"]
    assert (ann["nickname"], ann["status"], bob["status"]) == ("Ann", "done", "gone")
    assert ann["changed"]["optim.lr"][1] == 0.5
    assert any(v != v for v in ann["loss"]["value"])
    assert abs(ann["loss"]["time"][0] - time.time()) < 600


def test_live_changes_count_as_changed(workspace: Workspace) -> None:
    made = SyntheticRun(workspace, "changed", 50, nan=None, spike=None)
    made.append(20)
    assert made.writer
    made.writer.event(20, "changed", setting="optim.lr", before=0.1, after=0.7)
    made.append(30)
    made.finish()
    assert record_of(made.run).changes == {"optim.lr": 0.7}


def test_a_damaged_run_is_told_and_does_not_end_the_report(workspace: Workspace) -> None:
    made = SyntheticRun(workspace, "damaged", 20, nan=None, spike=None)
    made.append(20)
    made.finish()
    for path in made.run.path.glob("run.db*"):
        path.write_bytes(b"no database " * 300)
    found = record_of(made.run)
    assert found.status == "damaged"
    assert found.reason
    nothing = workspace.create({"name": "never begun"})
    assert record_of(nothing).loss.step == ()


def test_past_classes_are_found_by_name_path_and_last(workspace: Workspace) -> None:
    from core.classroom.room import Classroom

    with pytest.raises(BadInput, match="opens one"):
        find_class(workspace.home, "last")
    for name in ("20260101-100000", "20260102-100000"):
        room = Classroom(workspace.home / "classes" / name)
        room.join(room.code, "Ann")
        room.close()
    assert [one.folder.name for one in past_classes(workspace.home)] == ["20260102-100000", "20260101-100000"]
    assert past_classes(workspace.home)[0].members == 1
    wanted = workspace.home / "classes" / "20260101-100000"
    assert find_class(workspace.home, wanted.name) == find_class(workspace.home, str(wanted)) == wanted
    assert find_class(workspace.home, "last").name == "20260102-100000"
    with pytest.raises(BadInput, match="Known: 20260101"):
        find_class(workspace.home, "nowhere")
    (wanted / "class.db").write_bytes(b"torn " * 100)
    assert len(past_classes(workspace.home)) == 1
    with pytest.raises(RunDamaged):
        read_events(wanted)
