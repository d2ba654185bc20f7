"""How many parameters an architecture has, by formula: for forms and limits. No torch."""

from __future__ import annotations

import itertools
import math
from typing import Any

from core.models.base import ModelInput
from core.models.parts.activation_table import ACTIVATION_PARAMETERS, activation_pieces, layer_activations

CHANNEL_CAP = 512
VALUE_NORMS = {"batch": 2, "layer": 2, "group": 2, "instance": 2, "rms": 1}  # scale and shift of each feature


def size_mlp(
    model_input: ModelInput,
    outputs: int,
    *,
    depth: int,
    width: int,
    activation: str,
    norm: str,
    norm_place: str,
    skip: bool,
    learn_residual_scale: bool,
    embedding: int,
    activations: str | None,
    **_: object,
) -> int:
    """Count the parameters of an MLP."""
    text = model_input.kind == "text"
    features = embedding if text else _node_features(model_input) or math.prod(model_input.shape)
    total = model_input.vocabulary_size * embedding if text else 0
    for name in layer_activations(activation, activations, depth):
        total += _hidden(features, width, norm, norm_place, name)
        features = width
    total += depth - 1 if skip and learn_residual_scale else 0
    return total + (features + 1) * outputs


def size_cnn(
    model_input: ModelInput,
    outputs: int,
    *,
    channels: int,
    blocks: int,
    kernel: int,
    activation: str,
    norm: str,
    norm_place: str,
    pooling: str,
    pool_every: int,
    head: str,
    embedding: int,
    activations: str | None,
    **_: object,
) -> int:
    """Count the parameters of a CNN."""
    image, text = model_input.kind == "image", model_input.kind == "text"
    sizes = list(model_input.shape[1:] if image else model_input.shape[:1])
    incoming = embedding if text else model_input.shape[0 if image else 1]
    total = model_input.vocabulary_size * embedding if text else 0
    for block, name in enumerate(layer_activations(activation, activations, blocks), start=1):
        total += _hidden(incoming * kernel ** len(sizes), channels, norm, norm_place, name)
        incoming = channels
        if pooling != "none" and block % pool_every == 0:
            sizes = [size // 2 for size in sizes]
            channels = min(2 * channels, CHANNEL_CAP)
    features = incoming * (math.prod(sizes) if head == "flatten" else 1)
    return total + (features + 1) * outputs


def size_residual_cnn(
    model_input: ModelInput,
    outputs: int,
    *,
    stages: int,
    blocks: int,
    width: int,
    activation: str,
    norm: str,
    order: str,
    learn_residual_scale: bool,
    **_: object,
) -> int:
    """Count the parameters of a residual CNN."""
    total = _weights(9 * model_input.shape[0] * width, width, norm) + (stages * blocks if learn_residual_scale else 0)
    total += (1 + 2 * stages * blocks) * ACTIVATION_PARAMETERS.get(activation, 0)
    normed = [width] if order == "post" else []
    incoming = width
    for stage in range(stages):
        channels = width * 2**stage
        for _block in range(blocks):
            total += _weights(9 * incoming * channels, channels, norm) + _weights(
                9 * channels * channels, channels, norm
            )
            normed += [channels, channels] if order == "post" else [incoming, channels]
            if incoming != channels:
                total += _weights(incoming * channels, channels, norm)
                normed += [channels] if order == "post" else []
            incoming = channels
    normed += [incoming] if order == "pre" else []
    return total + VALUE_NORMS.get(norm, 0) * sum(normed) + (incoming + 1) * outputs


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
    activation: str,
    norm_kind: str,
    norm_place: str,
    learn_residual_scale: bool,
    **_: object,
) -> int:
    """Count the parameters of a transformer encoder."""
    kind, shape = model_input.kind, model_input.shape
    if kind == "text":
        total = model_input.vocabulary_size * width
    else:
        total = ((shape[0] * shape[-1] if kind == "image" else shape[-1]) + 1) * width
    attention = (4 * width + 3) * width
    feed = (width + 1) * expansion * width + (expansion * width + 1) * width
    total += blocks * (attention + feed + (2 if learn_residual_scale else 0) + ACTIVATION_PARAMETERS.get(activation, 0))
    normed = {"before": 2 * blocks + 1, "after": 2 * blocks, "none": 0}[norm_place]
    return total + VALUE_NORMS[norm_kind] * width * normed + (width + 1) * outputs


