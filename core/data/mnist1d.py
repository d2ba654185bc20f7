"""MNIST-1D: forty-step signals, each a digit's template padded, scaled, shifted, sheared and set into noise.

Written after Greydanus and Kobak, "Scaling down deep learning with MNIST-1D" (2020, ICML 2024): their templates and
their order of distortions, vectorised, with random numbers of our own.
"""

from __future__ import annotations

import numpy as np

from core.data.base import Dataset

TEMPLATES = np.array(
    [
        [5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5],
        [5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5],
        [5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5],
        [5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5],
        [5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5],
        [5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5],
        [5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5],
        [5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5],
        [5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5],
        [5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5],
    ]
)
LENGTH = 40
PADDED, LONGEST_PAD, SHORTEST_PAD = 72, 60, 36
MAX_SHIFT = 48


def mnist1d(seed: int, *, samples: int = 5000, noise: float = 1.0) -> Dataset:
    """`samples` signals of 40 steps in ten classes; `noise` scales the correlated and the white noise."""
    random = np.random.default_rng(seed)
    y = np.arange(samples) % 10
    shapes = (TEMPLATES - TEMPLATES.mean(axis=1, keepdims=True)) / TEMPLATES.std(axis=1, keepdims=True)
    shapes = (shapes - shapes[:, :1])[y] / 6  # each signal starts and ends at 0
    long = 12 + random.integers(SHORTEST_PAD, LONGEST_PAD + 1, samples)
    grid = np.linspace(0, 1, PADDED) * (long[:, None] - 1)
    series = np.stack([np.interp(g, np.arange(12), s, right=0.0) for g, s in zip(grid, shapes, strict=True)])
    present = grid < 11
    series *= 1 + 0.4 * (random.random((samples, 1)) - 0.5)
    columns = (np.arange(PADDED) - random.integers(0, MAX_SHIFT, (samples, 1))) % PADDED
    series, present = (np.take_along_axis(one, columns, axis=1) for one in (series, present))
    correlated = _smooth(0.25 * random.normal(size=series.shape), 2.0)
    series = np.where(present, series, noise * correlated) + noise * 0.02 * random.normal(size=series.shape)
    series -= 0.75 * (random.random((samples, 1)) - 0.5) * np.linspace(-0.5, 0.5, PADDED)
    at = np.linspace(0, PADDED - 1, LENGTH)
    series = np.stack([np.interp(at, np.arange(PADDED), one) for one in series])
    series = (series - series.mean()) / series.std()
    return Dataset(
        "mnist1d", "sequence", "classification", series[..., None].astype(np.float32), y.astype(np.int64),
        class_names=tuple(str(i) for i in range(10)), feature_names=("signal",),
    )  # fmt: skip


def _smooth(noise: np.ndarray, width: float) -> np.ndarray:
    """`noise` filtered along its last axis by a Gaussian of `width` steps."""
    reach = np.arange(-int(4 * width), int(4 * width) + 1)
    kernel = np.exp(-0.5 * (reach / width) ** 2)
    return np.apply_along_axis(np.convolve, 1, noise, kernel / kernel.sum(), mode="same")
