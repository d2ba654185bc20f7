"""Bad days of a class: full disks, damaged files, killed trainers, and what a student tries to take beyond the limits."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.classroom.journal import Journal
from core.classroom.limits import ClassLimits
from core.classroom.room import Classroom
from core.errors import BadInput, DiskFull, LimitReached, NotAllowed, RunDamaged
from core.recipe.codec import parse_recipe
from core.recipe.data import load_data
from core.runtime import jobs
from core.runtime.queue import Queue
from core.store.process import ProcessIdentity
from core.store.status import run_status
from core.store.weights import weights_path
from core.store.workspace import Run
from tests.core.classroom.conftest import SMALL, Class
from tests.synthetic_run import SyntheticRun


def died(lesson: Class, name: str = "lost") -> Run:
    """A run of Ann's whose trainer was killed."""
    made = SyntheticRun(lesson.workspaces.of(lesson.ann), name)
    made.append(20)
    assert made.writer
    made.writer.execute("UPDATE attempts SET pid = 4194000, create_time = 1.0")
    made.writer.close()
    assert made.run.control.take_request(made.run.control.request(), ProcessIdentity(4194000, 1.0, "gone"))
    assert run_status(made.run).word == "lost"
    return made.run


def test_resuming_waits_for_its_turn_under_the_limits(lesson: Class) -> None:
    anns = lesson.workspaces.of(lesson.ann)
    runs = [died(lesson, f"lost {number}") for number in range(3)]
    lesson.room.set_limits(lesson.teacher, ClassLimits(queued=1, epochs=7))
    for run in runs[:2]:
        jobs.resume(anns, run)
    with pytest.raises(LimitReached, match="2 runs in training or waiting"):
        jobs.resume(anns, runs[2])
    assert [run_status(run).word for run in runs] == ["queued", "queued", "lost"]
    queue = Queue(anns.queue_folder)
    assert {(one.run_id, one.owner) for one in queue.waiting()} == {(run.id, lesson.ann.id) for run in runs[:2]}
    assert len(queue.startable(2)) == 1  # one trainer for each student
    assert runs[0].limits()["epochs"] == 7  # the limits of now
    assert jobs.cancel(anns, runs[1])
    with pytest.raises(BadInput, match="This run is queued"):
        jobs.resume(anns, runs[0])


def test_nothing_is_resumed_on_held_screens_or_by_somebody_else(lesson: Class) -> None:
    run = died(lesson)
    lesson.room.show(lesson.teacher, "run", {"run": run.id}, [run.id])
    bobs = lesson.workspaces.of(lesson.bob)
    with pytest.raises(NotAllowed, match="somebody else's"):
        jobs.resume(bobs, bobs.run(run.id))
    lesson.room.freeze(lesson.teacher, True)
    with pytest.raises(NotAllowed, match="holds all screens"):
        jobs.resume(lesson.workspaces.of(lesson.ann), run)
    assert run_status(run).word == "lost"


def test_an_upload_keeps_to_the_disk_limit(lesson: Class) -> None:
    anns = lesson.workspaces.of(lesson.ann)
    lesson.room.set_limits(lesson.teacher, ClassLimits(disk=10))
    anns.must_have_room(9 * 2**20)
    with pytest.raises(LimitReached, match="would take 11 MiB"):
        anns.must_have_room(11 * 2**20)
    lesson.workspaces.of(lesson.teacher).must_have_room(10**12)


@pytest.mark.parametrize(
    "change",
    [
        {"data": {"key": "upload", "file": "secret-0123abcd", "target": "y"}},
        {"data": {"key": "upload", "file": "../../../uploads/secret-0123abcd", "target": "y"}},
        {"transfer": {"weights": "secret-0123456789ab"}},
        {"transfer": {"weights": "../../../../weights/secret-0123456789ab"}},
    ],
)
def test_tables_and_weights_of_others_are_unknown_to_a_students_recipe(lesson: Class, change: dict[str, Any]) -> None:
    home = lesson.workspaces.home.home
    (home / "uploads" / "secret-0123abcd").mkdir(parents=True)
    (home / "uploads" / "secret-0123abcd" / "columns.json").write_text("{}")
    (home / "weights").mkdir()
    (home / "weights" / "secret-0123456789ab.safetensors").write_bytes(b"")
    anns = lesson.workspaces.of(lesson.ann).home
    recipe = parse_recipe({**SMALL, **change}) if change.get("data") else None
    with pytest.raises(BadInput, match=r"There (?:is no uploaded table|are no kept weights)"):
        load_data(recipe, anns) if recipe else weights_path(anns, change["transfer"]["weights"])


