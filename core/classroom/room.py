"""The class itself: what the teacher and the students can do in it, each checked, kept and told to whoever listens."""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.classroom import keys, names
from core.classroom.asking import asking, check_right, giving
from core.classroom.events import TEACHER, ClassEvent, ClassState, Exercise, Member, after, shown_of
from core.classroom.journal import Journal
from core.classroom.limits import ClassLimits
from core.classroom.showing import NO_CHOICES, showing
from core.classroom.visitors import NOBODY, TEACHING, Visitor
from core.errors import BadInput, LimitReached, NotAllowed
from core.store.files import write_text

MOST_MEMBERS = 80
HOURS = 12.0
log = logging.getLogger(__name__)


class Classroom:
    """One class in a folder. All methods can be called from any thread; each raises before anything has happened.

    Methods that change something take the visitor who asks, and raise NotAllowed where that one may not.
    """

    def __init__(self, folder: Path, *, hours: float = HOURS) -> None:
        self.folder = folder
        self.secret = keys.secret_of(folder)
        self._signer = keys.Signer(self.secret, 3600 * hours)
        self._hours = hours
        self._lock = threading.RLock()
        self._journal = Journal(folder / "class.db")
        self._listeners: list[Callable[[ClassState], None]] = []
        self.state = ClassState()
        for event in self._journal.events():
            self.state = after(self.state, event)

    # ---- who is there -------------------------------------------------------------------------------------------

    @property
    def code(self) -> str:
        """The code to join with."""
        return keys.join_code(self.secret, self.state.code_generation)

    def new_teacher_key(self) -> str:
        """Make the key of the teacher's link, which replaces the one before; only its hash is kept."""
        key = keys.new_key()
        kept = {"hash": keys.hashed(key), "until": time.time() + 3600 * self._hours}
        write_text(self.folder / "teacher.json", json.dumps(kept))
        return key

    def teacher_cookie(self, key: str) -> str | None:
        """The signed cookie for whoever holds the teacher's key; None when it is wrong or has expired."""
        try:
            kept = json.loads((self.folder / "teacher.json").read_text())
            fits = keys.same(keys.hashed(key[:200]), str(kept["hash"])) and time.time() < float(kept["until"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return self._signer.sign(TEACHER) if fits else None

    def join(self, code: str, nickname: str) -> tuple[Member, str]:
        """Let somebody in; returns the member and the signed cookie that proves it.

        Raises:
            NotAllowed: when the code is wrong, or the class has ended.
            BadInput: when the nickname is taken, or nothing is left of it.
            LimitReached: when the class is full.
        """
        name = names.cleaned(nickname)
        with self._lock:
            if self.state.ended:
                raise NotAllowed("This class has ended.")
            if not keys.same(keys.typed_code(code), self.code):
                raise NotAllowed(
                    "This is not the code of the class. It stands on the teacher's screen: eight letters and digits."
                )
            if len(self.state.present) >= MOST_MEMBERS:
                raise LimitReached(f"The class is full: it has {MOST_MEMBERS} members.")
            if any(names.folded(known.nickname) == names.folded(name) for known in self.state.members.values()):
                raise BadInput(f"“{name}” is taken; choose another nickname.")
            member = secrets.token_hex(6)
            self._record(member, "joined", {"member": member, "nickname": name})
            return self.state.members[member], self._signer.sign(member)

    def cookie_of(self, visitor: Visitor, member: str) -> str:
        """A fresh cookie for a member who lost theirs (another laptop); the teacher hands it out."""
        visitor.must_teach()
        return self._signer.sign(self._member(member).id)

    def visitor(self, cookie: str | None) -> Visitor:
        """Who a cookie stands for; NOBODY when it is missing, forged, too old, or its member was sent out."""
        who = self._signer.read(cookie) if cookie else None
        if who == TEACHER:
            return TEACHING
        member = self.state.members.get(who) if who else None
        return Visitor("student", member.id, member.nickname) if member and not member.kicked else NOBODY

    def kick(self, visitor: Visitor, member: str) -> None:
        """Send a student out: their cookie and nickname serve no more."""
        visitor.must_teach()
        self._record(TEACHER, "kicked", {"member": self._member(member).id})

    def renew_code(self, visitor: Visitor) -> None:
        """Make another join code; the old one serves no more, and members stay."""
        visitor.must_teach()
        self._record(TEACHER, "code", {})

    # ---- what is shown ------------------------------------------------------------------------------------------

    def show(
        self, visitor: Visitor, page: str, query: Mapping[str, str], runs: Sequence[str] = (),
        choices: Mapping[str, Any] = NO_CHOICES,
    ) -> None:  # fmt: skip
        """Show a page with its runs and choices (see Shown) to all. Showing what is shown already changes nothing."""
        visitor.must_teach()
        data = showing(page, query, runs, choices)
        if self.state.shown != shown_of(data):
            self._record(TEACHER, "shown", data)

    def hide(self, visitor: Visitor) -> None:
        """Show nothing any more."""
        visitor.must_teach()
        if self.state.shown is not None:
            self._record(TEACHER, "hidden", {})

    def freeze(self, visitor: Visitor, on: bool) -> None:
        """Hold all students' screens, or let them go; what trains goes on."""
        visitor.must_teach()
        if self.state.frozen != on:
            self._record(TEACHER, "frozen", {"on": on})

    def leaderboard(self, visitor: Visitor, on: bool) -> None:
        """Show the students how all of them stand, or not."""
        visitor.must_teach()
        if self.state.leaderboard != on:
            self._record(TEACHER, "leaderboard", {"on": on})

    def set_limits(self, visitor: Visitor, limits: ClassLimits) -> None:
        """Change what one student may take."""
        visitor.must_teach()
        self._record(TEACHER, "limits", limits.document())

    def end(self, visitor: Visitor) -> None:
        """End the class: nobody can join any more, and nothing is shown."""
        visitor.must_teach()
        self._record(TEACHER, "ended", {})

    # ---- exercises and polls ------------------------------------------------------------------------------------

    def give(self, visitor: Visitor, title: str, task: str, recipe: Mapping[str, Any], open_: Sequence[str]) -> str:
        """Give an exercise; the one before is closed. Returns its id.

        Raises:
            RecipeError: when the recipe is not valid.
            BadInput: when a setting in `open_` is unknown or no title is given.
        """
        visitor.must_teach()
        key = secrets.token_hex(4)
        self._record(TEACHER, "exercise", {"id": key, **giving(title, task, recipe, open_)})
        return key

    def close_exercise(self, visitor: Visitor) -> None:
        """End the exercise that is under way; its runs stay."""
        visitor.must_teach()
        if self.state.exercise:
            self._record(TEACHER, "exercise_closed", {})

    def tell_fault(self, visitor: Visitor, exercise: str) -> None:
        """Tell the students of the fault that was put into the loop of an exercise, before it ends."""
        visitor.must_teach()
        if not self.exercise_of(exercise).told:
            self._record(TEACHER, "fault_told", {"exercise": exercise})

    def ask(self, visitor: Visitor, question: str, options: Sequence[str], right: int | None = None) -> str:
        """Ask a question; returns the poll's id.

        Raises:
            BadInput: when there are not 2 to MOST_OPTIONS different options.
        """
        visitor.must_teach()
        key = secrets.token_hex(4)
        self._record(TEACHER, "poll", {"id": key, **asking(question, options, right)})
        return key

    def vote(self, visitor: Visitor, poll: str, option: int) -> None:
        """A student's answer; until the poll is revealed it can be changed."""
        visitor.must_learn()
        self.must_be_member(visitor)
        self.must_be_free(visitor)
        known = self.state.polls.get(poll)
        if known is None or known.revealed:
            raise BadInput("This poll is closed.")
        if not 0 <= option < len(known.options):
            raise BadInput("That is not one of the answers.")
        if known.votes.get(visitor.id) != option:
            self._record(visitor.id, "voted", {"poll": poll, "option": option})

    def reveal(self, visitor: Visitor, poll: str) -> None:
        """Show to all what was answered, and end the voting."""
        visitor.must_teach()
        if poll in self.state.polls and not self.state.polls[poll].revealed:
            self._record(TEACHER, "revealed", {"poll": poll})

    def name_right(self, visitor: Visitor, poll: str, option: int | None) -> None:
        """Say which answer is right (None: none is), before or after it is revealed; students see it once it is."""
        visitor.must_teach()
        known = self.state.polls.get(poll)
        if known is None:
            raise BadInput("There is no such poll in this class.")
        check_right(known.options, option)
        if known.right != option:
            self._record(TEACHER, "right", {"poll": poll, "option": option})

    # ---- runs ---------------------------------------------------------------------------------------------------

    def started(self, visitor: Visitor, run: str, exercise: str = "") -> None:
        """Note that a run was started, so that it appears on the wall."""
        if all(known.run != run for known in self.state.runs):
            self._record(visitor.id, "started", {"run": run, "exercise": exercise})

    def must_be_member(self, visitor: Visitor) -> None:
        """Raise NotAllowed for somebody who is no student of this class, or was sent out."""
        member = self.state.members.get(visitor.id)
        if member is None or member.kicked:
            raise NotAllowed("You are not in this class any more.")

    def must_be_free(self, visitor: Visitor) -> None:
        """Raise NotAllowed while the teacher holds the students' screens."""
        if visitor.learns and self.state.frozen:
            raise NotAllowed("The teacher holds all screens just now; it goes on in a moment.")

    def exercise_of(self, key: str) -> Exercise:
        """The exercise of that id.

        Raises:
            BadInput: when there is none.
        """
        found = self.state.exercises.get(key)
        if found is None:
            raise BadInput("There is no such exercise in this class.")
        return found

    # ---- places, listeners, end ---------------------------------------------------------------------------------

    def place(self, visitor: Visitor) -> dict[str, Any]:
        """Where a student was last: {"page", "query", "away"}; empty before they came."""
        with self._lock:
            return self._journal.place(visitor.id)

    def keep_place(self, visitor: Visitor, page: str, query: Mapping[str, str], *, away: bool = False) -> None:
        """Remember where a student is, and whether they are `away` from what is shown, for when they come back."""
        place = {"page": page, "query": dict(query), "away": away}
        with self._lock:
            if visitor.learns and self._journal.place(visitor.id) != place:
                self._journal.keep_place(visitor.id, place)

    def events(self) -> list[ClassEvent]:
        """Everything that happened, in order."""
        with self._lock:
            return list(self._journal.events())

    def listen(self, listener: Callable[[ClassState], None]) -> Callable[[], None]:
        """Call `listener` after every change, in the thread that made it; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def close(self) -> None:
        """Close the class's file."""
        with self._lock:
            self._journal.close()

    def _member(self, member: str) -> Member:
        found = self.state.members.get(member)
        if found is None:
            raise BadInput("There is no such member in this class.")
        return found

    def _record(self, who: str, kind: str, data: dict[str, Any]) -> None:
        with self._lock:
            self.state = after(self.state, self._journal.append(who, kind, data))
            state = self.state
        for listener in list(self._listeners):
            try:
                listener(state)
            except Exception:
                log.exception("A listener of the class failed; the others go on.")
