"""Points in the plane, generated: problems whose solution can be drawn."""

from __future__ import annotations

import numpy as np

from core.data.base import Dataset


def _dataset(key: str, x: np.ndarray, y: np.ndarray, classes: int = 2) -> Dataset:
    names = tuple(f"class {i}" for i in range(classes))
    return Dataset(
        key, "tabular", "classification", x.astype(np.float32), y.astype(np.int64),
        class_names=names, feature_names=("x1", "x2"),
    )  # fmt: skip


def moons(seed: int, *, samples: int = 1000, noise: float = 0.2) -> Dataset:
    """Two interleaved half circles."""
    from sklearn.datasets import make_moons

    return _dataset("moons", *make_moons(n_samples=samples, noise=noise, random_state=seed))


def circles(seed: int, *, samples: int = 1000, noise: float = 0.1, factor: float = 0.5) -> Dataset:
    """A circle inside another; `factor` is the ratio of their radii."""
    from sklearn.datasets import make_circles

    return _dataset("circles", *make_circles(n_samples=samples, noise=noise, factor=factor, random_state=seed))


def spirals(seed: int, *, samples: int = 1000, noise: float = 0.1, turns: float = 1.5, classes: int = 2) -> Dataset:
    """Spiral arms that start at the centre; needs depth or width, a straight line fails."""
    random = np.random.default_rng(seed)
    y = np.arange(samples) % classes
    radius = np.sqrt(random.uniform(0.02, 1.0, samples))
    angle = radius * turns * 2 * np.pi + y * 2 * np.pi / classes
    x = 3 * radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1) + random.normal(0, noise, (samples, 2))
    return _dataset("spirals", x, y, classes)
