"""What stands for words in charts and choices: only tokens that occur, by name, whatever the size of the vocabulary."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.data.base import Prepared
from core.data.prepare import prepare
from core.explain.concepts.examples import common_tokens
from core.explain.features import feature_table

PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "##ness", "bad", "never")
X = np.array([[4, 5, 4, 0], [6, 1, 1, 1], [4, 0, 0, 0]])


def data() -> Prepared:
    found = prepare("tweets", {}, seed=0, validation_fraction=0.2, standardise=True, limit=40)
    return replace(found, vocabulary=PIECES, x_train=X, x_val=X)


def test_attributions_are_summed_by_token_and_padding_is_left_out() -> None:
    values = np.array([[1.0, 2.0, 4.0, 9.0], [8.0, -1.0, 0.0, 0.0], [0.5, 9.0, 9.0, 9.0]])
    table = feature_table(data(), X, values)
    assert dict(zip(table.names, table.values.T.tolist(), strict=True)) == {
        "bad": [0, 8, 0], "good": [5, 0, 0.5], "##ness": [2, 0, 0], "[UNK]": [0, -1, 0],
    }  # fmt: skip
    assert table.features[:, table.names.index("good")].tolist() == [2, 0, 1]
    assert table.names[0] == "bad"


def test_the_commonest_tokens_are_offered_and_marks_are_none() -> None:
    assert common_tokens(data(), 2) == ("good", "##ness")
    assert common_tokens(data(), 9) == ("good", "##ness", "bad")
    table = prepare("iris", {}, seed=0, validation_fraction=0.2, standardise=True)
    assert common_tokens(table, 5) == ()
