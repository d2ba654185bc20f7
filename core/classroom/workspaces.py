"""Everybody's own workspace in a class, what is lent from one to another, and who is let into the queue. No torch.

A student's runs, uploads and trash lie in a folder of their own, and all pages look into the workspace of whoever asks:
what is not in it does not exist for them. Looking at a run of somebody else goes through `lent`, and such a run refuses
every change.
"""

from __future__ import annotations

import json
import shutil
import stat
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from core.classroom.events import Exercise
from core.classroom.limits import ClassLimits
from core.classroom.locks import FAULT, kept_back, locked_changes
from core.classroom.room import Classroom
from core.classroom.visitors import Visitor
from core.data.upload.store import share_upload
from core.errors import ClinicError, LimitReached, NotAllowed, RunDamaged, UnknownRun
from core.race.recipe import KIND, parse_race
from core.recipe.codec import parse_recipe
from core.recipe.parts import Recipe
from core.store.files import write_text
from core.store.status import run_status
from core.store.weights import are_kept, share_weights
from core.store.workspace import RUN_ID, Run, Workspace

MIB = 2**20
MOST_PARENTS = 50


class ClassWorkspaces:
    """The workspaces of one class; the teacher's is `home`, the machine's own."""

    def __init__(self, room: Classroom, home: Workspace) -> None:
        self.room, self.home = room, home
        self.folder = room.folder / "students"
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)

    def of(self, visitor: Visitor) -> Workspace:
        """The workspace of a visitor.

        Raises:
            NotAllowed: for somebody without a cookie of the class.
        """
        if visitor.teaches:
            return Workspace(self.home.home, queue=self.home.queue_folder, lent=self._run_of_a_student)
        if visitor.learns:
            admission = StudentAdmission(self, visitor, self._locks[visitor.id])
            return Workspace(
                self.folder / visitor.id,
                owner=visitor.id,
                queue=self.home.queue_folder,
                admission=admission,
                lent=lambda run_id: self._shown(visitor, run_id),
                keeps_back=self._kept_back,
            )
        raise NotAllowed("Join the class first.")

    def of_member(self, member: str) -> Workspace:
        """A student's workspace as the teacher's pages read it."""
        return Workspace(self.folder / member, owner=member, queue=self.home.queue_folder)

    def hand_out(self, exercise: Exercise, visitor: Visitor) -> None:
        """Give a student the uploaded table that an exercise trains on, and the kept weights that it starts from, if any.

        Raises:
            DataError: when the teacher has deleted the table.
            BadInput: when the teacher's weights are gone.
        """
        data, weights = exercise.recipe.get("data", {}), exercise.recipe.get("transfer", {}).get("weights")
        if data.get("key") == "upload" or are_kept(weights):
            visitor.must_learn()
            self.room.must_be_member(visitor)
        if data.get("key") == "upload":
            share_upload(self.home.home, str(data.get("file", "")), self.folder / visitor.id)
        if are_kept(weights):
            share_weights(self.home.home, str(weights), self.folder / visitor.id)

    def run_folder(self, run_id: str) -> Path:
        """Where a run of anybody in the class lies.

        Raises:
            UnknownRun: when there is none.
        """
        of_a_student = self._run_of_a_student(run_id)
        folder = of_a_student.path if of_a_student else self.home.runs_folder / run_id
        if not RUN_ID.fullmatch(run_id) or not folder.is_dir():
            raise UnknownRun(f"There is no run {run_id[:80]!r} in this class.")
        return folder

    def _run_of_a_student(self, run_id: str) -> Run | None:
        """A student's run: for the teacher."""
        owner = next((one.who for one in self.room.state.runs if one.run == run_id), None)
        if owner not in self.room.state.members:
            return None
        folder = self.folder / str(owner) / "runs" / run_id
        return Run(folder, read_only=True) if folder.is_dir() else None

    def _shown(self, visitor: Visitor, run_id: str) -> Run | None:
        """A run that the teacher shows to all at this moment: for students still in the class."""
        shown, member = self.room.state.shown, self.room.state.members.get(visitor.id)
        if shown is None or run_id not in shown.runs or member is None or member.kicked:
            return None
        try:
            return Run(self.run_folder(run_id), read_only=True, shown=True, keeps_back=self._kept_back)
        except UnknownRun:
            return None

    def _kept_back(self, run: Run) -> tuple[str, ...]:
        """What students don't see of a run's recipe: the fault that they are to find, in copies and in what came of them.

        A fault that a student has put in elsewhere is shown: else one could try all of them and see which is hidden. Of the
        teacher's runs that are shown it is kept back too.
        """
        fault = kept_back(self.room.state)
        if not fault or run.is_race:
            return ()
        try:
            train = run.whole_document().get("train")
        except RunDamaged:
            return ()
        carries = isinstance(train, dict) and train.get("fault") == fault
        of_the_teacher = run.path.parent == self.home.runs_folder
        return (FAULT,) if carries and (of_the_teacher or self._came_of_a_copy(run)) else ()

    def _came_of_a_copy(self, run: Run) -> bool:
        """Whether a run is a copy of an exercise, or was forked from one or made as its twin, over however many others."""
        copies = {one.run for one in self.room.state.runs if one.exercise}
        for _ in range(MOST_PARENTS):
            origin = run.origin()
            if run.id in copies or not origin:
                return run.id in copies
            run = Run(run.path.parent / str(origin.get("run") or origin.get("patient")))
            if not run.path.is_dir():  # deleted, so what it was can't be told any more
                return True
        return True


