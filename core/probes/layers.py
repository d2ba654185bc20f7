"""The layers of a model as charts show them: one per weight matrix, in forward order, with the module that activates it."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import nn
from torch.nn.utils.parametrize import type_before_parametrizations

from core.models.parts.parametrised import computes_a_weight, own_parameters

RECURRENT = (nn.RNN, nn.LSTM, nn.GRU)
ACTIVATIONS = (
    nn.ReLU, nn.LeakyReLU, nn.Tanh, nn.Sigmoid, nn.GELU, nn.SiLU, nn.ELU, nn.SELU, nn.CELU, nn.Softplus, nn.Mish,
    nn.Hardtanh, nn.Hardsigmoid, nn.Hardswish, nn.PReLU, nn.ReLU6, nn.Softsign,
)  # fmt: skip
TAILS = (".linear", ".conv", ".cell", ".weight", ".embedding")


@dataclass
class Layer:
    """One weight-carrying layer: its parameters, the activation module that follows it (if any), and its own module."""

    name: str
    type: str
    module: nn.Module
    weights: list[nn.Parameter]
    biases: list[nn.Parameter]
    activation: nn.Module | None = None
    activation_type: str = ""
    parameters: int = field(init=False)

    def __post_init__(self) -> None:
        self.parameters = sum(p.numel() for p in [*self.weights, *self.biases])


def find_layers(model: nn.Module) -> list[Layer]:
    """All layers of `model` in registration order (which our architectures keep equal to forward order).

    A layer is a module with its own weight of two or more dimensions, or one level of a recurrent stack. Of a weight that
    is computed, the parameters behind it count.
    """
    layers: list[Layer] = []
    for path, module in model.named_modules():
        if computes_a_weight(path):
            continue
        own = own_parameters(module)
        if isinstance(module, RECURRENT):
            layers += _recurrent_levels(path, module, own)
        elif isinstance(module, ACTIVATIONS) or path.rpartition(".")[2].startswith("activation"):
            if layers and layers[-1].activation is None and not isinstance(layers[-1].module, RECURRENT):
                layers[-1].activation = module
                layers[-1].activation_type = type(module).__name__
        else:
            weights = [p for p in own.values() if p.requires_grad and p.ndim >= 2]
            if weights:
                biases = [p for p in own.values() if p.requires_grad and p.ndim < 2]
                kind = type_before_parametrizations(module).__name__
                layers.append(Layer(_short(path, layers), kind, module, weights, biases))
    return layers


def _recurrent_levels(path: str, module: nn.Module, own: dict[str, nn.Parameter]) -> list[Layer]:
    levels = sorted({name.split("_l")[1].split("_")[0] for name in own})
    return [
        Layer(
            name=_short(path, []) + (f".{level}" if len(levels) > 1 else ""),
            type=type(module).__name__,
            module=module,
            weights=[p for n, p in own.items() if n.split("_l")[1].split("_")[0] == level and p.ndim >= 2],
            biases=[p for n, p in own.items() if n.split("_l")[1].split("_")[0] == level and p.ndim < 2],
        )
        for level in levels
    ]


def _short(path: str, layers: list[Layer]) -> str:
    """`path` without a tail that says nothing, unless that would name two layers alike."""
    name = path or "model"
    for tail in TAILS:
        if name.endswith(tail):
            name = name[: -len(tail)]
            break
    return path if any(layer.name == name for layer in layers) else name
