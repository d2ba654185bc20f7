"""Contracts of every loss, and its values by hand."""

import math
import re

import numpy as np
import pytest
import torch
from sklearn.metrics import mean_pinball_loss, mean_poisson_deviance
from torch import nn
from torch.nn import functional

from core.data.base import TASKS
from core.models.images.capsule import ClassCapsules, squash
from core.train.loss_catalogue import LOSSES
from core.train.losses import class_weights

torch.set_num_threads(1)


COUNTS = (60, 5, 35)


def build(key, **params):
    spec = LOSSES[key]
    return spec.load()(**{**spec.defaults(), **({"counts": COUNTS} if spec.needs_counts else {}), **params})


def example(task):
    generator = torch.Generator().manual_seed(0)
    if task == "classification":
        return torch.randn(5, 3, generator=generator), torch.tensor([0, 1, 2, 1, 0])
    return torch.randn(5, 1, generator=generator), torch.poisson(torch.full((5,), 2.0), generator=generator)


@pytest.mark.parametrize("key", LOSSES)
def test_contract(key):
    spec = LOSSES[key]
    assert re.search(r"\b(17|18|19|20)\d\d\b", spec.article)
    assert set(spec.tasks) <= set(TASKS)
    assert spec.link in (("softmax", "sigmoid", "none") if "classification" in spec.tasks else ("identity", "exp"))
    for param in spec.params:
        assert param.parse(param.default) == param.default
    loss = build(key)
    for task in spec.tasks:
        outputs, targets = example(task)
        outputs.requires_grad_()
        value = loss(outputs, targets)
        assert value.shape == ()
        value.backward()
        assert outputs.grad.shape == outputs.shape
        assert outputs.grad.abs().sum() > 0
        halves = (loss(outputs[:2], targets[:2]) * 2 + loss(outputs[2:], targets[2:]) * 3) / 5
        assert halves.item() == pytest.approx(value.item(), rel=1e-5)


@pytest.mark.parametrize("key", [key for key, spec in LOSSES.items() if "classification" in spec.tasks])
def test_probabilities_are_targets_too(key):
    outputs, targets = example("classification")
    for params in ({}, *({param.name: choice} for param in LOSSES[key].params for choice in param.choices)):
        loss = build(key, **params)
        sure = functional.one_hot(targets, 3).float()
        assert loss(outputs, sure).item() == pytest.approx(loss(outputs, targets).item(), rel=1e-6)
        other = functional.one_hot((targets + 1) % 3, 3).float()
        mixed = 0.3 * loss(outputs, sure) + 0.7 * loss(outputs, other)
        assert loss(outputs, 0.3 * sure + 0.7 * other).item() == pytest.approx(mixed.item(), rel=1e-5)


@pytest.mark.parametrize("key", LOSSES)
def test_gradients_are_those_of_differences_and_can_be_differentiated_again(key):
    outputs, targets = example(LOSSES[key].tasks[0])
    outputs = outputs.double().requires_grad_()
    targets = targets if LOSSES[key].tasks[0] == "classification" else targets.double() + (key != "poisson") * 0.123
    loss = build(key)
    assert torch.autograd.gradcheck(lambda o: loss(o, targets), outputs)
    if key not in ("hinge", "mae", "quantile", "huber"):  # which have kinks
        assert torch.autograd.gradgradcheck(lambda o: loss(o, targets), outputs)


@pytest.mark.parametrize("key", LOSSES)
def test_a_perfect_answer_costs_nothing_and_a_wild_one_stays_finite(key):
    if "classification" in LOSSES[key].tasks:
        targets = torch.tensor([0, 1, 2])
        perfect, wild = 2e3 * torch.eye(3) - 1e3, -1e4 * torch.eye(3)
    else:
        targets = torch.tensor([1.0, 2.0, 40.0])
        perfect = (targets.log() if key == "poisson" else targets)[:, None]
        wild = torch.tensor([[80.0], [-1e4], [0.0]])
    loss = build(key)
    assert loss(perfect, targets).item() == pytest.approx(0, abs=1e-5)
    wild.requires_grad_()
    value = loss(wild, targets)
    value.backward()
    assert torch.isfinite(value)
    assert torch.isfinite(wild.grad).all()


