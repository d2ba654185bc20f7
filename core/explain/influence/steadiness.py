"""Would the same training rows be named with one checkpoint less? The error of a sum over a few checkpoints."""

from __future__ import annotations

import numpy as np

from core.explain.trust.light import Check, percent

TOP = 10
GREEN_KEPT, LEAST_KEPT = 0.8, 0.5


def steadiness(scores: np.ndarray, steps: tuple[int, ...], most: int = TOP) -> Check:
    """Leave each checkpoint out in turn and compare the order of the training rows with that of the full sum.

    `scores` (checkpoints, explained rows, training rows) are the terms of the sum. Judged is the checkpoint that matters
    most: the share of the `most` strongest proponents that stay without it, the mean over explained rows. Green from
    GREEN_KEPT on, withheld below LEAST_KEPT; with as many training rows as that or fewer, nothing can be told.
    """
    most = min(most, TOP)
    checkpoints, explained, total = scores.shape
    figures = {"checkpoints": float(checkpoints), "n": float(explained)}
    if total <= 2 * most:
        said = f"With {total} training rows their order can't be checked against leaving out a checkpoint."
        return Check("steadiness", "amber", said, figures)
    whole = scores.sum(axis=0, dtype=np.float64)
    kept: list[float] = []
    correlations: list[float] = []
    for left_out in range(checkpoints):
        rest = whole - scores[left_out]
        pairs = zip(top(whole, most), top(rest, most), strict=True)
        kept.append(float(np.mean([len(set(one) & set(other)) / most for one, other in pairs])))
        correlations.append(_spearman(whole, rest))
    worst = int(np.argmin(kept))
    figures |= {"kept": kept[worst], "mean_kept": float(np.mean(kept)), "correlation": float(min(correlations))}
    said = (
        f"Without the checkpoint at step {steps[worst]:,}, which matters most, {percent(kept[worst])} of the top {most} rows stay "
        f"(without any one of the {checkpoints}, {percent(float(np.mean(kept)))} on average; rank correlation of all rows at "
        f"least {min(correlations):.2f}; n = {explained})."
    )
    if kept[worst] >= GREEN_KEPT:
        return Check("steadiness", "green", f"The list hardly depends on which checkpoints there are. {said}", figures)
    if kept[worst] >= LEAST_KEPT:
        return Check("steadiness", "amber", f"The list depends on which checkpoints there are. {said}", figures)
    return Check("steadiness", "withheld", f"The list hangs on a single checkpoint. {said}", figures)


def top(scores: np.ndarray, most: int) -> np.ndarray:
    """Columns of the `most` largest of each row (n, m), largest first; the earlier column where two are alike."""
    return np.argsort(-scores, axis=1, kind="stable")[:, :most]


def _spearman(first: np.ndarray, second: np.ndarray) -> float:
    """Mean over rows of the signed rank correlation of two (n, m) arrays; a constant row counts as 0."""
    from scipy.stats import rankdata

    ranks = [rankdata(values, axis=1) for values in (first, second)]
    centred = [values - values.mean(axis=1, keepdims=True) for values in ranks]
    sizes = [np.sqrt((values**2).sum(axis=1)) for values in centred]
    product = sizes[0] * sizes[1]
    return float(np.mean((centred[0] * centred[1]).sum(axis=1) / np.where(product == 0, 1, product)))