def full(path: str, done: Any) -> None:
    """In a process of its own whose files may not grow: go on with a class until the disk is full, then some more."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    room = Classroom(Path(path))
    teacher = room.visitor(room.teacher_cookie(room.new_teacher_key()))
    ann = room.visitor(room.join(room.code, "Ann")[1])
    resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, resource.RLIM_INFINITY))
    refused, kept = "", 0
    for number in range(2_000):
        try:
            room.show(teacher, "run", {"run": f"{number}", "x": "y" * 500})
            kept = room.state.seq
        except DiskFull as error:
            refused = str(error)
            break
    before = room.state
    room.keep_place(ann, "run", {"x": "y" * 5_000})
    heard: list[int] = []
    room.listen(lambda state: heard.append(state.seq))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    room.freeze(teacher, True)
    done.put((refused, before.seq == kept, heard == [kept + 1], room.visitor("x").role))


def test_a_full_disk_refuses_with_a_sentence_and_the_class_goes_on(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    done = context.Queue()
    child = context.Process(target=full, args=(str(tmp_path / "class"), done))
    child.start()
    refused, unchanged, goes_on, nobody = done.get(timeout=60)
    child.join()
    assert "did not happen" in refused
    assert unchanged
    assert goes_on
    assert nobody == "nobody"
    again = Classroom(tmp_path / "class")
    assert again.state.frozen
    assert again.state.shown is not None
    again.close()


def test_a_run_that_can_not_be_noted_is_not_left_behind(lesson: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Journal, *args: Any) -> None:
        raise DiskFull("The disk is full.")

    anns = lesson.workspaces.of(lesson.ann)
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", refuse)
        with pytest.raises(DiskFull):
            jobs.start(anns, parse_recipe(SMALL), key="press")
    assert list(anns.runs()) == []
    jobs.start(anns, parse_recipe(SMALL), key="press")
    assert len(list(anns.runs())) == 1


def torn(path: Path) -> None:
    path.write_bytes(b"this is no database " * 400)


def emptied_page(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    path.write_bytes(data)


def odd_event(path: Path) -> None:
    import sqlite3

    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE events SET data = 'no json'")


@pytest.mark.parametrize("damage", [torn, emptied_page, odd_event])
def test_a_damaged_journal_says_so(lesson: Class, damage: Callable[[Path], None]) -> None:
    lesson.room.close()
    for wal in lesson.room.folder.glob("class.db-*"):
        wal.unlink()
    damage(lesson.room.folder / "class.db")
    with pytest.raises(RunDamaged, match="gradclinic class --new"):
        Classroom(lesson.room.folder)


def test_a_journal_deleted_under_a_running_class_is_noticed_or_goes_on(lesson: Class) -> None:
    for path in lesson.room.folder.glob("class.db*"):
        path.unlink()
    before = lesson.room.state
    with contextlib.suppress(RunDamaged):  # a sentence, where SQLite notices
        lesson.room.freeze(lesson.teacher, True)
    assert lesson.room.state.frozen or lesson.room.state is before


def test_a_deleted_journal_is_a_new_class_for_which_old_cookies_are_nobodys(lesson: Class) -> None:
    cookie = lesson.room.join(lesson.room.code, "Cem")[1]
    lesson.room.close()
    for path in lesson.room.folder.glob("class.db*"):
        path.unlink()
    again = Classroom(lesson.room.folder)
    assert again.visitor(cookie).role == "nobody"
    assert json.dumps(again.state.members) == "{}"
    again.close()