class StudentAdmission:
    """Lets a student's new runs in one by one, or says which limit is met; those let in appear on the wall."""

    def __init__(self, workspaces: ClassWorkspaces, visitor: Visitor, lock: threading.Lock) -> None:
        self._workspaces, self._visitor, self._lock = workspaces, visitor, lock

    def admit(self, document: dict[str, Any], make: Callable[[dict[str, Any]], Run]) -> Run:
        """Make the run with the limits of the class.

        Raises:
            NotAllowed: while the teacher holds all screens, and once the student was sent out.
            LimitReached: with the limit that is met, and what can be done.
        """
        with self._lock:  # two tabs of one student
            room, visitor = self._workspaces.room, self._visitor
            self._must_be_there()
            self._check(room.state.limits, document)
            exercise = room.state.exercise
            fits = exercise is not None and document.get("kind") != KIND and not locked_changes(exercise, document)
            if exercise and fits:
                self._workspaces.hand_out(exercise, visitor)
            run = make(room.state.limits.of_a_run().document())
            try:
                room.started(visitor, run.id, exercise.id if exercise and fits else "")
            except ClinicError:  # a run that is on nobody's wall would not be seen by the teacher
                shutil.rmtree(run.path, ignore_errors=True)
                raise
        return run

    def admit_again(self, run: Run, queue: Callable[[], None]) -> None:
        """Let a run that has ended wait again, with the limits that the class has now.

        Raises:
            NotAllowed, LimitReached: as of a new one.
        """
        with self._lock:
            self._must_be_there()
            limits, workspace = self._workspaces.room.state.limits, self._workspaces.of_member(self._visitor.id)
            self._check_queue(limits, [*workspace.runs(), *workspace.races()])
            self._check_disk(limits, workspace, 0)
            write_text(run.path / "limits.json", json.dumps(limits.of_a_run().document()))
            queue()

    def admit_bytes(self, count: int) -> None:
        """Let a file be kept beside the runs.

        Raises:
            NotAllowed, LimitReached: as of a run.
        """
        self._must_be_there()
        self._check_disk(self._workspaces.room.state.limits, self._workspaces.of_member(self._visitor.id), count)

    def _must_be_there(self) -> None:
        self._workspaces.room.must_be_member(self._visitor)
        self._workspaces.room.must_be_free(self._visitor)

    def _check(self, limits: ClassLimits, document: dict[str, Any]) -> None:
        workspace = self._workspaces.of_member(self._visitor.id)
        runs = [*workspace.runs(), *workspace.races()]
        self._check_queue(limits, runs)
        if len(runs) >= limits.kept:
            raise LimitReached(f"You have {len(runs)} runs, the most in this class. Delete one in All runs first.")
        self._check_disk(limits, workspace, 0)
        for recipe in recipes_of(document):
            limits.of_a_run().check_epochs(recipe.train.epochs)

    def _check_queue(self, limits: ClassLimits, runs: Sequence[Run]) -> None:
        active = sum(_active(run) for run in runs)
        if active > limits.queued:
            raise LimitReached(
                f"You have {active} runs in training or waiting; in this class one trains and {limits.queued} wait. "
                "Cancel one, or wait until one is done."
            )

    def _check_disk(self, limits: ClassLimits, workspace: Workspace, more: int) -> None:
        used = folder_bytes(workspace.home) + more
        if used > limits.disk * MIB:
            raise LimitReached(
                f"Your runs and files {'would ' if more else ''}take {used / MIB:.0f} MiB; in this class it is at most "
                f"{limits.disk} MiB. Delete some in All runs, then empty the trash."
            )


def _active(run: Run) -> bool:
    """Whether a run trains or waits, or is about to be queued."""
    # In this order: a request that is made between the two questions is then seen by the second.
    fresh = run.control.last_request() is None and time.time() - run.path.stat().st_mtime < 60
    return fresh or run_status(run).active


def recipes_of(document: dict[str, Any]) -> list[Recipe]:
    """The recipe of a run's document, or those of all lanes of a race's."""
    if document.get("kind") != KIND:
        return [parse_recipe(document)]
    race = parse_race(document)
    return [race.recipe(lane) for lane in race.lanes]


def folder_bytes(folder: Path) -> int:
    """Bytes of all files below `folder`; those that vanish meanwhile, and those shared with another folder, don't count."""
    total = 0
    for path in folder.rglob("*"):
        try:
            found = path.lstat()
        except OSError:
            continue
        total += found.st_size if stat.S_ISREG(found.st_mode) and found.st_nlink == 1 else 0
    return total
