"""The trainer's own integrated gradients equal captum's, also after other weights were loaded into its copy."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients
from explained_for_tests import FAMILIES, build, offsets
from torch import nn

from core.explain.path import POINTS, FixedRows
from core.explain.prepare import prepare
from core.explain.surgery import names_before

ROWS = 10


def by_captum(model: nn.Module, x: np.ndarray, target: np.ndarray, baseline: np.ndarray, kind: str) -> np.ndarray:
    """As core.explain.methods.gradient computes them, with as many points."""
    subject = prepare(model, x, kind)
    values = IntegratedGradients(subject.explained).attribute(
        subject.features(x),
        subject.features(baseline[None]),
        target=torch.as_tensor(target),
        additional_forward_args=subject.fixed(x) or None,
        n_steps=POINTS,
    )
    return subject.in_data_shape(values)


def disturbed(model: nn.Module) -> nn.Module:
    """The same form with other weights and statistics."""
    other = offsets(copy.deepcopy(model))
    with torch.no_grad():
        for number, weight in enumerate(other.parameters()):
            weight += 0.1 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(number))
    return other


@pytest.mark.parametrize("name", FAMILIES)
def test_it_equals_captum_on_every_family_and_follows_the_weights(name: str) -> None:
    model, kind, x = build(name)
    x, target = x[:ROWS], np.arange(ROWS) % 3
    baseline = np.zeros(x.shape[1:], x.dtype)
    followed = FixedRows(model, x, target, baseline, kind)
    for now in (model, disturbed(model)):
        found = followed.explain(now.state_dict())
        expected = by_captum(now, x, target, baseline, kind)
        assert np.abs(found.values - expected).max() <= 1e-5 * max(np.abs(expected).max(), 1)
        subject = prepare(now, x, kind)
        np.testing.assert_allclose(found.output, subject.predict(x)[np.arange(ROWS), target], atol=1e-5)
    assert not np.allclose(by_captum(model, x, target, baseline, kind), expected, atol=1e-3), "the weights did not move"


class Reused(nn.Module):
    """One layer and one activation for two calls, a second name for the layer, and a softmax at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(6, 6), nn.ReLU())
        self.again = self.inner[0]
        self.last, self.squash = nn.Linear(6, 3), nn.Softmax(dim=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.squash(self.last(self.inner(self.inner(x))))


def test_weights_find_their_way_into_a_copy_with_one_module_per_call() -> None:
    torch.manual_seed(0)
    model, x = Reused(), np.random.default_rng(0).normal(size=(ROWS, 6)).astype(np.float32)
    target, baseline = np.arange(ROWS) % 3, np.zeros(6, np.float32)
    other = disturbed(model)
    found = FixedRows(model, x, target, baseline, "tabular").explain(other.state_dict())
    expected = by_captum(other, x, target, baseline, "tabular")
    assert np.abs(found.values - expected).max() <= 1e-5
    changed = prepare(model, x, "tabular").explained.model
    assert set(names_before(changed)) != set(names_before(changed).values()) <= set(model.state_dict())


def test_the_model_is_not_touched_and_the_gap_shrinks_with_more_points() -> None:
    model, kind, x = build("residual")
    model.train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    followed = FixedRows(model, x, np.zeros(len(x), np.int64), np.zeros(x.shape[1:], np.float32), kind)

    coarse, fine = (followed.explain(model.state_dict(), points).gap for points in (2, 100))
    assert fine < 0.02 < coarse
    assert model.training
    assert all(weight.grad is None for weight in model.parameters())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
