"""Every page as a student who is shown a run of the teacher's: nothing on it changes, continues, deletes or costs anything there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.classroom import access
from core.classroom.room import Classroom
from core.classroom.visitors import TEACHING, Visitor
from core.classroom.workspaces import ClassWorkspaces
from core.errors import BadInput
from core.race.presets import RACES
from core.recipe.codec import parse_recipe, to_document
from core.runtime.explainer import Explainer
from core.runtime.inspector import Inspector
from core.store.checkpoints import Checkpoint
from core.store.workspace import Run
from tests.core.classroom.test_lent_runs import contents
from tests.pages.conftest import Open, calm
from tests.pages.test_class_attacks import everything
from tests.synthetic_run import SyntheticRun

SMALL = {
    "name": "Shown",
    "data": {"key": "digits", "limit": 200},
    "model": {"depth": 1, "width": 8},
    "train": {"epochs": 2},
}
NOT_HERE = "is not asked in this test"
CHANGING = {
    "Acknowledge", "Add", "Apply", "Attack the validation rows", "Cancel", "Checkpoint now", "Delete", "Delete this race",
    "Delete this run", "Drop", "End the process", "Extend", "Find the first tensor that is not a number", "Fork", "Freeze",
    "Keep these weights for new runs", "Measure the loss", "Pause", "Resume", "Save", "Show it again", "Start", "Step",
    "Stop and keep", "Thaw", "Try again", "Try them in turn",
}  # fmt: skip
"""Labels of what would change or stop a run, or have something long worked out of it."""
KEYS = (
    "control.",
    "race.control.",
    "treat.",
    "keep.",
    "forensics.",
    "finding.quiet",
    "finding.unquiet",
    "lesson.action",
)


@dataclass
class Shown:
    """A class whose teacher shows runs: `runs` by what they are."""

    room: Classroom
    held: ClassWorkspaces
    ann: Visitor
    open_page: Open
    runs: dict[str, Run] = field(default_factory=dict)

    def page(self, key: str, query: dict[str, str], state: dict[str, Any]) -> AppTest:
        """The page as Ann sees it; in the query a run stands for its id."""
        for name, run in self.runs.items():
            query = {parameter: value.replace(f"<{name}>", run.id) for parameter, value in query.items()}
        at = self.open_page(key, **query)
        if state:
            for name, value in state.items():
                at.session_state[name] = value
            at.run()
        calm(at)
        return at


def trained(held: ClassWorkspaces, status: str, nan: int | None = None, **changes: Any) -> SyntheticRun:
    """A run of the teacher's with a checkpoint; of one that is still "running" the file is open as long as this is kept."""
    made = SyntheticRun(
        held.home, "Shown", 600, recipe=to_document(parse_recipe({**SMALL, **changes})), nan=nan, spike=None
    )
    made.append(300)
    if status != "running":
        made.finish(status)
    saved = Checkpoint(20, 1.0, "auto", "0" * 64, 3, 0.0, 0.5)
    made.run.checkpoints.save(saved, lambda file: file.write(b"abc"), expected_bytes=3)
    return made


@pytest.fixture
def shown(workspace: Any, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shown]:
    """Ann, and a teacher who shows runs of every kind and a race."""

    def ask(self: object, what: str, *about: object, run: Run | None = None, **more: object) -> None:
        if run is not None:
            run.must_not_cost()
        raise BadInput(f"{what} {NOT_HERE}.")

    monkeypatch.setattr(Inspector, "ask", ask)
    monkeypatch.setattr(Explainer, "ask", ask)
    monkeypatch.setattr(Explainer, "warm_up", lambda self: None)
    room = Classroom(workspace.home / "class")
    held = ClassWorkspaces(room, workspace)
    ann = room.visitor(room.join(room.code, "Ann")[1])
    found = Shown(room, held, ann, open_page)
    running = trained(held, "running")
    found.runs = {
        "running": running.run,
        "done": trained(held, "done").run,
        "failed": trained(held, "failed", nan=200).run,
        "race": held.home.create({**RACES["clipping"].document}),
    }
    found.runs["race"].control.request()
    room.show(TEACHING, "home", {}, [run.id for run in found.runs.values()])
    monkeypatch.setattr(access, "the_class", lambda: held)
    monkeypatch.setattr(access, "visitor", lambda: ann)
    monkeypatch.setattr("app.views.classroom.attendance._follow", lambda held, visitor: None)
    yield found
    assert running.writer is not None
    running.writer.close()
    room.close()


