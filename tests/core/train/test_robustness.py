"""Accuracy under attack: falls with epsilon, and adversarial training raises it."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import BadInput
from core.recipe.codec import parse_recipe, to_document
from core.store.workspace import Workspace
from core.train.process import train_run
from core.train.robustness import robust_accuracy


def accuracies(workspace: Workspace, seed: int, **regularise: Any) -> dict[str, Any]:
    recipe = parse_recipe(
        {
            "seed": seed,
            "data": {"key": "digits", "limit": 900},
            "model": {"key": "mlp", "depth": 2, "width": 64},
            "optim": {"key": "adam", "lr": 0.003},
            "train": {"epochs": 12, "batch_size": 32},
            "record": {"attributions": "off"},
            "regularise": regularise,
        }
    )
    run = workspace.create(to_document(recipe))
    assert train_run(run.path, log_to_file=False) == "done"
    return robust_accuracy(run, run.checkpoints.list()[-1].step, workspace.home, (0.0, 0.2, 0.5))


def test_attacks_lower_the_accuracy_and_searching_is_stronger(workspace: Workspace) -> None:
    found = accuracies(workspace, 0)
    assert found["pgd"][0] == found["fgsm"][0] > 0.85
    assert found["pgd"][0] > found["pgd"][1] > found["pgd"][2]
    assert all(many <= one for one, many in zip(found["fgsm"], found["pgd"], strict=True))
    assert 150 < found["rows"] < 300


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_adversarial_training_pays_under_attack(workspace: Workspace, seed: int) -> None:
    plain, trained = accuracies(workspace, seed), accuracies(workspace, seed, pgd={"epsilon": 0.2})
    print(seed, plain["pgd"], trained["pgd"])
    assert trained["pgd"][1] > plain["pgd"][1] + 0.1


def test_a_regression_is_refused(workspace: Workspace) -> None:
    run = workspace.create(to_document(parse_recipe({"data": {"key": "diabetes"}, "train": {"steps": 1}})))
    with pytest.raises(BadInput, match="classes of tables and images"):
        robust_accuracy(run, 1, workspace.home)
