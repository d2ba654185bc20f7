"""The known-answer test: data in which the features that matter are planted, a model that learned them, and what a method finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import nn

from core.errors import BadInput
from core.explain.trust.light import Check, percent
from core.models.base import ModelInput
from core.models.catalogue import ARCHITECTURES

TRAINING, SAMPLES = 512, 40
STEPS = 80
GREEN = 0.9
FEATURES, PLANTED = 12, 3
SIDE, PATCH = 10, 3
TIME, BUMP = 24, 4
WORDS, LENGTH = 24, 10
Drawn = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Planted:
    """A trained model whose answer is known.

    `x` (n, ...) are samples that it did not train on and classifies rightly, `targets` (n,) their classes, `important` a
    mask of the shape of `x`: the planted features, the same number in each sample. `background` holds training rows.
    """

    kind: str
    model: nn.Module
    x: np.ndarray
    targets: np.ndarray
    important: np.ndarray
    background: np.ndarray
    accuracy: float

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Logits (n, 2)."""
        with torch.no_grad():
            return self.model(torch.from_numpy(x)).numpy()


@dataclass(frozen=True)
class Score:
    """Of the planted number of features ranked first, the share that is planted, and what chance would give; n samples."""

    precision: float
    chance: float
    all_found: int
    n: int


Method = Callable[[Planted], np.ndarray]


def _tabular(n: int, random: np.random.Generator) -> Drawn:
    """Three of twelve columns vote with their signs on the class; the others are noise."""
    x = random.choice([-1.0, 1.0], (n, FEATURES)) * random.uniform(0.75, 1.25, (n, FEATURES))
    voters = np.zeros(FEATURES, bool)
    voters[[1, 5, 8]] = True
    y = np.sign(x[:, voters]).sum(axis=1) > 0
    return x.astype(np.float32), y, np.broadcast_to(voters, x.shape)


def _image(n: int, random: np.random.Generator) -> Drawn:
    """A bright or a dark patch somewhere on noise."""
    x = random.normal(0, 0.1, (n, 1, SIDE, SIDE))
    y, important = random.integers(0, 2, n), np.zeros(x.shape, bool)
    corner = random.integers(0, SIDE - PATCH + 1, (n, 2))
    for row, (top, left) in enumerate(corner):
        important[row, 0, top : top + PATCH, left : left + PATCH] = True
    x = np.where(important, (2 * y[:, None, None, None] - 1) * random.uniform(0.8, 1.2, x.shape), x)
    return x.astype(np.float32), y, important


def _sequence(n: int, random: np.random.Generator) -> Drawn:
    """A bump up or down somewhere in the first of two noisy channels."""
    x = random.normal(0, 0.1, (n, TIME, 2))
    y, important = random.integers(0, 2, n), np.zeros(x.shape, bool)
    for row, start in enumerate(random.integers(0, TIME - BUMP + 1, n)):
        important[row, start : start + BUMP, 0] = True
    x = np.where(important, (2 * y[:, None, None] - 1) * random.uniform(0.8, 1.2, x.shape), x)
    return x.astype(np.float32), y, important


def _text(n: int, random: np.random.Generator) -> Drawn:
    """One of two telling words at two places among words that say nothing."""
    x = random.integers(3, WORDS, (n, LENGTH))
    y = random.integers(0, 2, n)
    important = random.random((n, LENGTH)).argsort(axis=1) < 2
    return np.where(important, y[:, None] + 1, x).astype(np.int64), y, important


KINDS: dict[str, tuple[Callable[[int, np.random.Generator], Drawn], str, dict[str, Any]]] = {
    "tabular": (_tabular, "mlp", {"depth": 1, "width": 32, "activation": "relu"}),
    "image": (_image, "cnn", {"channels": 8, "norm": "none", "pooling": "none", "activation": "relu"}),
    "sequence": (_sequence, "cnn", {"channels": 8, "norm": "none", "pooling": "none", "activation": "relu"}),
    "text": (_text, "mlp", {"depth": 1, "width": 32, "activation": "relu"}),
}


