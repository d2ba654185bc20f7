"""How many parameters an architecture has, by formula: for forms and limits. No torch."""

from __future__ import annotations

import math
from typing import Any

from core.models.base import ModelInput

CHANNEL_CAP = 512


def size_mlp(
    model_input: ModelInput, outputs: int, *, depth: int, width: int, norm: str, embedding: int, **_: object
) -> int:
    """Count the parameters of an MLP."""
    text = model_input.kind == "text"
    features = embedding if text else math.prod(model_input.shape)
    total = model_input.vocabulary_size * embedding if text else 0
    for _layer in range(depth):
        total += weighted(features * width, width, norm)
        features = width
    return total + (features + 1) * outputs


def size_cnn(
    model_input: ModelInput,
    outputs: int,
    *,
    channels: int,
    blocks: int,
    kernel: int,
    norm: str,
    pooling: str,
    pool_every: int,
    head: str,
    embedding: int,
    **_: object,
) -> int:
    """Count the parameters of a CNN."""
    image, text = model_input.kind == "image", model_input.kind == "text"
    sizes = list(model_input.shape[1:] if image else model_input.shape[:1])
    incoming = embedding if text else model_input.shape[0 if image else 1]
    total = model_input.vocabulary_size * embedding if text else 0
    for block in range(1, blocks + 1):
        total += weighted(incoming * channels * kernel ** len(sizes), channels, norm)
        incoming = channels
        if pooling != "none" and block % pool_every == 0:
            sizes = [size // 2 for size in sizes]
            channels = min(2 * channels, CHANNEL_CAP)
    features = incoming * (math.prod(sizes) if head == "flatten" else 1)
    return total + (features + 1) * outputs


def size_residual_cnn(
    model_input: ModelInput, outputs: int, *, stages: int, blocks: int, width: int, norm: str, **_: object
) -> int:
    """Count the parameters of a residual CNN."""
    total = weighted(9 * model_input.shape[0] * width, width, norm)
    incoming = width
    for stage in range(stages):
        channels = width * 2**stage
        for _block in range(blocks):
            total += weighted(9 * incoming * channels, channels, norm)
            total += weighted(9 * channels * channels, channels, norm)
            if incoming != channels:
                total += weighted(incoming * channels, channels, norm)
            incoming = channels
    return total + (incoming + 1) * outputs


def size_rnn(model_input: ModelInput, outputs: int, **params: Any) -> int:
    """Count the parameters of a plain recurrent network (one gate)."""
    return _recurrent(model_input, outputs, 1, **params)


def size_lstm(model_input: ModelInput, outputs: int, **params: Any) -> int:
    """Count the parameters of an LSTM (four gates)."""
    return _recurrent(model_input, outputs, 4, **params)


def size_gru(model_input: ModelInput, outputs: int, **params: Any) -> int:
    """Count the parameters of a GRU (three gates)."""
    return _recurrent(model_input, outputs, 3, **params)


def size_transformer(
    model_input: ModelInput,
    outputs: int,
    *,
    width: int,
    blocks: int,
    expansion: int,
    norm_place: str,
    **_: object,
) -> int:
    """Count the parameters of a transformer encoder."""
    kind, shape = model_input.kind, model_input.shape
    if kind == "text":
        total = model_input.vocabulary_size * width
    else:
        total = ((shape[0] * shape[-1] if kind == "image" else shape[-1]) + 1) * width
    total += blocks * encoder_block(width, expansion)
    return total + (2 * width if norm_place == "before" else 0) + (width + 1) * outputs


def size_efficientnet(model_input: ModelInput, outputs: int, **_: object) -> int:
    """Count the parameters of an EfficientNet-Lite0: those of its body, and a new output layer on 1,280 features."""
    return 3_371_008 + 1281 * outputs


def _recurrent(
    model_input: ModelInput,
    outputs: int,
    gates: int,
    *,
    hidden: int,
    layers: int,
    bidirectional: bool,
    embedding: int,
    **_: object,
) -> int:
    kind, shape = model_input.kind, model_input.shape
    features = {"text": embedding, "sequence": shape[-1], "image": shape[0] * shape[-1]}[kind]
    total = model_input.vocabulary_size * embedding if kind == "text" else 0
    directions = 2 if bidirectional else 1
    for _layer in range(layers):
        total += recurrent_layer(features, hidden, gates, bidirectional)
        features = directions * hidden
    return total + (features + 1) * outputs


def encoder_block(width: int, expansion: int) -> int:
    """Attention without key bias, a feed-forward part and two layer norms."""
    attention = (4 * width + 3) * width
    feed = (width + 1) * expansion * width + (expansion * width + 1) * width
    return attention + feed + 4 * width


def recurrent_layer(features: int, hidden: int, gates: int, bidirectional: bool) -> int:
    """One recurrent layer with two biases per gate, one way or both ways."""
    return (2 if bidirectional else 1) * gates * hidden * (features + hidden + 2)


def weighted(weights: int, features: int, norm: str) -> int:
    """A weight layer with its norm: bias except before batch norm, plus the norm's scale and shift."""
    bias = 0 if norm == "batch" else features
    return weights + bias + (2 * features if norm != "none" else 0)
