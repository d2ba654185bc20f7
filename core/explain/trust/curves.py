"""Deletion and insertion curves (Petsiuk et al. 2018) against random orders of the same features.

Both put a baseline in the place of features, so they look at inputs that the model was never trained on; random orders do
the same, which is why the comparison counts and not the area alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.errors import BadInput
from core.evaluation.links import softmax
from core.explain.trust.light import Check

STEPS = 20
SETTLED = 5
ORDERS = 19  # to beat all of 19 random orders has a chance of 1 in 20 for a random one
BATCH_ROWS = 2_048


@dataclass(frozen=True)
class Curves:
    """Mean scores over n samples at `shares` (steps + 1,) of the features deleted or inserted.

    `deletion`, `insertion` (steps + 1,); `random_deletion`, `random_insertion` (orders, steps + 1). The score is the
    probability of the target class; of a number, 1 minus the distance to the full output over its median distance.
    """

    shares: np.ndarray
    deletion: np.ndarray
    insertion: np.ndarray
    random_deletion: np.ndarray
    random_insertion: np.ndarray
    n: int

    def area(self, name: str) -> np.ndarray:
        """The area under one of the curves: a number, or one for each random order."""
        return np.asarray(np.trapezoid(getattr(self, name), self.shares, axis=-1))


def measure_curves(
    predict: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    attributions: np.ndarray,
    targets: np.ndarray,
    baseline: np.ndarray,
    *,
    steps: int = STEPS,
    orders: int = ORDERS,
    seed: int = 0,
) -> Curves:
    """Delete and insert features in the order of their attributions and in random orders.

    `predict` maps (n, ...) to (n, outputs), logits or one number; `attributions` has the shape of `x`, or sizes of 1
    where one value stands for several inputs (the channels of a pixel); `baseline` broadcasts to `x`. Classes are ranked by
    attribution, numbers by its size; ties fall at random.

    Raises:
        BadInput: when the shapes do not fit.
    """
    if attributions.ndim != x.ndim or any(
        a not in (1, b) for a, b in zip(attributions.shape[1:], x.shape[1:], strict=True)
    ):
        raise BadInput(
            f"Attributions of shape {attributions.shape} do not fit samples of shape {x.shape}; give one a feature."
        )
    random = np.random.default_rng(seed)
    n, places = len(x), int(np.prod(attributions.shape[1:]))
    cuts = np.linspace(0, places, min(steps, places) + 1).round().astype(int)
    cuts = np.unique(
        np.concatenate([cuts, places - cuts])
    )  # symmetric, so that a curve read backwards has the same shares
    base = np.broadcast_to(np.asarray(baseline, x.dtype), x.shape)
    targets = np.broadcast_to(np.asarray(targets, np.int64), (n,))
    score = _score(predict, x, base, targets)
    importance = np.asarray(attributions, np.float64).reshape(n, places)
    if predict(x[:1]).shape[1] == 1:
        importance = np.abs(importance)

    def curve(ranks: np.ndarray) -> np.ndarray:
        """Mean score with the features of rank below each cut at the baseline; `ranks` (n, places)."""
        gone = (ranks < cuts[:, None, None]).reshape(len(cuts), n, *attributions.shape[1:])
        return score(np.where(gone, base, x))

    first = _ranks(-importance, random)
    drawn = [curve(_ranks(np.zeros_like(importance), random)) for _ in range(orders)]
    random_deletion = np.array(drawn)
    return Curves(
        shares=cuts / places,
        deletion=curve(first),
        insertion=curve(places - 1 - first)[::-1],
        random_deletion=random_deletion,
        random_insertion=random_deletion[:, ::-1],  # what is left in a random order was inserted in its reverse
        n=n,
    )


def _ranks(keys: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The place (n, features) of each feature in ascending order of `keys`; ties fall at random."""
    order = np.lexsort((random.random(keys.shape), keys), axis=-1)
    return order.argsort(axis=-1)


def _score(
    predict: Callable[[np.ndarray], np.ndarray], x: np.ndarray, base: np.ndarray, targets: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """A function from states (cuts, n, ...) to mean scores (cuts,)."""

    def outputs(rows: np.ndarray) -> np.ndarray:
        parts = [predict(rows[i : i + BATCH_ROWS]) for i in range(0, len(rows), BATCH_ROWS)]
        return np.concatenate(parts).astype(np.float64)

    full = outputs(x)
    distance = np.median(np.abs(full - outputs(base))) or 1.0

    def score(states: np.ndarray) -> np.ndarray:
        found = outputs(states.reshape(-1, *x.shape[1:])).reshape(len(states), len(x), -1)
        if found.shape[2] == 1:
            return 1 - np.abs(found - full)[:, :, 0].mean(axis=1) / distance
        return softmax(found)[:, np.arange(len(x)), targets].mean(axis=1)

    return score


def faithfulness(curves: Curves) -> Check:
    """Judge both curves: each must beat every random order. On fewer than SETTLED samples the light is amber at worst."""
    deletion, insertion = float(curves.area("deletion")), float(curves.area("insertion"))
    theirs = curves.area("random_deletion"), curves.area("random_insertion")
    low, high = float(theirs[0].min()), float(theirs[1].max())
    figures = {
        "deletion": deletion,
        "insertion": insertion,
        "random_low": low,
        "random_high": high,
        "orders": float(len(theirs[0])),
        "n": float(curves.n),
    }
    orders, samples = f"{len(theirs[0])} random orders", f"{curves.n} sample{'s' * (curves.n != 1)}"
    seen = f"(areas {deletion:.2f} and {insertion:.2f}, random {low:.2f} to {high:.2f}, {samples})"
    deletes, inserts = deletion < low, insertion > high
    if deletes and inserts:
        said = f"Deleting and inserting the features it ranks first changes the output faster than all {orders} {seen}."
        return Check("faithfulness", "green", said, figures)
    if not deletes and not inserts:
        said = f"neither deleting nor inserting in its order beats {orders} {seen}."
        if curves.n < SETTLED:
            said = f"Here its ranking is no better than random, which so few samples do not settle: {said}"
            return Check("faithfulness", "amber", said, figures)
        return Check("faithfulness", "withheld", f"Its ranking is no better than random: {said}", figures)
    good, bad = ("Deleting", "inserting") if deletes else ("Inserting", "deleting")
    said = f"{good} the features it ranks first beats all {orders}, but {bad} them is no better than random {seen}."
    return Check("faithfulness", "amber", said, figures)
