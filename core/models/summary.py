"""A model's layers as a table: output shapes, parameters and multiply-adds for one sample."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.utils.parametrize import type_before_parametrizations

from core.models.parts.parametrised import computes_a_weight, own_parameters


@dataclass(frozen=True, slots=True)
class LayerSummary:
    """One layer: its dotted name, module type, output shape without the batch axis, parameters, multiply-adds.

    `multiply_adds` counts the products of weight layers for one sample (twice that many floating-point
    operations); norms, activations, pooling and embeddings count as 0, as is usual.
    """

    name: str
    type: str
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int


def summarise(model: nn.Module, example: torch.Tensor) -> list[LayerSummary]:
    """Run `example` (a batch, best of one or two samples) through the model and describe each layer it passes.

    Layers come in the order in which they run; a module that runs twice is listed once. The model is run in
    evaluation mode without gradients and left in the mode it was in; no random number is drawn.
    """
    rows: dict[str, LayerSummary] = {}
    handles = []
    for name, module in model.named_modules():
        if computes_a_weight(name):
            continue
        owned = sum(parameter.numel() for parameter in own_parameters(module).values())
        if owned or not any(module.children()):
            handles.append(module.register_forward_hook(_recorder(rows, name, owned)))
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        with torch.no_grad():
            model(example)
    finally:
        for module in training:
            module.training = True
        for handle in handles:
            handle.remove()
    return list(rows.values())


def count_parameters(model: nn.Module, trainable_only: bool = True) -> int:
    """Count the numbers that training can change (or all, frozen ones too); shared ones count once."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad or not trainable_only)


def _recorder(rows: dict[str, LayerSummary], name: str, parameters: int) -> Callable[..., None]:
    def record(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        values = output[0] if isinstance(output, tuple) else output
        shape = tuple(values.shape[1:])
        kind = type_before_parametrizations(module).__name__
        rows.setdefault(name, LayerSummary(name, kind, shape, parameters, _multiply_adds(module, shape)))

    return record


def _multiply_adds(module: nn.Module, shape: tuple[int, ...]) -> int:
    if isinstance(module, nn.Linear):
        return math.prod(shape) * module.in_features
    if isinstance(module, (nn.Conv1d, nn.Conv2d)):
        return math.prod(shape) * math.prod(module.weight.shape[1:])
    if isinstance(module, nn.RNNBase):
        weights = [weight for name, weight in module.named_parameters() if name.startswith("weight")]
        return shape[0] * sum(weight.numel() for weight in weights)
    return 0
