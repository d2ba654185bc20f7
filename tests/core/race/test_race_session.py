"""Races as they are held: fair starts, lanes equal to single runs, commands, and going on after a stop or a kill."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pytest
from races_for_tests import LANES, document, raced

from core.race.outcome import proof, sweeps, task_outcomes, tuning
from core.race.record import RaceRecord, read_race
from core.race.trainer.session import RaceSession
from core.recipe.codec import to_document
from core.store.status import run_status
from core.store.workspace import Run, Workspace
from core.train.process import train_run

DROPOUT = {"model": {"dropout": 0.2}}
ALONE = {"schedule": {"key": "reduce_on_plateau"}}


def finals(record: RaceRecord) -> list[list[float]]:
    return [[record.final(m, "val_loss") for m in record.of("race", lane=lane)] for lane in record.standing()]


@pytest.mark.parametrize(
    "base",
    [DROPOUT, *(pytest.param(one, marks=pytest.mark.slow) for one in (ALONE, {"init": {"key": "zeros"}}))],
    ids=str,
)
def test_a_lane_ends_where_its_recipe_ends_when_trained_alone(workspace: Workspace, base: dict[str, Any]) -> None:
    _, record = raced(workspace, base=base)
    for member in record.of("race"):
        run = workspace.create(to_document(record.recipe(member)))
        train_run(run.path, log_to_file=False)
        reader = run.reader()
        assert reader is not None
        last = reader.rows("evaluation")
        alone = last.values[-1, reader.streams()["evaluation"].index("val_loss")]
        reader.close()
        if record.paths[member.number]["together"] == 1:
            assert record.final(member, "val_loss") == alone
        else:
            assert record.final(member, "val_loss") == pytest.approx(alone, rel=2e-3)


def test_lanes_start_from_equal_weights_and_see_equal_batches(workspace: Workspace) -> None:
    lanes = [
        *LANES,
        {"name": "Xavier", "changes": {"init.key": "xavier_normal"}},
        {"name": "big", "changes": {"train.batch_size": 64}},
    ]
    _, record = raced(workspace, lanes)
    for one in proof(record):
        assert sorted(map(sorted, one["initial"].values())) == [["Adam", "SGD", "big"], ["Xavier"]]
        assert sorted(map(sorted, one["batches"].values())) == [["Adam", "SGD", "Xavier"], ["big"]]
    starts = {one["seed"]: set(one["initial"]) for one in proof(record)}
    assert starts[0].isdisjoint(starts[1])  # another seed, other weights


def test_alone_and_together_are_given_the_same_batches(workspace: Workspace) -> None:
    lanes = [*LANES, {"name": "closure", "changes": {"optim.key": "lbfgs"}}]
    _, record = raced(workspace, lanes, {"train": {"epochs": 2}})
    assert [record.paths[record.of("race", lane=lane)[0].number]["together"] for lane in range(3)] == [2, 2, 1]
    assert all(len(one["batches"]) == 1 for one in proof(record))


def test_lanes_that_no_batch_can_serve_train_alone_and_say_why(workspace: Workspace) -> None:
    _, record = raced(workspace, base=ALONE)
    assert record.paths[0]["together"] == 1
    assert "validation loss" in record.paths[0]["why"]


def test_all_lanes_grow_together(workspace: Workspace) -> None:
    seen: list[dict[int, int]] = []
    run = workspace.create(document())
    session = RaceSession(
        run, on_window=lambda *_: seen.append({t.members[0].lane: t.window for t in session.field.tracks})
    )
    assert session.run() == "done"
    apart = [max(windows.values()) - min(windows.values()) for windows in seen if len(windows) == 2]
    assert len(apart) > 40
    assert max(apart) <= 1


def test_tuned_lanes_get_equal_trials_and_race_with_the_best(workspace: Workspace) -> None:
    lanes = [{**lane, "tuned": True} for lane in LANES]
    _, record = raced(workspace, lanes, trials=3, base={"train": {"epochs": 2}})
    for lane in (0, 1):
        trials = tuning(record, lane, 0)
        assert len(trials) == 3
        assert record.lanes[lane].chosen[0] == trials[0]["changes"]
        assert record.lane_recipe(lane).optim.lr == trials[0]["changes"]["optim.lr"]
        assert trials[0]["score"] == max(one["score"] for one in trials)
    assert {member.seed for member in record.of("tuning")}.isdisjoint(record.race.seed_numbers)


@pytest.mark.slow
def test_the_sensitivity_curve_marks_the_stable_range(workspace: Workspace) -> None:
    _, record = raced(workspace, sweep=6, base={"train": {"epochs": 3}})
    for sweep in sweeps(record):
        assert len(sweep.rates) == 6
        assert sweep.stable is not None
        low, high = sweep.stable
        assert sweep.rates[0] < low <= high < sweep.rates[-1]


def test_a_lane_that_explodes_is_told_and_the_others_go_on(workspace: Workspace) -> None:
    lanes = [*LANES, {"name": "wild", "changes": {"optim.key": "momentum", "optim.lr": 1e6, "model.depth": 8}}]
    _, record = raced(workspace, lanes)
    outcome = task_outcomes(record)[0]
    assert np.isfinite(outcome.finals[:2]).all()
    assert all(record.diverged(member) for member in record.of("race", lane=2))
    assert "wild" in " ".join([outcome.verdict.headline, *outcome.verdict.notes])


@pytest.mark.slow
def test_two_names_for_one_thing_are_not_separable_and_very_different_rates_are(workspace: Workspace) -> None:
    lanes = [{"name": "one", "changes": {"optim.lr": 0.003}}, {"name": "other", "changes": {"optim.lr": 0.003}}]
    _, record = raced(workspace, lanes, seeds=5)
    assert not task_outcomes(record)[0].verdict.separable
    lanes = [
        {"name": "0.1", "changes": {"optim.key": "sgd", "optim.lr": 0.1}},
        {"name": "1e-4", "changes": {"optim.key": "sgd", "optim.lr": 1e-4}},
    ]
    _, record = raced(workspace, lanes, seeds=5)
    verdict = task_outcomes(record)[0].verdict
    assert verdict.separable
    assert verdict.ranking[0] == ("0.1",)


# ---- commands --------------------------------------------------------------------------------------------------


def held(run: Run) -> tuple[RaceSession, threading.Thread]:
    made: list[RaceSession] = []

    def hold() -> None:
        made.append(RaceSession(run))
        made[0].run()

    thread = threading.Thread(target=hold, daemon=True)
    thread.start()
    wait(lambda: made and hasattr(made[0], "field"))
    return made[0], thread


def wait(condition: Any, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


LONG = {"train": {"epochs": 400}}


def test_pause_step_freeze_drop_and_add_act_on_lanes(workspace: Workspace) -> None:
    run = workspace.create(document([*LANES, {"name": "RMSprop", "changes": {"optim.key": "rmsprop"}}], LONG))
    run.control.send("pause")
    session, thread = held(run)
    wait(lambda: run_status(run).word == "paused")
    assert session.field.windows()[0] == 0
    run.control.send("step", {"count": 2})
    wait(lambda: [track.window for track in session.field.tracks] == [2, 2, 2])
    run.control.send("freeze", {"lane": "SGD"})
    run.control.send("drop", {"lane": "RMSprop"})
    run.control.send("add", {"lane": {"name": "Momentum", "changes": {"optim.key": "momentum"}}})
    run.control.send("add", {"lane": {"name": "Momentum", "changes": {}}})
    run.control.send("drop", {"lane": "nobody"})
    wait(lambda: len(session.field.lanes) == 4 and session.field.lanes[2].state == "dropped")
    run.control.send("resume")
    wait(lambda: all(t.window > 6 for t in session.field.tracks if t.members[0].lane != 0))
    assert next(t for t in session.field.tracks if t.members[0].lane == 0).window == 2  # frozen
    run.control.send("thaw", {"lane": "SGD"})
    wait(lambda: next(t for t in session.field.tracks if t.members[0].lane == 0).window > 6)
    run.control.send("stop")
    thread.join(30)
    record = read_race(run)
    assert [lane.state for lane in record.lanes] == ["racing", "racing", "dropped", "racing"]
    refused = [event.data["reason"] for event in record.events if event.kind == "refused"]
    assert len(refused) == 2
    assert "already" in refused[0]
    assert "There is no lane 'nobody'" in refused[1]
    assert run_status(run).word == "stopped"


@pytest.mark.slow
@pytest.mark.parametrize("base", [{}, {**ALONE, "train": {"epochs": 8}}], ids=["together", "alone"])
def test_a_race_that_was_stopped_goes_on_exactly(workspace: Workspace, base: dict[str, Any]) -> None:
    _, whole = raced(workspace, base=base)
    run = workspace.create(document(base=base))
    session = RaceSession(run, on_window=lambda done, _all, _words: session.request_stop() if done > 60 else None)
    assert session.run() == "stopped"
    assert train_run(run.path, log_to_file=False) == "done"
    broken = read_race(run)
    assert finals(broken) == finals(whole)
    assert broken.batches == whole.batches
    for member in whole.members:
        expected, found = whole.curves[member.number], broken.curves[member.number]
        np.testing.assert_array_equal(found.step, expected.step)
        np.testing.assert_array_equal(found.columns["loss"], expected.columns["loss"])


@pytest.mark.slow
def test_a_race_killed_in_the_middle_goes_on_and_ends_the_same(workspace: Workspace) -> None:
    from runs_for_tests import start_trainer

    base = {"train": {"epochs": 60}}
    _, whole = raced(workspace, base=base)
    run = workspace.create(document(base=base))
    process = start_trainer(run)
    wait(lambda: run.database.exists() and (run_status(run).state.get("step") or 0) > 20)
    process.kill()
    process.wait()
    assert run_status(run).word == "lost"
    assert train_run(run.path, log_to_file=False) == "done"
    assert finals(read_race(run)) == finals(whole)


def test_a_race_is_no_run_and_a_run_no_race(workspace: Workspace) -> None:
    run, _ = raced(workspace, base={"train": {"epochs": 1}})
    assert list(workspace.runs()) == []
    assert [race.id for race in workspace.races()] == [run.id]
