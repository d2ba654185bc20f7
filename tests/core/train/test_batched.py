"""A batch gives every member the numbers it would have alone."""

from __future__ import annotations

import io
import math
from typing import Any

import pytest
import torch

from core.errors import BadInput
from core.models.parts.catalogue import ACTIVATIONS
from core.optim.catalogue import OPTIMIZERS
from core.recipe.codec import parse_recipe, with_changes
from core.recipe.parts import Recipe
from core.train.batched import eligibility
from core.train.batched.batch import Batch
from core.train.batched.eligibility import batch_key, why_alone
from core.train.batched.plans import make_plans
from core.train.batched.updates import UPDATES
from core.train.batched.worth import why_too_large, work_of_a_step
from tests.core.train.alone_for_tests import train_alone

STEPS = 30
DIGITS: dict[str, Any] = {
    "data": {"key": "digits", "limit": 300},
    "model": {"key": "mlp", "depth": 2, "width": 24},
    "optim": {"key": "adam", "lr": 0.003},
    "schedule": {"key": "warmup_cosine"},
    "train": {"epochs": 5, "batch_size": 32, "device": "cpu"},
}
BATCHED = [key for key in OPTIMIZERS if key in eligibility.ELEMENTWISE]


def recipe(**sections: dict[str, Any]) -> Recipe:
    merged = {name: {**DIGITS.get(name, {}), **sections.get(name, {})} for name in {**DIGITS, **sections}}
    for name in ("data", "model", "optim"):
        if "key" in sections.get(name, {}):
            merged[name] = sections[name]
    return parse_recipe(merged)


def fan(base: Recipe, seeds: int = 2) -> list[Recipe]:
    """Two rates around the base's for each seed, each with a weight decay, a clip limit and a schedule of its own."""
    members = []
    for seed in range(seeds):
        for scale, decay, limit, schedule in ((0.5, 0.0, 0.3, "warmup_cosine"), (1.0, 0.05, 0.05, "one_cycle")):
            changes = {"seed": seed, "optim.lr": base.optim.lr * scale, "optim.weight_decay": decay}
            members.append(with_changes(base, {**changes, "clip.limit": limit, "schedule.key": schedule}))
    return members


def assert_as_alone(recipes: list[Recipe], rtol: float = 1e-4, steps: int = STEPS) -> None:
    """Losses of every step to `rtol`, weights and metrics nearly so.

    Sums run in another order in a batch, so results differ by float32's 1e-7, which training amplifies: over 30
    steps by less than a hundredfold here. A wrong row, mask, rate or coefficient shows as 1e-2 or more.
    """
    batch = Batch(make_plans(recipes))
    first = batch.evaluate()
    losses = torch.stack([batch.train_step().loss for _ in range(steps)])
    last = batch.evaluate()
    for member, one in enumerate(recipes):
        alone = train_alone(one, steps)
        torch.testing.assert_close(losses[:, member], alone.losses, rtol=rtol, atol=1e-6)
        assert first[member] == pytest.approx(alone.first, rel=1e-5, abs=1e-6)
        assert last[member] == pytest.approx(alone.last, rel=1e-3, abs=0.02)  # one of 60 rows may cross a border
        assert last[member]["val_loss"] == pytest.approx(alone.last["val_loss"], rel=rtol)
        assert list(first[member]) == list(alone.first)
        assert batch.best_val_loss[member] == pytest.approx(alone.progress.best_val_loss, rel=rtol)
        assert batch.best_step[member] == alone.progress.best_step
        expected = alone.plan.model.state_dict()
        ours = batch.weights(member)
        assert list(ours) == list(expected)
        for name, value in expected.items():
            torch.testing.assert_close(ours[name], value, rtol=10 * rtol, atol=1e-4)


COMMONEST = ("sgd", "momentum", "adam")


@pytest.mark.parametrize("clip", ["none", "norm", "value"])
@pytest.mark.parametrize(
    "key", [pytest.param(key, marks=() if key in COMMONEST else pytest.mark.slow) for key in BATCHED]
)
def test_every_optimizer_that_claims_it(key: str, clip: str) -> None:
    optim = {"key": key, "lr": OPTIMIZERS[key].suggested_lr}
    assert_as_alone(fan(recipe(optim=optim, clip={"mode": clip})))


@pytest.mark.parametrize("clip", ["parameter", "adaptive"])
def test_clipping_of_single_parameters_and_units(clip: str) -> None:
    base = recipe(optim={"key": "momentum", "lr": 0.05}, clip={"mode": clip}, model={"norm": "layer"})
    assert_as_alone(fan(with_changes(base, {"init.key": "he_normal"}), seeds=1))  # biases start at zero


