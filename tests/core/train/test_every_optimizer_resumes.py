"""Every optimizer in the real loop: broken at a checkpoint and resumed it ends in the same state as unbroken."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from core.errors import BadInput, RecipeError
from core.optim.catalogue import OPTIMIZERS
from core.optim.evaluation import evaluation_weights
from core.optim.schedules.catalogue import SCHEDULES
from core.recipe.codec import parse_recipe
from core.train import loop, state
from core.train.live_settings import LiveSettings, check_changeable
from core.train.plan import Plan, make_plan
from tests.core.train.still_for_tests import Still

BASES = [
    (key, str(base))
    for key, spec in OPTIMIZERS.items()
    for base in next((p.choices for p in spec.params if p.name == "base"), ("",))
]


class Moments(Still):
    """Keeps what it is told besides, with the weights before and the gradients at each moment of a step."""

    def __init__(self, plan: Plan, until: int = 10**9) -> None:
        super().__init__(until)
        self.plan = plan
        self.moments: list[str] = []
        self.seen: list[list[torch.Tensor]] = []
        self.at_end: list[list[torch.Tensor]] = []
        self.before: list[list[torch.Tensor]] = []

    def gradients(self) -> list[torch.Tensor]:
        return [p.grad.clone() for p in self.plan.model.parameters() if p.grad is not None]

    def step_begins(self, step: int) -> None:
        self.moments.append("begins")
        self.before.append([p.detach().clone() for p in self.plan.model.parameters()])

    def gradients_ready(self, step: int, loss_scale: float = 1.0) -> None:
        self.moments.append("gradients")
        self.seen.append(self.gradients())

    def update_begins(self, step: int) -> None:
        self.moments.append("update")

    def step_done(self, step: int, loss: torch.Tensor, lr: float, samples: int) -> bool:
        self.moments.append("done")
        self.at_end.append(self.gradients())
        return super().step_done(step, loss, lr, samples)


@pytest.fixture(autouse=True)
def own_random_streams() -> Iterator[None]:
    with torch.random.fork_rng():
        yield


def document(key: str, base: str = "", **train: Any) -> dict[str, Any]:
    return {
        "data": {"key": "digits", "limit": 120},
        "model": {"key": "mlp", "depth": 2, "width": 8, "dropout": 0.2, "norm": "batch"},
        "optim": {"key": key, "lr": OPTIMIZERS[key].suggested_lr, "weight_decay": 1e-3, **({"base": base} if base else {})},
        "schedule": {"key": "constant" if OPTIMIZERS[key].fixed else "warmup_cosine"},
        "train": {"epochs": 4, "batch_size": 32, **train},
    }  # fmt: skip


def start(doc: dict[str, Any]) -> tuple[Plan, state.Progress]:
    recipe = parse_recipe(doc)
    return make_plan(recipe), state.Progress(LiveSettings.of(recipe))


def train(plan: Plan, progress: state.Progress, until: int = 10**9) -> Moments:
    watcher = Moments(plan, until)
    watcher.train(plan, progress)
    return watcher


def saved(plan: Plan, progress: state.Progress) -> io.BytesIO:
    file = io.BytesIO()
    state.save(state.capture(plan, progress), file)
    file.seek(0)
    return file


@pytest.mark.parametrize(("key", "base"), BASES)
def test_broken_equals_unbroken(key: str, base: str) -> None:
    whole, whole_progress = start(document(key, base))
    losses = train(whole, whole_progress).losses
    broken, progress = start(document(key, base))
    first = train(broken, progress, until=7).losses
    file = saved(broken, progress)
    resumed, later = start(document(key, base))
    torch.manual_seed(12345)  # the streams come from the checkpoint
    loaded = state.load(file, resumed.device)
    state.restore(resumed, later, loaded)
    assert state.state_hash(state.capture(resumed, later)) == state.state_hash(loaded)
    assert first + train(resumed, later).losses == losses
    assert state.state_hash(state.capture(resumed, later)) == state.state_hash(state.capture(whole, whole_progress))


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_moments_and_what_is_seen_at_them(key: str) -> None:
    """One record a step, in order; its gradients are those of the reported loss at the weights before the step."""
    doc = document(key, steps=3)
    doc["model"] = {"key": "mlp", "depth": 2, "width": 8}
    doc["clip"] = {"mode": "norm", "limit": 1e-3}
    plan, progress = start(doc)
    watcher = train(plan, progress)
    assert watcher.moments == ["begins", "gradients", "update", "done"] * 3
    for step in range(3):
        with torch.no_grad():
            for parameter, value in zip(plan.model.parameters(), watcher.before[step], strict=True):
                parameter.copy_(value)
        rows = loop.epoch_batches(plan, state.Progress(progress.settings, step=step))
        x, y = plan.batch(next(rows))
        loss = plan.loss(plan.model.train()(x), y)
        expected = torch.autograd.grad(loss, list(plan.model.parameters()))
        assert loss.item() == watcher.losses[step]
        assert all(torch.equal(a, b) for a, b in zip(expected, watcher.seen[step], strict=True))
        if key != "schedule_free":  # it normalises the gradients where they are
            together = torch.cat([g.flatten() for g in watcher.at_end[step]])
            assert torch.cosine_similarity(together, torch.cat([g.flatten() for g in expected]), dim=0) > 0.999
            assert together.norm() == pytest.approx(1e-3, rel=1e-2)


@pytest.mark.parametrize("key", [key for key, spec in OPTIMIZERS.items() if spec.averages])
def test_the_average_is_what_is_evaluated_kept_and_handed_on(key: str) -> None:
    doc = document(key, patience=50)
    if key == "asgd":
        doc["optim"]["t0"] = 2
    plan, progress = start(doc)
    train(plan, progress, until=11)
    training = {name: value.clone() for name, value in plan.model.state_dict().items()}
    captured = state.capture(plan, progress)
    assert all(torch.equal(value, training[name]) for name, value in plan.model.state_dict().items())
    with evaluation_weights(plan.optimizer):
        average = {name: value.clone() for name, value in plan.model.state_dict().items()}
    assert all(torch.equal(captured["model"][name], value) for name, value in average.items())
    assert not all(torch.equal(training[name], value) for name, value in average.items())
    other, fork = start(document("adam"))
    state.restore(other, fork, captured, forked=True)
    assert all(torch.equal(average[name], value) for name, value in other.model.state_dict().items())


@pytest.mark.parametrize("key", [key for key, spec in OPTIMIZERS.items() if spec.averages])
def test_early_stopping_ends_with_the_best_average(key: str) -> None:
    doc = document(key, patience=1, epochs=60)
    doc["optim"]["lr"] = 10 * OPTIMIZERS[key].suggested_lr
    plan, progress = start(doc)
    train(plan, progress)
    assert progress.stopped_early
    result = loop.evaluate_now(plan, progress, Still())
    assert result.metrics["val_loss"] == progress.best_val_loss
    captured, file = state.capture(plan, progress), saved(plan, progress)
    assert progress.best_weights is not None
    assert all(torch.equal(captured["model"][name], value) for name, value in progress.best_weights.items())
    again, later = start(doc)
    state.restore(again, later, state.load(file, again.device))
    assert state.state_hash(state.capture(again, later)) == state.state_hash(captured)


@pytest.mark.parametrize("key", [key for key, spec in OPTIMIZERS.items() if spec.learned_scale])
def test_a_learned_rate_is_recorded(key: str) -> None:
    doc = document(key)
    doc["schedule"] = {"key": "constant"}
    plan, progress = start(doc)
    lrs = train(plan, progress).lrs
    assert len(set(lrs)) > 5
    assert lrs[-1] == plan.lr_in_force(OPTIMIZERS[key].suggested_lr)


@pytest.mark.parametrize(
    "key",
    [k if k in ("adam", "lbfgs", "sophia", "muon") else pytest.param(k, marks=pytest.mark.slow) for k in OPTIMIZERS],
)
@pytest.mark.parametrize("fault", ["uphill", "left_out_layer", "no_zero_grad"])
def test_faults_on_purpose_work_with_every_optimizer(key: str, fault: str) -> None:
    for kind in (torch.optim.LBFGS, torch.optim.RMSprop, torch.optim.Rprop, torch.optim.ASGD):
        kind([torch.zeros(1, requires_grad=True)])  # from now on its own step calls hooks too
    doc = document(key, fault=fault, steps=8)
    doc["optim"]["weight_decay"] = 0.0
    doc["model"] = {"key": "mlp", "depth": 2, "width": 8}
    doc["schedule"] = {"key": "constant"}
    plan, progress = start(doc)
    first = next(plan.model.parameters()).detach().clone()
    losses = train(plan, progress).losses
    if fault == "left_out_layer":
        assert torch.equal(next(plan.model.parameters()), first)
    else:
        assert not torch.equal(next(plan.model.parameters()), first)
    if fault == "uphill" and key != "prodigy":  # which has hardly begun after so few steps
        assert not losses[-1] < losses[0]


TYPICAL = ("momentum", "rmsprop", "rprop", "lion", "lbfgs", "sophia", "muon", "schedule_free", "hypergradient", "sam")


@pytest.mark.parametrize("key", [k if k in TYPICAL else pytest.param(k, marks=pytest.mark.slow) for k in OPTIMIZERS])
def test_live_changes_reach_the_update(key: str) -> None:
    """After one step, another lr or weight decay changes where the next steps lead; a fixed setting is refused."""
    for setting, value in (("optim.lr", 0.5 * OPTIMIZERS[key].suggested_lr), ("optim.weight_decay", 0.5), ("optim.momentum", 0.3)):  # fmt: skip
        ends = []
        for change in (False, True):
            plan, progress = start({**document(key, steps=6), "schedule": {"key": "constant"}})
            train(plan, progress, until=2)
            if change:
                if setting in OPTIMIZERS[key].fixed:
                    with pytest.raises(BadInput, match="can't be changed while training"):
                        check_changeable(setting, key)
                    break
                if setting == "optim.momentum" and progress.settings.momentum is None:
                    with pytest.raises(BadInput, match="no momentum"):
                        progress.settings.change(setting, value)
                    break
                check_changeable(setting, key)
                progress.settings = progress.settings.change(setting, value)
            train(plan, progress)
            ends.append(torch.cat([p.detach().flatten() for p in plan.model.parameters()]))
        else:
            assert not torch.equal(*ends), setting


@pytest.mark.parametrize("key", [key for key, spec in OPTIMIZERS.items() if spec.closure])
def test_amp_is_refused_with_a_closure(key: str) -> None:
    with pytest.raises(RecipeError, match="amp scales the gradients of one evaluation"):
        parse_recipe({"optim": {"key": key}, "train": {"precision": "amp", "device": "cuda"}})


def test_what_an_optimizer_cannot_do_is_refused() -> None:
    with pytest.raises(RecipeError, match="differentiated twice"):
        parse_recipe({"optim": {"key": "sophia"}, "train": {"compile": True}})
    for schedule in SCHEDULES:
        if schedule != "constant":
            with pytest.raises(RecipeError, match="reads the learning rate once"):
                parse_recipe({"optim": {"key": "rprop"}, "schedule": {"key": schedule}})


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_gradients_that_are_not_finite_do_not_end_the_program(key: str) -> None:
    """The weights go bad, as plain SGD's would, and the session sees it by the loss."""
    doc = document(key, steps=4)
    doc["model"] = {"key": "mlp", "depth": 2, "width": 8}
    plan, progress = start(doc)
    plan.x_train.fill_(torch.inf)
    assert len(train(plan, progress).losses) == 4


@pytest.mark.parametrize("model", ["cnn", "residual_cnn", "gru", "lstm"])
@pytest.mark.parametrize("key", [key for key, spec in OPTIMIZERS.items() if not spec.elementwise])
def test_every_kind_of_network(key: str, model: str) -> None:
    if key == "lbfgs" and model != "cnn":
        pytest.skip("it evaluates most often, and sees one flat vector anyway")
    doc = document(key, steps=3)
    doc["model"] = {"key": model}
    plan, progress = start(doc)
    losses = train(plan, progress).losses
    assert all(map(torch.isfinite, torch.tensor(losses)))


@pytest.mark.slow
@pytest.mark.parametrize("key", OPTIMIZERS)
def test_the_suggested_rate_trains_the_digits(key: str) -> None:
    doc = {
        "model": {"key": "mlp", "depth": 2, "width": 64},
        "optim": {"key": key, "lr": OPTIMIZERS[key].suggested_lr},
        "train": {"epochs": 6, "batch_size": 64},
    }
    plan, progress = start(doc)
    train(plan, progress)
    assert progress.metrics["val_accuracy"] > 0.88
