"""The known-answer test of influence: some labels are turned over, and the rows with the largest self-influence must be these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from core.explain.influence.line import Line, make_line
from core.explain.influence.points import Point
from core.explain.influence.tracin import terms
from core.explain.trust.light import Check, percent
from core.models.base import ModelInput
from core.models.catalogue import ARCHITECTURES

ROWS, FEATURES, VOTERS = 600, 10, 4
FLIPPED = 0.05
STEPS, KEPT_EVERY, RATE = 60, 6, 0.1
GREEN, LEAST = 0.85, 0.65


def planted_labels(seed: int = 0, weights: str = "last") -> Check:
    """Train on ROWS rows of which FLIPPED have the wrong label, and say how well self-influence tells those apart.

    Judged by the area under the ROC curve: the chance that a flipped row ranks above another one, 0.5 for guessing.
    """
    line, training, flipped = planted_line(seed)
    own = terms(line, training, (training[0][:1], training[1][:1]), weights).own.sum(axis=0, dtype=np.float64)
    area = area_under_roc(own, flipped)
    most = int(flipped.sum())
    first = float(flipped[np.argsort(-own, kind="stable")[:most]].mean())
    figures = {"auc": area, "chance": 0.5, "first": first, "flipped": float(most), "n": float(len(own))}
    said = (
        f"Of {len(own)} labels {most} were turned over; ranked by self-influence, a wrong one stands before a right one with "
        f"chance {percent(area)} (guessing: 50 %), and {percent(first)} of the first {most} are wrong ones."
    )
    if area >= GREEN:
        return Check("planted_labels", "green", f"It finds the wrong labels. {said}", figures)
    if area >= LEAST:
        return Check("planted_labels", "amber", f"It finds many of the wrong labels. {said}", figures)
    return Check("planted_labels", "withheld", f"It misses the wrong labels. {said}", figures)


def planted_line(seed: int = 0) -> tuple[Line, tuple[np.ndarray, np.ndarray], np.ndarray]:
    """A small network trained with plain SGD on a vote of VOTERS columns: its line, (x, labels), and which were flipped."""
    random = np.random.default_rng([seed, 13])
    x = random.normal(size=(ROWS, FEATURES)).astype(np.float32)
    y = (x[:, :VOTERS].sum(axis=1) > 0).astype(np.int64)
    flipped = np.zeros(ROWS, bool)
    flipped[random.choice(ROWS, round(FLIPPED * ROWS), replace=False)] = True
    y[flipped] = 1 - y[flipped]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = ARCHITECTURES["mlp"].load()(ModelInput("tabular", (FEATURES,), 0), 2, depth=1, width=16)
        points = _trained(model, torch.from_numpy(x), torch.from_numpy(y))
    return make_line(model, nn.CrossEntropyLoss(), points, x), (x, y), flipped


def _trained(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> tuple[Point, ...]:
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    points = []
    for step in range(1, STEPS + 1):
        for batch in torch.randperm(len(x)).split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
            optimizer.step()
        if step % KEPT_EVERY == 0:
            weights = {name: value.detach().clone() for name, value in model.state_dict().items()}
            points.append(Point(step, RATE, _given(weights)))
    return tuple(points)


def _given(weights: Mapping[str, Any]) -> Callable[[], Mapping[str, Any]]:
    return lambda: weights


def area_under_roc(scores: np.ndarray, positive: np.ndarray) -> float:
    """The chance that a positive scores above a negative, ties counting half (Mann and Whitney 1947)."""
    from scipy.stats import rankdata

    count = int(positive.sum())
    above = rankdata(scores)[positive].sum() - count * (count + 1) / 2
    return float(above / (count * (len(scores) - count)))
