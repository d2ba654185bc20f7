"""What a network's predictions rested on over its training, read from the records of a run or of a race's lane. No torch."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from core.errors import BadInput
from core.explain.records import FixedSamples, Record, Records
from core.explain.trust.completeness import AMBER, WITHHELD
from core.explain.trust.ranks import rank_correlation
from core.store.workspace import Run

PATCHES = 7


@dataclass(frozen=True, eq=False)
class History:
    """Attributions of n fixed validation rows at k recorded steps, in order, those that may be shown.

    steps, epochs, gaps, training_seconds (k,); values (k, n, *shape) float32, of texts one number a word; outputs and
    base_values (k, n), what the values of a row add up to the difference of. rows, targets (n,) and x (n, *shape) say
    which rows: the target is the true class. `seconds` went into recording and are `share` of the training's.

    `withheld` are steps that were left out, because their gap was above WITHHELD or not a number; `amber` (k,) tells which
    of those kept should not be read in small values. `forked_at` is the step from which on the run went its own way.
    """

    steps: np.ndarray
    epochs: np.ndarray
    rows: np.ndarray
    x: np.ndarray
    targets: np.ndarray
    values: np.ndarray
    gaps: np.ndarray
    outputs: np.ndarray
    base_values: np.ndarray
    training_seconds: np.ndarray
    seconds: float
    share: float
    kind: str
    task: str
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    words: dict[int, str]
    baseline: str
    withheld: tuple[int, ...] = ()
    forked_at: int | None = None

    @property
    def amber(self) -> np.ndarray:
        """(k,) bool: the gap is above AMBER."""
        return np.asarray(self.gaps > AMBER)

    @property
    def final_step(self) -> int:
        """The step that the others are compared with: the newest that may be shown."""
        return int(self.steps[-1])

    @property
    def final_withheld(self) -> bool:
        """Whether the newest record is not `final_step`'s but one that was left out."""
        return any(step > self.final_step for step in self.withheld)


@dataclass(frozen=True)
class Began:
    """When the network began to use a feature.

    `used` says whether it does in the end; if so, `step` is the first recorded step from which on the feature's share of
    all importance never fell below half of its final one, and `after` the recorded step before it: it began in between.
    `after` is None where that held at the first record already. `share` is the final one.
    """

    name: str
    used: bool
    share: float
    step: int | None = None
    epoch: float | None = None
    after: int | None = None


@dataclass(frozen=True, eq=False)
class Importance:
    """`sizes` (k, f): at each step the mean over rows of the size of each feature's attributions; `names` (f,)."""

    names: tuple[str, ...]
    sizes: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """(k, f), each step's sizes over their sum."""
        whole = self.sizes.sum(axis=1, keepdims=True)
        return np.asarray(self.sizes / np.where(whole > 0, whole, 1))


def recorded_members(run: Run) -> list[int]:
    """Numbers of the members of a race that have records, in order: those of each lane's first seed."""
    names = {path.parent.name for path in run.attributions.glob("*/step-*.npz")}
    return sorted(int(name) for name in names if name.isdigit())


def read(run: Run, member: int | None = None) -> History:
    """The history of a run, or of one member of a race.

    Raises:
        BadInput: when nothing was recorded, or nothing that may be shown.
    """
    records = Records(run.attributions if member is None else run.attributions / str(member))
    samples = records.samples()
    found = [record for step in records.steps() if (record := records.get(step)) is not None]
    if samples is None or not found:
        raise BadInput(
            f"{run.id} has no attributions over training; set record.attributions to auto or on before it trains."
        )
    shown = [record for record in found if record.gap <= WITHHELD]
    withheld = tuple(record.step for record in found if not record.gap <= WITHHELD)
    if not shown:
        raise BadInput(
            f"None of the {len(found)} records of {run.id} adds up to the output it explains within {WITHHELD:.0%}, so "
            "none is shown; explain a checkpoint with another method."
        )
    return _history(samples, found[-1], shown, withheld)


def after_parent(child: History, parent: History, step: int) -> History:
    """The child's history, with its parent's up to the fork at `step` before it.

    Raises:
        BadInput: when the two explain different rows.
    """
    same = child.x.shape == parent.x.shape and np.array_equal(child.x, parent.x)
    if not same or not np.array_equal(child.targets, parent.targets):
        raise BadInput("The fork follows other rows than its parent, because its data differ; look at one of them.")
    before = parent.steps <= step
    before &= parent.steps < child.steps[0]

    names = ("steps", "epochs", "values", "gaps", "outputs", "base_values", "training_seconds")
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(parent, name)[before], getattr(child, name)]) for name in names
    }
    withheld = (*(one for one in parent.withheld if one <= step), *child.withheld)
    return replace(child, **joined, withheld=withheld, forked_at=step)


def _history(samples: FixedSamples, newest: Record, shown: list[Record], withheld: tuple[int, ...]) -> History:
    document = samples.document

    def column(name: str) -> np.ndarray:
        return np.stack([np.asarray(getattr(record, name)) for record in shown])

    return History(
        steps=column("step"),
        epochs=column("epoch"),
        rows=samples.rows,
        x=samples.x,
        targets=samples.target,
        values=column("values"),
        gaps=column("gap"),
        outputs=column("output"),
        base_values=column("base_value"),
        training_seconds=column("training_seconds"),
        seconds=newest.spent,
        share=newest.spent / newest.training_seconds if newest.training_seconds > 0 else 0.0,
        kind=document["kind"],
        task=document["task"],
        feature_names=tuple(document["feature_names"]),
        class_names=tuple(document["class_names"]),
        words={int(token): word for token, word in document["words"].items()},
        baseline=document["baseline"],
        withheld=withheld,
    )


