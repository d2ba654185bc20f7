"""The learning-rate range test (Smith 2017) read: where the loss falls, where fastest, where it diverges; what to take.

The suggestion is half the rate at which the smoothed loss falls fastest: half, because the moving average lags behind.
How good it is: validation loss after 200 steps at the suggested constant rate, against the best of 17 rates over four
decades (quarter decades, mean of 2 seeds), as a share of the fall from the untrained loss to the best, in %. In
brackets the same for the rate that the catalogue suggests.

                                    SGD            momentum        Adam
    digits, MLP                     1.1  (5.4)     1.5  (2.6)      0.4  (2.0)
    digits, CNN                     1.4  (6.7)     0.4  (3.4)      0.4 (40.6)
    moons, MLP with batch norm      4.0  (0.5)     3.0  (0.7)      4.0  (1.5)
    diabetes, MLP (regression)      4.6  (7.7)     4.9 (18.3)      1.4  (1.4)
    Japanese vowels, GRU            2.0  (6.9)     0.1  (1.8)      2.0 (11.2)

Mean of the 15: 2.1 (7.4), worst 4.9 (40.6). The rule was chosen among 17 on the first four rows, the fifth came after:
on those four, parts of the lowest point or of the rate of divergence have worst cases of 13 to 60, the fastest fall 12.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

MEMORY = 0.85
DIVERGED = 4.0
LEAST_STEPS = 20
FIRST = 10  # before it the moving average has seen too little to be the lowest
LEAST_FALL = 0.05  # of the loss at the start
CLEAR = 6.0  # standard errors: the lowest of 150 is the lowest of many draws
STARTED = 0.1
SHARE = 0.5


@dataclass(frozen=True)
class RangeTest:
    """A range test: `lrs` (n,) rising, `losses` (seeds, n) of the single batches, None beyond a divergence.

    `smoothed` is the mean over the seeds of their debiased exponential moving averages, up to where the first seed
    diverged. `falls_from`, `steepest`, `lowest` and `edge` are learning rates: where a tenth of the fall is done, where
    it is fastest, where the smoothed loss is lowest, and where the first seed diverged (None: nowhere).
    """

    lrs: list[float]
    losses: list[list[float | None]]
    smoothed: list[float]
    falls_from: float | None
    steepest: float | None
    lowest: float | None
    edge: float | None
    suggestion: float | None
    reason: str

    def document(self) -> dict[str, Any]:
        """As plain data: `RangeTest(**document)` reads it."""
        return asdict(self)


def moving_average(losses: Sequence[float], memory: float = MEMORY) -> np.ndarray:
    """Debiased exponential moving average, (n,): a_t = sum memory^(t-i) l_i / sum memory^(t-i)."""
    found, total = np.empty(len(losses)), 0.0
    for position, loss in enumerate(losses):
        total = memory * total + (1 - memory) * loss
        found[position] = total / (1 - memory ** (position + 1))
    return found


def read_range(lrs: Sequence[float], losses: Sequence[Sequence[float]]) -> RangeTest:
    """Read `losses` (seeds, up to n) of batches trained at `lrs` (n,); a seed that ends early diverged there."""
    shortest = min(len(one) for one in losses)
    edge = float(lrs[min(shortest, len(lrs) - 1)]) if shortest < len(lrs) else None
    padded = [[*one, *[None] * (len(lrs) - len(one))] for one in losses]
    smoothed = np.mean([moving_average(one[:shortest]) for one in losses], axis=0) if shortest else np.empty(0)

    def told(reason: str, *found: float | None) -> RangeTest:
        places = (*found, None, None, None, None)[:4]
        falls_from, steepest, lowest, suggestion = places
        return RangeTest(
            [float(lr) for lr in lrs], padded, smoothed.tolist(), falls_from, steepest, lowest, edge, suggestion, reason
        )

    if shortest < LEAST_STEPS:
        return told(
            f"No suggestion: the loss diverges within {shortest} steps, at {_shown(lrs[max(shortest - 1, 0)])} already. "
            "Something else is wrong than the learning rate."
        )
    lowest = FIRST + int(smoothed[FIRST:].argmin())
    start = float(smoothed[: max(shortest // 10, 5)].mean())
    fall = start - float(smoothed[lowest])
    noise = _noise([one[:shortest] for one in losses])
    if fall < LEAST_FALL * abs(start) or fall < CLEAR * noise:
        return told(
            f"No suggestion: at no learning rate does the loss fall clearly (from {start:.3g} to {smoothed[lowest]:.3g} at "
            f"best, with a standard error of {noise:.2g}). Look at the check before training, or take a larger batch."
        )
    gone = (start - smoothed) / fall
    from_ = int(np.flatnonzero(gone[: lowest + 1] < STARTED).max(initial=-1)) + 1
    slope = np.gradient(gone, np.log(lrs[:shortest]))
    steepest = from_ + int(slope[from_ : lowest + 1].argmax())
    suggestion = _rounded(float(lrs[steepest]) * SHARE)
    ends = f"diverges at {_shown(edge)}" if edge else f"does not diverge up to {_shown(lrs[-1])}"
    return told(
        f"The loss falls from {_shown(lrs[from_])} on, fastest at {_shown(lrs[steepest])}, is lowest at {_shown(lrs[lowest])} and "
        f"{ends}. Suggested: {_shown(suggestion)}, about half of where it falls fastest, since the moving average lags behind.",
        float(lrs[from_]), float(lrs[steepest]), float(lrs[lowest]), suggestion,
    )  # fmt: skip


def _noise(losses: Sequence[Sequence[float]]) -> float:
    """Standard error of the mean moving average, from neighbouring losses; by medians, so that a jump counts little."""
    jumps = np.abs(np.concatenate([np.diff(one) for one in losses]))
    batch = float(np.median(jumps)) / (0.6745 * math.sqrt(2))
    return batch * math.sqrt((1 - MEMORY) / (1 + MEMORY) / len(losses))


def _rounded(lr: float) -> float:
    """To one figure: 1, 2, 3, 5 or 7 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(lr))
    return float(f"{min((1, 2, 3, 5, 7, 10), key=lambda n: abs(math.log(lr / power / n))) * power:.1g}")


def _shown(lr: float) -> str:
    return f"{lr:.2g}"
