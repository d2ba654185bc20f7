"""The predictions of a checkpoint are those that the run was scored by, and reach the server through the inspector."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadInput
from core.evaluation.confusion import class_scores, confusion_matrix
from core.evaluation.predictions import Predictions
from core.recipe.data import load_data
from core.runtime.inspector import Inspector
from core.store.workspace import Run, Workspace
from core.train import inspector as process
from core.train.outputs import validation_outputs
from core.train.process import train_run
from tests.core.train.runs_for_tests import create


@pytest.fixture
def run(workspace: Workspace) -> Run:
    made = create(workspace)
    assert train_run(made.path, log_to_file=False) == "done"
    return made


def test_they_score_as_the_run_did(run: Run, workspace: Workspace) -> None:
    from core.recipe.codec import parse_recipe
    from core.store.summaries import summary

    last = run.checkpoints.latest()
    assert last
    data = load_data(parse_recipe(run.document()), workspace.home)
    found = Predictions.on_validation(validation_outputs(run, last.step, workspace.home), data)
    metrics = summary(run).metrics
    assert (~found.wrong).mean() == pytest.approx(metrics["val_accuracy"], abs=1e-6)
    scores = class_scores(confusion_matrix(found.targets, found.named, 10))
    assert scores.macro_f1 == pytest.approx(metrics["val_f1"], abs=1e-6)
    assert np.nanmean(scores.recall) == pytest.approx(metrics["val_balanced_accuracy"], abs=1e-6)


def test_they_pass_through_the_inspector_bit_by_bit(
    run: Run, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def say(self: Inspector, question: str, without_answer: str) -> dict:
        import json

        asked.append(question)
        return json.loads(json.dumps(process.answer(json.loads(question))))

    monkeypatch.setattr(Inspector, "_say", say)
    inspector, last = Inspector(), run.checkpoints.list()[-1]
    found = inspector.outputs(run, last, workspace.home)
    np.testing.assert_array_equal(found, validation_outputs(run, last.step, workspace.home))
    inspector.outputs(run, last, workspace.home)
    assert len(asked) == 1, "asked once for each run and checkpoint"
    inspector.outputs(run, run.checkpoints.list()[0], workspace.home)
    assert len(asked) == 2


def test_a_step_without_a_checkpoint_is_explained(run: Run, workspace: Workspace) -> None:
    with pytest.raises(BadInput, match="no checkpoint at step 7;"):
        validation_outputs(run, 7, workspace.home)
