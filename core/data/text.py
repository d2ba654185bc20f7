"""Data sets of short texts as token ids, shape (rows, time); id 0 is padding, 1 a word not in the vocabulary."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

from core.data.base import Dataset
from core.data.files import sample_file

WORD = re.compile(r"[a-z0-9']+|[!?:;()]+")
PADDING, UNKNOWN = "<pad>", "<unknown>"


def tokenize(text: str) -> list[str]:
    """Lower-case words and runs of the punctuation that carries mood."""
    return WORD.findall(text.lower())


def tweets(seed: int, *, max_words: int = 2000, max_length: int = 32) -> Dataset:
    """Tweet-like sentences rated by people: positive (score >= 0.5) or negative (<= -0.5); the ones between are left out.

    The vocabulary holds the `max_words` commonest words of all rows: it uses no labels, so nothing leaks of them.
    """
    import pandas as pd

    table = pd.read_csv(sample_file("tweets.csv.gz"))
    table = table[table["score"].abs() >= 0.5]
    tokens = [tokenize(text) for text in table["text"]]
    counts = Counter(word for words in tokens for word in words)
    vocabulary = (PADDING, UNKNOWN, *(word for word, _ in counts.most_common(max_words)))
    index = {word: i for i, word in enumerate(vocabulary)}
    x = np.zeros((len(tokens), max_length), np.int64)
    for row, words in enumerate(tokens):
        ids = [index.get(word, 1) for word in words[:max_length]]
        x[row, : len(ids)] = ids
    y = (table["score"] > 0).to_numpy(np.int64)
    return Dataset(
        "tweets", "text", "classification", x, y, class_names=("negative", "positive"),
        feature_names=tuple(f"word {i + 1}" for i in range(max_length)), target_name="mood", vocabulary=vocabulary,
    )  # fmt: skip
