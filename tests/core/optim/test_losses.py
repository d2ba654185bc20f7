"""Contracts of every loss, and its values by hand."""

import math
import re

import pytest
import torch

from core.data.base import TASKS
from core.train.loss_catalogue import LOSSES

torch.set_num_threads(1)


def example(task):
    generator = torch.Generator().manual_seed(0)
    if task == "classification":
        return torch.randn(5, 3, generator=generator), torch.tensor([0, 1, 2, 1, 0])
    return torch.randn(5, 1, generator=generator), torch.randn(5, generator=generator)


@pytest.mark.parametrize("key", LOSSES)
def test_contract(key):
    spec = LOSSES[key]
    assert re.search(r"\b(17|18|19|20)\d\d\b", spec.article)
    assert set(spec.tasks) <= set(TASKS)
    for param in spec.params:
        assert param.parse(param.default) == param.default
    loss = spec.load()(**spec.defaults())
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


@pytest.mark.parametrize("key", ["mse", "mae", "huber"])
def test_regression_losses_refuse_shapes_that_torch_would_spread(key):
    loss = LOSSES[key].load()()
    for shape in ((4, 2), (3, 1), (1, 1)):
        with pytest.raises(ValueError, match=r"needs \(batch, 1\) and \(batch,\)"):
            loss(torch.zeros(shape), torch.zeros(4))
    with pytest.raises(ValueError, match="shape"):
        loss(torch.zeros(4, 3), torch.zeros(4, 2))
    assert loss(torch.ones(4, 3), torch.ones(4, 3)) == 0, "inputs to rebuild"
    assert loss(torch.zeros(1, 1), torch.zeros(1)) == 0
