"""Norms, dropout kinds, residual branches and clipping modes in the real loop: resumed, exported, explained, changed live."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.explain.path import FixedRows
from core.explain.prepare import prepare
from core.optim.clippings import CLIPPINGS
from core.recipe.codec import parse_recipe, to_document
from core.store.workspace import Workspace
from core.train import state
from core.train.plan import make_plan
from core.train.process import train_run
from tests.core.test_script_export import assert_same, run_script
from tests.core.train.test_every_optimizer_resumes import saved, start, train

MODELS: dict[str, dict[str, Any]] = {
    "weight": {"key": "cnn", "channels": 4, "norm": "weight", "dropout": 0.2, "dropout_kind": "dropconnect"},
    "spectral": {"key": "mlp", "depth": 2, "width": 8, "norm": "spectral", "dropout": 0.2},
    "pre": {"key": "residual_cnn", "width": 4, "stages": 2, "norm": "instance", "order": "pre", "stochastic_depth": 0.3},
    "rezero": {"key": "residual_cnn", "width": 4, "stages": 2, "norm": "rms", "residual_scale": 0.0,
               "learn_residual_scale": True},
    "mlp": {"key": "mlp", "depth": 3, "width": 8, "norm": "batch", "norm_place": "after", "skip": True,
            "stochastic_depth": 0.4, "dropout": 0.2, "dropout_kind": "dropconnect"},
    "spatial": {"key": "cnn", "channels": 4, "norm": "rms", "dropout": 0.3, "dropout_kind": "spatial"},
    "transformer": {"key": "transformer", "width": 8, "norm_kind": "rms", "stochastic_depth": 0.3, "residual_scale": 0.5},
}  # fmt: skip
MODES = [mode for mode in CLIPPINGS if mode != "none"]


def document(name: str, clip: str = "adaptive", **train: Any) -> dict[str, Any]:
    return {
        "data": {"key": "digits", "limit": 120},
        "model": MODELS[name],
        "init": {"key": "he_normal"},
        "optim": {"key": "momentum", "lr": 0.05, "weight_decay": 1e-3},
        "clip": {"mode": clip, "limit": 0.05},
        "train": {"epochs": 3, "batch_size": 32, **train},
    }


@pytest.mark.parametrize("name", MODELS)
def test_broken_equals_unbroken(name: str) -> None:
    with torch.random.fork_rng():
        whole, whole_progress = start(document(name))
        losses = train(whole, whole_progress).losses
        broken, progress = start(document(name))
        first = train(broken, progress, until=5).losses
        file = saved(broken, progress)
        resumed, later = start(document(name))
        torch.manual_seed(12345)
        state.restore(resumed, later, state.load(file, resumed.device))
        assert first + train(resumed, later).losses == losses
        assert losses[-1] != losses[0]
        ends = [state.state_hash(state.capture(*pair)) for pair in ((resumed, later), (whole, whole_progress))]
        assert ends[0] == ends[1]


FAST = ("spectral", "weight", "mlp")


@pytest.mark.parametrize(
    ("name", "clip"),
    [
        pytest.param(name, mode, marks=() if name in FAST else pytest.mark.slow)
        for name, mode in zip(MODELS, MODES * 2, strict=False)
    ],
)
def test_the_script_reproduces_it(name: str, clip: str, workspace: Workspace, tmp_path: Path) -> None:
    run = workspace.create(to_document(parse_recipe(document(name, clip, epochs=2))))
    assert train_run(run.path, log_to_file=False) == "done"
    assert_same(run_script(run, tmp_path / "script"), run)


@pytest.mark.parametrize("name", ["weight", "spectral"])
def test_the_first_layer_can_be_left_out_whole(name: str) -> None:
    with torch.random.fork_rng():
        plan, progress = start(document(name, fault="left_out_layer", steps=3))
        first = next(module for module in plan.model.modules() if isinstance(module, torch.nn.Linear | torch.nn.Conv2d))
        before = [parameter.clone() for parameter in first.parameters()]
        train(plan, progress)
        assert all(torch.equal(a, b) for a, b in zip(first.parameters(), before, strict=True))


@pytest.mark.parametrize("name", ["weight", "spectral"])
def test_explanations_see_a_plain_network(name: str) -> None:
    with torch.random.fork_rng():
        plan, progress = start(document(name))
        x = plan.data.x_val[:4]
        followed = FixedRows(plan.model, x, plan.data.y_val[:4], np.zeros_like(x[0]), plan.data.kind)
        train(plan, progress)
        plan.model.eval()
        subject = prepare(plan.model, x, plan.data.kind)
        assert not any("parametrizations" in path for path in subject.facts.layers)
        expected = plan.model(torch.from_numpy(x)).detach().double().numpy()
        assert np.array_equal(subject.predict(x), expected)
        found = followed.explain(plan.model.state_dict())
        assert np.array_equal(found.output, expected[np.arange(4), plan.data.y_val[:4]])
        assert found.gap < 0.1


def test_limits_of_every_mode_hold_in_the_loop() -> None:
    for mode in MODES:
        with torch.random.fork_rng():
            plan, progress = start(document("mlp", mode, steps=2))
            seen = train(plan, progress)
            largest = max(float(g.norm()) for g in seen.at_end[0])
            assert largest < max(float(g.norm()) for g in seen.seen[0])
            if mode in ("norm", "parameter"):
                assert largest <= 0.05 + 1e-6


def test_a_recipe_from_before_takes_the_old_behaviour() -> None:
    with torch.random.fork_rng():
        plan = make_plan(
            parse_recipe({"model": {"key": "mlp", "depth": 2, "width": 8, "dropout": 0.2, "norm": "batch"}})
        )
    names = [name for name, _ in plan.model.named_modules()]
    assert names[2:7] == ["hidden1", "hidden1.linear", "hidden1.norm", "hidden1.activation", "hidden1.dropout"]
