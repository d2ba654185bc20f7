"""Layers whose weight is computed from other parameters (torch.nn.utils.parametrize), seen as the layers that they are."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.utils import parametrize


def own_parameters(module: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters of `module` itself, by name, with those that its computed weights come from."""
    found = dict(module.named_parameters(recurse=False))
    if parametrize.is_parametrized(module):
        behind = module.parametrizations
        assert isinstance(behind, nn.Module)
        found |= {f"parametrizations.{name}": parameter for name, parameter in behind.named_parameters()}
    return found


def computes_a_weight(path: str) -> bool:
    """Whether the module of that dotted path is no layer, but part of how one computes its weight."""
    return "parametrizations" in path.split(".")


def plain_weights(model: nn.Module) -> dict[str, torch.Tensor]:
    """The state dict that `model` would have if its weights, as they are computed now, were parameters of their own."""
    found = {name: value for name, value in model.state_dict().items() if not computes_a_weight(name)}
    for path, module in model.named_modules():
        if parametrize.is_parametrized(module):
            behind = module.parametrizations
            assert isinstance(behind, nn.ModuleDict)
            found |= {f"{path}.{name}".lstrip("."): getattr(module, name).detach() for name in behind}
    return found


def make_plain(model: nn.Module) -> None:
    """Turn computed weights into parameters of the same values, in place: what `model` computes in its mode stays.

    torch's remove_parametrizations takes the weight from the class, which a copied module shares with its original.
    """
    for module in list(model.modules()):
        if parametrize.is_parametrized(module):
            behind = module.parametrizations
            assert isinstance(behind, nn.ModuleDict)
            weights = {name: getattr(module, name).detach().clone() for name in behind}
            module.__class__ = parametrize.type_before_parametrizations(module)
            del module.parametrizations
            for name, weight in weights.items():
                module.register_parameter(name, nn.Parameter(weight))