def test_agreement_with_torch():
    outputs, targets = example("classification")
    weights = class_weights("balanced", COUNTS, 0.999)
    share = weights[targets].sum().item() / len(targets)  # torch divides by the batch's weights, ours by its rows
    pairs = [
        (build("weighted_cross_entropy").forward(outputs, targets).item() / share, nn.CrossEntropyLoss(weight=weights)),
        (
            build("weighted_cross_entropy", class_weighting="none", label_smoothing=0.1),
            nn.CrossEntropyLoss(label_smoothing=0.1),
        ),
        (build("focal", gamma=0.0), nn.CrossEntropyLoss()),
        (build("poly1", epsilon=0.0), nn.CrossEntropyLoss()),
        (build("hinge", rivals="all", margin=0.7), nn.MultiMarginLoss(margin=0.7)),
        (build("squared_hinge", rivals="all"), nn.MultiMarginLoss(p=2)),
    ]
    for ours, theirs in pairs:
        found = ours if isinstance(ours, float) else ours(outputs, targets).item()
        assert found == pytest.approx(theirs(outputs, targets).item(), rel=1e-6)
    binary = nn.BCEWithLogitsLoss()(outputs, functional.one_hot(targets, 3).float())
    assert build("one_vs_rest")(outputs, targets).item() == pytest.approx(binary.item(), rel=1e-6)


def test_class_losses_by_hand():
    outputs, targets = torch.tensor([[2.0, 1.5, 0.0], [0.0, 3.0, 1.0]]), torch.tensor([0, 0])
    assert build("hinge")(outputs, targets).item() == pytest.approx((0.5 + 4.0) / 2)
    assert build("squared_hinge")(outputs, targets).item() == pytest.approx((0.25 + 16.0) / 2)
    assert build("hinge", margin=0.2)(outputs, targets).item() == pytest.approx((0.0 + 3.2) / 2)
    p = outputs.softmax(dim=1)[:, 0]
    assert build("focal")(outputs, targets).item() == pytest.approx(float((-((1 - p) ** 2) * p.log()).mean()), rel=1e-6)
    assert build("poly1")(outputs, targets).item() == pytest.approx(float((1 - p - p.log()).mean()), rel=1e-6)


def test_class_weights_by_hand():
    assert class_weights("none", COUNTS, 0.9).tolist() == [1, 1, 1]
    balanced = class_weights("balanced", COUNTS, 0.9)
    assert balanced.tolist() == pytest.approx([100 / (3 * count) for count in COUNTS])
    effective = class_weights("effective", COUNTS, 0.9)
    raw = np.array([0.1 / (1 - 0.9**count) for count in COUNTS])
    assert effective.numpy() == pytest.approx(raw * 100 / (raw * COUNTS).sum())
    assert class_weights("effective", COUNTS, 0.0).tolist() == pytest.approx([1, 1, 1])
    assert class_weights("effective", COUNTS, 1 - 1e-9).tolist() == pytest.approx(balanced.tolist(), rel=1e-4)
    assert class_weights("balanced", (10, 0, 10), 0.9).tolist() == [1, 0, 1]


def test_number_losses_against_torch_and_scikit_learn():
    outputs, targets = example("regression")
    error = (outputs[:, 0] - targets).double()
    assert build("log_cosh")(outputs, targets).item() == pytest.approx(error.cosh().log().mean().item(), rel=1e-5)
    for tau in (0.1, 0.5, 0.9):
        theirs = mean_pinball_loss(targets.numpy(), outputs[:, 0].numpy(), alpha=tau)
        assert build("quantile", tau=tau)(outputs, targets).item() == pytest.approx(theirs, rel=1e-5)
    theirs = mean_poisson_deviance(targets.numpy(), outputs[:, 0].exp().numpy()) / 2
    assert build("poisson")(outputs, targets).item() == pytest.approx(theirs, rel=1e-5)
    ours, torchs = (outputs.clone().requires_grad_() for _ in range(2))
    build("poisson")(ours, targets).backward()
    nn.PoissonNLLLoss()(torchs[:, 0], targets).backward()
    assert torch.allclose(ours.grad, torchs.grad)
    assert build("poisson").answer(torch.zeros(2, 1)).tolist() == [[1.0], [1.0]]


