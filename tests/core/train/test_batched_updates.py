"""Updates of many members against torch's own optimizers, and Lion against its article."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from core.train.batched.updates import UPDATES

MEMBERS, STEPS = 3, 12
HYPER: dict[str, list[float]] = {
    "lr": [0.1, 0.01, 0.3],
    "momentum": [0.9, 0.5, 0.0],
    "dampening": [0.0, 0.3, 0.2],
    "beta1": [0.9, 0.5, 0.8],
    "beta2": [0.999, 0.9, 0.7],
    "alpha": [0.99, 0.9, 0.5],
    "rho": [0.9, 0.5, 0.99],
    "eps": [1e-8, 1e-4, 1e-6],
    "initial_accumulator": [0.0, 0.5, 1.0],
    "momentum_decay": [0.004, 0.01, 0.0],
}


def betas(h: dict[str, float]) -> tuple[float, float]:
    return h["beta1"], h["beta2"]


REFERENCES: dict[str, Any] = {
    "sgd": lambda w, h: torch.optim.SGD(w, h["lr"]),
    "momentum": lambda w, h: torch.optim.SGD(w, h["lr"], h["momentum"], h["dampening"]),
    "nesterov": lambda w, h: torch.optim.SGD(w, h["lr"], h["momentum"], nesterov=True),
    "adam": lambda w, h: torch.optim.Adam(w, h["lr"], betas(h), h["eps"]),
    "adam with amsgrad": lambda w, h: torch.optim.Adam(w, h["lr"], betas(h), h["eps"], amsgrad=True),
    "adamw": lambda w, h: torch.optim.AdamW(w, h["lr"], betas(h), h["eps"], weight_decay=0),
    "adamw with amsgrad": lambda w, h: torch.optim.AdamW(w, h["lr"], betas(h), h["eps"], 0, amsgrad=True),
    "rmsprop": lambda w, h: torch.optim.RMSprop(w, h["lr"], h["alpha"], h["eps"]),
    "rmsprop with momentum": lambda w, h: torch.optim.RMSprop(w, h["lr"], h["alpha"], h["eps"], 0, h["momentum"]),
    "adagrad": lambda w, h: torch.optim.Adagrad(
        w, h["lr"], eps=h["eps"], initial_accumulator_value=h["initial_accumulator"]
    ),
    "nadam": lambda w, h: torch.optim.NAdam(w, h["lr"], betas(h), h["eps"], 0, h["momentum_decay"]),
    "radam": lambda w, h: torch.optim.RAdam(w, h["lr"], betas(h), h["eps"]),
    "adamax": lambda w, h: torch.optim.Adamax(w, h["lr"], betas(h), h["eps"]),
    "adadelta": lambda w, h: torch.optim.Adadelta(w, h["lr"], h["rho"], h["eps"]),
    "lion": lambda w, h: Lion(w, h["lr"], *betas(h)),
}


class Lion:
    """Chen et al. 2023, algorithm 2, without weight decay."""

    def __init__(self, weights: list[torch.Tensor], lr: float, beta1: float, beta2: float) -> None:
        self.weights, self.lr, self.beta1, self.beta2 = weights, lr, beta1, beta2
        self.means = [torch.zeros_like(w) for w in weights]

    @torch.no_grad()
    def step(self) -> None:
        for w, m in zip(self.weights, self.means, strict=True):
            w -= self.lr * torch.sign(self.beta1 * m + (1 - self.beta1) * w.grad)
            m.copy_(self.beta2 * m + (1 - self.beta2) * w.grad)


@pytest.mark.parametrize("key", UPDATES)
def test_agrees_with_the_reference(key: str) -> None:
    update, random = UPDATES[key], torch.Generator().manual_seed(3)
    table = {name: list(values) for name, values in HYPER.items()}
    if key == "nesterov":  # torch refuses to join it with dampening, or with a momentum of 0
        table["dampening"], table["momentum"][2] = [0.0] * MEMBERS, 0.1
    hyper = {name: np.array(values) for name, values in table.items()}
    weight = torch.randn(MEMBERS, 4, 5, dtype=torch.float64, generator=random)
    alone = [weight[i].clone().requires_grad_() for i in range(MEMBERS)]
    optimizers = [
        REFERENCES[key]([w], {name: values[i] for name, values in table.items()}) for i, w in enumerate(alone)
    ]
    column = lambda values: torch.from_numpy(values).reshape(-1, 1, 1)  # noqa: E731
    slots = {
        name: torch.zeros_like(weight) + (column(hyper[start]) if start else 0) for name, start in update.slots.items()
    }
    carried: dict[str, np.ndarray] = {}
    for step in range(1, STEPS + 1):
        gradient = torch.randn(weight.shape, dtype=torch.float64, generator=random)
        for own, optimizer, part in zip(alone, optimizers, gradient, strict=True):
            own.grad = part.clone()
            optimizer.step()
        numbers = update.coefficients(hyper, step, carried)
        coefficients = {name: column(values) for name, values in numbers.items()}
        update.move(weight, gradient.clone(), slots, coefficients, torch.empty_like(weight))
        expected = torch.stack([w.detach() for w in alone])
        torch.testing.assert_close(weight, expected, rtol=1e-6, atol=1e-7)
