"""Texts as WordPiece tokens, as BERT reads them without upper case: common words whole, others in pieces."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

from core.data.tokens.package import minilm_file

UNKNOWN_PIECE = "[UNK]"
SPECIAL = ("[PAD]", UNKNOWN_PIECE, "[CLS]", "[SEP]", "[MASK]")
INSIDE = "##"  # marks a piece that goes on from the one before
LONGEST_WORD = 100
CJK = (
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
)  # fmt: skip
ASCII_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")  # some of it counts as symbols in Unicode


@cache
def minilm_vocabulary() -> tuple[str, ...]:
    """The 30,522 pieces that all-MiniLM-L6-v2 was trained with (those of BERT, uncased), by id.

    Raises:
        BadInput: when the package is not installed.
    """
    return tuple(minilm_file("vocab.txt").read_text(encoding="utf-8").splitlines())


def basic_tokens(text: str) -> list[str]:
    """Lower-case words without accents; punctuation and Chinese characters each by themselves (Devlin et al. 2019)."""
    spaced = []
    for character in text:
        category = unicodedata.category(character)
        if character in "\t\n\r" or category == "Zs":
            spaced.append(" ")
        elif not (category.startswith("C") or character == "\N{REPLACEMENT CHARACTER}"):  # control characters go
            spaced.append(f" {character} " if _is_cjk(character) else character)
    bare = unicodedata.normalize("NFD", "".join(spaced).lower())
    apart = (
        f" {character} " if _is_punctuation(character) else character
        for character in bare
        if unicodedata.category(character) != "Mn"
    )
    return "".join(apart).split()


class WordPiece:
    """Reads and writes texts with a vocabulary of pieces, in which [UNK] stands for what can't be put together."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._vocabulary = vocabulary
        self._ids = {piece: number for number, piece in enumerate(vocabulary)}
        self._marks = re.compile("(" + "|".join(map(re.escape, SPECIAL)) + ")")

    def pieces(self, text: str) -> list[str]:
        """The pieces of a text, without [CLS] and [SEP], which the network adds; marks such as [UNK] in it stay whole."""
        found: list[str] = []
        for part in self._marks.split(text):
            found += [part] if part in SPECIAL else [one for word in basic_tokens(part) for one in self._split(word)]
        return found

    def ids(self, text: str) -> list[int]:
        """The number of each piece."""
        return [self._ids[piece] for piece in self.pieces(text)]

    def text(self, ids: Iterable[int]) -> str:
        """The pieces of those numbers joined to words, padding left out: `ids` of it gives the same numbers."""
        return " ".join(self._vocabulary[one] for one in ids if one).replace(f" {INSIDE}", "")

    def unknown(self, text: str) -> list[str]:
        """The words that can't be put together from pieces, in alphabetic order."""
        words = (word for part in self._marks.split(text) if part not in SPECIAL for word in basic_tokens(part))
        return sorted({word for word in words if self._split(word) == [UNKNOWN_PIECE]})

    def _split(self, word: str) -> list[str]:
        """The longest piece that fits first, then the longest that goes on from it, and so on."""
        pieces: list[str] = []
        start = 0 if len(word) <= LONGEST_WORD else len(word) + 1
        while start < len(word):
            mark = INSIDE if start else ""
            fitting = (end for end in range(len(word), start, -1) if mark + word[start:end] in self._ids)
            end = next(fitting, None)
            if end is None:
                return [UNKNOWN_PIECE]
            pieces.append(mark + word[start:end])
            start = end
        return pieces or [UNKNOWN_PIECE]


def _is_cjk(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in CJK)


def _is_punctuation(character: str) -> bool:
    return character in ASCII_PUNCTUATION or unicodedata.category(character).startswith("P")
