"""Data sets of grey images, values 0..1, shape (rows, 1, height, width)."""

from __future__ import annotations

import numpy as np

from core.data.base import Dataset
from core.data.files import load_arrays

ANIMALS = ("bear", "bird", "cat", "cow", "dog", "elephant", "giraffe", "horse", "sheep", "zebra")


def digits(seed: int) -> Dataset:
    """1,797 handwritten digits of 8 x 8 pixels."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    x = (bunch.images[:, None] / 16).astype(np.float32)
    return _images("digits", x, bunch.target, tuple(str(i) for i in range(10)))


def digits28(seed: int) -> Dataset:
    """4,000 handwritten digits of 28 x 28 pixels."""
    arrays = load_arrays("digits28.npz")
    return _images("digits28", arrays["x"][:, None] / np.float32(255), arrays["y"], tuple(str(i) for i in range(10)))


def animals28(seed: int) -> Dataset:
    """4,000 animal silhouettes of 28 x 28 pixels, ten kinds."""
    arrays = load_arrays("animals28.npz")
    return _images("animals28", arrays["x"][:, None] / np.float32(255), arrays["y"], ANIMALS)


def _images(key: str, x: np.ndarray, y: np.ndarray, names: tuple[str, ...]) -> Dataset:
    height, width = x.shape[2:]
    features = tuple(f"row {r + 1}, column {c + 1}" for r in range(height) for c in range(width))
    return Dataset(
        key,
        "image",
        "classification",
        x.astype(np.float32),
        y.astype(np.int64),
        class_names=names,
        feature_names=features,
    )
