"""Data sets of short texts as token ids, shape (rows, time); id 0 is padding."""

from __future__ import annotations

import numpy as np

from core.data.base import Dataset
from core.data.files import sample_file
from core.data.tokens.reading import token_rows
from core.data.tokens.wordpiece import minilm_vocabulary
from core.data.tokens.words import common_words


def tweets(seed: int, *, tokens: str = "words", max_words: int = 2000, max_length: int = 32) -> Dataset:
    """Tweet-like sentences rated by people: positive (score >= 0.5) or negative (<= -0.5); the ones between are left out.

    `tokens` is words: the `max_words` commonest of all rows, which uses no labels, so nothing leaks of them; or wordpiece:
    the pieces that MiniLM knows.

    Raises:
        BadInput: for wordpiece when MiniLM's package is not installed.
    """
    import pandas as pd

    table = pd.read_csv(sample_file("tweets.csv.gz"))
    table = table[table["score"].abs() >= 0.5]
    vocabulary = minilm_vocabulary() if tokens == "wordpiece" else common_words(table["text"], max_words)
    x = token_rows(table["text"], vocabulary, max_length)
    y = (table["score"] > 0).to_numpy(np.int64)
    noun = "piece" if tokens == "wordpiece" else "word"
    return Dataset(
        "tweets", "text", "classification", x, y, class_names=("negative", "positive"),
        feature_names=tuple(f"{noun} {i + 1}" for i in range(max_length)), target_name="mood", vocabulary=vocabulary,
    )  # fmt: skip
