"""Pretrained word embeddings: MiniLM's own, a word of several pieces as their mean. No torch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from safetensors import safe_open

from core.data.tokens.package import minilm_file
from core.data.tokens.wordpiece import UNKNOWN_PIECE, WordPiece, minilm_vocabulary
from core.data.tokens.words import UNKNOWN

EMBEDDING_SIZE = 384


def word_embeddings(vocabulary: Sequence[str]) -> np.ndarray:
    """A vector for each word or piece of `vocabulary`, (tokens, 384) float32, padding 0.

    They are the first layer of all-MiniLM-L6-v2: what a word means by itself. What it means beside others, its blocks
    work out.

    Raises:
        BadInput: when the package is not installed.
    """
    with safe_open(minilm_file("model.safetensors"), framework="np") as file:
        table: np.ndarray = file.get_tensor("embeddings.word_embeddings.weight")
    return spread(table, minilm_vocabulary(), vocabulary)


def spread(table: np.ndarray, pieces: Sequence[str], vocabulary: Sequence[str]) -> np.ndarray:
    """Vectors for the words of `vocabulary` from a `table` with one row for each of `pieces`."""
    found = np.zeros((len(vocabulary), table.shape[1]), np.float32)
    if tuple(vocabulary) == tuple(pieces):
        found[1:] = table[1:]
        return found
    reader = WordPiece(pieces)
    for number, word in enumerate(vocabulary[1:], 1):
        found[number] = table[reader.ids(UNKNOWN_PIECE if word == UNKNOWN else word)].mean(axis=0)
    return found
