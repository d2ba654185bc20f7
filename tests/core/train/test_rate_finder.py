"""The learning-rate range test on real recipes: it finds the usable decade, and leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from core.errors import BadInput
from core.optim.catalogue import OPTIMIZERS
from core.recipe.codec import parse_recipe
from core.recipe.parts import Recipe
from core.train import rate_finder
from core.train.plan import make_plan


def recipe(**changes: object) -> Recipe:
    return parse_recipe(
        {
            "data": {"key": "moons"},
            "model": {"key": "mlp", "depth": 2, "width": 16, "norm": "batch", "dropout": 0.1},
            **changes,
        }
    )


@pytest.mark.parametrize(("key", "usable"), [("sgd", (0.01, 2.0)), ("adam", (3e-4, 0.1))])
def test_the_suggestion_lies_where_training_works(key: str, usable: tuple[float, float]) -> None:
    found = rate_finder.find_rate(recipe(optim={"key": key}), seeds=2)
    assert found.suggestion is not None, found.reason
    assert usable[0] <= found.suggestion <= usable[1]
    low, high = OPTIMIZERS[key].lr_range
    assert (found.lrs[0], found.lrs[-1]) == pytest.approx((low, high))
    assert len(found.losses) <= 2


def test_the_recipe_s_own_rate_and_schedule_play_no_part() -> None:
    plain = rate_finder.find_rate(recipe(optim={"key": "sgd", "lr": 0.1}), seeds=1, steps=40)
    other = rate_finder.find_rate(
        recipe(optim={"key": "sgd", "lr": 3.0}, schedule={"key": "cosine"}), seeds=1, steps=40
    )
    assert plain.losses == other.losses


def test_each_step_takes_its_own_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[float] = []
    step = rate_finder.train_step

    def spy(plan, progress, *rest):  # type: ignore[no-untyped-def]
        loss = step(plan, progress, *rest)
        seen.append(plan.optimizer.param_groups[0]["lr"])
        return loss

    monkeypatch.setattr(rate_finder, "train_step", spy)
    found = rate_finder.find_rate(recipe(), seeds=1, steps=25)
    assert seen == pytest.approx(found.lrs)


def test_divergence_ends_a_seed_early() -> None:
    data = {"key": "diabetes"}
    found = rate_finder.find_rate(recipe(data=data, loss={"key": "mse"}, optim={"key": "sgd"}), seeds=1)
    assert found.edge is not None
    assert found.losses[0][-1] is None


def test_too_slow_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_finder, "MOST_SECONDS", 0.0)
    with pytest.raises(BadInput, match="smaller model or batch"):
        rate_finder.find_rate(recipe(), seeds=1)


def test_a_plan_made_afterwards_is_what_it_would_have_been() -> None:
    wanted = recipe()
    before = torch.cat([p.detach().reshape(-1) for p in make_plan(wanted).model.parameters()])
    rate_finder.find_rate(replace(wanted, seed=5), seeds=1, steps=25)
    after = torch.cat([p.detach().reshape(-1) for p in make_plan(wanted).model.parameters()])
    assert torch.equal(before, after)