@pytest.mark.parametrize(
    "optim",
    [
        {"key": "adam", "lr": 0.003, "amsgrad": True},
        {"key": "adamw", "lr": 0.003, "amsgrad": True},
        {"key": "rmsprop", "lr": 0.001, "momentum": 0.8},
        {"key": "momentum", "lr": 0.05, "dampening": 0.4},
        {"key": "adagrad", "lr": 0.02, "initial_accumulator": 0.1},
    ],
    ids=lambda optim: " ".join(map(str, optim.values())),
)
def test_forms_of_optimizers(optim: dict[str, Any]) -> None:
    assert_as_alone(fan(recipe(optim=optim), seeds=1))


def test_balanced_batches_are_drawn_as_alone() -> None:
    assert_as_alone(fan(recipe(balance={"key": "balanced_batches"})))


def test_members_may_differ_in_every_number_of_the_optimizer() -> None:
    base = recipe(optim={"key": "momentum", "lr": 0.02})
    changes = [{"optim.momentum": m, "optim.dampening": d, "init.key": i} for m, d, i in
               ((0.9, 0.0, "default"), (0.0, 0.5, "he_normal"), (0.5, 0.2, "orthogonal"))]  # fmt: skip
    assert_as_alone([with_changes(base, change) for change in changes])
    adam = [{"optim.beta1": 0.5, "optim.beta2": 0.9, "optim.eps": 1e-3}, {"optim.beta1": 0.95}]
    assert_as_alone([with_changes(recipe(), change) for change in adam])


@pytest.mark.slow
@pytest.mark.parametrize(
    "sections",
    [
        {"model": {"key": "mlp", "depth": 2, "width": 24, "dropout": 0.2}},
        {"model": {"key": "mlp", "depth": 2, "width": 24, "norm": "batch", "dropout": 0.1}},
        {"model": {"key": "mlp", "depth": 3, "width": 24, "norm": "layer", "skip": True, "activation": "gelu"}},
        {"model": {"key": "mlp", "depth": 3, "width": 24, "activations": "prelu, maxout, relu", "norm": "batch"}},
        {"model": {"key": "cnn", "channels": 4, "activations": "maxout, prelu"}},
        {"model": {"key": "cnn", "channels": 4, "dropout": 0.2}},
        {"model": {"key": "cnn", "channels": 4, "norm": "group", "head": "flatten", "pooling": "average"}},
        {"model": {"key": "residual_cnn", "width": 4, "stages": 2}},
        {"model": {"key": "residual_cnn", "width": 4, "norm": "none", "activation": "prelu"}, "init": {"key": "fixup"}},
        {"model": {"key": "mlp", "depth": 8, "width": 24, "activation": "tanh"}, "init": {"key": "lsuv"}},
        {"data": {"key": "mnist1d", "samples": 300}, "model": {"key": "cnn", "channels": 4}},
        {"model": {"key": "mlp", "depth": 3, "width": 24, "norm": "rms", "skip": True, "stochastic_depth": 0.3,
                   "learn_residual_scale": True, "residual_scale": 0.5}},
        {"model": {"key": "cnn", "channels": 4, "norm": "instance", "norm_place": "after", "dropout": 0.3,
                   "dropout_kind": "spatial"}},
        {"model": {"key": "residual_cnn", "width": 4, "stages": 2, "norm": "rms", "order": "pre", "stochastic_depth": 0.3}},
        {"data": {"key": "mnist1d", "samples": 300},
         "model": {"key": "cnn", "channels": 4, "dropout": 0.3, "dropout_kind": "spatial"}},
        {"data": {"key": "tweets", "limit": 300}, "model": {"key": "cnn", "channels": 4, "embedding": 8}},
        {"data": {"key": "tweets", "limit": 300}, "model": {"key": "mlp", "embedding": 8, "depth": 1}},
        {"data": {"key": "diabetes"}, "loss": {"key": "mse"}},
        {"data": {"key": "diabetes"}, "loss": {"key": "huber", "delta": 0.5}},
        {"data": {"key": "diabetes"}, "loss": {"key": "mae"}, "optim": {"key": "sgd", "lr": 0.01}},
        {"data": {"key": "diabetes"}, "loss": {"key": "log_cosh"}},
        {"data": {"key": "diabetes"}, "loss": {"key": "quantile"}},
        {"data": {"key": "arrivals", "samples": 300}, "loss": {"key": "poisson"}},
        {"loss": {"key": "cross_entropy", "label_smoothing": 0.2}},
        {"loss": {"key": "poly1"}},
        {"loss": {"key": "hinge", "reduction": "sum"}},
        {"loss": {"key": "squared_hinge", "rivals": "all"}},
        {"loss": {"key": "one_vs_rest", "reduction": "sum"}, "optim": {"key": "momentum", "lr": 0.001}},
    ],
    ids=str,
)  # fmt: skip
def test_every_model_and_loss_that_claims_it(sections: dict[str, Any]) -> None:
    assert_as_alone(fan(recipe(**sections)), rtol=1e-3)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_is_the_same_in_a_batch(activation: str) -> None:
    assert_as_alone(fan(recipe(model={"key": "mlp", "depth": 2, "width": 24, "activation": activation}), seeds=1), rtol=1e-3, steps=5)  # fmt: skip


