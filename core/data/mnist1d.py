"""MNIST-1D: forty-step signals, each a digit's template padded, scaled, shifted, sheared and buried in noise.

Written after Greydanus and Kobak, "Scaling down deep learning with MNIST-1D" (2020, ICML 2024); the templates and the
order of the distortions follow their description, the code is vectorised and its numbers differ from their release.
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
LENGTH, LONGEST_PAD = 40, 36


def mnist1d(seed: int, *, samples: int = 5000, noise: float = 1.0) -> Dataset:
    """`samples` signals of 40 steps in ten classes; `noise` scales the correlated and the white noise."""
    random = np.random.default_rng(seed)
    y = np.arange(samples) % 10
    shapes = (TEMPLATES[y] - TEMPLATES.min()) / np.ptp(TEMPLATES) - 0.5
    padded_length = 12 + LONGEST_PAD + random.integers(0, 25, samples)
    grid = np.linspace(0, 1, LENGTH) * (padded_length[:, None] - 1)
    series = np.stack([np.interp(g, np.arange(12), s, right=0.0) for g, s in zip(grid, shapes, strict=True)])
    scale = 1 + 0.4 * (random.random((samples, 1)) - 0.5)
    series = scale * series * 4
    correlated = _smooth(random.normal(size=(samples, LENGTH)), 2.0)
    shift = random.integers(0, LENGTH, samples)
    columns = (np.arange(LENGTH) - shift[:, None]) % LENGTH
    series = np.take_along_axis(series, columns, axis=1)
    shear = 0.75 * (random.random((samples, 1)) - 0.5)
    series = series - shear * np.linspace(-0.5, 0.5, LENGTH) * 2
    series = series + noise * (0.25 * correlated + 0.02 * random.normal(size=series.shape))
    return Dataset(
        "mnist1d", "sequence", "classification", series[..., None].astype(np.float32), y.astype(np.int64),
        class_names=tuple(str(i) for i in range(10)), feature_names=("signal",),
    )  # fmt: skip


def _smooth(noise: np.ndarray, width: float) -> np.ndarray:
    """Gaussian-filtered noise of unit standard deviation along the last axis."""
    reach = np.arange(-int(4 * width), int(4 * width) + 1)
    kernel = np.exp(-0.5 * (reach / width) ** 2)
    smooth = np.apply_along_axis(np.convolve, 1, noise, kernel / kernel.sum(), mode="same")
    return smooth / smooth.std()
