"""What a worker does while nobody asks: load the libraries, and let numba compile what shap's first calls would wait for."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator

import numpy as np

PLAYERS = 4


def load() -> None:
    """Import what nearly every question needs."""
    import core.explain.explain
    import core.explain.methods.gradient
    import core.explain.methods.layers
    import core.explain.methods.perturbation  # noqa: F401


def permutation() -> None:
    """shap's first Permutation, called as core/explain/methods/shap_methods.py calls it."""
    import shap

    masker = shap.maskers.Independent(np.zeros((1, PLAYERS)))
    shap.explainers.Permutation(_value, masker, seed=0)(np.ones((1, PLAYERS)), max_evals=2 * PLAYERS + 1, silent=True)


def partition() -> None:
    """shap's first Partition."""
    import shap
    from scipy.cluster.hierarchy import linkage

    tree = linkage(np.arange(PLAYERS, dtype=np.float64)[:, None], method="average")
    masker = shap.maskers.Partition(np.zeros((1, PLAYERS)), max_samples=1, clustering=tree)
    shap.explainers.Partition(_value, masker)(np.ones((1, PLAYERS)), max_evals=20, silent=True)


def exact() -> None:
    """shap's first Exact."""
    import shap

    masker = shap.maskers.Independent(np.zeros((1, PLAYERS)))
    shap.explainers.Exact(_value, masker)(np.ones((1, PLAYERS)), max_evals=2**PLAYERS + 1, silent=True)


def chores(compiled: bool) -> Iterator[Callable[[], None]]:
    """What to do before the first question, step by step, so that a question need not wait for all of it."""
    yield load
    for compile_one in (permutation, partition, exact) if compiled else ():
        yield _quietly(compile_one)


def _quietly(work: Callable[[], None]) -> Callable[[], None]:
    def quiet() -> None:
        with contextlib.redirect_stderr(io.StringIO()):  # shap's progress bars
            work()

    return quiet


def _value(switches: np.ndarray) -> np.ndarray:
    """A game of PLAYERS players, of the type that shap meets in a real one: float64."""
    return np.asarray(switches, np.float64).sum(axis=1)