def importance(history: History) -> Importance:
    """How much each feature counts at each step.

    The features are the columns of a table; the channels of a series, summed over time; of an image patches, at most
    PATCHES by PATCHES of them; of a text the words that occur in the rows, wherever they stand, padding left out.
    """
    sizes = np.abs(history.values.astype(np.float64))
    if history.kind == "text":
        tokens, place = np.unique(history.x, return_inverse=True)
        summed = np.stack([np.bincount(place.ravel(), one.ravel(), len(tokens)) for one in sizes]) / len(history.rows)
        names = np.array([history.words.get(int(token), str(token)) for token in tokens])
        return Importance(tuple(names[tokens != 0].tolist()), summed[:, tokens != 0])
    if history.kind == "sequence":
        return Importance(_names(history, sizes.shape[3]), sizes.sum(axis=2).mean(axis=1))
    if history.kind == "image":
        return _patches(sizes.sum(axis=2).mean(axis=1))
    return Importance(_names(history, sizes.shape[2]), sizes.mean(axis=1))


def rank_to_final(history: History) -> tuple[np.ndarray, np.ndarray]:
    """(k,) twice: Spearman's correlation with the final record of how sizes order the inputs, row by row and then the mean
    over rows; and the same of the importance of features. The last entry is 1 unless nothing is ordered."""
    sizes, known = importance(history).sizes, _without_constants(history)
    by_row = np.array([rank_correlation(values, known[-1]) for values in known])
    return by_row, np.array([rank_correlation(one[None], sizes[-1:]) for one in sizes])


def _without_constants(history: History) -> np.ndarray:
    """The values, NaN at inputs that never got any: those equal to the baseline, which are alike whatever the weights."""
    return np.where((history.values != 0).any(axis=0), history.values, np.nan)


def step_to_step(history: History) -> tuple[np.ndarray, np.ndarray]:
    """As `rank_to_final`, but with the record before: (k,) twice, the first entry NaN."""
    sizes = importance(history).sizes
    pairs = range(1, len(history.steps))
    known = _without_constants(history)
    by_row = [rank_correlation(known[i], known[i - 1]) for i in pairs]
    whole = [rank_correlation(sizes[i : i + 1], sizes[i - 1 : i]) for i in pairs]
    return np.array([math.nan, *by_row]), np.array([math.nan, *whole])


def unexplained(history: History) -> float:
    """The part of the final output's change that its attributions miss, in the units of importance."""
    change = np.abs(history.outputs[-1] - history.base_values[-1])
    return float(history.gaps[-1] * np.median(change))


def began(history: History) -> list[Began]:
    """When each feature began to be used, by final share, largest first.

    A feature with a final share below 1 / (2 f) of f features, or that counts no more than what the final attributions
    leave unexplained, is not used. An untrained network uses everything a little: where a share was never below half of
    its final one, `after` is None, and no more can be said than that it was so from the first record on.
    """
    found = importance(history)
    shares, missed = found.shares, unexplained(history)
    final = shares[-1]
    kept = []
    for i in np.argsort(-final, kind="stable"):
        name, share = found.names[i], float(final[i])
        if share < 1 / (2 * len(final)) or not found.sizes[-1, i] > missed:
            kept.append(Began(name, used=False, share=share))
            continue
        below = np.flatnonzero(shares[:, i] < share / 2)
        first = int(below[-1]) + 1 if len(below) else 0
        after = int(history.steps[first - 1]) if first else None
        kept.append(Began(name, True, share, int(history.steps[first]), float(history.epochs[first]), after))
    return kept


def document(history: History, most: int = 10) -> dict[str, Any]:
    """All of it for JSON and the command line; of `began` the `most` important features."""
    by_row, whole = rank_to_final(history)
    return {
        "steps": history.steps.tolist(),
        "epochs": history.epochs.tolist(),
        "rank_to_final": by_row.tolist(),
        "rank_to_final_global": whole.tolist(),
        "gaps": history.gaps.tolist(),
        "amber": history.steps[history.amber].tolist(),
        "withheld": list(history.withheld),
        "final_step": history.final_step,
        "final_withheld": history.final_withheld,
        "samples": len(history.rows),
        "began": [asdict(one) for one in began(history)[:most]],
        "seconds": history.seconds,
        "share": history.share,
        "baseline": history.baseline,
    }


def _names(history: History, count: int) -> tuple[str, ...]:
    known = history.feature_names
    return known if len(known) == count else tuple(f"channel {i}" for i in range(count))


def _patches(maps: np.ndarray) -> Importance:
    """Sums over patches of maps (k, height, width)."""
    steps, height, width = maps.shape
    down, across = math.ceil(height / PATCHES), math.ceil(width / PATCHES)
    padded = np.zeros((steps, math.ceil(height / down) * down, math.ceil(width / across) * across))
    padded[:, :height, :width] = maps
    cut = padded.reshape(steps, padded.shape[1] // down, down, padded.shape[2] // across, across).sum(axis=(2, 4))
    names = tuple(
        f"rows {top * down}-{min((top + 1) * down, height) - 1}, columns {left * across}-{min((left + 1) * across, width) - 1}"
        for top in range(cut.shape[1])
        for left in range(cut.shape[2])
    )
    return Importance(names, cut.reshape(steps, -1))
