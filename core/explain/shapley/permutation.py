"""Shapley values by permutations: every sample, background row and pair of permutations is one walk in a large batch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

BATCH_ROWS = 8_192  # what a processor's cache holds


def permutation_values(
    predict: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    targets: np.ndarray,
    rows: np.ndarray,
    weights: np.ndarray,
    starts: np.ndarray,
    ends: np.ndarray,
    pairs: int,
    random: np.random.Generator,
    report: Callable[[float], None],
) -> tuple[np.ndarray, np.ndarray, int]:
    """(values, standard errors), each (n, features), and the rows evaluated.

    `x` (n, features), `targets` (n,), `rows` (b, features), `weights` (b,), `starts` (n, b) the target outputs of the
    background rows, `ends` (n,) those of the samples. The marginal contributions along a walk telescope, so that each
    sample's values add up to its output minus the weighted mean of the background's, whatever was drawn.
    """
    n, features = x.shape
    values, variances = np.zeros((n, features)), np.zeros((n, features))
    games = n * len(rows)
    at_once = max(1, BATCH_ROWS // max(1, 2 * pairs * (features - 1)))
    evaluated = 0
    for first in range(0, games, at_once):
        sample, row = np.divmod(np.arange(first, min(first + at_once, games)), len(rows))
        drawn, count = _pairs_of_games(
            predict, x[sample], rows[row], targets[sample], starts[sample, row], ends[sample], pairs, random
        )
        share = weights[row, None]
        np.add.at(values, sample, share * drawn.mean(axis=1))
        np.add.at(variances, sample, share**2 * drawn.var(axis=1, ddof=1) / pairs)
        evaluated += count
        report(min(1.0, (first + at_once) / games))
    return values, np.sqrt(variances), evaluated


def _pairs_of_games(
    predict: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    rows: np.ndarray,
    targets: np.ndarray,
    starts: np.ndarray,
    ends: np.ndarray,
    pairs: int,
    random: np.random.Generator,
) -> tuple[np.ndarray, int]:
    """Contributions (games, pairs, features) of `x` (games, features) against `rows` (games, features), and the rows used.

    A pair is a permutation and its reverse, whose coalitions are the complements of the other's.
    """
    games, features = x.shape
    small = np.uint8 if features < 256 else np.int32
    places = random.permuted(np.broadcast_to(np.arange(features, dtype=small), (games, pairs, features)), axis=2)
    taken = places[:, :, None, :] < np.arange(1, features, dtype=small)[:, None]  # (games, pairs, steps, features)
    states = np.empty((2, *taken.shape), x.dtype)
    for half, into, given in ((states[0], rows, x), (states[1], x, rows)):
        half[...] = into[:, None, None, :]
        np.copyto(half, given[:, None, None, :], where=taken)
    columns = np.broadcast_to(targets[:, None, None], taken.shape[:3]).reshape(-1)
    columns = np.concatenate([columns, columns])
    outputs = predict(states.reshape(-1, features))[np.arange(len(columns)), columns]
    walks = np.empty((2, games, pairs, features + 1))
    walks[..., 0], walks[..., -1] = starts[:, None], ends[:, None]
    walks[..., 1:-1] = outputs.reshape(2, games, pairs, features - 1)
    walks[1, ..., 1:-1] = walks[1, ..., -2:0:-1]  # the complements of the first coalitions come last
    forward, reverse = np.diff(walks, axis=3)
    own = places.astype(np.intp)
    found = np.take_along_axis(forward, own, axis=2) + np.take_along_axis(reverse, features - 1 - own, axis=2)
    return found / 2, len(columns)
