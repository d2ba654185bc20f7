"""The evidence a diagnosis rests on: a run's rows as arrays, its recipe, its facts, what happened. No tensors, no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.errors import RecipeError
from core.recipe.codec import parse_recipe
from core.recipe.parts import Recipe
from core.store.rows import Event, Rows, RunReader
from core.store.workspace import Run

Array = np.ndarray


@dataclass(frozen=True)
class Table:
    """Rows of one stream: `step` (n,) int64, `seconds` (n,), `values` (n, columns) float32, NaN and Inf being real."""

    columns: tuple[str, ...]
    step: Array
    seconds: Array
    values: Array

    def __len__(self) -> int:
        return len(self.step)

    def column(self, name: str) -> Array:
        """Values of one column, (n,) float64.

        Raises:
            KeyError: when there is no such column.
        """
        try:
            return self.values[:, self.columns.index(name)].astype(np.float64)
        except ValueError:
            raise KeyError(name) from None

    def family(self, name: str) -> Array:
        """Values of every `name/layer` column, (n, layers) float64, layers in forward order."""
        at = [j for j, column in enumerate(self.columns) if column.startswith(f"{name}/")]
        return self.values[:, at].astype(np.float64)

    def layers(self, name: str) -> list[str]:
        """The layers of a family, in forward order."""
        return [column.partition("/")[2] for column in self.columns if column.startswith(f"{name}/")]

    def until(self, step: int) -> Table:
        """The rows up to `step`."""
        keep = self.step <= step
        return Table(self.columns, self.step[keep], self.seconds[keep], self.values[keep])


@dataclass(frozen=True)
class Case:
    """All that is known of a run. `recipe` is None for logs of other tools; `facts` are the run's meta entries."""

    tables: Mapping[str, Table]
    recipe: Recipe | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    status: str = "done"

    def has(self, name: str) -> bool:
        """Whether what a rule `needs` is there (core/diagnosis/base.py lists the names): a table with rows, a column of one."""
        if name == "inspection":
            return bool(self.facts.get("inspection"))
        if name == "recipe":
            return self.recipe is not None
        if name == "events":
            return bool(self.events)
        if name == "chance":
            return self.chance_loss > 0
        table, _, column = name.partition(".")
        found = self.tables.get(table)
        return found is not None and len(found) > 0 and (not column or column in found.columns)

    @property
    def inspection(self) -> Mapping[str, Any]:
        """What the first batch told before step 1 (core/probes/inspection.py)."""
        return self.facts["inspection"]

    @property
    def classes(self) -> int:
        """Number of classes; 0 for regression or when unknown."""
        return len(self.facts.get("class_names") or ())

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps of one pass over the training rows; 0 when unknown."""
        return int(self.facts.get("steps_per_epoch") or 0)

    @property
    def stride(self) -> int:
        """Usual number of steps between two recorded losses: 1 for runs of this program, more for most logs of others."""
        steps = self.tables["step"].step if self.has("step") else ()
        return max(1, round(float(np.median(np.diff(steps))))) if len(steps) > 1 else 1

    @property
    def sparse(self) -> bool:
        """Whether a record stands for many steps, so that few records may span a whole run."""
        return self.stride > 1 or self.facts.get("unit") == "epoch"

    @property
    def last_step(self) -> int:
        """The newest step with a record."""
        return max((int(table.step[-1]) for table in self.tables.values() if len(table)), default=0)

    @property
    def chance_loss(self) -> float:
        """Loss of a model that has learned nothing but the class frequencies; NaN when unknown."""
        found = (self.facts.get("inspection") or {}).get("chance_loss", self.facts.get("chance_loss"))
        return float("nan") if found is None else float(found)

    @property
    def initial_loss(self) -> float:
        """Loss of the first batch before any update; NaN when unknown."""
        if self.has("inspection"):
            return float(self.inspection["loss"])
        return float(self.tables["step"].column("loss")[0]) if self.has("step") else float("nan")

    def recent_loss(self, rows: int = 50) -> float:
        """Median of the newest finite training losses; NaN when there is none."""
        if not self.has("step"):
            return float("nan")
        loss = self.tables["step"].column("loss")
        loss = loss[-(min(rows, max(len(loss) // 4, 5)) if self.sparse else rows) :]
        loss = loss[np.isfinite(loss)]
        return float(np.median(loss)) if len(loss) else float("nan")

    @property
    def train_score(self) -> float:
        """Accuracy or R2 on training rows at the newest evaluation; NaN when unknown."""
        for name in ("train_accuracy", "train_r2"):
            if self.has("evaluation") and name in self.tables["evaluation"].columns:
                return float(self.tables["evaluation"].column(name)[-1])
        return float("nan")

    @property
    def learns_well(self) -> bool:
        """Whether the network clearly learns its training rows: nothing inside it can be badly broken then."""
        chance, recent = self.chance_loss, self.recent_loss()
        if not np.isfinite(recent):
            return False
        return self.train_score >= 0.9 or (np.isfinite(chance) and recent <= 0.25 * chance)

    @property
    def learns_nothing(self) -> bool:
        """Whether the training loss is still that of guessing, after two passes over the data or 100 steps."""
        chance, recent = self.chance_loss, self.recent_loss()
        patience = max(2 * self.steps_per_epoch, 100) if self.steps_per_epoch else 100
        if self.facts.get("unit") == "epoch":
            patience = 10
        unknown = np.isfinite(recent) and not np.isfinite(chance)
        return (
            self.last_step >= min(patience, 400) and not unknown and not (np.isfinite(recent) and recent < 0.9 * chance)
        )

    def until(self, step: int) -> Case:
        """The case as it was known at `step`."""
        tables = {name: table.until(step) for name, table in self.tables.items()}
        events = tuple(event for event in self.events if event.step <= step)
        return Case(tables, self.recipe, self.facts, events, "running")


class CaseReader:
    """Keeps the Case of a run up to date, reading only what is new.

    Args:
        reader: stays open as long as this object is used, and is not closed by it.
    """

    def __init__(self, run: Run, reader: RunReader) -> None:
        self._reader = reader
        self._parts: dict[str, list[tuple[Array, ...]]] = {}
        self._after: dict[str, tuple[int, int]] = {}
        self._events: list[Event] = []
        try:
            self._recipe: Recipe | None = parse_recipe(run.whole_document())
        except RecipeError:  # written by another version: judge without it
            self._recipe = None

    def read(self, status: str = "running") -> Case:
        """The case with everything recorded by now."""
        tables = {}
        for name, columns in self._reader.streams().items():
            after = self._after.get(name, (-1, -1))
            rows = self._reader.rows(name, after)
            if len(rows):
                self._after[name] = int(rows.attempt[-1]), int(rows.step[-1])
                self._parts.setdefault(name, []).append((rows.attempt, rows.step, rows.seconds, rows.values))
            if name in self._parts:
                tables[name] = self._table(name, columns)
        self._events += self._reader.events(self._events[-1].id if self._events else 0)
        return Case(tables, self._recipe, self._reader.meta(), tuple(self._events), status)

    def _table(self, name: str, columns: list[str]) -> Table:
        """One table of all parts, each step once, as the newest attempt recorded it."""
        parts = self._parts[name]
        whole = parts[0] if len(parts) == 1 else tuple(np.concatenate(column) for column in zip(*parts, strict=True))
        self._parts[name] = [whole]
        rows = Rows(*whole).newest()
        return Table(tuple(columns), rows.step, rows.seconds, rows.values)


def case_of(run: Run, status: str = "done") -> Case | None:
    """The case of a run as it is on disk; None before anything was recorded.

    Raises:
        RunDamaged: when the records can't be read.
    """
    reader = run.reader()
    if reader is None:
        return None
    try:
        return CaseReader(run, reader).read(status)
    finally:
        reader.close()
