"""What in a class concerns the page of one visitor: a short text that changes with it, and who has to draw anew for it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any

import orjson

from core.classroom.events import ClassState
from core.classroom.visitors import Visitor


def news_for(visitor: Visitor, state: ClassState) -> str:
    """A short text that changes whenever a visitor's page may have to be drawn anew because of the class."""
    told = _always(visitor, state)
    if not visitor.teaches:
        told.append(
            state.shown and [state.shown.page, dict(state.shown.query), state.shown.runs, dict(state.shown.choices)]
        )
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]


def redraws(visitor: Visitor, before: ClassState, now: ClassState, looked_at: Collection[str] = ()) -> bool:
    """Whether a page drawn from `before` has to be drawn anew, wherever the teacher has gone since.

    `looked_at` are the runs that the page is about: it is drawn anew when one of them is lent, or is not any more.
    """
    if _always(visitor, before) != _always(visitor, now):
        return True
    if visitor.teaches:
        return False
    lent = [set(state.shown.runs) if state.shown else set() for state in (before, now)]
    return (before.shown is None) != (now.shown is None) or not (lent[0] ^ lent[1]).isdisjoint(looked_at)


def _always(visitor: Visitor, state: ClassState) -> list[Any]:
    """What every page of a visitor shows of the class."""
    exercise, poll = state.exercise, state.poll
    found: list[Any] = [state.frozen, state.ended, exercise and [exercise.id, exercise.told]]
    if not visitor.teaches:
        asked = poll and [poll.id, poll.revealed, poll.votes.get(visitor.id), poll.revealed and poll.right]
        found += [asked, state.leaderboard]
    return found
