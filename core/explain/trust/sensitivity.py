"""Max-sensitivity (Yeh et al. 2019): how much an explanation moves when the input moves a little."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.errors import BadInput
from core.explain.trust.light import Check, percent

RADIUS = 0.02
DRAWS = 10
AMBER = 0.2


def max_sensitivity(
    attribute: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    *,
    radius: float = RADIUS,
    draws: int = DRAWS,
    seed: int = 0,
) -> np.ndarray:
    """Largest |A(x + d) - A(x)| / |A(x)| (n,) over `draws` shifts d with every entry within `radius`, Euclidean norms.

    `attribute` maps samples (n, ...) to attributions; it costs draws + 1 explanations. A lower bound, since shifts are drawn.

    Raises:
        BadInput: for token ids, which can't be moved a little.
    """
    if not np.issubdtype(x.dtype, np.floating):
        raise BadInput(
            "Token ids can't be moved a little, so max-sensitivity can't be measured on texts; look at the other checks."
        )
    random = np.random.default_rng(seed)
    known = attribute(x).reshape(len(x), -1).astype(np.float64)
    size = np.maximum(np.linalg.norm(known, axis=1), 1e-12)
    worst = np.zeros(len(x))
    for _ in range(draws):
        moved = (x + random.uniform(-radius, radius, x.shape)).astype(x.dtype)
        shift = np.linalg.norm(attribute(moved).reshape(len(x), -1) - known, axis=1)
        worst = np.maximum(worst, shift / size)
    return worst


def stability(sensitivities: np.ndarray, radius: float = RADIUS) -> Check:
    """Judge the median over samples of what `max_sensitivity` found."""
    middle = float(np.median(sensitivities))
    figures = {"max_sensitivity": middle, "radius": radius, "n": float(len(sensitivities))}
    moved = f"by up to {percent(middle)} when every input moves by up to {radius:g} (median, n = {len(sensitivities)})"
    if middle > AMBER or not np.isfinite(middle):
        return Check("stability", "amber", f"It is unstable: it changes {moved}.", figures)
    return Check("stability", "green", f"It is stable: it changes {moved}.", figures)
