"""Every initialisation and activation in the real loop: it trains, and resumed at a checkpoint it ends as unbroken."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from core.models.parts.catalogue import ACTIVATIONS, INITIALISATIONS
from core.models.parts.spec import SEEN_ROWS
from core.recipe.codec import parse_recipe
from core.train import state
from core.train.live_settings import LiveSettings
from core.train.plan import Plan, make_plan
from tests.core.train.still_for_tests import Still

MODELS: dict[str, dict[str, Any]] = {
    "zero_residual": {"key": "mlp", "depth": 3, "width": 8, "skip": True, "activation": "tanh"},
    "fixup": {"key": "residual_cnn", "width": 2, "norm": "none"},
    "t_fixup": {"key": "transformer", "width": 8, "heads": 2, "norm_place": "none"},
}


@pytest.fixture(autouse=True)
def own_random_streams() -> Iterator[None]:
    with torch.random.fork_rng():
        yield


def document(init: str = "he_normal", **model: Any) -> dict[str, Any]:
    chosen = MODELS.get(init, {"key": "mlp", "depth": 2, "width": 8, "norm": "batch", "dropout": 0.2})
    return {
        "data": {"key": "digits", "limit": 120},
        "model": {**chosen, **model},
        "init": {"key": init},
        "optim": {"key": "adamw", "lr": 0.01, "weight_decay": 0.01},
        "train": {"epochs": 3, "batch_size": 32},
    }


def trained(
    doc: dict[str, Any], until: int = 10**9, start: io.BytesIO | None = None
) -> tuple[Plan, state.Progress, list[float]]:
    recipe = parse_recipe(doc)
    plan, progress = make_plan(recipe), state.Progress(LiveSettings.of(recipe))
    if start is not None:
        state.restore(plan, progress, state.load(start, plan.device))
    watcher = Still(until)
    watcher.train(plan, progress)
    return plan, progress, watcher.losses


def assert_resumes(doc: dict[str, Any]) -> list[float]:
    whole, whole_progress, losses = trained(doc)
    broken, progress, first = trained(doc, until=4)
    file = io.BytesIO()
    state.save(state.capture(broken, progress), file)
    file.seek(0)
    resumed, later, rest = trained(doc, start=file)
    assert first + rest == losses
    assert state.state_hash(state.capture(resumed, later)) == state.state_hash(state.capture(whole, whole_progress))
    assert np.isfinite(losses).all()
    return losses


@pytest.mark.parametrize("init", INITIALISATIONS)
def test_every_initialisation_trains_and_resumes(init: str) -> None:
    losses = assert_resumes(document(init))
    assert losses[-1] != losses[0]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_trains_and_resumes(activation: str) -> None:
    losses = assert_resumes(document(activation=activation))
    assert losses[-1] < losses[0]


def test_a_learned_slope_is_trained_and_decays() -> None:
    plan, _, _ = trained(document(activation="prelu"))
    slopes = [float(p.detach()) for name, p in plan.model.named_parameters() if name.endswith("activation.weight")]
    assert len(slopes) == 2
    assert all(slope != 0.25 for slope in slopes)


def test_lsuv_looks_at_the_first_training_rows_and_at_nothing_else() -> None:
    recipe = parse_recipe({"data": {"key": "digits"}, "init": {"key": "lsuv"}, "model": {"key": "mlp", "depth": 3}})
    plan = make_plan(recipe)
    seen = plan.x_train[:SEEN_ROWS]
    spreads = []
    for layer in (m for m in plan.model.modules() if isinstance(m, torch.nn.Linear)):
        layer.register_forward_hook(lambda module, inputs, output: spreads.append(float(output.std(correction=0))))
    with torch.no_grad():
        plan.model(seen)
    assert spreads == pytest.approx([1.0] * 4, rel=1e-4)
    orthogonal = make_plan(parse_recipe({"data": {"key": "digits"}, "init": {"key": "orthogonal"}, "model": {"key": "mlp", "depth": 3}}))  # fmt: skip
    assert torch.equal(plan.stream, orthogonal.stream)
