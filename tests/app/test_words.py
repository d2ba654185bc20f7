"""Escaping and words."""

from __future__ import annotations

import math

import pytest

from app import words


@pytest.mark.parametrize(
    "text", ["**bold**", "# head", "[a](http://x)", "`code`", "$x^2$", "<b>x</b>", "a | b", "~~x~~", "1. one", "- item"]
)
def test_markdown_is_escaped(text: str) -> None:
    escaped = words.plain(text)
    for special in "*#[]()`$<>|~.-":
        assert escaped.count(f"\\{special}") == text.count(special)


def test_icons_and_colours_can_not_be_written_into_a_name() -> None:
    assert ":material" not in words.plain(":material/home:")
    assert ":red[" not in words.plain(":red[x]")
    assert words.plain("a\nb\t c") == "a b c"


def test_numbers() -> None:
    assert words.number(None) == "–"
    assert words.number(math.nan) == "NaN"
    assert words.number(0.96412) == "0.9641"
    assert words.number(12345) == "12,345"
    assert words.number(1e-7) == "1e-07"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.84, "0.8 s"), (42, "42 s"), (185, "3 min 05 s"), (7800, "2 h 10 min"), (None, "–"), (math.inf, "–")],
)
def test_durations(seconds: float | None, said: str) -> None:
    assert words.duration(seconds) == said


def test_counts_and_sizes() -> None:
    assert words.count(1, "run") == "1 run"
    assert words.count(2, "entry", "entries") == "2 entries"
    assert words.size(1536) == "1.5 KB"
    assert words.size(12) == "12 B"


def test_metrics() -> None:
    assert words.metric("val_f1") == "validation F1"
    assert words.metric("train_loss_eval") == "training loss"
    assert words.metric("") == ""
