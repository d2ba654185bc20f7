"""Layers of many models at once: every parameter has a leading axis of members, and each member meets only its own rows.

Features run as (members, rows, ...). Elementwise modules need no change; each layer that mixes features has a batched
counterpart here, which does one large computation instead of many small ones.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from core.errors import BadInput
from core.models.parts.activations import ACTIVATION_CLASSES, Maxout
from core.models.parts.norms import ChannelRMSNorm
from core.models.parts.residual import LearnedScale, StochasticDepth
from core.train.batched.streams import Streams


class Batched(nn.Module):
    """A layer of every member: parameters and buffers of `layers`, stacked on a new first axis."""

    def __init__(self, layers: Sequence[nn.Module]) -> None:
        super().__init__()
        for name, value in layers[0].named_parameters(recurse=False):
            stacked = torch.stack([getattr(layer, name).detach() for layer in layers])
            self.register_parameter(name, nn.Parameter(stacked, value.requires_grad))
        for name, _ in layers[0].named_buffers(recurse=False):
            self.register_buffer(name, torch.stack([getattr(layer, name) for layer in layers]))
        for name in ("weight", "bias"):
            if not hasattr(self, name):
                self.register_parameter(name, None)


class _LinearFunction(torch.autograd.Function):
    """x W^T + b per member. Autograd's own backward leaves W's gradient transposed, which slows every later use of it."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        ctx.save_for_backward(x, weight)
        if bias is None:
            return torch.bmm(x, weight.transpose(1, 2))
        return torch.baddbmm(bias.unsqueeze(1), x, weight.transpose(1, 2))

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (gradient,) = gradients
        x, weight = ctx.saved_tensors
        on_x = torch.bmm(gradient, weight) if ctx.needs_input_grad[0] else None
        on_bias = gradient.sum(1) if ctx.needs_input_grad[2] else None
        return on_x, torch.bmm(gradient.transpose(1, 2), x), on_bias


class BatchedLinear(Batched):
    """(members, rows, inputs) to (members, rows, outputs)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """One batched matrix product."""
        output: torch.Tensor = _LinearFunction.apply(x, self.weight, self.bias)
        return output


class BatchedConv(Batched):
    """(members, rows, channels, ...) to the same with other channels: one convolution in groups, a group per member."""

    def __init__(self, layers: Sequence[nn.Conv1d | nn.Conv2d]) -> None:
        super().__init__(layers)
        one = layers[0]
        self._convolve = functional.conv2d if isinstance(one, nn.Conv2d) else functional.conv1d
        self._settings = {"stride": one.stride, "padding": one.padding, "dilation": one.dilation}
        self._groups = one.groups

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """One grouped convolution."""
        bias = None if self.bias is None else self.bias.flatten()
        groups = len(x) * self._groups
        return side_by_side(
            x, lambda merged: self._convolve(merged, self.weight.flatten(0, 1), bias, groups=groups, **self._settings)
        )


class BatchedBatchNorm(Batched):
    """Batch norm: each member over its own rows, with its own running averages."""

    def __init__(self, layers: Sequence[nn.BatchNorm1d | nn.BatchNorm2d]) -> None:
        super().__init__(layers)
        self._eps, self._momentum = layers[0].eps, layers[0].momentum

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """One batch norm over the channels of all members."""
        if self.training:
            self.num_batches_tracked.add_(1)
        mean, var, weight, bias = (t.flatten() for t in (self.running_mean, self.running_var, self.weight, self.bias))
        return side_by_side(
            x,
            lambda merged: functional.batch_norm(
                merged, mean, var, weight, bias, self.training, self._momentum, self._eps
            ),
        )


class BatchedLayerNorm(Batched):
    """Layer norm over the last axis."""

    def __init__(self, layers: Sequence[nn.LayerNorm]) -> None:
        super().__init__(layers)
        self._shape, self._eps = layers[0].normalized_shape, layers[0].eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(members, rows, features), normalised."""
        normalised = functional.layer_norm(x, self._shape, eps=self._eps)
        return normalised * self.weight.unsqueeze(1) + self.bias.unsqueeze(1)


class BatchedGroupNorm(Batched):
    """Group norm: the groups of all members side by side. Instance norm has a group for each channel."""

    def __init__(self, layers: Sequence[nn.GroupNorm | nn.InstanceNorm1d | nn.InstanceNorm2d]) -> None:
        super().__init__(layers)
        one = layers[0]
        self._groups = one.num_groups if isinstance(one, nn.GroupNorm) else one.num_features
        self._eps = one.eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(members, rows, channels, ...), normalised."""
        groups, tables = len(x) * self._groups, (self.weight.flatten(), self.bias.flatten())
        return side_by_side(x, lambda merged: functional.group_norm(merged, groups, *tables, self._eps))


class BatchedRMSNorm(Batched):
    """RMS norm over the last axis, or over all axes of a sample with one scale a channel."""

    def __init__(self, layers: Sequence[nn.RMSNorm]) -> None:
        super().__init__(layers)
        self._eps = layers[0].eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(members, rows, features or channels, ...), normalised."""
        square = x.square().mean(dim=tuple(range(2, x.ndim)), keepdim=True)
        scale = self.weight.reshape(len(x), 1, -1, *[1] * (x.ndim - 3))
        return x * torch.rsqrt(square + self._eps) * scale