RUN = {"run": "<done>"}
PAGES: dict[str, tuple[str, dict[str, str], dict[str, Any]]] = {
    "checkpoints": ("run", RUN, {"run_tabs": "Checkpoints and forks"}),
    "history": ("run", {"run": "<running>"}, {"run_tabs": "History"}),
    "recipe": ("run", RUN, {"run_tabs": "Recipe"}),
    "download": ("run", RUN, {"run_tabs": "Download"}),
    "running": ("run", {"run": "<running>"}, {}),
    "failed": ("run", {"run": "<failed>"}, {}),
    "race": ("race", {"race": "<race>"}, {}),
    "race recipes": ("race", {"race": "<race>"}, {"race_detail_tabs": "Lanes and recipe"}),
    "race files": ("race", {"race": "<race>"}, {"race_detail_tabs": "Share and download"}),
    "lesson": ("lessons", {"lesson": "overfitting", "guess": "1", "runs": "<done>,<running>"}, {}),
    "race lesson": ("lessons", {"lesson": "momentum", "guess": "1", "race": "<race>"}, {}),
    "compare": ("compare", {"runs": "<done>,<running>"}, {}),
    "errors": ("errors", RUN, {}),
    "explain": ("explain", RUN, {}),
    "explain many": ("explain", {**RUN, "view": "many"}, {}),
    "explain training": ("explain", {**RUN, "view": "training"}, {}),
    "explain influence": ("explain", {**RUN, "view": "influence"}, {}),
    "explain concepts": ("explain", {**RUN, "view": "concepts"}, {}),
    "surface": ("surfaces", {**RUN, "view": "network"}, {}),
    "all runs": ("runs", RUN, {}),
    "home": ("home", RUN, {}),
    "new run": ("train", RUN, {}),
    "class": ("class", RUN, {}),
}
QUICK = ("checkpoints",)


def offered(at: AppTest) -> list[str]:
    """What is there to press that changes something, by label or key."""
    keys = [str(button.key) for button in at.button]
    return [
        f"{button.label} ({key})"
        for button, key in zip(at.button, keys, strict=True)
        if not button.disabled and (button.label in CHANGING or key.startswith(KEYS))
    ]


@pytest.mark.parametrize("name", [pytest.param(one, marks=() if one in QUICK else pytest.mark.slow) for one in PAGES])
def test_nothing_on_a_page_changes_what_is_shown(name: str, shown: Shown) -> None:
    teachers = shown.held.home
    before = {folder: contents(teachers.home / folder) for folder in ("runs", "trash", "weights", "uploads")}
    at = shown.page(*PAGES[name])
    assert offered(at) == []
    if name not in QUICK:  # press everything that is there, each on a page of its own
        for place in range(min(len(at.button), 8)):
            again = shown.page(*PAGES[name])
            if place < len(again.button) and not again.button[place].disabled:
                again.button[place].click().run()
                calm(again)
    now = {folder: contents(teachers.home / folder) for folder in before}
    changed = {path for folder in before for path, _ in set(now[folder].items()) ^ set(before[folder].items())}
    assert changed == set()


@pytest.mark.slow
def test_the_pages_of_this_test_do_show_the_run(shown: Shown) -> None:
    """Else nothing were proved by their having no buttons."""
    for name in ("checkpoints", "running", "race"):
        at = shown.page(*PAGES[name])
        assert any("You are looking at the teacher’s" in caption.value for caption in at.caption), name
    for name in ("errors", "explain", "surface"):
        at = shown.page(*PAGES[name])
        assert any(shown.runs["done"].id[-6:] in str(box.options) for box in at.selectbox), name
    assert any("only shown to you" in one.value for one in shown.page(*PAGES["surface"]).info)


@pytest.mark.slow
def test_the_same_pages_offer_it_to_the_owner(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    """The labels above are those that the pages have."""
    monkeypatch.setattr(access, "visitor", lambda: TEACHING)
    monkeypatch.setattr("app.views.classroom.attendance._lead", lambda held, visitor: None)
    found = {
        word
        for name in ("checkpoints", "running", "failed", "race", "surface")
        for word in offered(shown.page(*PAGES[name]))
    }
    labels = {one.rpartition(" (")[0] for one in found}
    assert {"Fork", "Keep these weights for new runs", "Extend", "Pause", "Cancel", "Measure the loss"} <= labels


@pytest.mark.slow
@pytest.mark.parametrize("tab", ["Recipe", "Checkpoints and forks", "Download", "History"])
def test_the_fault_of_an_exercise_is_on_no_tab_of_a_copy_until_it_ends(tab: str, shown: Shown) -> None:
    recipe = {**SMALL, "train": {"epochs": 2, "fault": "no_zero_grad"}}
    shown.room.give(TEACHING, "What is wrong?", "", recipe, ["optim"])
    held = ClassWorkspaces(shown.room, shown.held.of(shown.ann))
    shown.runs["copy"] = trained(held, "done", train=recipe["train"]).run
    at = shown.page("run", {"run": "<copy>"}, {"run_tabs": tab})
    assert "zero_grad" not in everything(at)
    assert ("kept back until the exercise ends" in everything(at)) == (tab != "History")
    assert not {"New run with this recipe", "Keep these weights for new runs"} & {button.label for button in at.button}
    at = shown.page("compare", {"runs": "<copy>,<done>"}, {})
    assert "zero_grad" not in everything(at)
    shown.room.close_exercise(TEACHING)
    at = shown.page("run", {"run": "<copy>"}, {"run_tabs": "Recipe"})
    assert "no_zero_grad" in everything(at)
    assert "New run with this recipe" in {button.label for button in at.button}