@pytest.mark.parametrize("key", ["momentum", "nesterov", "adam", "nadam", "adamax", "lion"])
def test_members_cycle_their_momentum_and_warm_up_each_in_its_own_way(key: str) -> None:
    base = recipe(optim={"key": key, "lr": 0.3 * OPTIMIZERS[key].suggested_lr})
    ways: list[dict[str, Any]] = [
        {"schedule.key": "one_cycle", "schedule.cycle_momentum": 0.7},
        {"schedule.key": "constant", "schedule.linear_warmup": 0.3, "schedule.cycle_momentum": 0.5},
        {"schedule.key": "wsd", "schedule.linear_warmup": 0.5},
    ]
    assert_as_alone([with_changes(base, {"seed": 3, **way}) for way in ways], rtol=1e-3)


def test_what_is_measured() -> None:
    members = fan(recipe(clip={"mode": "norm"}))
    batch = Batch(make_plans(members))
    figures = batch.train_step(measure=True)
    for member, one in enumerate(members):
        model = train_alone(one, 1).plan.model
        gradients = [p.grad for p in model.parameters()]  # clipped by now
        before, after = Batch(make_plans([one])).weights(0), model.state_dict()
        clipped = torch.linalg.vector_norm(torch.cat([g.flatten() for g in gradients]))
        norm = figures.gradient_norm[member]
        assert clipped == pytest.approx(min(float(norm), one.clip.limit), rel=1e-3)
        moved = torch.cat([(after[name] - before[name]).flatten() for name in after]).norm()
        size = torch.cat([value.flatten() for value in before.values()]).norm()
        assert figures.update_ratio[member] == pytest.approx(float(moved / size), rel=1e-3)
    assert batch.train_step().gradient_norm is None


def test_a_member_that_diverges_disturbs_no_other() -> None:
    members = [with_changes(recipe(optim={"key": "sgd"}, clip={"mode": "norm", "limit": 1e9}), {"optim.lr": lr})
               for lr in (0.05, 1e6, 0.1)]  # fmt: skip
    batch = Batch(make_plans(members))
    losses = torch.stack([batch.train_step().loss for _ in range(STEPS)])
    metrics = batch.evaluate()
    for member, one in enumerate(members):
        alone = train_alone(one, STEPS)
        torch.testing.assert_close(losses[:2, member], alone.losses[:2], rtol=1e-4, atol=1e-6)
        if member == 1:
            assert not math.isfinite(losses[-1, 1])
            assert not alone.losses[-1].isfinite()
            assert math.isnan(metrics[1]["val_accuracy"])
        else:
            torch.testing.assert_close(losses[:, member], alone.losses, rtol=1e-4, atol=1e-6)
    assert batch.best_val_loss[1] is None


def test_dropped_members_leave_the_others_as_they_were() -> None:
    members = fan(recipe(model={"key": "mlp", "width": 16, "norm": "batch", "dropout": 0.2}), seeds=3)
    whole, cut = Batch(make_plans(members)), Batch(make_plans(members))
    for _ in range(12):
        whole.train_step(), cut.train_step()
    cut.drop([0, 3, 4])
    assert (cut.members, [p.recipe.seed for p in cut.plans]) == (3, [0, 1, 2])
    for _ in range(12):
        expected, ours = whole.train_step(measure=True), cut.train_step(measure=True)
        torch.testing.assert_close(ours.loss, expected.loss[[1, 2, 5]], rtol=1e-5, atol=1e-6)
    with pytest.raises(BadInput, match="at least one member"):
        cut.drop([0, 1, 2])


@pytest.mark.parametrize("key", BATCHED)
def test_a_restored_batch_goes_on_exactly(key: str) -> None:
    members = fan(recipe(optim={"key": key, "lr": 0.01}, model={"key": "mlp", "norm": "batch", "dropout": 0.2}))
    straight = Batch(make_plans(members))
    for _ in range(11):
        straight.train_step()
    straight.evaluate()
    file = io.BytesIO()
    torch.save(straight.capture(), file)
    file.seek(0)
    resumed = Batch(make_plans(members))
    resumed.restore(torch.load(file, weights_only=True))
    assert (resumed.step, resumed.best_val_loss) == (11, straight.best_val_loss)
    for _ in range(11):
        assert straight.train_step().loss.tolist() == resumed.train_step().loss.tolist()
    assert straight.evaluate() == resumed.evaluate()


