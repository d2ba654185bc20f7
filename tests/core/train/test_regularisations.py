"""Regularisations against hand computations and torch's own."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from core.errors import RecipeError
from core.optim.evaluation import evaluation_weights
from core.recipe.codec import parse_recipe
from core.train import loop, state
from core.train.events import Unobserved
from core.train.live_settings import LiveSettings
from core.train.plan import Plan, make_plan
from core.train.regularise import adversarial, noise, penalties
from core.train.regularise.base import Regulariser, StepDraws, regularised_loss
from core.train.regularise.catalogue import REGULARISATIONS
from tests.core.train.still_for_tests import Still


class Copies(Still):
    """Keeps the weights after each step too."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan
        self.weights: list[list[torch.Tensor]] = []

    def step_done(self, step: int, loss: torch.Tensor, lr: float, samples: int) -> bool:
        self.weights.append([p.detach().clone() for p in self.plan.model.parameters()])
        return super().step_done(step, loss, lr, samples)


def plan_of(**sections: Any) -> tuple[Plan, state.Progress]:
    recipe = parse_recipe(
        {"data": {"key": "iris"}, "model": {"depth": 1, "width": 8}, "train": {"epochs": 4}, **sections}
    )
    return make_plan(recipe), state.Progress(LiveSettings.of(recipe))


@pytest.mark.parametrize("key", REGULARISATIONS)
def test_what_adds_to_the_loss_of_a_step_says_so(key: str) -> None:
    made = REGULARISATIONS[key].load()
    assert REGULARISATIONS[key].in_loss == (made.penalty is not Regulariser.penalty)


def loss_with(plan: Plan, *regularisers: Any) -> torch.Tensor:
    return regularised_loss(
        regularisers, plan.model, plan.model, plan.loss, plan.x_train[:16], plan.y_train[:16], StepDraws(0, 3)
    )


def test_penalties_are_their_formulas() -> None:
    plan, _ = plan_of()
    weights = [p.detach() for n, p in plan.model.named_parameters() if n.endswith("weight")]
    ones, squares = (sum(float(w.abs().pow(k).sum()) for w in weights) for k in (1, 2))
    plain = float(loss_with(plan))
    shares = plan.model(plan.x_train[:16]).softmax(1)
    entropy = float(-(shares * shares.log()).sum(1).mean())
    for made, expected in (
        (penalties.L1Penalty(strength=0.3), 0.3 * ones),
        (penalties.L2Penalty(strength=0.3), 0.15 * squares),
        (penalties.ElasticNet(strength=0.3, share=0.2), 0.3 * (0.2 * ones + 0.4 * squares)),
        (penalties.ConfidencePenalty(strength=0.3), -0.3 * entropy),
    ):
        assert float(loss_with(plan, made)) - plain == pytest.approx(expected, rel=1e-4), made


def test_an_l2_penalty_is_sgd_s_weight_decay_on_weights() -> None:
    plan, _ = plan_of()
    gradient = torch.autograd.grad(loss_with(plan), list(plan.model.parameters()))
    with_penalty = torch.autograd.grad(
        loss_with(plan, penalties.L2Penalty(strength=0.7)), list(plan.model.parameters())
    )
    for parameter, one, other in zip(plan.model.parameters(), gradient, with_penalty, strict=True):
        decay = 0.7 * parameter if parameter.ndim > 1 else 0.0 * parameter
        assert torch.allclose(other, one + decay, atol=1e-6)


def test_the_gradient_penalty_is_the_mean_squared_slope_of_each_row() -> None:
    plan, _ = plan_of()
    plain = float(loss_with(plan))
    slopes = []
    for row in range(16):
        x = plan.x_train[row : row + 1].clone().requires_grad_()
        slopes.append(
            float(torch.autograd.grad(plan.loss(plan.model(x), plan.y_train[row : row + 1]), x)[0].square().sum())
        )
    with_penalty = loss_with(plan, penalties.GradientPenalty(strength=0.5))
    assert float(with_penalty) - plain == pytest.approx(0.5 * sum(slopes) / 16, rel=1e-4)
    with_penalty.backward()
    assert all(torch.isfinite(p.grad).all() for p in plan.model.parameters())


def test_a_recurrent_network_takes_the_gradient_penalty() -> None:
    plan, progress = plan_of(
        data={"key": "japanese_vowels", "limit": 60},
        model={"key": "lstm", "hidden": 8},
        regularise={"gradient_penalty": {}},
    )
    assert torch.isfinite(loop.train_step(plan, progress, Unobserved(), torch.arange(16)))


def test_max_norm_shortens_what_is_too_long_and_nothing_else() -> None:
    layer = torch.nn.Linear(3, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[3.0, 4.0, 0.0], [0.3, 0.4, 0.0]]))
    penalties.MaxNorm(limit=1.0).after_update(layer)
    assert torch.allclose(layer.weight, torch.tensor([[0.6, 0.8, 0.0], [0.3, 0.4, 0.0]]))


