"""Findings on the Run page, the check on the New run page, and the faults of the catalogue."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from app.views.preflight import notes
from core.recipe.codec import parse_recipe, to_document
from core.recipe.presets import PRESETS
from core.runtime.treatment import treatments
from core.store.workspace import Run, Workspace
from core.train.process import train_run
from tests.pages.conftest import Open, answered, calm, finished


@pytest.fixture
def sick(workspace: Workspace) -> Run:
    """A finished run whose weights all started at zero."""
    run = workspace.create(to_document(parse_recipe(PRESETS["zero-init"].document)))
    train_run(run.path, log_to_file=False, uploads=workspace.home)
    return run


def text(at: AppTest) -> str:
    return "\n".join([m.value for m in at.markdown] + [c.value for c in at.caption])


def button(at: AppTest, label: str):
    return next(found for found in at.button if found.label == label)


def test_one_cause_with_its_sentence_and_remedies(open_page: Open, sick: Run) -> None:
    at = open_page("run", run=sick.id)
    calm(at)
    shown = text(at)
    assert "Most likely cause: Symmetric initial weights" in shown
    assert "start with the same weights" in shown
    assert "What follows from it" in shown
    assert button(at, "He initial weights")
    assert "Looked for and not found" in shown


def test_a_remedy_starts_one_twin(open_page: Open, sick: Run, workspace: Workspace) -> None:
    at = open_page("run", run=sick.id)
    button(at, "He initial weights").click()
    at.run()
    calm(at)
    (treatment,) = treatments(sick)
    assert workspace.run(treatment.run).document()["init"]["key"] == "he_normal"
    assert workspace.run(treatment.run).control.last_request() is not None


def test_acknowledged_findings_stay_quiet(open_page: Open, sick: Run) -> None:
    at = open_page("run", run=sick.id)
    button(at, "Acknowledge").click()
    at.run()
    calm(at)
    assert "Most likely cause" not in text(at)
    assert sick.control.labels()["acknowledged"] == ["GR012"]
    button(at, "Show it again").click()
    at.run()
    assert "Most likely cause" in text(at)


def test_show_the_evidence_zooms_once(open_page: Open, sick: Run) -> None:
    at = open_page("run", run=sick.id)
    button(at, "Show the evidence").click()
    at.run()
    calm(at)
    focus = at.session_state["focus"]
    assert (focus["run"], focus["panel"], focus["layer"]) == (sick.id, "heat", "hidden1")


def test_a_healthy_run_is_said_to_be_healthy(open_page: Open, workspace: Workspace) -> None:
    at = open_page("run", run=finished(workspace).id)
    calm(at)
    assert "No fault found" in text(at)


def test_the_check_before_training_finds_and_fixes(open_page: Open) -> None:
    at = open_page("train")
    at.selectbox[0].select("raw-features").run()
    button(at, "Load").click()
    answered(at.run(), "Inputs not scaled")
    button(at, "Standardise").click()
    answered(at.run(), "nothing wrong")
    assert "Inputs not scaled" not in text(at)


def test_rare_classes_and_silent_units_are_told_before_training() -> None:
    seen = {"layers": ["a", "b"], "dead_units": [0.1, 0.7], "rows": 64, "class_counts": [970, 30]}
    assert notes(seen) == [
        "70 % of the units of b are silent for all 64 rows of the first batch.",
        "The rarest class has 30 of 1,000 rows: accuracy alone will look good without it.",
    ]
    assert notes({**seen, "dead_units": [0.1, 0.2], "class_counts": [50, 50]}) == []


def test_a_fault_can_be_seen_to_happen_from_the_catalogue(open_page: Open, workspace: Workspace) -> None:
    at = open_page("catalogue")
    at.text_input[0].set_value("uphill").run()
    calm(at)
    next(found for found in at.button if found.label == "See it happen").click()
    at.run()
    (run,) = workspace.runs()
    assert run.document()["train"]["fault"] == "uphill"