def size_efficientnet(model_input: ModelInput, outputs: int, **_: object) -> int:
    """Count the parameters of an EfficientNet-Lite0: those of its body, and a new output layer on 1,280 features."""
    return 3_371_008 + 1281 * outputs


def size_minilm(model_input: ModelInput, outputs: int, *, blocks: int, **_: object) -> int:
    """Count the parameters of a MiniLM: 384 numbers for each token, 512 positions, two ends and a norm; its blocks."""
    return (model_input.vocabulary_size + 516) * 384 + blocks * encoder_block(384, 4) + 385 * outputs


def size_gcn(model_input: ModelInput, outputs: int, *, hidden: int, layers: int, **_: object) -> int:
    """Count the parameters of a graph convolutional network."""
    return _graph_layers(_node_features(model_input), outputs, 1, hidden, layers)


def size_graph_sage(model_input: ModelInput, outputs: int, *, hidden: int, layers: int, **_: object) -> int:
    """Count the parameters of GraphSAGE, whose layers read twice as many numbers."""
    return _graph_layers(_node_features(model_input), outputs, 2, hidden, layers)


def size_gat(model_input: ModelInput, outputs: int, *, hidden: int, layers: int, heads: int, **_: object) -> int:
    """Count the parameters of a graph attention network: two vectors of attention and a bias beside each matrix."""
    total, features = 0, _node_features(model_input)
    for _layer in range(layers - 1):
        total += (features + 3) * heads * hidden
        features = heads * hidden
    return total + 2 * features + (features + 1) * outputs


def size_autoencoder(model_input: ModelInput, outputs: int, *, code: int, width: int, depth: int, **_: object) -> int:
    """Count the parameters of an autoencoder."""
    widths = [max(width >> layer, code) for layer in range(depth)]
    sizes = [math.prod(model_input.shape), *widths, code, *reversed(widths), outputs]
    return sum((before + 1) * after for before, after in itertools.pairwise(sizes))


def size_conv_autoencoder(
    model_input: ModelInput, outputs: int, *, code: int, channels: int, stages: int, **_: object
) -> int:
    """Count the parameters of a convolutional autoencoder."""
    incoming, *size = model_input.shape
    widths = [incoming, *(min(channels << stage, CHANNEL_CAP) for stage in range(stages))]
    features = widths[-1] * math.prod(math.ceil(side / 2**stages) for side in size)
    pairs = [*itertools.pairwise(widths), *itertools.pairwise([*reversed(widths[1:]), widths[1], incoming])]
    return (features + 1) * code + (code + 1) * features + sum((9 * before + 1) * after for before, after in pairs)


def _graph_layers(features: int, outputs: int, growth: int, hidden: int, layers: int) -> int:
    total = 0
    for _layer in range(layers - 1):
        total += (growth * features + 1) * hidden
        features = hidden
    return total + (growth * features + 1) * outputs


def _node_features(model_input: ModelInput) -> int:
    """Features of each node of a graph; 0 for other kinds."""
    return 0 if model_input.graph is None else int(model_input.graph.features.shape[1])


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


def _hidden(incoming: int, width: int, norm: str, place: str, activation: str) -> int:
    """A weight layer of `width` units that read `incoming` numbers each, with its norm and activation."""
    wide = width * activation_pieces(activation)
    normed = VALUE_NORMS.get(norm, 0) * (wide if place == "before" else width)
    return _weights(incoming * wide, wide, norm, place) + normed + ACTIVATION_PARAMETERS.get(activation, 0)


def _weights(count: int, features: int, norm: str, place: str = "before") -> int:
    """A weight layer: its bias except before a norm that takes it away, and the lengths of weight norm."""
    biased = place == "after" or norm not in ("batch", "instance")
    return count + (features if biased else 0) + (features if norm == "weight" else 0)


def encoder_block(width: int, expansion: int) -> int:
    """Attention without key bias, a feed-forward part and two layer norms."""
    attention = (4 * width + 3) * width
    feed = (width + 1) * expansion * width + (expansion * width + 1) * width
    return attention + feed + 4 * width


def recurrent_layer(features: int, hidden: int, gates: int, bidirectional: bool) -> int:
    """One recurrent layer with two biases per gate, one way or both ways."""
    return (2 if bidirectional else 1) * gates * hidden * (features + hidden + 2)


def weighted(weights: int, features: int, norm: str) -> int:
    """A weight layer with its norm: bias except before one that takes it away, plus the norm's scale and shift."""
    return _weights(weights, features, norm) + VALUE_NORMS.get(norm, 0) * features
