"""The field of a race: who trains now, in which order lanes advance, and what follows when a member is through."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.errors import BadInput
from core.race.members import (
    STAGES,
    LaneState,
    Member,
    lane_state_of,
    member_of,
    recipe_of,
    stage_members,
)
from core.race.recipe import Race
from core.race.scores import higher_is_better, score_name
from core.race.trainer.grouping import make_tracks, train_alone
from core.race.trainer.tracks import Facts, Track
from core.race.windows import WINDOWS
from core.recipe.parts import Recipe

STATES = {"freeze": "frozen", "thaw": "racing", "drop": "dropped"}


class Field:
    """All members of a race and the tracks they train in.

    A tuned lane first trains its trials, then races with the best; when every lane has raced, the learning rates are
    swept. The least advanced track of the earliest stage goes next, so that all curves of a stage grow together.
    """

    def __init__(self, race: Race, uploads: Path, kept: Mapping[str, Any]) -> None:
        self.race, self._uploads = race, uploads
        self.lanes = [lane_state_of(one) for one in kept.get("lanes", [])] or [LaneState(lane) for lane in race.lanes]
        self.members = [member_of(one) for one in kept.get("members", [])]
        self.tracks: list[Track] = []
        self.ended: set[int] = set()
        self.failed: dict[str, str] = dict(kept.get("failed", {}))
        self._paths: dict[str, Any] = dict(kept.get("paths", {}))
        self._facts: dict[str, Any] = dict(kept.get("facts", {}))
        self._hashes: dict[str, str] = dict(kept.get("batches", {}))
        self._scores: dict[str, float] = dict(kept.get("scores", {}))
        self._level = 0.0
        self._changed = True

    # ---- who trains --------------------------------------------------------------------------------------------

    def continue_from(self, kept: Mapping[str, Any]) -> None:
        """Make the tracks; members whose state was kept go on, ended ones stay ended, all others start."""
        self.ended = set(kept["ended"]) | {int(member) for member in self.failed}
        together = [one["members"] for one in kept["tracks"]]
        in_track = {number for numbers in together for number in numbers}
        for one in kept["tracks"]:
            members = [self.members[number] for number in one["members"]]
            (track,) = self._make(members) if len(members) > 1 else self._make(members, alone=self._why(members[0]))
            track.restore(one["captured"])
            self.note(track)
        rest = [m for m in self.members if m.number not in in_track and m.number not in self.ended]
        self._make(rest)
        self._extend()

    def add_lane(self, lane: LaneState) -> None:
        """Let one more lane in; it starts from the beginning and catches up."""
        self.lanes.append(lane)
        self._extend()

    def set_lane(self, name: object, verb: str) -> str:
        """Freeze, thaw or drop the lane of that name or number; returns its name.

        Raises:
            BadInput: when there is no such lane, or nothing would be left.
        """
        names = [lane.lane.name for lane in self.lanes]
        if name not in names:
            raise BadInput(f"There is no lane {str(name)[:60]!r}; lanes: {', '.join(names)}.")
        lane = self.lanes[names.index(name)]
        if lane.state == "dropped":
            raise BadInput(
                f"Lane {lane.lane.name!r} was dropped, and its weights are gone; add it again to race it anew."
            )
        if verb == "drop" and sum(one.state != "dropped" for one in self.lanes) == 1:
            raise BadInput("The last lane can't be dropped; stop the race instead.")
        lane.state = STATES[verb]
        if verb == "drop":
            number = self.lanes.index(lane)
            self.ended |= {member.number for member in self.members if member.lane == number}
            self.tracks = [track for track in self.tracks if any(m.lane != number for m in track.members)]
        self._changed = True
        self._extend()
        return lane.lane.name

    def _extend(self) -> None:
        """Let in the members whose turn has come."""
        for number, lane in enumerate(self.lanes):
            if lane.state == "dropped":
                continue
            trials = self._of(number, "tuning")
            if lane.lane.tuned and not trials:
                self._enter("tuning", number)
            elif not self._of(number, "race") and all(m.number in self.ended for m in trials):
                if trials:
                    self._choose(lane, trials)
                self._enter("race", number)
        racing = [m for m in self.members if m.stage != "sensitivity" and m.number not in self.ended]
        if self.race.sweep and not any(self.lanes[m.lane].state == "racing" for m in racing):
            for number, lane in enumerate(self.lanes):
                if lane.state == "racing" and self._of(number, "race") and not self._of(number, "sensitivity"):
                    self._enter("sensitivity", number)

    def _of(self, lane: int, stage: str) -> list[Member]:
        return [member for member in self.members if member.lane == lane and member.stage == stage]

    def _enter(self, stage: str, lane: int) -> None:
        made = stage_members(self.race, [(lane, self.lanes[lane])], stage, len(self.members))
        self.members += made
        self._make(made)

    def _why(self, member: Member) -> str:
        return str(self._paths.get(str(member.number), {}).get("why", ""))

    def separate(self, track: Track, reason: str) -> None:
        """The members of `track` train alone after all."""
        self.tracks = [one for one in self.tracks if one is not track]
        self._make(track.members, alone=reason)

    def _make(self, members: list[Member], *, alone: str | None = None) -> list[Track]:
        recipes = {member.number: recipe_of(self.race, self.lanes[member.lane], member) for member in members}
        if alone is None:
            made = make_tracks(members, recipes, self._uploads)
        else:
            made = train_alone(members, recipes, self._uploads, alone)
        for track, path in made:
            self.tracks.append(track)
            self._paths |= {str(member.number): path for member in track.members}
        self._changed = True
        return [track for track, _ in made]

    def _choose(self, lane: LaneState, trials: list[Member]) -> None:
        """The lane races with the best of its trials, on each task."""
        higher = higher_is_better(self.race.score)
        for task in {member.task for member in trials}:
            scores = {m.number: self._scores.get(str(m.number), math.nan) for m in trials if m.task == task}
            finite = {number: score for number, score in scores.items() if math.isfinite(score)}
            best = (max if higher else min)(finite, key=finite.__getitem__) if finite else min(scores)
            lane.chosen[task] = dict(self.members[best].more)

    # ---- who goes next -----------------------------------------------------------------------------------------

    def next_track(self) -> Track | None:
        """The track to advance: of the earliest stage; None when nobody is left to train.

        In the race it is the least advanced one. Trials and swept rates are not watched side by side, so there the one
        that has begun is finished first, which needs less memory.
        """
        ready = [track for track in self.tracks if any(self.lanes[m.lane].state == "racing" for m in track.members)]
        if not ready:
            return None
        stage = min((track.members[0].stage for track in ready), key=STAGES.index)
        ready = [track for track in ready if track.members[0].stage == stage]
        if stage == "race":
            return min(ready, key=_advance)
        return max(ready, key=_advance)

    def note(self, track: Track) -> None:
        """Take note of what is known of a track now that its models are built."""
        self._facts |= {str(number): _plain(facts) for number, facts in track.facts().items()}
        self._changed = True

    def end(self, track: Track) -> None:
        """The members of `track` are through."""
        for member in track.members:
            self.ended.add(member.number)
            self._hashes[str(member.number)] = track.batches_hash(member.number)
        self.tracks = [one for one in self.tracks if one is not track]
        self._changed = True
        self._extend()

    def fail(self, track: Track, reason: str) -> None:
        """The members of `track` can't go on."""
        self.failed |= {str(member.number): reason for member in track.members}
        self.end(track)

    def scored(self, member: int, metrics: Mapping[str, float]) -> None:
        """Keep the newest score of a trial."""
        name = score_name(self.race.score, metrics)
        self._scores[str(member)] = metrics[name]

    # ---- in step -----------------------------------------------------------------------------------------------

    def mark_level(self) -> None:
        """Remember how far the least advanced track is: a single step is over when all have passed it."""
        self._level = self._least()

    def level(self) -> bool:
        """Whether every track has advanced since `mark_level`; if so, that is where the next step begins."""
        least = self._least()
        if least <= self._level:
            return False
        self._level = least
        return True

    def _least(self) -> float:
        track = self.next_track()
        return STAGES.index(track.members[0].stage) + _advance(track) if track else math.inf

    # ---- what is told ------------------------------------------------------------------------------------------

    def lane_recipe(self, lane: int) -> Recipe:
        """What the lane races with on the first task."""
        state = self.lanes[lane]
        return recipe_of(self.race, state, Member(-1, "race", 0, lane, self.race.base.seed))

    def windows(self) -> tuple[int, int]:
        """Windows done, and all that are known to be done or to come."""
        waiting = sum(len(track.members) * track.windows for track in self.tracks)
        done = sum(len(track.members) * track.window for track in self.tracks)
        through = sum(self._facts[str(n)]["windows"] for n in self.ended if str(n) in self._facts)
        each = max((facts["windows"] for facts in self._facts.values()), default=WINDOWS)
        for number, lane in enumerate(self.lanes):
            if lane.state != "dropped" and not self._of(number, "race"):
                waiting += self.race.seeds * len(self.race.tasks) * each
            if lane.state == "racing" and self.race.sweep and not self._of(number, "sensitivity"):
                waiting += self.race.seeds * self.race.sweep * each
        return done + through, waiting + through

    def news(self) -> dict[str, Any]:
        """Facts for the race's meta table, when they have changed."""
        if not self._changed:
            return {}
        self._changed = False
        return {
            "members": [member.document() for member in self.members],
            "lanes": [lane.document() for lane in self.lanes],
            "paths": self._paths,
            "facts": self._facts,
            "batches": self._hashes,
            "failed": self.failed,
            "scores": {number: score for number, score in self._scores.items() if math.isfinite(score)},
            "ended": sorted(self.ended),
        }


def _advance(track: Track) -> float:
    return track.window / track.windows


def _plain(facts: Facts) -> dict[str, Any]:
    found = asdict(facts)
    grid = found.pop("grid")
    return {**found, "total_steps": grid["total"], "windows": grid["windows"]}
