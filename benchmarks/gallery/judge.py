"""What the diagnosis and the baselines say of one recorded case, beside what is true."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.gallery import outcome, repairs
from benchmarks.gallery.baselines import BASELINES
from benchmarks.gallery.case import WITHOUT_REMEDY, GalleryCase
from benchmarks.gallery.training import trained
from benchmarks.gallery.work import Work
from core.diagnosis.case import Case
from core.diagnosis.causes import Diagnosis
from core.diagnosis.diagnose import diagnose

GRID = (0, 10, 20, 30, 50, 75, 100, 150, 200, 250, 300, 400, 500, 600, 800)


@dataclass
class Judged:
    """One case with its outcome and every verdict on it. `dropped` says why it does not count."""

    case: GalleryCase
    half: str
    sick: float
    twin: float = float("nan")
    dropped: str = ""
    alarms: tuple[str, ...] = ()
    cause: str = ""
    delay: int | None = None
    remedy: str = ""
    closed: float | None = None
    random: str = ""
    random_closed: float | None = None
    twin_alarms: tuple[str, ...] | None = None
    baselines: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def named(self) -> bool:
        """Whether an alarm names the fault."""
        return any(name in self.case.accepted for name in self.alarms)

    @property
    def right_cause(self) -> bool:
        """Whether the one cause named is the fault."""
        return self.cause in self.case.accepted

    @property
    def curable(self) -> bool:
        """Whether a change of the recipe could undo the fault."""
        return self.case.fault not in WITHOUT_REMEDY

    @property
    def cured(self) -> bool:
        """Whether the first remedy closed four fifths of the gap."""
        return self.closed is not None and self.closed >= 0.8

    @property
    def cured_at_random(self) -> bool:
        """Whether the random repair did."""
        return self.random_closed is not None and self.random_closed >= 0.8


def alarms_of(diagnosis: Diagnosis) -> tuple[str, ...]:
    """Names of the findings that are a warning or worse."""
    return tuple(f.name for f in diagnosis.findings if f.severity != "info")


def outcomes(cache: Path, case: GalleryCase, half: str) -> tuple[Judged, Case, Case | None]:
    """The case's outcome, decided without any rule; its records, and its twin's."""
    run = trained(cache, case.recipe, case.inject)
    if not case.sick:
        judged = Judged(case, half, outcome.score(run, "train"), dropped=outcome.confirmed_healthy(case, run))
        return judged, run, None
    twin = trained(cache, case.twin, case.twin_inject)
    sick, better = outcome.score(run, case.measure), outcome.score(twin, case.measure)
    return Judged(case, half, sick, better, outcome.confirmed_sick(case, sick, better)), run, twin


def judge(cache: Path, case: GalleryCase, half: str) -> tuple[Judged, list[Work]]:
    """Everything but the repairs' effect; and the trainings that need to be done for that."""
    judged, run, twin = outcomes(cache, case, half)
    if judged.dropped:
        return judged, []
    diagnosis = diagnose(run)
    judged.alarms, judged.cause = alarms_of(diagnosis), diagnosis.cause.name if diagnosis.cause else ""
    with np.errstate(all="ignore"):
        for name, rules in BASELINES.items():
            found = rules(run)
            named = any(set(faults) & set(case.accepted) for faults in found.values())
            judged.baselines[name] = {"alarms": sorted(found), "named": named}
    if twin is None:
        return judged, []
    if judged.named:
        judged.delay = delay(run, case)
    if not outcome.not_overfitted(twin):
        judged.twin_alarms = alarms_of(diagnose(twin))
    if not judged.curable:
        return judged, []
    judged.random, other = repairs.drawn(case)
    work: list[Work] = [(other, case.inject)]
    if first := repairs.first_remedy(case, diagnosis):
        judged.remedy = first[0]
        work.append((first[1], case.inject))
    return judged, work


def measure_repairs(cache: Path, judged: Judged, work: list[Work]) -> None:
    """Fill in by how much of the gap the remedy and the random repair closed."""
    gap = judged.twin - judged.sick
    ends = [(outcome.score(trained(cache, *one), judged.case.measure) - judged.sick) / gap for one in work]
    if ends:
        judged.random_closed = ends[0]
        judged.closed = ends[1] if len(ends) > 1 else None


def delay(run: Case, case: GalleryCase) -> int | None:
    """The first step of GRID at which an alarm names the fault; the last step when only the whole run shows it."""
    for step in GRID:
        if step >= run.last_step:
            break
        if any(name in case.accepted for name in alarms_of(diagnose(run.until(step)))):
            return step
    return run.last_step
