"""The reader that belongs to a vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

from core.data.tokens.wordpiece import UNKNOWN_PIECE, WordPiece
from core.data.tokens.words import Words


class Reader(Protocol):
    """Turns texts into token ids and back."""

    def ids(self, text: str) -> list[int]:
        """The number of each token."""

    def text(self, ids: Iterable[int]) -> str:
        """A text with those tokens."""

    def unknown(self, text: str) -> list[str]:
        """The words that the vocabulary can't tell apart."""


def reader_of(vocabulary: Sequence[str]) -> Reader:
    """WordPiece for a vocabulary with its [UNK], whole words for any other."""
    return WordPiece(vocabulary) if UNKNOWN_PIECE in vocabulary else Words(vocabulary)


def token_rows(texts: Iterable[str], vocabulary: Sequence[str], length: int) -> np.ndarray:
    """Texts as rows of `length` ids, cut or padded with 0 at their end: (rows, length) int64."""
    reader = reader_of(vocabulary)
    found = [reader.ids(text)[:length] for text in texts]
    x = np.zeros((len(found), length), np.int64)
    for row, ids in enumerate(found):
        x[row, : len(ids)] = ids
    return x
