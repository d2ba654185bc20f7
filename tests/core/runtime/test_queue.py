"""The order in which many people's runs get a trainer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from core.recipe.codec import parse_recipe
from core.runtime import jobs
from core.runtime.queue import Queue, Waiting, fair_order
from core.store.process import ProcessIdentity
from core.store.workspace import Workspace


def waiting(*entries: str) -> list[Waiting]:
    """Runs named OWNER-NUMBER in the order in which they came; the teacher's owner is empty."""
    return [Waiting(Path(name), name.partition("-")[0], float(at)) for at, name in enumerate(entries)]


def names(order: list[Waiting]) -> list[str]:
    return [one.run_id for one in order]


def test_owners_take_turns_whatever_one_of_them_asked_for_first() -> None:
    order = fair_order(waiting("ann-1", "ann-2", "ann-3", "bob-1", "cem-1", "bob-2"), {})
    assert names(order) == ["ann-1", "bob-1", "cem-1", "ann-2", "bob-2", "ann-3"]


def test_whoever_has_fewest_in_training_goes_first_then_whoever_has_used_least() -> None:
    assert names(fair_order(waiting("ann-1", "bob-1"), {"ann": 1})) == ["bob-1", "ann-1"]
    assert names(fair_order(waiting("ann-1", "bob-1"), {}, {"ann": 60.0, "bob": 5.0})) == ["bob-1", "ann-1"]


def test_runs_without_an_owner_go_before_all_in_their_own_order() -> None:
    assert names(fair_order(waiting("ann-1", "-x", "bob-1", "-y"), {})) == ["-x", "-y", "ann-1", "bob-1"]


def test_nobody_gets_a_second_trainer_while_one_works_for_them(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "queue")
    homes = {name: Workspace(tmp_path / name, owner=name, queue=queue.folder) for name in ("ann", "bob")}
    runs = {(name, i): jobs.start(home, parse_recipe({"name": "R"})) for name, home in homes.items() for i in range(2)}
    me = ProcessIdentity.of()
    queue.start(runs["ann", 0].id, "ann", me)
    assert queue.running() == {runs["ann", 0].id: "ann"}
    started = [one.run_id for one in queue.startable(8)]
    assert started == [runs["bob", 0].id]
    assert jobs.queue_position(homes["ann"], runs["ann", 1]) == 2
    assert jobs.queue_position(homes["bob"], runs["bob", 0]) == 1


def test_the_time_of_ended_trainers_is_added_up_for_their_owner(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "queue")
    ended = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    identity = ProcessIdentity.of(ended.pid)
    queue.start("run-1", "ann", identity)
    marker = queue.folder / "run-1.running"
    marker.write_text(json.dumps({**json.loads(marker.read_text()), "started": os.path.getmtime(marker) - 30}))
    ended.communicate(b"\n")
    assert queue.running() == {}
    assert 30 <= queue.used()["ann"] < 90
    assert not marker.exists()


def test_a_torn_marker_does_not_stop_the_queue(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "queue")
    run = jobs.start(Workspace(tmp_path, queue=queue.folder), parse_recipe({"name": "R"}))
    (queue.folder / "torn.waiting").write_text('{"time": ')
    (queue.folder / "torn.running").write_text("[]")
    (queue.folder / "used.json").write_text("[1]")
    assert names(queue.startable(2)) == [run.id]
