"""Contracts of every optimizer, and the updates their articles state, by hand."""

import re

import pytest
import torch
from torch import nn

from core.optim.catalogue import OPTIMIZERS

torch.set_num_threads(1)


def trained(key, steps, lr, weight_decay=0.0, gradient=(0.5, -2.0), start=(1.0, -3.0), **params):
    weight = nn.Parameter(torch.tensor(start, dtype=torch.float64))
    optimizer = OPTIMIZERS[key].load()([weight], lr=lr, weight_decay=weight_decay, **params)
    for _step in range(steps):
        weight.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
    return weight.detach()


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_entry(key):
    spec = OPTIMIZERS[key]
    assert re.search(r"\b(19|20)\d\d\b", spec.article)
    assert re.search(r"weight[ _]decay", spec.article.lower())
    low, high = spec.lr_range
    assert low < spec.suggested_lr < high
    assert spec.decay in ("gradient", "weights")
    for param in spec.params:
        assert param.parse(param.default) == param.default
        assert not param.log or (param.minimum or param.above is not None)
    assert not {"lr", "weight_decay"} & {param.name for param in spec.params}


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_every_param_reaches_torch(key):
    spec = OPTIMIZERS[key]
    weight = nn.Parameter(torch.ones(2))
    optimizer = spec.load()(iter([weight]), lr=0.3, weight_decay=0.02, **spec.defaults())
    assert isinstance(optimizer, torch.optim.Optimizer)
    group = optimizer.param_groups[0]
    assert (group["lr"], group["weight_decay"]) == (0.3, 0.02)
    plain = spec.load()([weight], lr=0.3, weight_decay=0.02).param_groups[0]
    assert {k: v for k, v in group.items() if k != "params"} == {k: v for k, v in plain.items() if k != "params"}
    for name in spec.defaults():
        torch_name = {"beta1": "betas", "beta2": "betas", "initial_accumulator": "initial_accumulator_value"}
        assert torch_name.get(name, name) in group


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_suggested_rate_learns(key):
    torch.manual_seed(0)
    x = torch.randn(256, 4)
    y = (x[:, 0] * x[:, 1] > 0).long()
    model = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 2))
    optimizer = OPTIMIZERS[key].load()(model.parameters(), lr=OPTIMIZERS[key].suggested_lr, weight_decay=0.0)
    losses = []
    for _step in range(300):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.6 * losses[0]


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_weight_decay_is_what_the_entry_says(key):
    """With no gradient, L2 in an adaptive method moves by about lr; decoupled decay by lr * decay * w."""
    moved = trained(key, 1, lr=0.01, weight_decay=0.1, gradient=(0.0, 0.0)) - torch.tensor([1.0, -3.0])
    spec = OPTIMIZERS[key]
    if spec.decay == "weights" or not spec.adaptive:
        factor = 1.9 if key == "nesterov" else 1.0
        assert torch.allclose(moved, -0.001 * factor * torch.tensor([1.0, -3.0], dtype=torch.float64), rtol=1e-6)
    else:
        assert moved[0].item() == pytest.approx(-moved[1].item(), rel=1e-4)


def test_updates_by_hand():
    start, g = torch.tensor([1.0, -3.0]).double(), torch.tensor([0.5, -2.0]).double()
    close = lambda a, b: torch.allclose(a, b, rtol=1e-6, atol=1e-6)  # noqa: E731
    assert close(trained("sgd", 2, 0.1), start - 0.2 * g)
    assert close(trained("momentum", 2, 0.1, momentum=0.9, dampening=0.5), start - 0.1 * (1 + 0.9 + 0.5) * g)
    assert close(trained("nesterov", 1, 0.1, momentum=0.9), start - 0.1 * 1.9 * g)
    assert close(trained("adam", 3, 0.1), start - 0.3 * g.sign())
    assert close(trained("rmsprop", 1, 0.1, alpha=0.99), start - 0.1 * g.sign() / 0.1)
    assert close(trained("adagrad", 2, 0.1), start - 0.1 * (1 + 2**-0.5) * g.sign())
    decayed = (start * (1 - 0.1 * 0.2)) - 0.1 * g.sign()
    assert close(trained("adamw", 1, 0.1, weight_decay=0.2), decayed)


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_parameter_groups_pass_through(key):
    weight, bias = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(1))
    groups = [{"params": [weight]}, {"params": [bias], "weight_decay": 0.0}]
    optimizer = OPTIMIZERS[key].load()(groups, lr=0.1, weight_decay=0.5)
    assert [group["weight_decay"] for group in optimizer.param_groups] == [0.5, 0.0]
