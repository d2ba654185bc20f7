"""What simple models reach on the same rows, in a few milliseconds: a yardstick for underfitting, noise and leaks."""

from __future__ import annotations

import math

import torch

MOST_ROWS = 800
MOST_COLUMNS = 800
NEIGHBOURS = 5


@torch.no_grad()
def baselines(x: torch.Tensor, y: torch.Tensor, classes: int) -> dict[str, float]:
    """Scores on up to 800 training rows `x` (rows, ...), `y` (rows,): accuracy, or R2 for `classes` 0.

    linear                least squares on the standardised columns (to the classes' indicators), on its own rows
    neighbours_left_out   five nearest other rows: how many rows agree with their majority (or R2 of their mean)
    best_column           the best single column: ROC area for two classes, |correlation| for numbers
    Empty for token ids, for inputs to rebuild, and for more than 800 columns without a shape to average.
    """
    if not x.is_floating_point() or y.ndim > 1 or len(x) < 20:
        return {}
    pick = torch.linspace(0, len(x) - 1, min(len(x), MOST_ROWS)).long()
    rows = x[pick.to(x.device)].double().flatten(1).cpu()
    labels = y[pick.to(y.device)].cpu()
    if rows.shape[1] > MOST_COLUMNS or not bool(torch.isfinite(rows).all()):
        return {}
    spread = rows.std(dim=0, correction=0)
    z = (rows - rows.mean(dim=0)) / spread.clamp_min(1e-9) * (spread > 1e-9)
    goal = torch.nn.functional.one_hot(labels.long(), classes).double() if classes else labels.double()[:, None]
    design = torch.cat([z, torch.ones(len(z), 1, dtype=torch.float64)], dim=1)
    ridge = design.T @ design + 1e-3 * len(z) * torch.eye(design.shape[1], dtype=torch.float64)
    fitted = design @ torch.linalg.solve(ridge, design.T @ goal)
    distance = torch.cdist(z, z)
    distance.fill_diagonal_(math.inf)
    votes = goal[distance.topk(NEIGHBOURS, largest=False).indices].mean(dim=1)
    found = {
        "linear": _score(fitted, goal, labels, classes),
        "neighbours_left_out": _score(votes, goal, labels, classes),
    }
    if x.ndim == 2 and classes in (0, 2):
        found["best_column"] = _best_column(rows[:, spread > 1e-9], labels, classes)
    return found


def _score(predicted: torch.Tensor, goal: torch.Tensor, labels: torch.Tensor, classes: int) -> float:
    if classes:
        return float((predicted.argmax(dim=1) == labels).double().mean())
    return float(1 - (predicted - goal).square().sum() / (goal - goal.mean()).square().sum().clamp_min(1e-12))


def _best_column(rows: torch.Tensor, labels: torch.Tensor, classes: int) -> float:
    if rows.shape[1] == 0:
        return 0.0
    if not classes:
        z = (rows - rows.mean(dim=0)) / rows.std(dim=0, correction=0)
        goal = labels.double() - labels.double().mean()
        return float((z.T @ goal / len(goal) / goal.std(correction=0).clamp_min(1e-12)).abs().max())
    positive = labels == 1
    count, rest = int(positive.sum()), int((~positive).sum())
    if not count or not rest:
        return 0.0
    # the mean rank of tied values, from both ways of sorting
    low = torch.stack([torch.searchsorted(c.sort().values, c, right=False) for c in rows.T.contiguous()]).double()
    high = torch.stack([torch.searchsorted(c.sort().values, c, right=True) for c in rows.T.contiguous()]).double()
    ranks = (low + high + 1) / 2
    area = (ranks[:, positive].sum(dim=1) - count * (count + 1) / 2) / (count * rest)
    return float(torch.maximum(area, 1 - area).max())
