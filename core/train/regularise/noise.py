"""Noise in training: on the inputs, on the weights, on the gradients."""

from __future__ import annotations

import torch
from torch import nn

from core.train.augment.augment import padding
from core.train.regularise.base import Forward, Regulariser, StepDraws


class NoisyInputs(Regulariser):
    """Adds normal noise of standard deviation `std` to the inputs as the model sees them (Bishop 1995)."""

    def __init__(self, *, std: float = 0.1) -> None:
        self.std = std

    def inputs(self, x: torch.Tensor, draws: StepDraws) -> torch.Tensor:
        """Noisy inputs; the padding of series stays what it is."""
        noise = self.std * normal_like(x, draws, "input_noise")
        return x + (noise.masked_fill(padding(x), 0.0) if x.ndim == 3 else noise)


class WeightNoise(Regulariser):
    """Draws each step's weights from a normal distribution around them (Jim, Giles and Horne 1996; Graves 2011)."""

    def __init__(self, *, std: float = 0.01) -> None:
        self.std = std

    def forward(self, model: nn.Module, forward: Forward, draws: StepDraws) -> Forward:
        """The model with noise on every weight matrix; gradients reach the weights through the sum."""
        noisy = {
            name: weight + self.std * normal_like(weight, draws, name)
            for name, weight in model.named_parameters()
            if weight.ndim >= 2
        }
        return lambda x: torch.func.functional_call(model, noisy, (x,))


class GradientNoise(Regulariser):
    """Adds noise of variance scale / (1 + step)^decay to every gradient (Neelakantan et al. 2015)."""

    def __init__(self, *, scale: float = 0.01, decay: float = 0.55) -> None:
        self.scale, self.decay = scale, decay

    @torch.no_grad()
    def gradients(self, model: nn.Module, draws: StepDraws) -> None:
        """Put new tensors in place of the gradients, which an observer may hold."""
        std = (self.scale / (1 + draws.step) ** self.decay) ** 0.5
        for name, parameter in model.named_parameters():
            if parameter.grad is not None:
                parameter.grad = parameter.grad + std * normal_like(parameter.grad, draws, name)


def normal_like(values: torch.Tensor, draws: StepDraws, name: str) -> torch.Tensor:
    """Standard normal draws in the shape, type and place of `values`."""
    generator = draws.generator(name, values.device)
    return torch.randn(values.shape, generator=generator, device=values.device, dtype=values.dtype)
