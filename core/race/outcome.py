"""What a race came to: finals of every lane and seed, verdicts in words, costs, tuning, sensitivity and proof. No torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.optim.catalogue import OPTIMIZERS
from core.race.judging.profiles import performance_profile, time_to_target
from core.race.judging.statistics import mean_interval
from core.race.judging.verdict import Verdict, judge, judge_times
from core.race.members import Member
from core.race.record import RaceRecord
from core.race.scores import LABELS, higher_is_better

STABLE_SHARE = 0.75


@dataclass(frozen=True)
class TaskOutcome:
    """One data set: `finals` (lanes, seeds) of the standing lanes, in the order of `lanes`, and the verdict on them."""

    task: int
    name: str
    score: str
    lanes: list[int]
    seeds: list[int]
    finals: np.ndarray
    verdict: Verdict

    @property
    def higher_is_better(self) -> bool:
        """Whether a higher score is a better one."""
        return higher_is_better(self.score)


@dataclass(frozen=True)
class Sweep:
    """A lane's sensitivity to its learning rate: `finals` (rates, seeds) of the validation loss at the end.

    `stable` is the range of rates around the best one that come at least STABLE_SHARE of its way down from the untrained
    loss, or None where no rate came to a finite loss.
    """

    lane: int
    rates: list[float]
    finals: np.ndarray
    stable: tuple[float, float] | None

    @property
    def means(self) -> np.ndarray:
        """The mean over seeds at every rate (rates,)."""
        return sweep_means(self.finals)


def sweep_means(finals: np.ndarray) -> np.ndarray:
    """Means (rates,) of `finals` (rates, seeds): NaN at a rate at which a seed went astray, which a mean would hide."""
    known = np.isfinite(finals).all(axis=1)
    return np.where(known, np.where(known[:, None], finals, 0.0).mean(axis=1), np.nan)


def task_outcomes(record: RaceRecord) -> list[TaskOutcome]:
    """The outcome on every data set, as far as it has come."""
    return [_task_outcome(record, task) for task in range(len(record.race.tasks))]


def _task_outcome(record: RaceRecord, task: int) -> TaskOutcome:
    race = record.race
    lanes = [lane for lane in record.standing() if record.of("race", task, lane)]
    members = {(m.lane, m.seed): m for m in record.of("race", task)}
    score = next((record.score_of(m) for m in members.values() if m.number in record.marks), "val_loss")
    shape = (len(lanes), race.seeds)
    finals, diverged = np.full(shape, np.nan), np.zeros(shape, bool)
    for i, lane in enumerate(lanes):
        for j, seed in enumerate(race.seed_numbers):
            member = members[lane, seed]
            finals[i, j] = record.final(member, score)
            diverged[i, j] = record.diverged(member)
    rows = next((facts["val_rows"] for facts in record.facts.values()), 0)
    finished = all(record.through(member) for member in members.values() if member.lane in lanes)
    verdict = judge(
        [record.lanes[lane].lane.name for lane in lanes],
        finals,
        score_label=LABELS[score],
        higher_is_better=higher_is_better(score),
        resolution=1 / rows if rows and score == "val_accuracy" else None,
        unfinished=not finished,
        diverged=diverged,
    )
    return TaskOutcome(task, race.task_name(task), score, lanes, race.seed_numbers, finals, verdict)


def arrivals(record: RaceRecord, task: int, lane: int, score: str, target: float) -> list[float]:
    """For each seed the samples seen when its validation first reached `target`; infinite where it never did."""
    found = []
    for member in record.of("race", task, lane):
        marks = record.marks.get(member.number)
        if marks is None:
            found.append(math.inf)
            continue
        samples = marks.step * record.facts[member.number]["batch_size"]
        higher = higher_is_better(score)
        found.append(float(time_to_target(samples, marks.columns[score][None], target, higher_is_better=higher)[0]))
    return found


def speed(record: RaceRecord, outcome: TaskOutcome, target: float) -> Verdict:
    """The verdict on how many samples the lanes need until their validation first reaches `target`."""
    times = [arrivals(record, outcome.task, lane, outcome.score, target) for lane in outcome.lanes]
    members = [m for m in record.of("race", outcome.task) if m.lane in outcome.lanes]
    apart = [np.diff(record.marks[m.number].step).max() * record.facts[m.number]["batch_size"]
             for m in members if m.number in record.marks and len(record.marks[m.number]) > 1]  # fmt: skip
    return judge_times(
        [record.lanes[lane].lane.name for lane in outcome.lanes],
        times,
        target_label=f"a {LABELS[outcome.score]} of {target:g}",
        unit="samples",
        resolution=float(max(apart)) if apart else None,
        unfinished=not all(record.through(member) for member in members),
    )


def profile(record: RaceRecord, outcomes: list[TaskOutcome]) -> dict[str, Any] | None:
    """The performance profile over data sets (Dolan and Moré 2002); None with fewer than two.

    The cost of a lane on a task is the median over seeds of the samples it needs to come within five hundredths of the way
    from the start to the best mean final of any lane.
    """
    if len(outcomes) < 2:
        return None
    lanes = record.standing()
    costs = np.full((len(lanes), len(outcomes)), math.inf)
    for column, outcome in enumerate(outcomes):
        means = _means(outcome.finals)
        if not np.isfinite(means).any():
            continue
        best = np.nanmax(means) if outcome.higher_is_better else np.nanmin(means)
        firsts = [
            record.marks[m.number].columns[outcome.score][0]
            for m in record.of("race", outcome.task)
            if m.number in record.marks
        ]
        target = best + 0.05 * (float(np.nanmean(firsts)) - best)
        for row, lane in enumerate(lanes):
            costs[row, column] = float(
                np.median(arrivals(record, outcome.task, lane, outcome.score, target) or [math.inf])
            )
    found = performance_profile(costs)
    return {"lanes": lanes, "factors": found.tau, "shares": found.share, "costs": costs}


def sweeps(record: RaceRecord) -> list[Sweep]:
    """The sensitivity curve of every lane that was swept."""
    found = []
    for lane in record.standing():
        members = [member for member in record.of("sensitivity", 0, lane) if member.number in record.ended]
        rates = sorted({float(member.more["optim.lr"]) for member in members})  # type: ignore[arg-type]
        if not rates:
            continue
        finals = np.full((len(rates), record.race.seeds), np.nan)
        for member in members:
            place = rates.index(float(member.more["optim.lr"])), record.race.seed_numbers.index(member.seed)  # type: ignore[arg-type]
            finals[place] = record.final(member, "val_loss")
        untrained = float(np.mean([record.marks[member.number].columns["val_loss"][0] for member in members]))
        found.append(Sweep(lane, rates, finals, _stable(rates, finals, untrained)))
    return found


def _stable(rates: list[float], finals: np.ndarray, untrained: float) -> tuple[float, float] | None:
    means = sweep_means(finals)
    if np.isnan(means).all():
        return None
    best = low = high = int(np.nanargmin(means))
    limit = max(means[best], untrained - STABLE_SHARE * (untrained - means[best]))
    while low > 0 and means[low - 1] <= limit:
        low -= 1
    while high < len(rates) - 1 and means[high + 1] <= limit:
        high += 1
    return rates[low], rates[high]


def tuning(record: RaceRecord, lane: int, task: int) -> list[dict[str, Any]]:
    """The trials of a tuned lane with what each reached, best first."""
    trials = [
        {
            "changes": dict(member.more),
            "score": record.final(member, record.score_of(member)),
            "through": record.through(member),
        }
        for member in record.of("tuning", task, lane)
    ]
    sign = -1 if higher_is_better(record.race.score) else 1
    return sorted(trials, key=lambda one: sign * one["score"] if math.isfinite(one["score"]) else math.inf)


def proof(record: RaceRecord) -> list[dict[str, Any]]:
    """For each data set and seed: which lanes began from the same weights, and which were given the same batches."""
    found = []
    for task in range(len(record.race.tasks)):
        for seed in record.race.seed_numbers:
            members = [m for m in record.of("race", task) if m.seed == seed and record.lanes[m.lane].state != "dropped"]
            known = [m for m in members if m.number in record.facts]
            found.append({
                "task": record.race.task_name(task),
                "seed": seed,
                "initial": _groups(record, known, {m.number: record.facts[m.number]["initial_hash"] for m in known}),
                "batches": _groups(record, [m for m in known if m.number in record.batches], record.batches),
            })  # fmt: skip
    return found


def _groups(record: RaceRecord, members: list[Member], hashes: dict[int, str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for member in members:
        groups.setdefault(hashes[member.number][:12], []).append(record.lanes[member.lane].lane.name)
    return groups


def document(record: RaceRecord, status: str) -> dict[str, Any]:
    """The whole outcome as one JSON-able document (NaN and infinity still in it)."""
    outcomes = task_outcomes(record)
    return {
        "race_id": record.id,
        "name": record.race.name,
        "status": status,
        "seeds": record.race.seed_numbers,
        "tasks": [_told(record, outcome) for outcome in outcomes],
        "lanes": [_lane_told(record, lane) for lane in range(len(record.lanes))],
        "sensitivity": [
            {
                "lane": record.lanes[one.lane].lane.name,
                "learning_rates": one.rates,
                "mean_val_loss": one.means.tolist(),
                "stable_range": list(one.stable) if one.stable else None,
            }
            for one in sweeps(record)
        ],
        "proof": proof(record),
    }


def _told(record: RaceRecord, outcome: TaskOutcome) -> dict[str, Any]:
    lanes = []
    for lane, finals in zip(outcome.lanes, outcome.finals, strict=True):
        interval = mean_interval(finals[np.isfinite(finals)])
        lanes.append({
            "lane": record.lanes[lane].lane.name,
            "finals": [float(value) for value in finals],
            "mean": float(np.mean(finals[np.isfinite(finals)])) if np.isfinite(finals).any() else math.nan,
            "interval": [interval.low, interval.high] if interval else None,
            "diverged": int(sum(record.diverged(m) for m in record.of("race", outcome.task, lane))),
        })  # fmt: skip
    verdict = outcome.verdict
    return {
        "data": outcome.name,
        "score": outcome.score,
        "higher_is_better": outcome.higher_is_better,
        "lanes": lanes,
        "verdict": verdict.headline,
        "separable": verdict.separable,
        "ranking": [list(group) for group in verdict.ranking],
        "pairs": [pair.sentence for pair in verdict.pairs],
        "notes": list(verdict.notes),
    }


def _lane_told(record: RaceRecord, number: int) -> dict[str, Any]:
    lane = record.lanes[number]
    recipe = record.lane_recipe(number)
    members = record.of("race", lane=number)
    return {
        "name": lane.lane.name,
        "state": lane.state,
        "optimizer": recipe.optim.key,
        "lr": recipe.optim.lr,
        "tuned": lane.lane.tuned,
        "chosen": {str(task): changes for task, changes in lane.chosen.items()},
        "trained": record.paths.get(members[0].number, {}) if members else {},
        **record.costs.get(number, {}),
    }


def optimizer_label(record: RaceRecord, lane: int) -> str:
    """The lane's optimizer in words."""
    return OPTIMIZERS[record.lane_recipe(lane).optim.key].label


def _means(finals: np.ndarray) -> np.ndarray:
    """Mean of each row over what is finite; NaN where nothing is."""
    known = np.isfinite(finals)
    with np.errstate(invalid="ignore"):
        return np.where(
            known.any(axis=1), np.where(known, finals, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1), np.nan
        )
