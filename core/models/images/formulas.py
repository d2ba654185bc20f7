"""Whether the settings of an image network fit, and how many parameters it has. No torch."""

from __future__ import annotations

import math

from core.models.base import ModelInput
from core.models.checks import check_halvings, check_heads
from core.models.sizes import CHANNEL_CAP, encoder_block, weighted


def check_vgg(model_input: ModelInput, *, stages: int, **_: object) -> list[str]:
    """List what keeps a VGG-like network from being built."""
    return check_halvings(model_input, stages)


def check_vit(model_input: ModelInput, *, patch: int, width: int, heads: int, **_: object) -> list[str]:
    """List what keeps a vision transformer from being built."""
    height, breadth = model_input.shape[1:]
    faults = check_heads(width, heads)
    if height % patch or breadth % patch:
        common = math.gcd(height, breadth)
        fitting = [str(size) for size in range(1, common + 1) if common % size == 0]
        faults.append(
            f"patches of {patch} x {patch} pixels can't cover an image of {height} x {breadth} evenly; "
            f"give a patch of {' or '.join(fitting)}"
        )
    return faults


def size_vgg(
    model_input: ModelInput,
    outputs: int,
    *,
    stages: int,
    convolutions: int,
    channels: int,
    dense: int,
    norm: str,
    **_: object,
) -> int:
    """Count the parameters of a VGG-like network."""
    incoming, *sizes = model_input.shape
    total = 0
    for _stage in range(stages):
        for _block in range(convolutions):
            total += weighted(9 * incoming * channels, channels, norm)
            incoming = channels
        sizes = [size // 2 for size in sizes]
        channels = min(2 * channels, CHANNEL_CAP)
    return total + (incoming * math.prod(sizes) + 1) * dense + (dense + 1) * outputs


def size_mobile(
    model_input: ModelInput,
    outputs: int,
    *,
    design: str,
    stages: int,
    blocks: int,
    width: int,
    expansion: int,
    norm: str,
    **_: object,
) -> int:
    """Count the parameters of a mobile network."""
    total = weighted(9 * model_input.shape[0] * width, width, norm)
    incoming = width
    for stage in range(stages):
        channels = width * 2**stage
        for _block in range(blocks):
            wide = incoming
            if design == "inverted":
                wide *= expansion
                total += weighted(incoming * wide, wide, norm)
            total += weighted(9 * wide, wide, norm) + weighted(wide * channels, channels, norm)
            incoming = channels
    if design == "inverted":
        total += weighted(incoming * expansion * incoming, expansion * incoming, norm)
        incoming *= expansion
    return total + (incoming + 1) * outputs


def size_vit(
    model_input: ModelInput, outputs: int, *, patch: int, width: int, blocks: int, expansion: int, **_: object
) -> int:
    """Count the parameters of a vision transformer."""
    channels, height, breadth = model_input.shape
    tokens = (height // patch) * (breadth // patch) + 1
    total = (channels * patch * patch + 1) * width + (tokens + 1) * width
    return total + blocks * encoder_block(width, expansion) + 2 * width + (width + 1) * outputs


def size_capsule(
    model_input: ModelInput,
    outputs: int,
    *,
    channels: int,
    stride: int,
    types: int,
    dimension: int,
    class_dimension: int,
    **_: object,
) -> int:
    """Count the parameters of a capsule network."""
    incoming, *sizes = model_input.shape
    capsules = types * math.prod(math.ceil(math.ceil(size / stride) / 2) for size in sizes)
    stem = (25 * incoming + 1) * channels
    primary = (9 * channels + 1) * types * dimension
    return stem + primary + capsules * dimension * outputs * class_dimension
