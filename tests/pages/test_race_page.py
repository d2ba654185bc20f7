"""The Race page: putting one together, starting it once, and looking at a finished one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "core" / "race"))
from races_for_tests import LANES, document, raced

from core.race.links import to_link
from core.race.presets import RACES
from core.race.recipe import parse_race
from core.store.workspace import Run, Workspace
from tests.pages.conftest import Open, calm


def press(at: AppTest, label: str) -> AppTest:
    next(found for found in at.button if found.label == label).click()
    return at.run()


def words(at: AppTest) -> str:
    return " ".join(
        str(e.value) for kind in ("markdown", "caption", "info", "success", "warning", "error") for e in at.get(kind)
    )


def drafted(at: AppTest) -> dict[str, Any]:
    return dict(at.session_state["race_draft"])


AT_ONCE = ("sgd-against-adam", "warm-up", "six-regularisations", "counts-want-poisson")


@pytest.mark.parametrize("key", [pytest.param(key, marks=() if key in AT_ONCE else pytest.mark.slow) for key in RACES])
def test_every_preset_can_be_loaded_and_started(key: str, open_page: Open, workspace: Workspace) -> None:
    at = open_page("race", setup=to_link(parse_race(RACES[key].document)))
    calm(at)
    assert not at.error
    at = press(at, "Start the race")
    (run,) = workspace.races()
    assert run.control.last_request() is not None
    assert parse_race(run.document()) == parse_race(RACES[key].document)


def test_lanes_are_added_changed_and_taken_out(open_page: Open, workspace: Workspace) -> None:
    at = press(open_page("race"), "Add a lane")
    assert [lane["name"] for lane in drafted(at)["lanes"]] == ["SGD", "Momentum", "Adam", "Lane"]
    lane = drafted(at)["lanes"][3]
    prefix = f"race{at.session_state['race_version']}.lane{lane['id']}"
    at.selectbox(key=f"{prefix}.optim").set_value("rmsprop").run()
    lane = drafted(at)["lanes"][3]
    assert lane["name"] == "RMSprop"
    assert lane["changes"] == {"optim.key": "rmsprop", "optim.lr": 0.001}
    at.multiselect(key=f"{prefix}.more").set_value(["train.batch_size", "init.key"]).run()
    at.number_input(key=f"{prefix}.train.batch_size").set_value(8).run()
    assert drafted(at)["lanes"][3]["changes"]["train.batch_size"] == 8
    calm(at)
    at.button(key=f"{prefix}.remove").click().run()
    assert len(drafted(at)["lanes"]) == 3


def test_a_fault_is_told_and_holds_the_start_back(open_page: Open, workspace: Workspace) -> None:
    at = open_page("race")
    lanes = drafted(at)["lanes"]
    prefix = f"race{at.session_state['race_version']}.lane{lanes[0]['id']}"
    at.text_input(key=f"{prefix}.name").set_value("Adam").run()
    assert "stands twice" in words(at)
    press(at, "Start the race")
    assert list(workspace.races()) == []


def test_a_broken_link_is_told(open_page: Open) -> None:
    at = open_page("race", setup="nonsense")
    calm(at)
    assert "does not hold a whole race" in words(at)


def test_a_finished_race_says_its_verdict(open_page: Open, workspace: Workspace) -> None:
    lanes = [{**LANES[0], "tuned": True}, LANES[1]]
    run, _ = raced(
        workspace,
        lanes,
        sweep=3,
        trials=2,
        seeds=3,
        tasks=[{"data.key": "digits"}, {"data.key": "wine", "data.limit": None}],
    )
    at = open_page("race", race=run.id)
    calm(at)
    assert "Digits" in words(at)
    assert "Wine" in words(at)
    for tab in (
        "Tuning",
        "Learning-rate sensitivity",
        "Performance profile",
        "Fairness",
        "Lanes and recipe",
        "History",
        "Share and download",
    ):
        at.session_state["race_detail_tabs"] = tab
        at.run()
        calm(at)
        assert not at.error, tab


def test_train_it_alone_starts_that_lanes_recipe(open_page: Open, workspace: Workspace) -> None:
    run, record = raced(workspace)
    at = open_page("race", race=run.id)
    at.session_state["race_detail_tabs"] = "Lanes and recipe"
    at.run()
    at.button(key=f"alone.{run.id}.1").click().run()
    (alone,) = workspace.runs()
    assert alone.document()["optim"]["key"] == "adam"
    assert alone.document()["seed"] == record.race.base.seed


@pytest.mark.parametrize("damage", ["recipe.json", "run.db"])
def test_a_damaged_race_is_told(damage: str, open_page: Open, workspace: Workspace) -> None:
    run: Run = workspace.create(document())
    (run.path / damage).write_bytes(b"{nothing" * 50)
    calm(open_page("race", race=run.id))
    calm(open_page("race"))


def test_an_unknown_race_is_told(open_page: Open) -> None:
    at = open_page("race", race="race-20200101-000000-gone-abcdef")
    calm(at)
    assert "has no race" in words(at)


def test_the_form_loses_no_setting_that_it_does_not_ask_for(open_page: Open, workspace: Workspace) -> None:
    plateau = {"schedule.key": "reduce_on_plateau", "schedule.patience": 0, "train.patience": 3}
    race = parse_race(
        {
            "base": {"data": {"key": "digits"}},
            "lanes": [{"name": "Falls", "changes": plateau}, {"name": "Stays", "changes": {}}],
            "tasks": [{"data.key": "digits"}, {"data.key": "wine", "data.standardise": False}],
        }
    )
    at = open_page("race", setup=to_link(race))
    at.run()
    calm(at)
    draft = at.session_state["race_draft"]
    assert draft["lanes"][0]["changes"] == plateau
    assert draft["tasks"][1] == {"data.key": "wine", "data.standardise": False}
    assert any("train" in caption.value and "patience" in caption.value for caption in at.caption)
