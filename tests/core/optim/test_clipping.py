"""Clipping agrees with torch where the gradients are finite, and keeps the evidence where they aren't."""

import math
import re

import pytest
import torch
from torch import nn

from core.optim.clipping import CLIPPERS, clip, clip_adaptively, clip_by_norm, clip_by_parameter, clip_by_value
from core.optim.clippings import CLIPPINGS

torch.set_num_threads(1)


def parameters(scale=1.0):
    generator = torch.Generator().manual_seed(0)
    made = [nn.Parameter(torch.zeros(shape)) for shape in ((7, 3), (3,), (2, 2, 2))]
    for parameter in made[:2]:
        parameter.grad = scale * torch.randn(parameter.shape, generator=generator)
    return made


@pytest.mark.parametrize("limit", [1e-3, 1.0, 100.0])
@pytest.mark.parametrize("scale", [0.0, 1e-6, 1.0, 1e6])
def test_norm_agrees_with_torch(scale, limit):
    ours, theirs = parameters(scale), parameters(scale)
    norm = clip_by_norm(iter(ours), limit)
    assert norm.shape == ()
    assert torch.equal(norm, nn.utils.clip_grad_norm_(theirs, limit))
    assert all(torch.equal(a.grad, b.grad) for a, b in zip(ours[:2], theirs[:2], strict=True))
    assert ours[2].grad is None


@pytest.mark.parametrize("limit", [1e-3, 1.0])
def test_value_agrees_with_torch(limit):
    ours, theirs = parameters(), parameters()
    norm = clip_by_value(ours, limit)
    nn.utils.clip_grad_value_(theirs, limit)
    assert all(torch.equal(a.grad, b.grad) for a, b in zip(ours[:2], theirs[:2], strict=True))
    assert torch.equal(norm, nn.utils.get_total_norm([p.grad for p in parameters()[:2]]))


@pytest.mark.parametrize("fault", [math.nan, math.inf, -math.inf])
def test_a_norm_that_is_not_finite_leaves_the_gradients(fault):
    made = parameters()
    made[1].grad[0] = fault
    before = [made[0].grad.clone(), made[1].grad.clone()]
    assert not clip_by_norm(made, 1.0).isfinite()
    assert torch.equal(made[0].grad, before[0])
    assert torch.equal(made[1].grad.nan_to_num(9.0), before[1].nan_to_num(9.0))


def test_torch_would_spread_the_nan():
    made = parameters()
    made[1].grad[0] = math.nan
    nn.utils.clip_grad_norm_(made, 1.0)
    assert made[0].grad.isnan().all()


def test_value_clipping_shows_faults_in_the_norm():
    made = parameters()
    made[0].grad[0, 0], made[1].grad[0] = math.inf, math.nan
    assert not clip_by_value(made, 1.0).isfinite()
    assert made[0].grad[0, 0] == 1.0
    assert made[1].grad[0].isnan()


def test_no_gradients_at_all():
    for clipper in CLIPPERS.values():
        assert clipper([nn.Parameter(torch.ones(2))], 1.0) == 0


def test_the_catalogue_names_the_functions():
    assert list(CLIPPINGS) == ["none", *CLIPPERS]
    assert all(CLIPPINGS[mode].load() is function for mode, function in CLIPPERS.items())
    for spec in CLIPPINGS.values():
        assert re.search(r"\b(19|20)\d\d\b", spec.article)


@pytest.mark.parametrize("mode", CLIPPINGS)
def test_one_door_to_all_modes(mode):
    ours, theirs = parameters(10.0), parameters(10.0)
    clip(mode, ours, 0.1)
    if mode != "none":
        CLIPPERS[mode](theirs, 0.1)
    assert all(torch.equal(a.grad, b.grad) for a, b in zip(ours[:2], theirs[:2], strict=True))
    assert torch.equal(ours[0].grad, parameters(10.0)[0].grad) == (mode == "none")


def test_each_parameter_is_clipped_as_torch_would_it_alone():
    ours, theirs = parameters(), parameters()
    ours[1].grad.mul_(0.01)
    theirs[1].grad.mul_(0.01)
    norm = clip_by_parameter(iter(ours), 0.5)
    assert torch.equal(norm, nn.utils.get_total_norm([p.grad for p in theirs[:2]]))
    for one, other in zip(ours[:2], theirs[:2], strict=True):
        nn.utils.clip_grad_norm_([other], 0.5)
        assert torch.equal(one.grad, other.grad)
    assert ours[0].grad.norm().item() == pytest.approx(0.5, rel=1e-4)
    assert ours[1].grad.norm() < 0.05


def test_agc_holds_each_unit_to_a_share_of_its_weights():
    """By hand: rows of norm 2 and 0, a bias of norm 5, a filter whose gradient is small enough."""
    matrix = nn.Parameter(torch.tensor([[0.0, 2.0], [0.0, 0.0]]))
    matrix.grad = torch.tensor([[3.0, 4.0], [0.0, 1.0]])
    bias, filters = nn.Parameter(torch.tensor([3.0, 4.0])), nn.Parameter(torch.ones(1, 1, 2, 2))
    bias.grad, filters.grad = torch.tensor([6.0, 8.0]), torch.full((1, 1, 2, 2), 0.001)
    norm = clip_adaptively([matrix, bias, filters], 0.01)
    assert norm.item() == pytest.approx(math.sqrt(26 + 100 + 4e-6))
    assert torch.allclose(matrix.grad, torch.tensor([[0.012, 0.016], [0.0, 1e-5]]), rtol=1e-3, atol=1e-9)
    assert torch.allclose(bias.grad, torch.tensor([0.03, 0.04]), rtol=1e-3)
    assert torch.equal(filters.grad, torch.full((1, 1, 2, 2), 0.001))


@pytest.mark.parametrize("fault", [math.nan, math.inf])
@pytest.mark.parametrize("mode", ["parameter", "adaptive"])
def test_what_is_not_finite_stays_where_it_is_and_the_rest_is_clipped(mode, fault):
    made = parameters(100.0)
    made[0].grad[2, 1] = fault
    before = made[0].grad.clone()
    assert not CLIPPERS[mode](made, 0.01).isfinite()
    same = torch.isclose(made[0].grad, before, equal_nan=True)
    assert same[2].all()
    assert same.all() == (mode == "parameter")
    assert made[1].grad.norm() <= 0.01