def test_weight_noise_gives_the_gradient_at_the_noisy_weights() -> None:
    plan, _ = plan_of()
    made = noise.WeightNoise(std=0.1)
    loss = loss_with(plan, made)
    ours = torch.autograd.grad(loss, list(plan.model.parameters()))
    with torch.no_grad():
        for name, weight in plan.model.named_parameters():
            if weight.ndim >= 2:
                weight.add_(0.1 * noise.normal_like(weight, StepDraws(0, 3), name))
    moved = loss_with(plan)
    assert float(moved) == pytest.approx(float(loss), rel=1e-6)
    for one, other in zip(ours, torch.autograd.grad(moved, list(plan.model.parameters())), strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def test_gradient_noise_is_drawn_anew_and_leaves_what_was_recorded() -> None:
    plan, _ = plan_of()
    loss_with(plan).backward()
    recorded = [p.grad for p in plan.model.parameters()]
    before = [g.clone() for g in recorded]
    noise.GradientNoise(scale=0.04, decay=0.0).gradients(plan.model, StepDraws(0, 3))
    assert all(torch.equal(a, b) for a, b in zip(recorded, before, strict=True))
    added = torch.cat([(p.grad - b).flatten() for p, b in zip(plan.model.parameters(), before, strict=True)])
    assert float(added.std()) == pytest.approx(0.2, rel=0.35)


def test_input_noise_leaves_padding() -> None:
    x = torch.zeros(2, 5, 3)
    x[:, :3] = 1.0
    noisy = noise.NoisyInputs(std=1.0).inputs(x, StepDraws(0, 0))
    assert torch.equal(noisy[:, 3:], x[:, 3:])
    assert not torch.equal(noisy[:, :3], x[:, :3])


def test_attacks_stay_within_epsilon_and_raise_the_loss() -> None:
    plan, progress = plan_of(train={"epochs": 20})
    watcher = Copies(plan)
    watcher.train(plan, progress)
    x, y = plan.x_val, plan.y_val
    clean = float(plan.loss(plan.model(x), y))
    one = adversarial.fast_gradient_sign(plan.model, plan.model, plan.loss, x, y, 0.3)
    generator = torch.Generator().manual_seed(0)
    many = adversarial.projected_gradient(plan.model, plan.model, plan.loss, x, y, 0.3, 10, generator)
    for moved in (one, many):
        assert float((moved - x).abs().max()) <= 0.3 + 1e-6
        assert float(plan.loss(plan.model(moved), y)) > clean
    assert float(plan.loss(plan.model(many), y)) >= 0.99 * float(plan.loss(plan.model(one), y))
    assert all(p.grad is None or torch.isfinite(p.grad).all() for p in plan.model.parameters())


@pytest.mark.parametrize("key", ["ema", "swa"])
def test_averages_are_torch_s(key: str) -> None:
    settings = {"decay": 0.5} if key == "ema" else {"start": 0.5}
    plan, progress = plan_of(regularise={key: settings}, train={"epochs": 6, "batch_size": 40})
    watcher = Copies(plan)
    watcher.train(plan, progress)
    if key == "ema":
        model = torch.nn.Module()
        model.values = torch.nn.ParameterList(watcher.weights[0])
        theirs = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.5))
        theirs.update_parameters(model)
        for step, weights in enumerate(watcher.weights[1:], 1):
            keep = min(0.5, (1 + step) / (10 + step))
            theirs.multi_avg_fn = get_ema_multi_avg_fn(keep)
            model.values = torch.nn.ParameterList(weights)
            theirs.update_parameters(model)
        expected = [p.detach() for p in theirs.module.values]
    else:
        per_epoch = plan.steps_per_epoch
        ends = [watcher.weights[epoch * per_epoch - 1] for epoch in range(3, 7)]
        expected = [torch.stack(column).mean(0) for column in zip(*ends, strict=True)]
    with evaluation_weights(plan.optimizer):
        found = [p.detach().clone() for p in plan.model.parameters()]
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(found, expected, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(plan.model.parameters(), watcher.weights[-1], strict=True))


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ({"regularise": {"ema": {}, "swa": {}}}, "regularise.swa"),
        ({"regularise": {"ema": {}}, "optim": {"key": "schedule_free"}}, "regularise.ema"),
        ({"regularise": {"swa": {}}, "model": {"norm": "batch"}}, "regularise.swa"),
        ({"regularise": {"l1": {}}, "model": {"norm": "weight"}}, "regularise.l1"),
        ({"regularise": {"fgsm": {}}, "data": {"key": "diabetes"}}, "regularise.fgsm"),
        ({"regularise": {"input_noise": {}}, "data": {"key": "tweets"}}, "regularise.input_noise"),
    ],
)
def test_what_does_not_go_together_is_said(wanted: dict[str, Any], path: str) -> None:
    with pytest.raises(RecipeError) as caught:
        parse_recipe(wanted)
    assert path in [fault.path for fault in caught.value.faults]


def test_a_fork_that_changes_only_a_number_keeps_the_average() -> None:
    plan, progress = plan_of(regularise={"ema": {"decay": 0.9}}, optim={"key": "adam", "beta1": 0.9})
    watcher = Copies(plan)
    watcher.train(plan, progress)
    saved = state.capture(plan, progress)
    fork, later = plan_of(regularise={"ema": {"decay": 0.9}}, optim={"key": "adam", "beta1": 0.5})
    state.restore(fork, later, saved, forked=True, parent_params=plan.recipe.optim.params)
    assert fork.optimizer.param_groups[0]["averaged"] == plan.optimizer.param_groups[0]["averaged"] > 0
    assert fork.optimizer.param_groups[0]["betas"][0] == 0.5
