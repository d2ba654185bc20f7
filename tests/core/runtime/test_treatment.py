"""Twins: the untreated one repeats the patient, a cure is measured, an advice that does not help is withdrawn."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from core.diagnosis.of_run import diagnosis_of
from core.recipe.codec import parse_recipe, to_document
from core.recipe.presets import PRESETS
from core.runtime import treatment
from core.store.workspace import Run, Workspace
from core.train.process import train_run

Patient = Callable[[str], Run]


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Patient:
    """Each preset as it trains, once for all tests of this file."""
    trained: dict[str, Run] = {}
    home = Workspace(tmp_path_factory.mktemp("hospital") / "home")

    def admit(preset: str) -> Run:
        if preset not in trained:
            trained[preset] = home.create(to_document(parse_recipe(PRESETS[preset].document)))
            train_run(trained[preset].path, log_to_file=False, uploads=home.home)
        return trained[preset]

    return admit


@pytest.fixture
def patient(hospital: Patient, workspace: Workspace) -> Patient:
    """A copy of a trained preset, in this test's workspace."""

    def copied(preset: str) -> Run:
        source = hospital(preset)
        shutil.copytree(source.path, workspace.home / "runs" / source.id)
        return workspace.run(source.id)

    return copied


def train_twin(workspace: Workspace, found: treatment.Treatment) -> None:
    twin = workspace.run(found.run)
    twin.control.cancel_request()
    train_run(twin.path, log_to_file=False, uploads=workspace.home)


def test_a_cure_is_measured_and_kept(patient: Patient, workspace: Workspace) -> None:
    run = patient("zero-init")
    cause = diagnosis_of(run)["findings"][0]
    begun = treatment.treat(workspace, run, cause, cause["remedies"][0])
    assert treatment.treat(workspace, run, cause, cause["remedies"][0]) == begun  # a double click
    (waiting,) = treatment.settle(workspace, run)
    assert waiting.verdict is not None
    assert waiting.verdict.helped is None
    train_twin(workspace, begun)
    (done,) = treatment.settle(workspace, run)
    assert done.verdict is not None
    assert done.verdict.helped
    assert done.verdict.cured
    assert done.verdict.after is not None
    assert done.verdict.after > 0.9 > 0.3 > (done.verdict.before or 0.0)
    assert treatment.treatments(run) == [done]
    assert treatment.outcomes(workspace) == {("symmetric-initialisation", "He initial weights"): (1, 1)}


def test_an_advice_without_effect_does_not_count_as_help(patient: Patient, workspace: Workspace) -> None:
    run = patient("zero-init")
    cause = diagnosis_of(run)["findings"][0]
    useless = {"label": "Another batch size", "changes": {"train.batch_size": 128}, "from_start": True}
    train_twin(workspace, treatment.treat(workspace, run, cause, useless))
    (done,) = treatment.settle(workspace, run)
    assert done.verdict is not None
    assert done.verdict.helped is False


def test_what_waits_is_withdrawn_once_one_has_helped(patient: Patient, workspace: Workspace) -> None:
    run = patient("zero-init")
    cause = diagnosis_of(run)["findings"][0]
    first, second = treatment.treat_all(workspace, run, cause)
    train_twin(workspace, first)
    shown = treatment.settle(workspace, run)
    assert [t.label for t in shown] == [first.label]
    assert second.run in workspace.trashed()


@pytest.mark.slow
def test_an_unchanged_twin_repeats_the_patient(patient: Patient, workspace: Workspace) -> None:
    run = patient("lr-too-low")
    same = {"label": "Nothing but the budget", "changes": {"record.budget": 6.0}, "from_start": True}
    cause = diagnosis_of(run)["findings"][0]
    begun = treatment.treat(workspace, run, cause, same)
    train_twin(workspace, begun)
    losses = []
    for one in (run, workspace.run(begun.run)):
        reader = one.reader()
        assert reader is not None
        losses.append(reader.rows("step").values[:, 0].tobytes())
    assert losses[0] == losses[1]


@pytest.mark.parametrize(
    "preset",
    [
        pytest.param("digits-mlp", marks=pytest.mark.slow),
        pytest.param("vowels-gru", marks=pytest.mark.slow),
        "spirals-mlp",
    ],
)
def test_healthy_runs_have_no_findings(patient: Patient, preset: str) -> None:
    assert diagnosis_of(patient(preset))["findings"] == []


@pytest.mark.parametrize(
    ("preset", "cause"),
    [
        ("lr-too-high", "GR005"), ("lr-too-low", "GR006"), ("vanishing-sigmoid", "GR001"), ("exploding-init", "GR002"),
        ("zero-init", "GR012"), ("raw-features", "GR019"), ("dying-relu", "GR010"), ("clip-strangles", "GR027"),
        pytest.param("overfit", "GR014", marks=pytest.mark.slow), pytest.param("rnn-forgets", "GR035", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_every_bad_preset_gets_the_name_of_its_fault(patient: Patient, preset: str, cause: str) -> None:
    assert diagnosis_of(patient(preset))["cause"] == cause
