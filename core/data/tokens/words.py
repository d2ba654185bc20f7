"""Texts as whole words: a number for each of the commonest, one number for all others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

WORD = re.compile(r"[a-z0-9']+|[!?:;()]+")
PADDING, UNKNOWN = "<pad>", "<unknown>"
UNKNOWN_ID = 1
BLANK = "…"  # stands for a word without a number, in texts that are written out


def tokenize(text: str) -> list[str]:
    """Lower-case words and runs of the punctuation that carries mood."""
    return WORD.findall(text.lower())


def common_words(texts: Iterable[str], most: int) -> tuple[str, ...]:
    """A vocabulary of padding, unknown, and the `most` commonest words of the texts."""
    counts = Counter(word for text in texts for word in tokenize(text))
    return (PADDING, UNKNOWN, *(word for word, _ in counts.most_common(most)))


class Words:
    """Reads and writes texts with a vocabulary of `common_words`."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._vocabulary = vocabulary
        self._ids = {word: number for number, word in enumerate(vocabulary) if number > UNKNOWN_ID}

    def ids(self, text: str) -> list[int]:
        """The number of each word; BLANK is a word without a number."""
        found = re.findall(f"{BLANK}|{WORD.pattern}", text.lower())
        return [self._ids.get(word, UNKNOWN_ID) for word in found]

    def text(self, ids: Iterable[int]) -> str:
        """The words of those numbers, padding left out: `ids` of it gives the same numbers."""
        return " ".join(BLANK if one == UNKNOWN_ID else self._vocabulary[one] for one in ids if one)

    def unknown(self, text: str) -> list[str]:
        """The words that have no number, in alphabetic order."""
        return sorted({word for word in tokenize(text) if word not in self._ids})
