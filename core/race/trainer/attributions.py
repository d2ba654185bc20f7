"""What the lanes of a race rest on while they train: attributions of each lane's first seed, recorded at its evaluations."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from core.explain.records import Records
from core.race.members import Member
from core.race.recipe import Race
from core.race.trainer.tracks import Track, WindowRow
from core.train.attributions import GRACE_SECONDS, AttributionRecorder


class LaneAttributions:
    """Records into `folder`, one folder for each member of the race's first seed; lanes train on as if nothing was.

    A lane's record may take its share of the training of all its seeds; the grace of a run is shared by all lanes.
    `told` is given the member and the reason when its recording stops. `costs` are those kept of an earlier attempt.
    """

    def __init__(self, race: Race, folder: Path, told: Callable[[Member, str], None], costs: dict[str, Any]) -> None:
        self._race, self._folder, self._told, self.costs = race, folder, told, costs
        self._recorders: dict[int, AttributionRecorder] = {}

    def look(self, track: Track, rows: list[WindowRow]) -> None:
        """After a window of `track`, whose `rows`, one for each member, say who was evaluated."""
        for member, row in zip(track.members, rows, strict=True):
            if member.stage == "race" and member.seed == self._race.base.seed and row.metrics is not None:
                self._look_at(track, member, row)

    def _look_at(self, track: Track, member: Member, row: WindowRow) -> None:
        number, plan = member.number, track.plan_of(member.number)
        if number not in self._recorders:
            self._recorders[number] = AttributionRecorder(
                Records(self._folder / str(number)),
                plan,
                partial(track.weights_of, number),
                step=row.step,
                grace=GRACE_SECONDS / (len(self._race.lanes) * len(self._race.tasks)),
                told=partial(self._told, member),
            )
        recorder, ends = self._recorders[number], track.window >= track.windows
        seconds = row.seconds * self._race.seeds
        recorder.look(row.step, track.facts()[number].grid.total, seconds, last=ends)
        self.costs[str(number)] = recorder.figures(seconds)
        if ends:
            del self._recorders[number]
