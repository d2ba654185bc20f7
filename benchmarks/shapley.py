"""Our Shapley values against shap's, on an MLP trained on the breast-cancer table: CPU seconds at equal error.

The error is relative, the sum of absolute differences over the sum of absolute values. The reference of 30 features is our own
estimate with many pairs and other random numbers; it leaves `REFERENCE` below every error shown, and a second one made
by shap's Permutation alone, on a few samples, bears it out. On 10 features both are held against shap's Exact, which
enumerates. shap's first calls compile for seconds: each explainer runs once before the clock is read.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer

from core.explain.baselines import Background, kmeans_background
from core.explain.shapley.values import shapley_values

SAMPLES = int(os.environ.get("BENCH_SAMPLES", "100"))
BACKGROUND = 100
TRAINING = 450
REFERENCE_PAIRS = 64
CHECKED = 3
SHAP_PERMUTATIONS = (1, 5, 10, 20, 40)
OUR_PAIRS = (2, 4)
Predict = Callable[[np.ndarray], np.ndarray]


def trained(features: int) -> tuple[Predict, np.ndarray, np.ndarray]:
    """An MLP on the first `features` columns: (predict, training rows, samples to explain), standardised."""
    x, y = load_breast_cancer(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    x, y = x[order, :features], y[order]
    x = ((x - x[:TRAINING].mean(0)) / x[:TRAINING].std(0)).astype(np.float32)
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(features, 64), torch.nn.ReLU(), torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 2)
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    rows, labels = torch.from_numpy(x[:TRAINING]), torch.from_numpy(y[:TRAINING])
    for _ in range(200):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(rows), labels).backward()
        optimizer.step()

    @torch.no_grad()
    def predict(z: np.ndarray) -> np.ndarray:
        return model(torch.from_numpy(np.asarray(z, np.float32))).numpy()

    return predict, x[:TRAINING], x[TRAINING : TRAINING + SAMPLES]


def error(found: np.ndarray, reference: np.ndarray) -> float:
    """Relative L1 error."""
    return float(np.abs(found - reference).sum() / np.abs(reference).sum())


def cpu(work: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    """CPU seconds of this process, and what the work gives."""
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


def shap_values(explainer: Any, x: np.ndarray, **settings: Any) -> np.ndarray:
    """Values (n, features) of a shap explainer."""
    return np.asarray(explainer(x, silent=True, **settings).values)


def thirty_features() -> None:
    """CPU time at equal error, with the same background."""
    import shap

    predict, training, x = trained(30)
    background = Background(training[:BACKGROUND], "rows")
    reference = shapley_values(predict, x, 1, background, pairs=REFERENCE_PAIRS, seed=99)
    noise = float(reference.standard_errors.sum() / np.abs(reference.values).sum())
    print(
        f"30 features, {len(x)} samples, background {BACKGROUND} rows; reference: {REFERENCE_PAIRS} pairs, noise {noise:.4f}"
    )
    ours = []
    for pairs in OUR_PAIRS:
        seconds, values = cpu(lambda pairs=pairs: shapley_values(predict, x, 1, background, pairs=pairs).values)
        ours.append((seconds, error(values, reference.values)))
        print(f"  ours, {pairs} pairs a row          {seconds:8.2f} s   error {ours[-1][1]:.4f}", flush=True)
    seconds, best = ours[0]
    theirs = shap.explainers.Permutation(
        lambda z: predict(z)[:, 1], shap.maskers.Independent(training[:BACKGROUND]), seed=0
    )
    shap_values(theirs, x[:2])
    for permutations in SHAP_PERMUTATIONS:
        spent, values = cpu(lambda count=permutations: shap_values(theirs, x, max_evals=count * 61))
        found = error(values, reference.values)
        ratio = f"ratio {spent / seconds:6.1f}" + (" at equal error or worse" if found >= best else "")
        print(f"  shap Permutation x{permutations:<3}       {spent:8.2f} s   error {found:.4f}   {ratio}", flush=True)
        if found < best:
            break
    else:
        extrapolated = spent * (found / best) ** 2
        print(
            f"  (its error falls with the square root of the time: {extrapolated:.0f} s for {best:.4f}, ratio {extrapolated / seconds:.0f})"
        )
    many = shap_values(theirs, x[:CHECKED], max_evals=400 * 61)
    print(
        f"  reference against shap Permutation x400 on {CHECKED} samples: {error(many, reference.values[:CHECKED]):.4f}"
    )


def ten_features() -> None:
    """Error against shap's Exact."""
    import shap

    predict, training, x = trained(10)
    background = Background(training[:BACKGROUND], "rows")
    explainer = shap.explainers.Exact(lambda z: predict(z)[:, 1], shap.maskers.Independent(training[:BACKGROUND]))
    shap_values(explainer, x[:2])
    exact_seconds, exact = cpu(lambda: shap_values(explainer, x))
    print(f"10 features, {len(x)} samples, background {BACKGROUND} rows; shap Exact {exact_seconds:.2f} s")
    seconds, values = cpu(lambda: shapley_values(predict, x, 1, background).values)
    print(f"  ours, all coalitions       {seconds:8.2f} s   error {error(values, exact):.1e}")
    for pairs in OUR_PAIRS:
        seconds, values = cpu(
            lambda pairs=pairs: shapley_values(predict, x, 1, background, pairs=pairs, exact=False).values
        )
        print(f"  ours, {pairs} pairs a row          {seconds:8.2f} s   error {error(values, exact):.4f}")
    permutation = shap.explainers.Permutation(
        lambda z: predict(z)[:, 1], shap.maskers.Independent(training[:BACKGROUND]), seed=0
    )
    shap_values(permutation, x[:2])
    seconds, values = cpu(lambda: shap_values(permutation, x, max_evals=10 * 21))
    print(f"  shap Permutation x10       {seconds:8.2f} s   error {error(values, exact):.4f}", flush=True)


def backgrounds() -> None:
    """Error of a small background against all training rows."""
    predict, training, x = trained(30)
    x = x[:30]
    full = shapley_values(predict, x, 1, Background(training, "rows"), pairs=2).values
    centres = kmeans_background(training, 20)
    choices = {
        "100 rows": Background(training[:100], "rows"),
        "20 rows": Background(training[:20], "rows"),
        "20 k-means centres, weighted": centres,
        "20 k-means centres, unweighted": Background(centres.rows, "rows"),
    }
    print(f"Backgrounds against all {TRAINING} training rows, {len(x)} samples:")
    for name, background in choices.items():
        values = shapley_values(predict, x, 1, background, pairs=8).values
        print(f"  {name:32} error {error(values, full):.4f}", flush=True)


def main() -> None:
    """Print the tables."""
    torch.set_num_threads(1)
    print("CPU seconds, one torch thread.")
    thirty_features()
    ten_features()
    backgrounds()


if __name__ == "__main__":
    main()
