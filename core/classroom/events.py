"""What happens in a class, as an append-only list of events, and what they add up to. No input or output here.

Everything that a class is follows from its events in order: so it is the same after a restart, and any moment of it can
be shown again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from core.classroom.limits import ClassLimits


@dataclass(frozen=True)
class ClassEvent:
    """One thing that happened: number, seconds of the epoch, who did it (a member's id, or TEACHER), kind and data."""

    seq: int
    time: float
    who: str
    kind: str
    data: Mapping[str, Any]


TEACHER = "teacher"


@dataclass(frozen=True)
class Member:
    """One student; `kicked` ones are kept, so that neither name nor cookie serves again."""

    id: str
    nickname: str
    joined: float
    kicked: bool = False


@dataclass(frozen=True)
class Shown:
    """What the teacher shows to all: a page with its query, and the runs that may therefore be looked at.

    `choices` is what is chosen on the page beside its address, by the keys of the widgets, as showing.packed keeps it.
    """

    page: str
    query: Mapping[str, str]
    runs: tuple[str, ...]
    choices: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Exercise:
    """A recipe that all train a copy of. `open` are the settings that may be changed; everything else is locked.

    `told` says that the students were told of the fault that was put into its loop.
    """

    id: str
    title: str
    task: str
    recipe: Mapping[str, Any]
    open: tuple[str, ...]
    given: float
    closed: bool = False
    told: bool = False


@dataclass(frozen=True)
class Poll:
    """A question with `options`; `right` is the place of the right one (from 0), if there is one.

    `votes` maps members to places. Nobody but the teacher sees them before the poll is revealed.
    """

    id: str
    question: str
    options: tuple[str, ...]
    right: int | None
    asked: float
    votes: Mapping[str, int] = field(default_factory=dict)
    revealed: bool = False

    def counts(self) -> list[int]:
        """How many voted for each option."""
        votes = list(self.votes.values())
        return [votes.count(place) for place in range(len(self.options))]

    @property
    def were_right(self) -> int | None:
        """How many chose the right answer; None where none is named."""
        return None if self.right is None else self.counts()[self.right]


@dataclass(frozen=True)
class StartedRun:
    """A run that a member (or the teacher) started, and the exercise that it belongs to, if any."""

    run: str
    who: str
    exercise: str
    time: float


@dataclass(frozen=True)
class ClassState:
    """All that the events up to number `seq` come to."""

    seq: int = 0
    members: Mapping[str, Member] = field(default_factory=dict)
    code_generation: int = 0
    shown: Shown | None = None
    frozen: bool = False
    leaderboard: bool = False
    exercises: dict[str, Exercise] = field(default_factory=dict)
    polls: dict[str, Poll] = field(default_factory=dict)
    runs: tuple[StartedRun, ...] = ()
    limits: ClassLimits = field(default_factory=ClassLimits)
    ended: bool = False

    @property
    def present(self) -> list[Member]:
        """Members that were not kicked, in the order in which they joined."""
        return [member for member in self.members.values() if not member.kicked]

    @property
    def exercise(self) -> Exercise | None:
        """The exercise that is under way."""
        return next((one for one in reversed(self.exercises.values()) if not one.closed), None)

    @property
    def poll(self) -> Poll | None:
        """The newest poll."""
        return next(reversed(self.polls.values()), None)


def after(state: ClassState, event: ClassEvent) -> ClassState:
    """The state once `event` has happened. Kinds that this version does not know change nothing but the number."""
    change = _CHANGES.get(event.kind)
    return replace(change(state, event) if change else state, seq=event.seq)


def _joined(state: ClassState, event: ClassEvent) -> ClassState:
    member = Member(event.data["member"], event.data["nickname"], event.time)
    return replace(state, members={**state.members, member.id: member})


def _kicked(state: ClassState, event: ClassEvent) -> ClassState:
    known = state.members.get(event.data["member"])
    return replace(state, members={**state.members, known.id: replace(known, kicked=True)}) if known else state


def _shown(state: ClassState, event: ClassEvent) -> ClassState:
    return replace(state, shown=shown_of(event.data))


def shown_of(data: Mapping[str, Any]) -> Shown:
    """What the data of an event "shown" stands for."""
    return Shown(data["page"], dict(data["query"]), tuple(data.get("runs", ())), dict(data.get("choices", {})))


def _exercise(state: ClassState, event: ClassEvent) -> ClassState:
    d = event.data
    closed = {key: replace(one, closed=True) for key, one in state.exercises.items()}
    given = Exercise(d["id"], d["title"], d["task"], dict(d["recipe"]), tuple(d["open"]), event.time)
    return replace(state, exercises={**closed, given.id: given})


def _exercise_closed(state: ClassState, event: ClassEvent) -> ClassState:
    return replace(state, exercises={key: replace(one, closed=True) for key, one in state.exercises.items()})


def _fault_told(state: ClassState, event: ClassEvent) -> ClassState:
    known = state.exercises.get(event.data["exercise"])
    return replace(state, exercises={**state.exercises, known.id: replace(known, told=True)}) if known else state


def _poll(state: ClassState, event: ClassEvent) -> ClassState:
    d = event.data
    asked = Poll(d["id"], d["question"], tuple(d["options"]), d.get("right"), event.time)
    return replace(state, polls={**state.polls, asked.id: asked})


def _voted(state: ClassState, event: ClassEvent) -> ClassState:
    poll = state.polls.get(event.data["poll"])
    if poll is None or poll.revealed or not 0 <= event.data["option"] < len(poll.options):
        return state
    voted = replace(poll, votes={**poll.votes, event.who: event.data["option"]})
    return replace(state, polls={**state.polls, poll.id: voted})


def _revealed(state: ClassState, event: ClassEvent) -> ClassState:
    poll = state.polls.get(event.data["poll"])
    return replace(state, polls={**state.polls, poll.id: replace(poll, revealed=True)}) if poll else state


def _right(state: ClassState, event: ClassEvent) -> ClassState:
    poll, right = state.polls.get(event.data["poll"]), event.data["option"]
    if poll is None or (right is not None and not 0 <= right < len(poll.options)):
        return state
    return replace(state, polls={**state.polls, poll.id: replace(poll, right=right)})


def _started(state: ClassState, event: ClassEvent) -> ClassState:
    run = StartedRun(event.data["run"], event.who, event.data.get("exercise", ""), event.time)
    return state if any(one.run == run.run for one in state.runs) else replace(state, runs=(*state.runs, run))


_CHANGES: dict[str, Callable[[ClassState, ClassEvent], ClassState]] = {
    "joined": _joined,
    "kicked": _kicked,
    "code": lambda state, event: replace(state, code_generation=state.code_generation + 1),
    "shown": _shown,
    "hidden": lambda state, event: replace(state, shown=None),
    "frozen": lambda state, event: replace(state, frozen=bool(event.data["on"])),
    "leaderboard": lambda state, event: replace(state, leaderboard=bool(event.data["on"])),
    "exercise": _exercise,
    "exercise_closed": _exercise_closed,
    "fault_told": _fault_told,
    "poll": _poll,
    "voted": _voted,
    "revealed": _revealed,
    "right": _right,
    "started": _started,
    "limits": lambda state, event: replace(state, limits=ClassLimits.of(dict(event.data))),
    "ended": lambda state, event: replace(state, ended=True),
}
KINDS = tuple(_CHANGES)
