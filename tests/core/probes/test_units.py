"""Unit statistics, baselines and the inspection of a start, against plain computations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.probes.baselines import baselines
from core.probes.inspection import alike_rows, gradient_check, inspect, is_probability, label_mixing
from core.probes.layers import find_layers
from core.probes.units import UnitProbe, participation


def test_dead_units_are_those_silent_for_every_sample() -> None:
    model = nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 2))
    with torch.no_grad():
        model[0].bias[:3] = -100.0  # type: ignore[index]
        model[0].bias[3:] = 1.0  # type: ignore[index]
    probe = UnitProbe(find_layers(model))
    with probe.watching():
        for _ in range(3):
            model(torch.randn(50, 4))
    dead, saturated, ratio = probe.measure().reshape(3, 2)
    assert dead[0] == pytest.approx(0.3)
    assert dead[1] == 0.0  # an output without ReLU is not judged
    assert saturated.tolist() == [0.0, 0.0]
    assert 0 < ratio[0] <= 1


def test_saturated_units_of_a_tanh() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
    with torch.no_grad():
        model[0].weight.mul_(1e-3)  # type: ignore[operator]
        model[0].bias[:4] = 5.0  # type: ignore[index]
        model[0].bias[4:] = 0.0  # type: ignore[index]
    probe = UnitProbe(find_layers(model))
    with probe.watching():
        model(torch.randn(50, 4))
    assert probe.measure().reshape(3, 2)[1, 0] == pytest.approx(0.5)


def test_participation_ratio_against_eigenvalues() -> None:
    sample = torch.randn(60, 12) @ torch.diag(torch.linspace(0.1, 3, 12))
    values = np.linalg.eigvalsh(np.cov(sample.double().numpy().T))
    assert participation(sample) == pytest.approx(values.sum() ** 2 / (values**2).sum() / 12)
    assert participation(torch.ones(10, 4)) == 0.0


def test_alike_rows() -> None:
    layer = nn.Linear(8, 6)
    (found,) = find_layers(nn.Sequential(layer))
    assert alike_rows(found) == 0.0
    with torch.no_grad():
        layer.weight.copy_(layer.weight[:1].expand(6, 8).clone())
    assert alike_rows(found) == 1.0
    with torch.no_grad():
        layer.weight.zero_()
    assert alike_rows(found) == 1.0


def test_probabilities_are_recognised_and_logits_are_not() -> None:
    logits = torch.randn(8, 5)
    assert is_probability(logits.softmax(1))
    assert is_probability(logits.log_softmax(1))
    assert not is_probability(logits)
    assert not is_probability(torch.zeros(8, 5))


def test_label_mixing_of_sorted_and_shuffled_rows() -> None:
    labels = torch.arange(10).repeat_interleave(32)
    ordered = list(labels.split(32))
    mixed = list(labels[torch.randperm(len(labels))].split(32))
    assert label_mixing(ordered, 10) == 0.0
    assert label_mixing(mixed, 10) > 0.7


def test_gradient_check_accepts_autograd_and_catches_a_wrong_backward() -> None:
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(context: Any, x: torch.Tensor) -> torch.Tensor:
            return x**2

        @staticmethod
        def backward(context: Any, *gradients: Any) -> Any:
            return gradients[0] * 3.0

    class Layer(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return Wrong.apply(x)  # type: ignore[no-any-return, no-untyped-call]

    x, y = torch.randn(16, 4), torch.randint(0, 3, (16,))
    good = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))
    bad = nn.Sequential(nn.Linear(4, 8), Layer(), nn.Linear(8, 3))
    assert gradient_check(good, nn.CrossEntropyLoss(), x, y) < 1e-5
    assert gradient_check(bad, nn.CrossEntropyLoss(), x, y) > 0.1


def test_inspection_leaves_model_and_random_streams_as_they_were() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3))
    before, stream = {k: v.clone() for k, v in model.state_dict().items()}, torch.get_rng_state()
    x, y = torch.randn(64, 4), torch.randint(0, 3, (64,))
    stream = torch.get_rng_state()
    found = inspect(model, nn.CrossEntropyLoss(), x, y, classes=3, x_train=x, y_train=y)
    assert torch.equal(stream, torch.get_rng_state())
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())
    assert found["batch_norms"] == 1
    assert found["chance_loss"] <= math.log(3) + 1e-9
    assert not any(hook for module in model.modules() for hook in module._forward_hooks)


def test_time_gradient_of_a_plain_rnn_fades_and_that_of_an_lstm_less() -> None:
    class Last(nn.Module):
        def __init__(self, cell: nn.Module) -> None:
            super().__init__()
            self.cell, self.output = cell, nn.Linear(16, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.output(self.cell(x)[0][:, -1])  # type: ignore[no-any-return]

    torch.manual_seed(0)
    x, y = torch.randn(32, 60, 3), torch.randint(0, 2, (32,))
    found = {}
    for name, cell in (("rnn", nn.RNN(3, 16, batch_first=True)), ("lstm", nn.LSTM(3, 16, batch_first=True))):
        found[name] = inspect(Last(cell), nn.CrossEntropyLoss(), x, y, classes=2, x_train=x, y_train=y)["time_gradient"]
    assert found["rnn"] < -3


def test_baselines() -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(400, 5, generator=generator)
    y = (x[:, 0] + 0.5 * x[:, 1] > 0).long()
    found = baselines(x, y, 2)
    assert found["linear"] > 0.95
    assert 0.8 < found["neighbours_left_out"] < 1.0
    assert 0.85 < found["best_column"] < 0.99
    leaked = torch.cat([x, y[:, None].float()], dim=1)
    assert baselines(leaked, y, 2)["best_column"] == 1.0
    target = x @ torch.tensor([1.0, 2.0, 0.0, 0.0, 0.0])
    assert baselines(x, target, 0)["linear"] > 0.99
    assert baselines(torch.zeros(400, 3, dtype=torch.int64), y, 2) == {}
