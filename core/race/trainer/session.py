"""One race in this process: lanes interleaved window by window, obeying its commands, writing its rows."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import BadInput, ClinicError
from core.race.members import STAGE_WORDS, LaneState, Member
from core.race.recipe import MOST_LANES, Race, lane_faults, parse_lane, parse_race
from core.race.trainer.attributions import LaneAttributions
from core.race.trainer.costs import measure_cost
from core.race.trainer.field import Field
from core.race.trainer.saving import load_tracks, save_tracks
from core.race.trainer.together import MustTrainAlone
from core.race.trainer.tracks import Track, WindowRow
from core.race.windows import COLUMNS
from core.store.control import Command
from core.store.process import ProcessIdentity
from core.store.rows import RunReader, RunWriter, is_disk_full
from core.store.workspace import Run
from core.train import devices
from core.train.steering import CommandQueue, whole_number

SAVE_SECONDS = 20.0
SAVE_SHARE = 1 / 20
WAIT_SECONDS, HEARTBEAT_SECONDS = 0.02, 0.5
HOPELESS_WINDOWS = 2


class RaceSession:
    """Runs the race in the folder `run`; `on_window` is told after every window (done, all, words)."""

    def __init__(
        self, run: Run, *, uploads: Path | None = None, on_window: Callable[[int, int, str], None] | None = None
    ) -> None:
        self._run = run
        self._uploads = uploads or run.path.parent.parent
        self._on_window = on_window
        reader = RunReader(run.database) if run.database.exists() else None
        self._past = reader.events() if reader else []
        self._kept = reader.meta() if reader else {}
        attempt = max((one["attempt"] for one in reader.attempts()), default=0) + 1 if reader else 1
        if reader:
            reader.close()
        self._writer = RunWriter(run.database, attempt)
        self._status, self._reason, self._message = "running", "", "Loading data and building the models"
        self._stop_requested = False
        self._single_windows = 0
        self._seconds = float(self._kept.get("seconds", 0.0))
        self._saved, self._save_cost = time.monotonic(), 0.0
        self._sick: dict[int, int] = {}
        self._disk_full = False

    def request_stop(self, reason: str = "") -> None:
        """Stop after the current window and keep everything (safe to call from a signal handler)."""
        self._stop_requested, self._reason = True, reason

    def run(self) -> str:
        """Race; returns the final status: done, stopped or failed."""
        try:
            self._announce()
            self._prepare()
            self._race()
            if self._status in ("running", "paused"):
                self._status = "stopped" if self._stop_requested else "done"
        except ClinicError as error:
            self._status, self._reason = "failed", str(error)
        except MemoryError:
            self._status, self._reason = "failed", "Out of memory: take fewer lanes, fewer seeds or a smaller model."
        except Exception as error:
            self._status = "failed"
            self._reason = f"The race stopped on an unexpected error ({type(error).__name__}: {str(error)[:300]})."
            self._finish()
            raise
        self._finish()
        return self._status

    # ---- start -------------------------------------------------------------------------------------------------

    def _announce(self) -> None:
        me = ProcessIdentity.of()
        self._writer.execute(
            "INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?)",
            (self._writer.attempt, time.time(), 0, me.pid, me.create_time, me.boot_id, "{}"),
        )
        self._writer.flush("running", 0, {"message": self._message})

    def _prepare(self) -> None:
        self.race: Race = parse_race(self._run.document())
        self.field = Field(self.race, self._uploads, self._kept)
        acknowledged = [event.data["command"] for event in self._past if event.data.get("command")]
        self._commands = CommandQueue(self._run.control, max(acknowledged, default=0))
        self._costs: dict[str, Any] = dict(self._kept.get("costs", {}))
        known = dict(self._kept.get("attributions", {}))
        self._attributions = LaneAttributions(self.race, self._run.attributions, self._tell_stopped, known)
        self._writer.event(0, "started", resumed=bool(self._past))
        self.field.continue_from(load_tracks(self._run.path))
        self._flush(force=True)

    # ---- the race ----------------------------------------------------------------------------------------------

    def _race(self) -> None:
        while True:
            self._obey_commands()
            if not self._may_go_on():
                return
            track = self.field.next_track()
            if track is None:
                return
            self._message = STAGE_WORDS[track.members[0].stage]
            begun = time.monotonic()
            self._advance(track)
            self._seconds += time.monotonic() - begun
            self._flush()
            self._save_when_due()
            if self._on_window:
                self._on_window(*self.field.windows(), self._message)

    def _may_go_on(self) -> bool:
        """Wait while paused; False ends the race."""
        beat = time.monotonic()
        while self._status == "paused" and not self._single_windows and not self._stop_requested:
            time.sleep(WAIT_SECONDS)
            if time.monotonic() - beat > HEARTBEAT_SECONDS:
                beat = time.monotonic()
                self._flush(force=True)
            self._obey_commands()
        return not self._stop_requested and self._status in ("running", "paused")

    def _advance(self, track: Track) -> None:
        for lane in {member.lane for member in track.members}:
            self._measure_cost(lane)
        try:
            rows: list[WindowRow] = []
            if track.window == 0:
                rows = track.begin()
                self.field.note(track)
                self._attributions.look(track, rows)
            rows += track.advance()
        except MustTrainAlone as reason:
            self.field.separate(track, str(reason))
            return
        except (RuntimeError, MemoryError) as error:  # torch reports out of memory and shape faults as RuntimeError
            self.field.fail(track, f"{type(error).__name__}: {str(error)[:200]}")
            self._writer.event(
                self.field.windows()[0], "lane_failed", lane=track.members[0].lane, reason=str(error)[:200]
            )
            return
        for row in rows:
            self._write(row)
        self._attributions.look(track, rows[-len(track.members) :])
        if track.window >= track.windows or self._hopeless(track, rows[-1]):
            self.field.end(track)
        if self._single_windows and self.field.level():
            self._single_windows -= 1
            if not self._single_windows:
                self._flush(force=True)

    def _write(self, row: WindowRow) -> None:
        curve, marks = f"curve/{row.member}", f"evaluation/{row.member}"
        if row.step:
            self._writer.add_stream(curve, COLUMNS)
            self._writer.put(curve, row.step, row.seconds, np.array(row.values, "<f4").tobytes())
        if row.metrics is not None:
            self._writer.put_named(marks, row.step, row.seconds, row.metrics)
            self.field.scored(row.member, row.metrics)

    def _hopeless(self, track: Track, row: WindowRow) -> bool:
        """Whether a member that trains alone has had nothing but NaN for some windows: more steps can't mend it."""
        if len(track.members) > 1:
            return False
        bad = not math.isfinite(row.values[0])
        self._sick[row.member] = self._sick.get(row.member, 0) + 1 if bad else 0
        return self._sick[row.member] >= HOPELESS_WINDOWS

    def _tell_stopped(self, member: Member, reason: str) -> None:
        name = self.field.lanes[member.lane].lane.name
        self._writer.event(self.field.windows()[0], "attributions_stopped", lane=name, reason=reason)

    def _measure_cost(self, lane: int) -> None:
        if str(lane) not in self._costs:
            self._costs[str(lane)] = measure_cost(self.field.lane_recipe(lane), self._uploads).document()

    # ---- commands ----------------------------------------------------------------------------------------------

    def _obey_commands(self) -> None:
        while command := self._commands.take():
            at = self.field.windows()[0]
            try:
                self._obey(command, at)
            except ClinicError as error:
                self._writer.event(at, "refused", command=command.id, name=command.name, reason=str(error))
            self._flush(force=True)

    def _obey(self, command: Command, at: int) -> None:
        seen = {"command": command.id, "author": command.author}
        if command.name == "pause" and self._status == "running":
            self._status = "paused"
            self._writer.event(at, "paused", **seen)
            self._save()
        elif command.name == "resume" and self._status == "paused":
            self._status, self._single_windows = "running", 0
            self._writer.event(at, "resumed", **seen)
        elif command.name == "step":
            self._status, self._single_windows = "paused", whole_number(command.args, "count", 1_000)
            self.field.mark_level()
            self._writer.event(at, "stepped", count=self._single_windows, **seen)
        elif command.name == "stop":
            self._stop_requested = True
            self._writer.event(at, "stop_requested", **seen)
        elif command.name == "add":
            lane = parse_lane(command.args.get("lane"), "the new lane")
            self._add(LaneState(lane, added_at=at))
            self._writer.event(at, "lane_added", lane=lane.name, **seen)
        elif command.name in ("freeze", "thaw", "drop"):
            name = self.field.set_lane(command.args.get("lane"), command.name)
            self._writer.event(at, f"lane_{command.name}", lane=name, **seen)
        else:
            self._writer.event(at, "ignored", name=command.name, reason=f"The race is {self._status}.", **seen)

    def _add(self, state: LaneState) -> None:
        racing = [lane for lane in self.field.lanes if lane.state != "dropped"]
        if len(racing) >= MOST_LANES:
            raise BadInput(f"A race has at most {MOST_LANES} lanes; drop one first.")
        if state.lane.name in [lane.lane.name for lane in self.field.lanes]:
            raise BadInput(f"There is a lane {state.lane.name!r} already; give the new one a name of its own.")
        faults = lane_faults(self.race, state.lane)
        if faults:
            raise BadInput("; ".join(map(str, faults)) + ".")
        self.field.add_lane(state)

    # ---- records and end ---------------------------------------------------------------------------------------

    def _flush(self, *, force: bool = False) -> bool:
        """Commit rows, facts and state, at most every FLUSH_SECONDS unless forced."""
        if not force and not self._writer.due():
            return False
        for key, value in self.field.news().items():
            self._writer.put_meta(key, json.dumps(value))
        self._writer.put_meta("costs", json.dumps(self._costs))
        self._writer.put_meta("attributions", json.dumps(self._attributions.costs))
        self._writer.put_meta("seconds", json.dumps(self._seconds))
        done, all_windows = self.field.windows()
        return self._writer.flush(
            self._status,
            done,
            {
                "total_steps": all_windows,
                "seconds": self._seconds,
                "step_seconds": self._seconds / done if done else 0.0,
                "message": self._reason or self._message,
                "reason": self._reason,
                "device": devices.label(devices.choose(self.race.base.train.device)),
                "disk_full": self._writer.disk_full or self._disk_full,
                "race": True,
            },
        )

    def _save_when_due(self) -> None:
        if time.monotonic() - self._saved > max(SAVE_SECONDS, self._save_cost / SAVE_SHARE):
            self._save()

    def _save(self) -> None:
        """Put rows on disk, then the state of every member: a race that is killed goes on from here."""
        begun = time.monotonic()
        self._flush(force=True)
        try:
            save_tracks(self._run.path, self.field.tracks, self.field.ended)
            self._disk_full = False
        except OSError as error:
            if not is_disk_full(error):
                raise
            self._disk_full = True
        self._saved = time.monotonic()
        self._save_cost = self._saved - begun

    def _finish(self) -> None:
        if hasattr(self, "field"):
            if self._status in ("done", "stopped"):
                self._save()
            self._writer.event(self.field.windows()[0], "finished", status=self._status, reason=self._reason)
            deadline = time.monotonic() + 5.0
            while not self._flush(force=True) and time.monotonic() < deadline:
                time.sleep(0.5)
        else:
            self._writer.event(0, "finished", status=self._status, reason=self._reason)
            self._writer.flush(self._status, 0, {"reason": self._reason, "message": self._reason, "race": True})
        self._writer.close()