@lru_cache(maxsize=len(KINDS))
def planted(kind: str, seed: int = 0) -> Planted:
    """Draw data of a kind (KINDS) and train a small model of the app's own families on them, in a second or two.

    Raises:
        BadInput: for a kind that has no such test.
    """
    if kind not in KINDS:
        raise BadInput(f"There is no known-answer test for {kind} data; choose one of: {', '.join(KINDS)}.")
    make, architecture, settings = KINDS[kind]
    random = np.random.default_rng(seed)
    x, y, important = make(TRAINING + 4 * SAMPLES, random)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model_input = ModelInput(kind, x.shape[1:], WORDS if kind == "text" else 0)
        model = _trained(ARCHITECTURES[architecture].load()(model_input, 2, **settings), x[:TRAINING], y[:TRAINING])
    x, y, important, background = x[TRAINING:], y[TRAINING:].astype(np.int64), important[TRAINING:], x[:100]
    with torch.no_grad():
        right = model(torch.from_numpy(x)).argmax(dim=1).numpy() == y
    kept = np.flatnonzero(right)[:SAMPLES]
    return Planted(kind, model, x[kept], y[kept], important[kept], background, float(right.mean()))


def _trained(model: nn.Module, x: np.ndarray, y: np.ndarray) -> nn.Module:
    """The model after STEPS steps over all rows; weight decay quietens the features that say nothing."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.02, weight_decay=0.3)
    rows, labels = torch.from_numpy(x), torch.from_numpy(y.astype(np.int64))
    for _ in range(STEPS):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model.train()(rows), labels).backward()
        optimizer.step()
    return model.eval()


def score(case: Planted, attributions: np.ndarray) -> Score:
    """How well attributions (n, ...) of `case.x` rank the planted features first, by size; ties fall at random.

    A size of 1 where one value stands for several inputs (the channels of a series or an image) is allowed.

    Raises:
        BadInput: when the attributions do not fit the samples.
    """
    n = len(case.x)
    if (
        attributions.ndim != case.x.ndim
        or any(a not in (1, b) for a, b in zip(attributions.shape[1:], case.x.shape[1:], strict=True))
        or len(attributions) != n
    ):
        raise BadInput(
            f"Attributions of shape {attributions.shape} do not fit samples of shape {case.x.shape}; give one a feature."
        )
    pooled = tuple(i for i, (a, b) in enumerate(zip(attributions.shape, case.x.shape, strict=True)) if a < b)
    important = case.important.any(axis=pooled, keepdims=True).reshape(n, -1)
    values = np.nan_to_num(np.abs(attributions).reshape(n, -1), nan=-1.0)
    ties = np.random.default_rng(0).random(values.shape)
    ranks = np.lexsort((ties, -values), axis=-1).argsort(axis=-1)
    planted_count = important.sum(axis=1, keepdims=True)
    found = (important & (ranks < planted_count)).sum(axis=1) / planted_count[:, 0]
    return Score(float(found.mean()), float(important.mean()), int((found == 1).sum()), n)


def known_answer(method: Method, kind: str, seed: int = 0) -> Check:
    """Run a method, a function of the planted case that returns attributions of `case.x`, and say what it found."""
    case = planted(kind, seed)
    found = score(case, method(case))
    figures = {
        "precision": found.precision,
        "chance": found.chance,
        "all_found": float(found.all_found),
        "n": float(found.n),
        "accuracy": case.accuracy,
    }
    said = (
        f"Of the features it ranks first, {percent(found.precision)} are the planted ones (by chance {percent(found.chance)}; "
        f"all of them in {found.all_found} of {found.n} samples; the model is right on {percent(case.accuracy)})."
    )
    if found.precision >= GREEN:
        return Check("known_answer", "green", f"It finds what was planted. {said}", figures)
    if found.precision > (1 + found.chance) / 2:
        return Check("known_answer", "amber", f"It finds most of what was planted. {said}", figures)
    return Check("known_answer", "withheld", f"It misses what was planted. {said}", figures)