class BatchedScale(Batched):
    """A learned scale of the branch of a residual block."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(members, rows, ...), each member times its own number."""
        return x * self.scale.reshape(-1, *[1] * (x.ndim - 1))


class BatchedEmbedding(Batched):
    """Token ids (members, rows, time) to (members, rows, time, size); the padding id 0 gives zeros and learns nothing."""

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """One look-up in the tables of all members, laid end to end."""
        start = torch.arange(len(tokens), device=tokens.device) * self.weight.shape[1]
        found = functional.embedding(tokens + start[:, None, None], self.weight.flatten(0, 1))
        return found * (tokens != 0).unsqueeze(-1)


class BatchedPReLU(Batched):
    """PReLU: each member with its own slopes, one or one per channel."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(members, rows, channels, ...), each member's values below zero times its slope."""
        slope = self.weight.reshape(len(x), 1, -1, *[1] * (x.ndim - 3))
        return torch.where(x > 0, x, slope * x)


class BatchedDropout(nn.Module):
    """Dropout with the masks that each member would draw alone: over the first `axes` of its values, None for all."""

    def __init__(self, probability: float, streams: Streams, axes: int | None) -> None:
        super().__init__()
        self.probability, self.streams, self.axes = probability, streams, axes

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`x` with a share of its values set to zero while training."""
        if not self.training:
            return x
        drawn = x.shape[1:] if self.axes is None else x.shape[1 : 1 + self.axes]
        mask = self.streams.dropout_mask(drawn, 1 - self.probability)
        return x * mask.reshape(*mask.shape, *[1] * (x.ndim - mask.ndim))


class SideBySide(nn.Module):
    """Any module that treats each channel alone, such as pooling, or neighbouring ones, such as maxout."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(members, rows, channels, ...) through the module."""
        return side_by_side(x, self.module)


def side_by_side(x: torch.Tensor, apply: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """Call `apply` on (rows, members * channels, ...) made of `x` (members, rows, channels, ...), and take it apart again."""
    merged = apply(x.transpose(0, 1).flatten(1, 2))
    return merged.unflatten(1, (len(x), -1)).transpose(0, 1)


MIXING: dict[type[nn.Module], Callable[[Sequence[Any]], nn.Module]] = {
    nn.Linear: BatchedLinear,
    nn.Conv1d: BatchedConv,
    nn.Conv2d: BatchedConv,
    nn.BatchNorm1d: BatchedBatchNorm,
    nn.BatchNorm2d: BatchedBatchNorm,
    nn.LayerNorm: BatchedLayerNorm,
    **dict.fromkeys((nn.GroupNorm, nn.InstanceNorm1d, nn.InstanceNorm2d), BatchedGroupNorm),
    **dict.fromkeys((nn.RMSNorm, ChannelRMSNorm), BatchedRMSNorm),
    LearnedScale: BatchedScale,
    nn.Embedding: BatchedEmbedding,
    nn.PReLU: BatchedPReLU,
    nn.Flatten: lambda layers: nn.Flatten(2),
    **dict.fromkeys(
        (
            nn.MaxPool1d,
            nn.MaxPool2d,
            nn.AvgPool1d,
            nn.AvgPool2d,
            nn.AdaptiveAvgPool1d,
            nn.AdaptiveAvgPool2d,
            Maxout,
        ),
        lambda layers: SideBySide(layers[0]),
    ),
}

DRAWN_AXES: dict[type[nn.Module], int | None] = {nn.Dropout: None, StochasticDepth: 1, nn.Dropout1d: 2, nn.Dropout2d: 2}
ELEMENTWISE = (nn.Sequential, *(kind for kind in ACTIVATION_CLASSES.values() if kind not in MIXING))


def stack_models(models: Sequence[nn.Module], streams: Streams) -> nn.Module:
    """One model that computes all of `models` (of one architecture): (members, rows, ...) to (members, rows, outputs).

    Its parameters and buffers have the names of a single model's, with a leading axis of members.

    Raises:
        BadInput: when a layer has no batched counterpart.
    """
    return _stack([copy.deepcopy(models[0]), *models[1:]], streams)


def _stack(models: Sequence[nn.Module], streams: Streams) -> nn.Module:
    first = models[0]
    if type(first) in MIXING:
        return MIXING[type(first)](models)
    if type(first) in DRAWN_AXES:
        return BatchedDropout(first.p, streams, DRAWN_AXES[type(first)])
    children = list(first.named_children())
    own_weights = any(True for _ in first.parameters(recurse=False))
    unknown = type(first).__module__.startswith("torch.") and not isinstance(first, ELEMENTWISE)
    if own_weights or unknown:
        raise BadInput(f"A {type(first).__name__} layer can't be trained in a batch; train these runs one by one.")
    for name, _ in children:
        setattr(first, name, _stack([getattr(model, name) for model in models], streams))
    return first


def keep_members(model: nn.Module, kept: torch.Tensor) -> None:
    """Cut a stacked model down to the members of these indices (int64)."""
    for module in model.modules():
        for name, parameter in list(module.named_parameters(recurse=False)):
            setattr(module, name, nn.Parameter(parameter.detach()[kept], parameter.requires_grad))
        for name, buffer in list(module.named_buffers(recurse=False)):
            setattr(module, name, buffer[kept])
