"""Whose turn it is: few jobs before many, then first come; who does not look is gone; a limit for each asker."""

from __future__ import annotations

import pytest

from core.errors import BadInput
from core.explain.worker.answers import Answer
from core.runtime.explaining.desk import Desk, Job
from core.runtime.explaining.ticket import Ticket


class Clock:
    """Time that stands still until it is told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def add(desk: Desk, key: str, asker: str) -> Job:
    return desk.add(key, "explain", {}, "slow", asker)


def keys(desk: Desk, count: int) -> str:
    """The keys of the next jobs, each ended before the next is taken."""
    found = ""
    for _ in range(count):
        job = desk.take("slow", 0)
        assert job is not None
        found += job.key
        desk.end(job, "done", answer=Answer({}, {}))
    return found


def test_one_who_asks_for_much_does_not_keep_the_others_waiting() -> None:
    desk = Desk()
    for key in "abcd":
        add(desk, key, "greedy")
    for key, asker in (("x", "modest"), ("y", "modest"), ("z", "late")):
        add(desk, key, asker)
    x, b = desk.join("x", "modest"), desk.join("b", "greedy")
    assert x is not None
    assert b is not None
    assert (desk.place(x), desk.place(b)) == (2, 4)
    assert keys(desk, 1) == "a"
    assert (desk.place(x), desk.place(b)) == (1, 3)
    assert keys(desk, 6) == "xzbycd"
    for key in "ef":
        add(desk, key, "greedy")
    add(desk, "w", "late")
    assert keys(desk, 3) == "ewf"  # nobody has saved up turns, and nobody owes any for long


def test_nobody_starves() -> None:
    desk = Desk()
    add(desk, "a", "greedy")
    add(desk, "b", "greedy")
    order = ""
    for key in "12345":  # with each turn somebody new comes
        add(desk, key, f"asker {key}")
        order += keys(desk, 1)
    assert order == "a12b3"


def test_what_many_want_has_the_place_of_the_luckiest() -> None:
    desk = Desk()
    for key in "abc":
        add(desk, key, "greedy")
    add(desk, "x", "modest")
    assert desk.join("c", "other") is not None
    assert keys(desk, 4) == "acxb"


def test_who_does_not_look_for_a_minute_is_gone() -> None:
    clock = Clock()
    desk = Desk(clock=clock)
    shared, alone = add(desk, "shared", "stays"), add(desk, "alone", "leaves")
    desk.join("shared", "leaves")
    ticket = Ticket(desk, shared, "stays", lambda answer: answer)
    clock.now = 50
    assert ticket.state == "waiting"
    clock.now = 70
    assert ticket.place == 1
    assert shared.askers.keys() == {"stays"}
    assert alone.state == "cancelled"
    assert alone.sentence == "It was called off, since nobody had looked at it for 60 s; ask again."
    assert desk.join("alone", "leaves") is None
    taken = desk.take("slow", 0)
    assert taken is shared
    clock.now = 500  # what runs is finished
    assert ticket.state == "running"
    assert desk.take("slow", 0) is None


def test_a_cancelled_wait_ends_with_the_last_asker() -> None:
    desk = Desk()
    job = add(desk, "a", "one")
    desk.join("a", "two")
    tickets = [Ticket(desk, job, asker, lambda answer: answer) for asker in ("one", "two")]
    assert tickets[0].sentence == "It waits for its turn: number 1 in the queue."
    tickets[0].cancel()
    assert [ticket.state for ticket in tickets] == ["cancelled", "waiting"]
    tickets[1].cancel()
    assert desk.take("slow", 0) is None
    assert desk.join("a", "one") is None


def test_nobody_has_more_than_a_few_waiting() -> None:
    desk = Desk(most_waiting=3)
    for key in "abc":
        add(desk, key, "greedy")
    with pytest.raises(
        BadInput, match="You have 3 explanations waiting, and no more than 3 can; wait for one, or cancel"
    ):
        add(desk, "d", "greedy")
    assert add(desk, "a", "greedy").key == "a"  # it waits already
    add(desk, "d", "other")
    known = desk.add("e", "explain", {}, "slow", "greedy", Answer({"known": 1}, {}))
    assert known.state == "done"
    keys(desk, 1)
    add(desk, "f", "greedy")
