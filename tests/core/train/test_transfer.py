"""Starting from trained weights: what is taken over, what stands still and when, resume and script."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import torch

from core.diagnosis.of_run import diagnosis_of
from core.errors import BadInput, RecipeError
from core.recipe.codec import parse_recipe, to_document
from core.store.weights import list_weights, weights_path
from core.store.workspace import Run, Workspace
from core.train import state
from core.train.live_settings import LiveSettings
from core.train.plan import Plan, make_plan
from core.train.process import train_run
from core.train.transfer.fill import fill
from core.train.transfer.freezing import Freezing, depth_groups, learning_groups
from core.train.transfer.keep import keep_weights
from tests.core.test_script_export import assert_same, run_script
from tests.core.train.still_for_tests import Still

BASE: dict[str, Any] = {
    "data": {"key": "digits", "limit": 150},
    "model": {"key": "mlp", "depth": 3, "width": 12, "norm": "batch"},
    "train": {"epochs": 4, "batch_size": 32},
}


def trained(workspace: Workspace, **sections: Any) -> Run:
    run = workspace.create(to_document(parse_recipe({**BASE, "name": "A first run", **sections})))
    assert train_run(run.path, log_to_file=False) == "done"
    return run


class Weights(Still):
    """Keeps all weights after each step too."""

    def __init__(self, plan: Plan, until: int = 10**9) -> None:
        super().__init__(until)
        self.plan = plan
        self.states: list[dict[str, torch.Tensor]] = []

    def step_done(self, step: int, loss: torch.Tensor, lr: float, samples: int) -> bool:
        self.states.append({name: value.clone() for name, value in self.plan.model.state_dict().items()})
        return super().step_done(step, loss, lr, samples)


def started(home: Path | None = None, **sections: Any) -> tuple[Plan, state.Progress]:
    recipe = parse_recipe({**BASE, **sections})
    return make_plan(recipe, home), state.Progress(LiveSettings.of(recipe))


def test_weights_are_kept_found_and_taken_over(workspace: Workspace) -> None:
    run = trained(workspace)
    step = run.checkpoints.list()[-1].step
    kept = keep_weights(run, step, workspace.home)
    assert kept == keep_weights(run, step, workspace.home)
    assert [found.name for found in list_weights(workspace.home)] == [kept.name]
    assert kept.name.startswith("a-first-run-")
    theirs = state.load(run.checkpoints.path(step), torch.device("cpu"))["model"]
    for fresh in (True, False):
        plan, _ = started(workspace.home, seed=5, transfer={"weights": kept.name, "fresh_output": fresh})
        own = plan.model.state_dict()
        same = {name for name in own if torch.equal(own[name], theirs[name])}
        assert {name for name in own if not name.startswith("output.")} <= same
        assert ("output.weight" in same) is not fresh


def test_weights_that_do_not_fit_or_are_not_there(workspace: Workspace) -> None:
    run = trained(workspace)
    kept = keep_weights(run, run.checkpoints.list()[-1].step, workspace.home)
    with pytest.raises(BadInput, match="name and shape"):
        started(workspace.home, model={"key": "mlp", "width": 13}, transfer={"weights": kept.name})
    with pytest.raises(BadInput, match="did you mean"):
        started(workspace.home, transfer={"weights": kept.name[:-1] + "0"})
    for name in ("../../recipe", "a" * 500, "none-kept"):
        with pytest.raises(BadInput, match="no kept weights"):
            weights_path(workspace.home, name)
    with pytest.raises(RecipeError, match="pretrained weights"):
        parse_recipe({"transfer": {"weights": "pretrained"}})
    with pytest.raises(RecipeError, match="one rate for each layer"):
        parse_recipe({"transfer": {"layer_decay": 0.5}, "optim": {"key": "prodigy", "lr": 1.0}})


def test_fill_matches_by_name_and_shape() -> None:
    plan, _ = started()
    own = plan.model.state_dict()
    tensors = {name: torch.full_like(value, 2) for name, value in own.items()}
    tensors["hidden2.linear.weight"] = torch.zeros(1)
    filled = fill(plan.model, tensors, fresh_output=True)
    assert "hidden2.linear.weight" not in filled
    assert "hidden1.linear.weight" in filled
    assert not any(name.startswith("output.") for name in filled)
    assert float(plan.model.state_dict()["hidden1.linear.weight"].min()) == 2


@pytest.mark.parametrize(
    ("frozen", "thaw", "after", "expected"),
    [
        ("none", "never", 1, [0, 0, 0]),
        ("body", "never", 1, [3, 3, 3, 3]),
        ("half", "never", 1, [1, 1, 1]),
        ("body", "at_once", 2, [3, 3, 0, 0]),
        ("body", "gradually", 1, [3, 2, 1, 0, 0]),
    ],
)
def test_how_many_parts_stand_still(frozen: str, thaw: str, after: int, expected: list[int]) -> None:
    plan, _ = started()
    assert [name for name, _ in depth_groups(plan.model)] == ["hidden1", "hidden2", "hidden3", "output"]
    freezing = Freezing(plan.model, frozen, thaw, after)
    assert [freezing.still(epoch) for epoch in range(len(expected))] == expected


def test_frozen_layers_stand_still_to_the_last_bit_and_thaw() -> None:
    plan, progress = started(transfer={"frozen": "body", "thaw": "gradually", "thaw_after": 2})
    before = {name: value.clone() for name, value in plan.model.state_dict().items()}
    watcher = Weights(plan)
    watcher.train(plan, progress)
    per_epoch = plan.steps_per_epoch

    def moved(epoch: int) -> set[str]:
        now = watcher.states[(epoch + 1) * per_epoch - 1]
        return {name.split(".")[0] for name in now if not torch.equal(now[name], before[name])}

    assert moved(0) == moved(1) == {"output"}
    assert moved(2) == {"output", "hidden3"}
    assert moved(3) == {"output", "hidden3", "hidden2"}


def test_rates_per_layer_fall_toward_the_input() -> None:
    plan, progress = started(transfer={"layer_decay": 0.5}, optim={"key": "adam", "lr": 0.01})
    plan.apply(progress.settings, 0)
    assert [group["lr"] for group in plan.optimizer.param_groups] == pytest.approx([0.00125, 0.0025, 0.005, 0.01])
    assert sum(len(group["params"]) for group in learning_groups(plan.model, 0.5)) == len(list(plan.model.parameters()))


@pytest.mark.parametrize("transfer", [{"frozen": "body", "thaw": "gradually"}, {"frozen": "half", "layer_decay": 0.5}])
def test_broken_equals_unbroken(transfer: dict[str, Any]) -> None:
    whole, whole_progress = started(transfer=transfer)
    watcher = Weights(whole)
    watcher.train(whole, whole_progress)
    broken, progress = started(transfer=transfer)
    first = Weights(broken, until=9)
    first.train(broken, progress)
    file = io.BytesIO()
    state.save(state.capture(broken, progress), file)
    file.seek(0)
    resumed, later = started(transfer=transfer)
    state.restore(resumed, later, state.load(file, resumed.device))
    rest = Weights(resumed)
    rest.train(resumed, later)
    assert first.losses + rest.losses == watcher.losses
    assert state.state_hash(state.capture(resumed, later)) == state.state_hash(state.capture(whole, whole_progress))


def test_a_whole_run_its_diagnosis_and_its_script(workspace: Workspace, tmp_path: Path) -> None:
    first = trained(workspace)
    kept = keep_weights(first, first.checkpoints.list()[-1].step, workspace.home)
    transfer = {"weights": kept.name, "frozen": "body", "thaw": "at_once", "thaw_after": 2, "layer_decay": 0.5}
    run = trained(workspace, seed=1, transfer=transfer)
    assert "frozen-parameters" not in str(diagnosis_of(run)["findings"])
    assert_same(run_script(run, tmp_path / "script"), run)


def test_the_pretrained_network_takes_its_weights_and_only_the_output_learns() -> None:
    pytest.importorskip("efficientnet_lite_pytorch")
    plan, progress = started(
        data={"key": "digits", "limit": 24, "standardise": False},
        model={"key": "efficientnet_lite0", "resolution": 32},
        transfer={"weights": "pretrained", "frozen": "body"},
        train={"steps": 2, "batch_size": 8},
    )
    before = {name: value.clone() for name, value in plan.model.state_dict().items()}
    watcher = Weights(plan)
    watcher.train(plan, progress)
    after = plan.model.state_dict()
    assert {name for name in after if not torch.equal(after[name], before[name])} == {"output.weight", "output.bias"}
    with pytest.raises(RecipeError, match="standardise"):
        parse_recipe(
            {"data": {"key": "digits"}, "model": {"key": "efficientnet_lite0"}, "transfer": {"weights": "pretrained"}}
        )
