"""Learning-rate schedules that react to the run: small state machines with a JSON-able state."""

from __future__ import annotations

import math


class ReduceOnPlateau:
    """Lower the rate when the watched metric (smaller is better) stops improving.

    `factor` multiplies the rate after more than `patience` evaluations in a row that didn't improve on the best
    by the share `threshold`; it never falls under `minimum` times the base rate. As torch's ReduceLROnPlateau
    with mode "min", threshold_mode "rel" and no cooldown. A NaN counts as no improvement.
    """

    def __init__(
        self, *, factor: float = 0.5, patience: int = 5, threshold: float = 1e-3, minimum: float = 1e-3
    ) -> None:
        self.factor, self.patience = factor, patience
        self.threshold, self.minimum = threshold, minimum
        self.current = 1.0
        self.best: float | None = None
        self.waited = 0

    def update(self, metric: float) -> float:
        """Take in one evaluation of the metric and return the factor on the base rate from now on."""
        improved = self.best is None or metric < self.best * (1.0 - self.threshold)
        if improved and math.isfinite(metric):
            self.best, self.waited = float(metric), 0
        else:
            self.waited += 1
        if self.waited > self.patience:
            self.current, self.waited = max(self.current * self.factor, self.minimum), 0
        return self.current

    def state_dict(self) -> dict[str, float | int | None]:
        """Return the state as plain numbers, for a checkpoint."""
        return {"current": self.current, "best": self.best, "waited": self.waited}

    def load_state_dict(self, state: dict[str, float | int | None]) -> None:
        """Go on from a state that `state_dict` returned."""
        best = state["best"]
        self.current = float(state["current"] or 0.0)
        self.best = None if best is None else float(best)
        self.waited = int(state["waited"] or 0)
