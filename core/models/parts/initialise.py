"""Weight initialisations: each fills the weight matrices of a built model and sets their biases to zero.

Every function takes (model, activation, **params) and draws from torch's global generator, which the caller
seeds. Weight matrices are those of Linear, Conv1d, Conv2d and, gate by gate, of RNN, LSTM and GRU layers.
A grouped convolution or linear layer is filled group by group, for each group is a weight matrix of its own.
Norm layers, embedding tables and learned positions stay as they were built.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import nn

from core.models.parts.activations import ACTIVATION_GAINS
from core.models.parts.grouped import GroupedLinear


def initialise_default(model: nn.Module, activation: str) -> None:
    """Leave PyTorch's own start: uniform within 1/sqrt(fan_in), biases too; 1/sqrt(hidden) in recurrent layers."""


def initialise_xavier_uniform(model: nn.Module, activation: str, *, gain: float = 1.0) -> None:
    """Uniform of variance gain^2 * 2 / (fan_in + fan_out) (Glorot and Bengio 2010)."""
    fill_weights(model, lambda weight: nn.init.xavier_uniform_(weight, gain))


def initialise_xavier_normal(model: nn.Module, activation: str, *, gain: float = 1.0) -> None:
    """Normal of variance gain^2 * 2 / (fan_in + fan_out) (Glorot and Bengio 2010)."""
    fill_weights(model, lambda weight: nn.init.xavier_normal_(weight, gain))


def initialise_he_uniform(model: nn.Module, activation: str, *, mode: str = "fan_in") -> None:
    """Uniform of variance 2 / (1 + slope^2) / fan (He et al. 2015), see `negative_slope`."""
    slope = negative_slope(activation)
    fill_weights(model, lambda weight: nn.init.kaiming_uniform_(weight, slope, mode))


def initialise_he_normal(model: nn.Module, activation: str, *, mode: str = "fan_in") -> None:
    """Normal of variance 2 / (1 + slope^2) / fan (He et al. 2015), see `negative_slope`."""
    slope = negative_slope(activation)
    fill_weights(model, lambda weight: nn.init.kaiming_normal_(weight, slope, mode))


def initialise_orthogonal(model: nn.Module, activation: str, *, gain: float | None = None) -> None:
    """Random orthogonal rows or columns, times `gain` (Saxe et al. 2014); None takes ACTIVATION_GAINS."""
    factor = ACTIVATION_GAINS[activation] if gain is None else gain
    fill_weights(model, lambda weight: nn.init.orthogonal_(weight, factor))


def initialise_normal(model: nn.Module, activation: str, *, std: float = 0.01) -> None:
    """Normal of one standard deviation for every layer, whatever its width."""
    fill_weights(model, lambda weight: nn.init.normal_(weight, 0.0, std))


def initialise_constant(model: nn.Module, activation: str, *, value: float = 0.1) -> None:
    """One value everywhere: all units of a layer compute the same and stay the same."""
    fill_weights(model, lambda weight: nn.init.constant_(weight, value))


def initialise_zeros(model: nn.Module, activation: str) -> None:
    """Zero everywhere: no signal passes, and with most activations only the last bias can learn."""
    fill_weights(model, nn.init.zeros_)


def negative_slope(activation: str) -> float:
    """Return the slope below zero that He's formula takes: 0.01 for leaky_relu, 1 for identity, else 0 as ReLU."""
    return {"leaky_relu": 0.01, "identity": 1.0}.get(activation, 0.0)


def fill_weights(model: nn.Module, fill: Callable[[torch.Tensor], object]) -> None:
    """Call `fill` on each weight matrix, in the order of the layers, and set each bias to zero."""
    with torch.no_grad():
        for weight, bias in weights_and_biases(model):
            for matrix in weight:
                fill(matrix)
            if bias is not None:
                bias.zero_()


def weights_and_biases(model: nn.Module) -> Iterator[tuple[tuple[torch.Tensor, ...], torch.Tensor | None]]:
    """Yield each weight, split into its gates or groups where it has several, with its bias or None."""
    for module in model.modules():
        if isinstance(module, (nn.Linear, nn.Conv1d, nn.Conv2d)):
            yield module.weight.chunk(getattr(module, "groups", 1)), module.bias
        elif isinstance(module, GroupedLinear):
            yield module.weight.unbind(), None
        elif isinstance(module, nn.RNNBase):
            for name, weight in module.named_parameters(recurse=False):
                if name.startswith("weight"):
                    bias = getattr(module, name.replace("weight", "bias"), None)
                    yield weight.split(module.hidden_size), bias
