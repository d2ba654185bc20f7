"""Whether the settings of a network over steps fit, and how many parameters it has. No torch."""

from __future__ import annotations

from core.models.base import ModelInput
from core.models.checks import check_cnn
from core.models.sizes import recurrent_layer, weighted

GATES = {"rnn": 1, "gru": 3, "lstm": 4}


def check_cnn_rnn(
    model_input: ModelInput, *, blocks: int, kernel: int, norm: str, pooling: str, **_: object
) -> list[str]:
    """List what keeps a CNN + RNN from being built."""
    return check_cnn(
        model_input, blocks=blocks, kernel=kernel, norm=norm, pooling=pooling, pool_every=1, activations=None
    )


def size_lstm_attention(
    model_input: ModelInput,
    outputs: int,
    *,
    hidden: int,
    layers: int,
    bidirectional: bool,
    attention: int,
    embedding: int,
    **_: object,
) -> int:
    """Count the parameters of an LSTM with attention."""
    total, features = _first(model_input, embedding)
    for _layer in range(layers):
        total += recurrent_layer(features, hidden, GATES["lstm"], bidirectional)
        features = hidden * (2 if bidirectional else 1)
    return total + (features + 2) * attention + (features + 1) * outputs


def size_cnn_rnn(
    model_input: ModelInput,
    outputs: int,
    *,
    channels: int,
    blocks: int,
    kernel: int,
    norm: str,
    pooling: str,
    cell: str,
    hidden: int,
    bidirectional: bool,
    embedding: int,
    **_: object,
) -> int:
    """Count the parameters of a CNN + RNN."""
    image = model_input.kind == "image"
    total, incoming = (0, model_input.shape[0]) if image else _first(model_input, embedding)
    for _block in range(blocks):
        total += weighted(incoming * channels * kernel ** (2 if image else 1), channels, norm)
        incoming = channels
    if image:
        incoming *= model_input.shape[2] >> (blocks if pooling != "none" else 0)
    total += recurrent_layer(incoming, hidden, GATES[cell], bidirectional)
    return total + (hidden * (2 if bidirectional else 1) + 1) * outputs


def size_tcn(
    model_input: ModelInput,
    outputs: int,
    *,
    channels: int,
    blocks: int,
    kernel: int,
    norm: str,
    embedding: int,
    **_: object,
) -> int:
    """Count the parameters of a temporal convolutional network."""
    total, incoming = _first(model_input, embedding)
    for _block in range(blocks):
        total += weighted(incoming * channels * kernel, channels, norm)
        total += weighted(channels * channels * kernel, channels, norm)
        if incoming != channels:
            total += (incoming + 1) * channels
        incoming = channels
    return total + (channels + 1) * outputs


def _first(model_input: ModelInput, embedding: int) -> tuple[int, int]:
    """Parameters of the word embedding, and how many numbers a step then has."""
    kind, shape = model_input.kind, model_input.shape
    if kind == "text":
        return model_input.vocabulary_size * embedding, embedding
    return 0, shape[0] * shape[2] if kind == "image" else shape[-1]