def test_a_saved_batch_fits_only_its_own_members() -> None:
    members = fan(recipe())
    state = Batch(make_plans(members)).capture()
    with pytest.raises(BadInput, match="has 4 members and this one 2"):
        Batch(make_plans(members[:2])).restore(state)


def test_the_batch_knows_its_length_and_what_the_optimizer_keeps() -> None:
    batch = Batch(make_plans(fan(recipe())))
    plan = batch.plans[0]
    assert (batch.members, batch.total_steps, batch.steps_per_epoch) == (4, 5 * plan.steps_per_epoch, 8)
    parameters = sum(p.numel() for p in plan.model.parameters())
    assert batch.optimizer_bytes() == 2 * 4 * parameters  # Adam: two float32 per weight
    assert Batch(make_plans([recipe(optim={"key": "sgd"})])).optimizer_bytes() == 0


def test_members_of_one_seed_share_their_data() -> None:
    plans = make_plans(fan(recipe(), seeds=2))
    assert plans[0].data is plans[1].data
    assert plans[0].data is not plans[2].data


@pytest.mark.parametrize(
    ("sections", "reason"),
    [
        ({"schedule": {"key": "reduce_on_plateau"}}, "validation loss"),
        ({"train": {"patience": 3}}, "Early stopping"),
        ({"loss": {"key": "focal"}}, "weighs the classes by each run's own training rows"),
        ({"train": {"fault": "uphill"}}, "fault"),
        ({"train": {"precision": "bf16"}}, "bf16"),
        ({"train": {"compile": True}}, "compile"),
        ({"data": {"key": "japanese_vowels"}, "model": {"key": "gru"}}, "GRU has no batched form"),
        ({"model": {"key": "mlp", "dropout": 0.1}, "train": {"device": "cuda"}}, "On cuda, dropout"),
        (
            {"model": {"key": "mlp", "skip": True, "stochastic_depth": 0.1}, "train": {"device": "cuda"}},
            "On cuda, dropout",
        ),
        ({"model": {"key": "mlp", "dropout": 0.1, "dropout_kind": "dropconnect"}}, "DropConnect has no batched form"),
        ({"model": {"key": "mlp", "norm": "spectral"}}, "norm of weights has no batched form"),
    ],
    ids=str,
)
def test_why_a_recipe_trains_alone(sections: dict[str, Any], reason: str) -> None:
    found = why_alone(recipe(**sections))
    assert found is not None
    assert reason in found
    assert found.endswith(".")


def test_what_may_differ_within_a_batch() -> None:
    base = recipe()
    assert why_alone(base) is None
    for path, value in (
        ("seed", 5), ("name", "Other"), ("optim.lr", 0.5), ("optim.weight_decay", 0.1), ("optim.beta1", 0.5),
        ("clip.limit", 3.0), ("schedule.key", "step"), ("init.key", "he_normal"), ("record.gradients", False),
    ):  # fmt: skip
        assert batch_key(with_changes(base, {path: value})) == batch_key(base), path
    for path, value in (
        ("data.limit", 200), ("model.width", 32), ("optim.key", "sgd"), ("optim.amsgrad", True), ("clip.mode", "norm"),
        ("train.batch_size", 16), ("train.epochs", 6), ("train.shuffle", False), ("loss.label_smoothing", 0.1),
        ("loss.reduction", "sum"),
    ):  # fmt: skip
        assert batch_key(with_changes(base, {path: value})) != batch_key(base), path


def test_recipes_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(BadInput, match="must agree"):
        Batch(make_plans([recipe(), recipe(train={"batch_size": 16})]))
    with pytest.raises(BadInput, match="Early stopping"):
        Batch(make_plans([recipe(train={"patience": 2})]))


def test_claims_name_real_entries() -> None:
    assert {key.split(" with ")[0] for key in UPDATES} == set(eligibility.ELEMENTWISE)
    from core.models.catalogue import ARCHITECTURES

    assert set(eligibility.MODELS) <= set(ARCHITECTURES)


def test_a_large_model_is_said_not_to_gain() -> None:
    small, large = make_plans([recipe(), recipe(model={"key": "mlp", "depth": 3, "width": 512})])
    assert work_of_a_step(small) == 32 * (64 * 24 + 24 * 24 + 24 * 10)
    assert why_too_large(small) is None
    assert "18 million multiplications" in str(why_too_large(large))


def test_work_counts_every_position_of_a_convolution() -> None:
    (plan,) = make_plans([recipe(model={"key": "cnn", "channels": 4, "blocks": 1, "head": "flatten"})])
    assert work_of_a_step(plan) == 32 * (4 * 9 * 64 + 4 * 16 * 10)
