"""Lessons as a visitor runs them: the same races and runs, trained in this process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.evaluation.predictions import Predictions
from core.lessons.codec import parse_lesson
from core.lessons.evidence import Evidence, of_race, of_run
from core.lessons.schema import SEEDS, Arm, Lesson
from core.recipe.codec import parse_recipe, to_document, with_changes
from core.recipe.data import load_data
from core.store.workspace import Run, Workspace
from core.train.loss_catalogue import LOSSES
from core.train.outputs import validation_outputs
from core.train.process import train_run

EPOCHS_AFTER = 3


def trained(workspace: Workspace, lesson: Lesson, seeds: int = SEEDS) -> list[Evidence]:
    """The evidence of every arm with `seeds` seeds."""
    if lesson.experiment.kind == "race":
        run = workspace.create(lesson.experiment.race(lesson.title).document())
        assert train_run(run.path, log_to_file=False) == "done"
        return of_race(run)
    return [
        train_arm(workspace, lesson, arm, lesson.experiment.base.seed + seed)
        for arm in lesson.experiment.arms
        for seed in range(seeds)
    ]


def train_arm(workspace: Workspace, lesson: Lesson, arm: Arm, seed: int) -> Evidence:
    """One plain run; in a live lesson it is changed after so many epochs, and trains on for those that are measured."""
    recipe, action = lesson.experiment.recipe(arm, seed), lesson.experiment.action
    if action is None:
        return train_recipe(workspace, to_document(recipe), arm.name)
    run = workspace.create(to_document(with_changes(recipe, {"train.epochs": action.after})))
    assert train_run(run.path, log_to_file=False) == "done"
    run.control.send("set", {"setting": action.setting, "value": action.value})
    run.control.send("extend", {"epochs": EPOCHS_AFTER})
    assert train_run(run.path, log_to_file=False) == "done"
    found = of_run(run, arm.name, predictions)
    assert found is not None
    return found


def train_recipe(workspace: Workspace, document: Mapping[str, Any], arm: str = "") -> Evidence:
    """A plain run of this recipe."""
    run = workspace.create(dict(document))
    assert train_run(run.path, log_to_file=False) == "done"
    found = of_run(run, arm, predictions)
    assert found is not None
    return found


def predictions(run: Run) -> Predictions:
    """What the inspector process would say of the newest checkpoint, asked in this process."""
    checkpoint = run.checkpoints.latest()
    assert checkpoint is not None
    outputs = validation_outputs(run, checkpoint.step, run.path.parent.parent)
    recipe = parse_recipe(run.document())
    return Predictions.on_validation(outputs, load_data(recipe), LOSSES[recipe.loss.key].link)


def document(kind: str = "runs", **changes: Any) -> dict[str, Any]:
    """A whole lesson of two arms that train for a second, with sections replaced."""
    whole: dict[str, Any] = {
        "title": "Small",
        "minutes": 1,
        "asks": "Does a network learn without a step?",
        "background": "A rate of next to nothing.",
        "predict": {"asks": "Does it?", "options": ["Yes", "No"], "right": 2},
        "experiment": {
            "kind": kind,
            "base": {
                "data": {"key": "digits", "limit": 300},
                "model": {"key": "mlp", "depth": 1, "width": 16},
                "optim": {"key": "adam", "lr": 0.01},
                "train": {"epochs": 6, "batch_size": 32},
            },
            "arms": [{"name": "Some"}, {"name": "None", "changes": {"optim.lr": 1.0e-9}}],
        },
        "claims": [{"measure": "val_accuracy", "arm": "Some", "above": {"None": 0.2}}],
        "watch": [{"panel": "loss", "see": "One line falls."}],
        "answer": "With steps {val_accuracy: Some}, without {val_accuracy: None}.",
        "exercise": {
            "task": "Make it learn.",
            "arm": "None",
            "measure": "val_accuracy",
            "at_least": 0.5,
            "keep": ["data.key", "model.key"],
            "solution": {"optim.lr": 0.01},
        },
    }
    return {**whole, **changes}


LIVE: dict[str, Any] = {
    "experiment": {
        **document()["experiment"],
        "kind": "live",
        "arms": [{"name": "Run"}],
        "action": {"setting": "optim.lr", "value": 0.0001, "label": "Turn it down", "after": 2},
    },
    "claims": [{"measure": "loss_drop", "arm": "Run", "at_least": 0.5}],
    "answer": "Before {loss_before_change: Run}, after {loss_after_change: Run}.",
    "exercise": {**document()["exercise"], "arm": "Run"},
}


def small(kind: str = "runs", **changes: Any) -> Lesson:
    """That lesson."""
    return parse_lesson("small", document(kind, **changes))
