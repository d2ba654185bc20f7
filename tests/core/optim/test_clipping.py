"""Clipping agrees with torch where the gradients are finite, and keeps the evidence where they aren't."""

import math

import pytest
import torch
from torch import nn

from core.optim.clipping import clip_by_norm, clip_by_value

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
    for clip in (clip_by_norm, clip_by_value):
        assert clip([nn.Parameter(torch.ones(2))], 1.0) == 0
