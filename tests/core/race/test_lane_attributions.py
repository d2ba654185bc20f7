"""Lanes of a race leave attributions of their first seed, alone and batched, equal to those of a run of that recipe."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from races_for_tests import document, raced

from core.explain.over_training import read, recorded_members
from core.explain.records import Records
from core.race.record import read_race
from core.race.trainer import attributions
from core.race.trainer.session import RaceSession
from core.recipe.codec import to_document
from core.store.workspace import Workspace
from core.train.process import train_run
from gradclinic.cli import main

BATCHED: dict[str, Any] = {"record": {"attributions": "on"}, "model": {"dropout": 0.2}}
ALONE: dict[str, Any] = {**BATCHED, "schedule": {"key": "reduce_on_plateau"}}


@pytest.mark.slow
@pytest.mark.parametrize("base", [BATCHED, ALONE], ids=["batched", "alone"])
def test_a_lanes_last_record_is_that_of_its_recipe(workspace: Workspace, base: dict[str, Any]) -> None:
    run, record = raced(workspace, base=base)
    together = 2 if base is BATCHED else 1
    first = [member for member in record.of("race") if member.seed == record.race.base.seed]
    assert recorded_members(run) == [member.number for member in first]
    for member in first:
        assert record.paths[member.number]["together"] == together
        twin = workspace.create(to_document(record.recipe(member)))
        train_run(twin.path, log_to_file=False)
        lane, alone = Records(run.attributions / str(member.number)), Records(twin.attributions)
        for step in (0, alone.steps()[-1]):
            one, two = lane.get(step), alone.get(step)
            assert one is not None
            assert two is not None
            largest = np.abs(two.values).max()
            assert np.abs(one.values - two.values).max() <= (0.02 if together > 1 and step else 1e-6) * largest
        assert len(lane.steps()) == len(record.marks[member.number])


@pytest.mark.slow
def test_recording_changes_no_lane(workspace: Workspace) -> None:
    for base in (BATCHED, ALONE):
        finals = []
        for wish in ("on", "off"):
            run, record = raced(workspace, base={**base, "record": {"attributions": wish}})
            finals.append([record.final(member, "val_loss") for member in record.members])
            assert bool(recorded_members(run)) == (wish == "on")
        assert finals[0] == finals[1]


@pytest.mark.slow
def test_lanes_share_the_grace_of_one_run_and_tell_their_cost(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(attributions, "GRACE_SECONDS", 4.0)  # so that a busy machine records too
    run, record = raced(workspace)
    reader = run.reader()
    assert reader is not None
    costs = reader.meta()["attributions"]
    reader.close()
    assert set(costs) == {str(number) for number in recorded_members(run)}
    assert 0 < sum(one["seconds"] for one in costs.values()) < 5.0
    for number in recorded_members(run):
        steps = read(run, number).steps
        assert steps[0] == 0
        assert steps[-1] == record.facts[number]["total_steps"]
    assert main(["--home", str(workspace.home), "explain", run.id, "--over-training", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["lane"] for one in told["lanes"]] == ["SGD", "Adam"]
    assert told["lanes"][0]["rank_to_final"][-1] == pytest.approx(1)
    assert main(["--home", str(workspace.home), "explain", run.id, "--over-training"]) == 0
    assert "Adam\n" in capsys.readouterr().out


@pytest.mark.slow
def test_a_race_that_was_stopped_goes_on_recording(workspace: Workspace) -> None:
    whole, _ = raced(workspace, base=BATCHED)
    run = workspace.create(document(base=BATCHED))
    first = RaceSession(run, on_window=lambda done, of, words: first.request_stop() if done > of // 2 else None)
    assert first.run() == "stopped"
    assert RaceSession(run).run() == "done"
    assert read_race(run).ended
    for number in recorded_members(whole):
        one, two = read(whole, number), read(run, number)
        np.testing.assert_array_equal(one.steps, two.steps)
        np.testing.assert_allclose(one.values, two.values, atol=1e-6)
