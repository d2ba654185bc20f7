"""Weight initialisations: each fills the weight matrices of a built model and sets their biases to zero.

Every function takes (model, activation, **params) and draws from torch's global generator, which the caller
seeds. Weight matrices are those of Linear, Conv1d, Conv2d and, gate by gate, of RNN, LSTM and GRU layers.
A grouped convolution or linear layer is filled group by group, for each group is a weight matrix of its own.
Norm layers, embedding tables and learned positions stay as they were built. Where the activation decides the scale, it is
the one that a layer reads from; the first layers, which read the data, take the model's first activation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import torch
from torch import nn
from torch.nn.utils import parametrize

from core.models.parts.activation_table import ACTIVATION_GAINS
from core.models.parts.activations import ACTIVATION_CLASSES
from core.models.parts.grouped import GroupedLinear


def initialise_default(model: nn.Module, activation: str) -> None:
    """Leave PyTorch's own start: uniform within 1/sqrt(fan_in), biases too; 1/sqrt(hidden) in recurrent layers."""


def initialise_xavier_uniform(model: nn.Module, activation: str, *, gain: float = 1.0) -> None:
    """Uniform of variance gain^2 * 2 / (fan_in + fan_out) (Glorot and Bengio 2010)."""
    fill_weights(model, activation, lambda weight, before: nn.init.xavier_uniform_(weight, gain))


def initialise_xavier_normal(model: nn.Module, activation: str, *, gain: float = 1.0) -> None:
    """Normal of variance gain^2 * 2 / (fan_in + fan_out) (Glorot and Bengio 2010)."""
    fill_weights(model, activation, lambda weight, before: nn.init.xavier_normal_(weight, gain))


def initialise_he_uniform(model: nn.Module, activation: str, *, mode: str = "fan_in") -> None:
    """Uniform of variance 2 / (1 + slope^2) / fan (He et al. 2015), see `negative_slope`."""
    fill_weights(
        model, activation, lambda weight, before: nn.init.kaiming_uniform_(weight, negative_slope(before), mode)
    )


def initialise_he_normal(model: nn.Module, activation: str, *, mode: str = "fan_in") -> None:
    """Normal of variance 2 / (1 + slope^2) / fan (He et al. 2015), see `negative_slope`."""
    fill_weights(
        model, activation, lambda weight, before: nn.init.kaiming_normal_(weight, negative_slope(before), mode)
    )


def initialise_lecun_uniform(model: nn.Module, activation: str) -> None:
    """Uniform of variance 1 / fan_in (LeCun et al. 1998)."""
    fill_weights(model, activation, lambda weight, before: nn.init.kaiming_uniform_(weight, 1.0))


def initialise_lecun_normal(model: nn.Module, activation: str) -> None:
    """Normal of variance 1 / fan_in (LeCun et al. 1998; Klambauer et al. 2017)."""
    fill_weights(model, activation, lambda weight, before: nn.init.kaiming_normal_(weight, 1.0))


def initialise_orthogonal(model: nn.Module, activation: str, *, gain: float | None = None) -> None:
    """Random orthogonal rows or columns, times `gain` (Saxe et al. 2014); None takes ACTIVATION_GAINS."""
    fill_weights(
        model,
        activation,
        lambda weight, before: nn.init.orthogonal_(weight, ACTIVATION_GAINS[before] if gain is None else gain),
    )


def initialise_normal(model: nn.Module, activation: str, *, std: float = 0.01) -> None:
    """Normal of one standard deviation for every layer, whatever its width."""
    fill_weights(model, activation, lambda weight, before: nn.init.normal_(weight, 0.0, std))


def initialise_truncated_normal(model: nn.Module, activation: str, *, std: float = 0.02) -> None:
    """Normal of one standard deviation, drawn anew beyond two of them (Devlin et al. 2019)."""
    fill_weights(model, activation, lambda weight, before: nn.init.trunc_normal_(weight, 0.0, std, -2 * std, 2 * std))


