"""Every loss and every schedule in the real loop: broken and resumed, as a script, summed, with momentum that is cycled."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.errors import BadInput
from core.evaluation.predictions import Predictions
from core.evaluation.together import average
from core.optim.schedules.catalogue import SCHEDULES
from core.probes.guessing import guessing_loss
from core.recipe.codec import parse_recipe, to_document
from core.store.workspace import Workspace
from core.train.batched.plans import make_plans
from core.train.loss_catalogue import LOSSES
from core.train.loss_fit import loss_arguments
from core.train.plan import make_plan
from core.train.process import train_run
from tests.core.test_script_export import assert_same, run_script
from tests.core.train.alone_for_tests import train_alone
from tests.core.train.test_every_optimizer_resumes import saved, start, state, train

AROUND = cycle(({}, {"linear_warmup": 0.2}, {"cycle_momentum": 0.5}, {"linear_warmup": 0.1, "cycle_momentum": 0.6}))
PAIRS = [(loss, schedule, around) for loss, schedule, around in zip(cycle(LOSSES), SCHEDULES, AROUND, strict=False)]


def document(loss: str, schedule: str, around: dict[str, Any]) -> dict[str, Any]:
    counts = {"data": {"key": "arrivals", "samples": 200}}
    numbers = counts if loss == "poisson" else {"data": {"key": "diabetes", "limit": 200}}
    return {
        **({"data": {"key": "digits", "limit": 200}} if "classification" in LOSSES[loss].tasks else numbers),
        "model": {"key": "mlp", "depth": 1, "width": 8, "dropout": 0.1},
        "loss": {"key": loss, "reduction": "mean" if around else "sum"},
        "optim": {"key": "adam", "lr": 0.003},
        "schedule": {"key": schedule, **around},
        "train": {"epochs": 4, "batch_size": 48},
    }


@pytest.mark.parametrize(("loss", "schedule", "around"), PAIRS, ids=str)
def test_broken_equals_unbroken(loss: str, schedule: str, around: dict[str, Any]) -> None:
    whole, whole_progress = start(document(loss, schedule, around))
    losses = train(whole, whole_progress).losses
    assert all(map(torch.isfinite, torch.tensor(losses)))
    broken, progress = start(document(loss, schedule, around))
    first = train(broken, progress, until=6).losses
    file = saved(broken, progress)
    resumed, later = start(document(loss, schedule, around))
    state.restore(resumed, later, state.load(file, resumed.device))
    assert first + train(resumed, later).losses == losses
    assert state.state_hash(state.capture(resumed, later)) == state.state_hash(state.capture(whole, whole_progress))


@pytest.mark.parametrize(
    ("loss", "schedule", "around"),
    [
        pytest.param(*pair, marks=[] if place in (3, 12, 13, 15) else pytest.mark.slow, id="-".join(map(str, pair[:2])))
        for place, pair in enumerate(PAIRS)
    ],
)
def test_the_script_gives_the_same_losses(
    loss: str, schedule: str, around: dict[str, Any], workspace: Workspace, tmp_path: Path
) -> None:
    run = workspace.create(to_document(parse_recipe(document(loss, schedule, around))))
    assert train_run(run.path, log_to_file=False) == "done"
    assert_same(run_script(run, tmp_path / "script"), run)


def test_pairs_cover_both_catalogues() -> None:
    assert {loss for loss, _, _ in PAIRS} == set(LOSSES)
    assert {schedule for _, schedule, _ in PAIRS} == set(SCHEDULES)


def test_a_sum_is_a_mean_with_a_larger_rate_and_is_recorded_as_a_mean() -> None:
    sections = {"data": {"key": "digits", "limit": 200}, "train": {"epochs": 3, "batch_size": 40}}
    plain = {**sections, "optim": {"key": "sgd", "lr": 0.08}}
    summed = {**sections, "optim": {"key": "sgd", "lr": 0.002}, "loss": {"key": "cross_entropy", "reduction": "sum"}}
    one, other = (train_alone(parse_recipe(doc), 12) for doc in (plain, summed))
    torch.testing.assert_close(one.losses, other.losses, rtol=1e-4, atol=1e-5)
    assert one.last == pytest.approx(other.last, rel=1e-3)


def test_momentum_in_the_optimizer_moves_against_the_rate() -> None:
    doc = {
        "optim": {"key": "nesterov", "lr": 0.1, "momentum": 0.95},
        "schedule": {"key": "cyclic", "low": 0.0, "cycle_momentum": 0.85},
    }
    plan, progress = start({**doc, "data": {"key": "digits", "limit": 100}, "train": {"epochs": 8, "batch_size": 10}})
    group, total = plan.optimizer.param_groups[0], plan.total_steps(progress.settings)
    seen = [(plan.apply(progress.settings, step), group["momentum"]) for step in range(total)]
    assert seen[0] == (0.0, 0.95)
    assert min(momentum for _, momentum in seen) == pytest.approx(0.85)
    assert all(momentum == pytest.approx(0.95 - rate) for rate, momentum in seen)  # 0.1 of each
    lower = progress.settings.change("optim.momentum", 0.9)
    plan.apply(lower, 0)
    assert group["momentum"] == 0.9
    plan.apply(lower, total // 8)
    assert group["momentum"] == pytest.approx(0.85, abs=1e-3)


def test_weights_come_from_the_training_part() -> None:
    recipe = parse_recipe({"data": {"key": "credit_default", "limit": 1000}, "loss": {"key": "weighted_cross_entropy"}})
    plan = make_plan(recipe)
    counts = loss_arguments(recipe.loss, plan.data)["counts"]
    assert sum(counts) == len(plan.y_train)
    assert counts == tuple((plan.data.y_train == label).sum() for label in (0, 1))
    weights = plan.loss.weights
    assert (weights * torch.tensor(counts)).tolist() == pytest.approx([sum(counts) / 2] * 2)


def test_a_poisson_loss_is_refused_on_other_numbers_and_judged_by_its_rates() -> None:
    other = {"data": {"key": "friedman", "samples": 100}, "loss": {"key": "poisson"}}
    with pytest.raises(BadInput, match="The loss poisson needs counts"):
        make_plan(parse_recipe(other))
    doc = document("poisson", "constant", {"linear_warmup": 0.1})
    found = train_alone(parse_recipe({**doc, "train": {"epochs": 60, "batch_size": 20}}), 400)
    assert found.last["val_r2"] > 0.5 > found.first["val_r2"]


def test_counts_and_squares_see_the_same_rows_each_on_its_own_scale() -> None:
    recipes = [
        parse_recipe({"data": {"key": "arrivals", "samples": 200}, "loss": {"key": k}})
        for k in ("mse", "poisson", "mae")
    ]
    squared, counted, absolute = make_plans(recipes)
    assert counted.data.x_train.tobytes() == squared.data.x_train.tobytes()
    assert (counted.y_train == counted.y_train.round()).all()
    assert (counted.y_train >= 0).all()
    assert squared.y_train.mean().item() == pytest.approx(0, abs=1e-5)
    assert absolute.data is squared.data, "the same data is loaded once"
    predictions = [
        Predictions.on_validation(np.zeros((len(one.data.y_val), 1)), one.data) for one in (squared, counted)
    ]
    assert average(predictions).targets == pytest.approx(counted.data.y_val, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("key", LOSSES)
def test_no_constant_answer_beats_guessing(key: str) -> None:
    random = torch.Generator().manual_seed(0)
    classes = 3 if "classification" in LOSSES[key].tasks else 0
    y = torch.multinomial(torch.tensor([0.6, 0.3, 0.1]), 300, True, generator=random)
    y = y if classes else torch.poisson(torch.full((300,), 4.0), generator=random)
    counts = {"counts": tuple(torch.bincount(y.long(), minlength=3).tolist())} if LOSSES[key].needs_counts else {}
    loss = LOSSES[key].load()(**counts)
    found = guessing_loss(loss, y, classes)
    tried = torch.randn(400, max(classes, 1), generator=random) * 2 + (0 if classes else float(y.mean()))
    least = min(float(loss(one.expand(300, -1), y)) for one in tried)
    assert found <= least + 1e-6
    assert found == pytest.approx(least, rel=0.15)
    if key == "cross_entropy":
        assert found == pytest.approx(
            float(torch.distributions.Categorical(torch.bincount(y) / 300).entropy()), rel=1e-5
        )
    if key == "mse":
        assert found == pytest.approx(float(y.var(correction=0)), rel=1e-5)