def test_the_quantile_loss_is_least_at_the_quantile():
    targets = torch.randn(2001, generator=torch.Generator().manual_seed(0)).exp()
    grid = torch.linspace(0.1, 6, 600)
    for tau in (0.25, 0.9):
        loss = build("quantile", tau=tau)
        costs = torch.stack([loss(value.expand(2001, 1), targets) for value in grid])
        assert grid[costs.argmin()].item() == pytest.approx(targets.quantile(tau).item(), abs=0.02)


def test_every_task_has_a_loss():
    assert {task for spec in LOSSES.values() for task in spec.tasks} == set(TASKS)


def test_values_by_hand():
    outputs, targets = torch.tensor([[1.0], [4.0], [-1.0]]), torch.tensor([1.5, 1.0, -1.0])
    assert LOSSES["mse"].load()()(outputs, targets).item() == pytest.approx((0.25 + 9) / 3)
    assert LOSSES["mae"].load()()(outputs, targets).item() == pytest.approx((0.5 + 3) / 3)
    assert LOSSES["huber"].load()(delta=2.0)(outputs, targets).item() == pytest.approx((0.125 + 2 * (3 - 1)) / 3)
    even = torch.zeros(4, 10)
    classes = torch.arange(4)
    assert LOSSES["cross_entropy"].load()()(even, classes).item() == pytest.approx(math.log(10))
    sure = torch.tensor([[20.0, 0.0]])
    smooth = LOSSES["cross_entropy"].load()(label_smoothing=0.2)(sure, torch.tensor([0])).item()
    assert smooth == pytest.approx(0.1 * 20, rel=1e-3)


@pytest.mark.parametrize("key", [key for key, spec in LOSSES.items() if "regression" in spec.tasks])
def test_regression_losses_refuse_shapes_that_torch_would_spread(key):
    loss = LOSSES[key].load()()
    for shape in ((4, 2), (3, 1), (1, 1)):
        with pytest.raises(ValueError, match=r"needs \(batch, 1\) and \(batch,\)"):
            loss(torch.zeros(shape), torch.zeros(4))
    with pytest.raises(ValueError, match="shape"):
        loss(torch.zeros(4, 3), torch.zeros(4, 2))
    if "reconstruction" in LOSSES[key].tasks:
        assert loss(torch.ones(4, 3), torch.ones(4, 3)) == 0
    assert loss(torch.zeros(1, 1), torch.ones(1)) >= 0


def test_margin_on_lengths_of_capsules_is_the_papers_formula():
    lengths = torch.tensor([[0.95, 0.3, 0.05], [0.2, 0.6, 0.1]], dtype=torch.float64)
    found = build("length_margin")(lengths.logit(), torch.tensor([0, 1]))
    by_hand = 0.5 * (0.3 - 0.1) ** 2, (0.9 - 0.6) ** 2 + 0.5 * (0.2 - 0.1) ** 2
    assert found.item() == pytest.approx(sum(by_hand) / 2)
    wrong = build("length_margin")(torch.tensor([[-1e3, 1e3, 1e3]]), torch.tensor([0]))
    assert wrong.item() == pytest.approx(0.9**2 + 0.5 * 2 * 0.9**2), "the most that a row can cost"


def test_the_outputs_of_capsules_are_read_as_their_lengths():
    torch.manual_seed(0)
    layer, capsules = ClassCapsules(4, 3, 2, 5, 3), torch.randn(6, 4, 3)
    lengths = squash(layer.route(capsules)).norm(dim=2)
    missed, found = (0.9 - lengths[:, 1]).clamp_min(0), (lengths[:, 0] - 0.1).clamp_min(0)
    loss = build("length_margin")(layer(capsules), torch.ones(6, dtype=torch.int64))
    assert loss.item() == pytest.approx((missed**2 + 0.5 * found**2).mean().item(), rel=1e-4)
