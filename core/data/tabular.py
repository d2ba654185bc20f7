"""Data sets of tables: scikit-learn's own, the shipped CSV files, and a generated regression."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.data.base import Dataset
from core.data.files import sample_file

OUTLIER = 50.0


def _from_sklearn(key: str, loader: str, task: str) -> Dataset:
    import sklearn.datasets

    bunch: Any = getattr(sklearn.datasets, loader)()
    classes = tuple(str(name) for name in bunch.target_names) if task == "classification" else ()
    return Dataset(
        key=key,
        kind="tabular",
        task=task,
        x=bunch.data.astype(np.float32),
        y=bunch.target.astype(np.int64 if classes else np.float32),
        class_names=classes,
        feature_names=tuple(str(name) for name in bunch.feature_names),
        target_name="class" if classes else "disease progression after one year",
    )


def iris(seed: int) -> Dataset:
    """150 flowers, 4 measures, 3 species."""
    return _from_sklearn("iris", "load_iris", "classification")


def wine(seed: int) -> Dataset:
    """178 wines, 13 chemical measures, 3 growers."""
    return _from_sklearn("wine", "load_wine", "classification")


def breast_cancer(seed: int) -> Dataset:
    """569 tumours, 30 measures of cell nuclei, malignant or benign."""
    return _from_sklearn("breast_cancer", "load_breast_cancer", "classification")


def diabetes(seed: int) -> Dataset:
    """442 patients, 10 baseline measures (already centred), progression a year later."""
    return _from_sklearn("diabetes", "load_diabetes", "regression")


def friedman(
    seed: int, *, samples: int = 1000, noise: float = 1.0, features: int = 10, outliers: float = 0.0
) -> Dataset:
    """y = 10 sin(pi x1 x2) + 20 (x3 - 0.5)^2 + 10 x4 + 5 x5 + noise; the other features say nothing.

    The share `outliers` of the rows has a target that is OUTLIER too large, ten times the spread of the others. All of them
    are then training rows, and a fifth of all rows validates, so that the score says what was learned of the formula.
    """
    from sklearn.datasets import make_friedman1

    x, y = make_friedman1(n_samples=samples, n_features=features, noise=noise, random_state=seed)
    names = tuple(f"x{i + 1}" for i in range(features))
    part = None
    if outliers > 0:
        order = np.random.default_rng([seed, 11]).permutation(samples)
        y[order[: round(outliers * samples)]] += OUTLIER
        part = np.zeros(samples, np.int8)
        part[order[-max(1, samples // 5) :]] = 1
    return Dataset(
        "friedman", "tabular", "regression", x.astype(np.float32), y.astype(np.float32), feature_names=names, part=part
    )


def arrivals(seed: int, *, samples: int = 2000) -> Dataset:
    """Arrivals in an hour, y ~ Poisson(exp(1.6 - 1.2 cos(2 pi hour / 24) + 0.7 weekend - 0.6 rain + 0.3 warmth)).

    The hour comes as its cosine and sine; `lunar` says nothing.
    """
    random = np.random.default_rng([seed, 13])
    turn = 2 * np.pi * random.uniform(size=samples)
    weekend, rain = random.random((2, samples)) < np.array([[2 / 7], [0.3]])
    warmth, lunar = random.normal(size=(2, samples))
    rate = np.exp(1.6 - 1.2 * np.cos(turn) + 0.7 * weekend - 0.6 * rain + 0.3 * warmth)
    x = np.stack([np.cos(turn), np.sin(turn), weekend, rain, warmth, lunar], axis=1).astype(np.float32)
    names = ("hour (cosine)", "hour (sine)", "weekend", "rain", "warmth", "lunar")
    y = random.poisson(rate).astype(np.float32)
    return Dataset("arrivals", "tabular", "regression", x, y, feature_names=names, target_name="arrivals")


def penguins(seed: int) -> Dataset:
    """344 penguins, measures with gaps, island and sex as categories, 3 species."""
    import pandas as pd

    table = pd.read_csv(sample_file("penguins.csv"))
    numbers = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
    columns = [table[name].to_numpy(np.float32) for name in numbers]
    names = list(numbers)
    for category in ("island", "sex"):
        filled = table[category].fillna("missing")
        for level in sorted(filled.unique()):
            columns.append((filled == level).to_numpy(np.float32))
            names.append(f"{category} = {level}")
    species = sorted(table["species"].unique())
    y = table["species"].map({name: i for i, name in enumerate(species)}).to_numpy(np.int64)
    return Dataset(
        "penguins", "tabular", "classification", np.stack(columns, axis=1), y,
        class_names=tuple(species), feature_names=tuple(names), target_name="species",
        notes=("The year of the count is left out.",),
    )  # fmt: skip


def credit_default(seed: int) -> Dataset:
    """10,000 card holders, 3.3 % of whom default: accuracy says little here."""
    import pandas as pd

    table = pd.read_csv(sample_file("credit_default.csv.gz"))
    x = np.stack(
        [
            (table["student"] == "Yes").to_numpy(np.float32),
            table["balance"].to_numpy(np.float32),
            table["income"].to_numpy(np.float32),
        ],
        axis=1,
    )
    y = (table["default"] == "Yes").to_numpy(np.int64)
    return Dataset(
        "credit_default", "tabular", "classification", x, y,
        class_names=("repaid", "defaulted"), feature_names=("student", "balance", "income"), target_name="default",
    )  # fmt: skip
