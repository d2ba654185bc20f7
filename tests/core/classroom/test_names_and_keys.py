"""Nicknames, codes, cookies and how often one may try."""

from __future__ import annotations

import random
import stat
from pathlib import Path

import pytest

from core.classroom import keys
from core.classroom.names import LONGEST, MARKUP, cleaned, folded
from core.errors import BadInput


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Zoë \n Müller ", "Zoë Müller"),
        ("<script>alert(1)</script>", "scriptalert(1)/script"),
        ("a\u202eb\u200bc\x00d", "abcd"),
        ("नमिता", "नमिता"),
        ("x" * 90, "x" * LONGEST),
        ("a" + "\u0336" * 40, "a\u0336\u0336"),
    ],
)
def test_a_nickname_keeps_what_people_read(typed: str, kept: str) -> None:
    assert cleaned(typed) == kept


@pytest.mark.parametrize("typed", ["", "   ", "<>", "\u200b\u202e", "!!!"])
def test_nothing_to_read_is_refused(typed: str) -> None:
    with pytest.raises(BadInput, match="at least one letter"):
        cleaned(typed)


@pytest.mark.parametrize("seed", range(200))
def test_whatever_is_typed_no_markup_or_control_character_is_left(seed: int) -> None:
    draw = random.Random(seed)
    kinds = (range(32, 127), range(0x2FFF), range(0xD7FF), range(0x1F300, 0x1F700))
    typed = "".join(chr(draw.choice(draw.choice(kinds))) for _ in range(draw.randrange(1, 60)))
    try:
        name = cleaned(typed)
    except BadInput:
        return
    assert 0 < len(name) <= LONGEST
    assert not set(name) & set(MARKUP)
    assert name.isprintable()
    assert cleaned(name) == name


def test_names_that_look_alike_fold_to_the_same() -> None:
    assert folded("Zoë  M.") == folded("zoe m") == "zoem"
    assert folded("Ann") != folded("Anna")


def test_the_secret_is_for_its_owner_and_outlives_a_restart(tmp_path: Path) -> None:
    first = keys.secret_of(tmp_path / "class")
    assert keys.secret_of(tmp_path / "class") == first
    assert len(first) == keys.SECRET_BYTES
    assert stat.S_IMODE((tmp_path / "class" / "secret").stat().st_mode) == 0o600


def test_a_join_code_can_be_read_aloud_and_changes_with_its_generation() -> None:
    code, other = keys.join_code(b"s" * 32, 0), keys.join_code(b"s" * 32, 1)
    assert code != other
    assert len(code) == keys.CODE_LENGTH
    assert set(code) <= set(keys.CODE_LETTERS)
    assert keys.typed_code(f" {code[:4].lower()}-{code[4:]} ") == code


def test_a_cookie_proves_who_wrote_it() -> None:
    signer = keys.Signer(b"a" * 32, 60)
    cookie = signer.sign("ann")
    assert signer.read(cookie) == "ann"
    assert keys.Signer(b"b" * 32, 60).read(cookie) is None
    assert keys.Signer(b"a" * 32, -1).read(cookie) is None
    for forged in ("", "ann", cookie[:-1], cookie.replace(".", ",", 1), "x" + cookie, "é" * 9, cookie * 100):
        assert signer.read(forged) is None


def test_a_throttle_lets_some_through_at_once_and_then_one_by_one() -> None:
    now = [0.0]
    throttle = keys.Throttle(3, 2.0, clock=lambda: now[0])
    assert [throttle.allows("a") for _ in range(5)] == [True, True, True, False, False]
    assert throttle.allows("b")
    assert [throttle.spent(name) for name in "abc"] == [True, False, False]
    now[0] = 2.0
    assert [throttle.allows("a") for _ in range(2)] == [True, False]
    now[0] = 100.0
    assert [throttle.allows("a") for _ in range(4)] == [True, True, True, False]


def test_a_throttle_remembers_a_bounded_number_of_names() -> None:
    throttle = keys.Throttle(1, 1000.0)
    for number in range(throttle.MOST_NAMES + 10):
        throttle.allows(str(number))
    assert len(throttle._left) <= throttle.MOST_NAMES
