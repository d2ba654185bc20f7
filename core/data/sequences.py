"""Data sets of series, shape (rows, time, channels); shorter series end in NaN."""

from __future__ import annotations

import numpy as np

from core.data.base import Dataset
from core.data.files import load_arrays


def japanese_vowels(seed: int) -> Dataset:
    """640 utterances of a vowel by nine speakers: 12 coefficients over 7 to 29 steps."""
    arrays = load_arrays("japanesevowels.npz")
    longest = max(arrays["x_train"].shape[2], arrays["x_test"].shape[2])
    parts = [np.swapaxes(_pad(arrays[name], longest), 1, 2) for name in ("x_train", "x_test")]
    return _with_fixed_split("japanese_vowels", parts, [arrays["y_train"], arrays["y_test"]], "speaker")


def basic_motions(seed: int) -> Dataset:
    """80 recordings of a wrist sensor, 6 channels over 100 steps: standing, walking, running, badminton."""
    arrays = load_arrays("basicmotions.npz")
    parts = [np.swapaxes(arrays[name], 1, 2) for name in ("x_train", "x_test")]
    return _with_fixed_split("basic_motions", parts, [arrays["y_train"], arrays["y_test"]], "")


def adding_problem(seed: int, *, length: int = 30, samples: int = 4000) -> Dataset:
    """Add the two marked numbers of a series: channel 0 is uniform in 0..1, channel 1 marks one in each half."""
    random = np.random.default_rng(seed)
    x = np.zeros((samples, length, 2), np.float32)
    x[..., 0] = random.random((samples, length), dtype=np.float32)
    half = length // 2
    first, second = random.integers(0, half, samples), random.integers(half, length, samples)
    rows = np.arange(samples)
    x[rows, first, 1] = x[rows, second, 1] = 1.0
    y = x[rows, first, 0] + x[rows, second, 0]
    return Dataset(
        "adding_problem", "sequence", "regression", x, y.astype(np.float32),
        feature_names=("number", "marker"), target_name="sum of the marked numbers",
    )  # fmt: skip


def recall(seed: int, *, length: int = 60, samples: int = 2000, symbols: int = 4) -> Dataset:
    """Recall the marked symbol of a series: one-hot symbols, and a last channel that marks one among the first tenth."""
    random = np.random.default_rng(seed)
    shown = random.integers(0, symbols, (samples, length))
    x = np.zeros((samples, length, symbols + 1), np.float32)
    x[..., :symbols] = np.eye(symbols, dtype=np.float32)[shown]
    rows, marked = np.arange(samples), random.integers(0, max(1, length // 10), samples)
    x[rows, marked, symbols] = 1.0
    return Dataset(
        "recall", "sequence", "classification", x, shown[rows, marked].astype(np.int64),
        class_names=tuple(f"symbol {i + 1}" for i in range(symbols)),
        feature_names=(*(f"symbol {i + 1}" for i in range(symbols)), "marker"),
    )  # fmt: skip


def _pad(x: np.ndarray, length: int) -> np.ndarray:
    return np.pad(x, ((0, 0), (0, 0), (0, length - x.shape[2])), constant_values=np.nan)


def _with_fixed_split(key: str, parts: list[np.ndarray], labels: list[np.ndarray], word: str) -> Dataset:
    names = sorted(set(np.concatenate(labels).tolist()))
    x = np.concatenate(parts).astype(np.float32)
    y = np.array([names.index(label) for label in np.concatenate(labels).tolist()], np.int64)
    part = np.concatenate([np.full(len(one), i, np.int8) for i, one in enumerate(parts)])
    return Dataset(
        key, "sequence", "classification", x, y, class_names=tuple(f"{word} {name}".strip() for name in names),
        feature_names=tuple(f"channel {i + 1}" for i in range(x.shape[2])), part=part,
    )  # fmt: skip
