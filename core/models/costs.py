"""What a module costs for one sample and how far it sees: multiply-adds, receptive field, its settings in short."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from core.models.images.capsule import ClassCapsules
from core.models.images.vit import ClassTokenAndPositions
from core.models.minilm import FramedTokens
from core.models.parts.grouped import GroupedLinear
from core.models.parts.inputs import ChannelsFirst, RowsAsTime
from core.models.series.lstm_attention import AdditiveAttention
from core.models.transformer import SelfAttention

WHOLE = (SelfAttention, AdditiveAttention)  # modules with parts that a summary lists as one layer
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d)
POOLS = (nn.MaxPool1d, nn.MaxPool2d, nn.AvgPool1d, nn.AvgPool2d)
SEES_ALL = (nn.Flatten, nn.RNNBase, GroupedLinear, *WHOLE)


def multiply_adds(module: nn.Module, given: torch.Size, output: tuple[int, ...]) -> int:
    """Products of one sample, from the shapes of the module's input (with the batch axis) and output (without it)."""
    if isinstance(module, nn.Linear):
        return math.prod(output) * module.in_features
    if isinstance(module, CONVOLUTIONS):
        return math.prod(output) * math.prod(module.weight.shape[1:])
    if isinstance(module, nn.RNNBase):
        weights = [weight for name, weight in module.named_parameters() if name.startswith("weight")]
        return output[0] * sum(weight.numel() for weight in weights)
    if isinstance(module, SelfAttention):
        time, width = given[1:]
        return 4 * time * width * width + 2 * time * time * width  # scores and weighted values over all heads
    if isinstance(module, AdditiveAttention):
        time, features = given[1:]
        return time * (module.project.weight.numel() + module.score.weight.numel() + features)
    if isinstance(module, ClassCapsules):
        votes = module.weight.numel()
        return votes + (2 * module.rounds - 1) * (votes // module.weight.shape[2])  # sums, and agreement in between
    if isinstance(module, GroupedLinear):
        return module.weight.numel()
    return 0


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one position of a layer sees into the input, and how far apart two neighbours look, per axis."""

    extent: tuple[int, ...]
    jump: tuple[int, ...]


def first_reach(sample: torch.Tensor) -> Reach | None:
    """The reach of a batch of samples: images and series have positions, token ids too, tables have none."""
    axes = {4: 2, 3: 1, 2: 0 if sample.is_floating_point() else 1}.get(sample.ndim, 0)
    return Reach((1,) * axes, (1,) * axes) if axes else None


def widest(reaches: list[Reach | None]) -> Reach | None:
    """The largest reach per axis where branches meet; None, which is everything, beats all."""
    known = [reach for reach in reaches if reach is not None]
    if not known or len(known) < len(reaches):
        return None
    return Reach(
        tuple(max(sizes) for sizes in zip(*(reach.extent for reach in known), strict=True)),
        tuple(max(sizes) for sizes in zip(*(reach.jump for reach in known), strict=True)),
    )


def reach_after(module: nn.Module, reach: Reach | None, given: torch.Size, output: torch.Size) -> Reach | None:
    """The reach of the module's output, see `Reach`; a module that is not known and changes the shape sees everything."""
    if reach is None or isinstance(module, SEES_ALL):
        return None
    if isinstance(module, (*CONVOLUTIONS, *POOLS)):
        return _slid(module, reach)
    if isinstance(module, RowsAsTime):
        return Reach((reach.extent[0], given[3] * reach.jump[1]), reach.jump)
    if isinstance(module, nn.Linear):
        return reach if len(given) > 2 else None
    if isinstance(module, (nn.Embedding, ChannelsFirst, ClassTokenAndPositions, FramedTokens)) or given == output:
        return reach
    return None


def _slid(module: Any, reach: Reach) -> Reach:
    axes = 1 if isinstance(module, (nn.Conv1d, nn.MaxPool1d, nn.AvgPool1d)) else 2
    kernel, stride, dilation = (
        _per_axis(getattr(module, name, 1), axes) for name in ("kernel_size", "stride", "dilation")
    )
    extent, jump = list(reach.extent), list(reach.jump)
    for axis in range(axes):
        extent[axis] += (kernel[axis] - 1) * dilation[axis] * jump[axis]
        jump[axis] *= stride[axis]
    return Reach(tuple(extent), tuple(jump))


def _per_axis(value: int | tuple[int, ...], axes: int) -> tuple[int, ...]:
    return (value,) * axes if isinstance(value, int) else tuple(value)


def detail(module: Any) -> str:
    """How a module is set, in short, where its type and shapes don't tell."""
    if isinstance(module, (*CONVOLUTIONS, *POOLS)):
        axes = 1 if isinstance(module, (nn.Conv1d, nn.MaxPool1d, nn.AvgPool1d)) else 2
        said = [" × ".join(map(str, _per_axis(module.kernel_size, axes)))]
        stride, dilation = (max(_per_axis(getattr(module, name, 1), axes)) for name in ("stride", "dilation"))
        if isinstance(module, CONVOLUTIONS):
            said += [f"stride {stride}"] * (stride > 1) + [f"dilation {dilation}"] * (dilation > 1)
            said += ["one filter per channel"] * (module.groups > 1)
        return ", ".join(said)
    if isinstance(module, SelfAttention):
        return "with 1 head" if module.heads == 1 else f"with {module.heads} heads"
    if isinstance(module, ClassCapsules):
        return f"by {module.rounds} rounds of routing" if module.rounds > 1 else "without routing"
    return f"{module.p:g}" if isinstance(module, nn.Dropout) else ""