def initialise_sparse(model: nn.Module, activation: str, *, connections: int = 15, std: float | None = None) -> None:
    """Each unit keeps `connections` random inputs of normal weight, the others are zero (Martens 2010).

    `std` None takes gain / sqrt(connections), which keeps the mean square of the pre-activations.
    """

    def fill(weight: torch.Tensor, before: str) -> None:
        rows = weight.flatten(1)
        kept = min(connections, rows.shape[1])
        chosen = torch.rand(rows.shape).topk(kept, dim=1).indices
        spread = ACTIVATION_GAINS[before] / math.sqrt(kept) if std is None else std
        drawn = torch.zeros(rows.shape).scatter_(1, chosen, spread * torch.randn(rows.shape[0], kept))
        weight.copy_(drawn.view(weight.shape))

    fill_weights(model, activation, fill)


def initialise_identity(model: nn.Module, activation: str, *, noise: float = 0.01) -> None:
    """Unit i passes on input i, plus normal `noise`; of a filter, its middle does (Le, Jaitly and Hinton 2015).

    Where a layer has more units than inputs, those beyond begin with noise only; where it has fewer, the inputs
    beyond are passed on by noise only.
    """

    def fill(weight: torch.Tensor, before: str) -> None:
        if weight.ndim == 2:
            nn.init.eye_(weight)
        else:
            nn.init.dirac_(weight)
        if noise > 0:
            weight.add_(noise * torch.randn(weight.shape))

    fill_weights(model, activation, fill)


def initialise_constant(model: nn.Module, activation: str, *, value: float = 0.1) -> None:
    """One value everywhere: all units of a layer compute the same and stay the same."""
    fill_weights(model, activation, lambda weight, before: nn.init.constant_(weight, value))


def initialise_zeros(model: nn.Module, activation: str) -> None:
    """Zero everywhere: no signal passes, and with most activations only the last bias can learn."""
    fill_weights(model, activation, lambda weight, before: nn.init.zeros_(weight))


def negative_slope(activation: str) -> float:
    """Return the slope below zero that He's formula takes: 0 for ReLU and all that have no other here.

    1 where nothing is cut away: no activation, and maxout of two pieces, whose mean square is that of its input.
    """
    return {"leaky_relu": 0.01, "prelu": 0.25, "identity": 1.0, "maxout": 1.0}.get(activation, 0.0)


def fill_weights(model: nn.Module, activation: str, fill: Callable[[torch.Tensor, str], object]) -> None:
    """Call `fill` on each weight matrix and the activation it reads from, layer by layer; set each bias to zero."""
    with torch.no_grad():
        for weight, bias, before in weights_and_biases(model, activation):
            for matrix in weight:
                fill(matrix, before)
            if bias is not None:
                bias.zero_()


def weights_and_biases(
    model: nn.Module, activation: str
) -> Iterator[tuple[tuple[torch.Tensor, ...], torch.Tensor | None, str]]:
    """Yield each weight, split into its gates or groups where it has several, its bias or None, and the activation before it.

    `activation` counts where the model has no activation modules, as in recurrent layers.
    """
    keys = {kind: key for key, kind in ACTIVATION_CLASSES.items()}
    found = [
        (module, keys.get(type(module)) if path.rpartition(".")[2].startswith("activation") else None)
        for path, module in model.named_modules()
    ]
    before = next((key for _, key in found if key is not None), activation)
    for module, key in found:
        before = key or before
        if isinstance(module, (nn.Linear, nn.Conv1d, nn.Conv2d)):
            weight = module.weight
            yield weight.chunk(getattr(module, "groups", 1)), module.bias, before
            if parametrize.is_parametrized(
                module, "weight"
            ):  # what was filled is a result: set what it is computed from
                module.weight = weight
        elif isinstance(module, GroupedLinear):
            yield module.weight.unbind(), None, before
        elif isinstance(module, nn.RNNBase):
            for name, weight in module.named_parameters(recurse=False):
                if name.startswith("weight"):
                    bias = getattr(module, name.replace("weight", "bias"), None)
                    yield weight.split(module.hidden_size), bias, before
