"""The evidence a lesson rests on: each training of its arms, read back from the store. No torch."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.diagnosis.case import Case, Table, case_of
from core.evaluation.predictions import Predictions
from core.race.record import Series, read_race
from core.store.status import run_status
from core.store.workspace import Run

Ask = Callable[[Run], Predictions | None]
"""What a run's last checkpoint says of its validation rows; asked only by measures that need it."""


@dataclass(frozen=True)
class Evidence:
    """One training: of `arm`, with `seed`. `over` says that it trained to its end, `run` is a plain run's."""

    arm: str
    seed: int
    case: Case
    over: bool
    run: Run | None = None
    ask: Ask | None = None

    def evaluation(self, column: str) -> np.ndarray:
        """All evaluations of `column` (n,); empty where there is none."""
        return self._column("evaluation", column)

    def loss(self) -> np.ndarray:
        """The training loss (n,), of every step in a plain run, of every stretch of steps in a race."""
        return self._column("step", "loss")

    def worst_loss(self) -> np.ndarray:
        """As `loss`, but in a race the worst step of every stretch."""
        worst = self._column("step", "loss_worst")
        return worst if len(worst) else self.loss()

    def gradient_norm(self) -> np.ndarray:
        """Recorded norms (n,) of the whole gradient, before clipping."""
        found = self._column("gradients", "gradient_norm")
        return found if len(found) else self._column("step", "gradient_norm")

    def layers(self, family: str) -> np.ndarray:
        """A family of activation records, (n, layers) in forward order; (0, 0) in a race, which keeps none."""
        table = self.case.tables.get("activations")
        return table.family(family) if table else np.empty((0, 0))

    @property
    def astray(self) -> bool:
        """Whether the training loss was not a finite number in the end."""
        loss = self.loss()
        return bool(len(loss)) and not math.isfinite(loss[-1])

    def predictions(self) -> Predictions | None:
        """What its last checkpoint says of the validation rows; None where that can't be told."""
        return self.ask(self.run) if self.ask and self.run else None

    def change_step(self) -> int | None:
        """The step at which a setting was first changed by hand; None when none was."""
        return next((event.step for event in self.case.events if event.kind == "changed"), None)

    def around_change(self) -> tuple[float, float]:
        """Mean training loss over the epoch before the first change by hand, and over the second epoch after it."""
        at, epoch = self.change_step(), self.case.steps_per_epoch
        if at is None or not epoch:
            return math.nan, math.nan
        table = self.case.tables["step"]
        steps, loss = table.step, table.column("loss")
        before, after = (
            loss[(steps > at - epoch) & (steps <= at)],
            loss[(steps > at + epoch) & (steps <= at + 2 * epoch)],
        )
        return tuple(float(part.mean()) if len(part) else math.nan for part in (before, after))  # type: ignore[return-value]

    def _column(self, table: str, column: str) -> np.ndarray:
        found = self.case.tables.get(table)
        return found.column(column) if found and column in found.columns else np.empty(0)


def of_race(run: Run) -> list[Evidence]:
    """One for each lane and seed of a race that has begun to train, lanes in order.

    Raises:
        RunDamaged: when its files can't be read.
    """
    record = read_race(run)
    found = []
    for lane in record.standing():
        for member in record.of("race", 0, lane):
            tables = {
                name: _table(series)
                for name, series in (("step", record.curves.get(member.number)), ("evaluation", record.marks.get(member.number)))
                if series is not None
            }  # fmt: skip
            case = Case(tables, record.recipe(member))
            found.append(Evidence(record.lanes[lane].lane.name, member.seed, case, record.through(member)))
    return found


def _table(series: Series) -> Table:
    columns = list(series.columns)
    return Table(
        tuple(columns), series.step, series.seconds, np.stack([series.columns[name] for name in columns], axis=1)
    )


def of_run(run: Run, arm: str = "", ask: Ask | None = None) -> Evidence | None:
    """The evidence of a plain run; None before anything was recorded.

    Raises:
        RunDamaged: when its files can't be read.
    """
    status = run_status(run)
    case = case_of(run, status.word)
    if case is None:
        return None
    seed = case.recipe.seed if case.recipe else 0
    return Evidence(arm, seed, case, status.word in ("done", "stopped"), run, ask)
