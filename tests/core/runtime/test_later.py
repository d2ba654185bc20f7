"""Questions asked in the background: one at a time, each asker's newest only, faults told where the answer is read."""

from __future__ import annotations

import threading

import pytest

from core.runtime.later import Later


def test_the_same_question_is_asked_once_and_another_anew() -> None:
    later, calls = Later(), []
    first = later.ask("a", 1, lambda: calls.append(1) or len(calls))
    assert first.result(5) == 1
    assert later.ask("a", 1, lambda: calls.append(1) or len(calls)) is first
    assert later.ask("a", 2, lambda: calls.append(1) or len(calls)).result(5) == 2
    assert later.ask("b", 1, lambda: calls.append(1) or len(calls)).result(5) == 3


def test_a_waiting_question_gives_way_to_a_newer_one_of_its_asker() -> None:
    later, gate, begun, asked = Later(), threading.Event(), threading.Event(), []

    def slow() -> str:
        begun.set()
        gate.wait(5)
        return "slow"

    running = later.ask("a", 0, slow)
    begun.wait(5)
    stale = later.ask("b", 1, lambda: asked.append(1))
    other = later.ask("c", 1, lambda: asked.append(2))
    newest = later.ask("b", 2, lambda: asked.append(3))
    assert stale.cancelled()
    assert not newest.done()
    gate.set()
    newest.result(5)
    other.result(5)
    assert running.result(5) == "slow"
    assert sorted(asked) == [2, 3]


def test_what_goes_wrong_is_raised_where_the_answer_is_read() -> None:
    def broken() -> None:
        raise ValueError("no")

    later = Later()
    with pytest.raises(ValueError, match="no"):
        later.ask("a", 0, broken).result(5)
