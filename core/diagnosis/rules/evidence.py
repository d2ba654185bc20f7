"""Small measures that several rules share."""

from __future__ import annotations

import math

import numpy as np

from core.diagnosis.case import Array, Case


def rolling_median(values: Array, width: int) -> Array:
    """Median of each value and the `width - 1` before it, (n,); of fewer at the start. NaN where one is not finite."""
    if len(values) == 0:
        return values
    padded = np.concatenate([np.full(width - 1, values[0]), values])
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, width), axis=1)


def log_noise(loss: Array) -> float:
    """Standard deviation of log(loss) from record to record, robust against trends and jumps; 0 when it can't be told."""
    steps = np.diff(np.log(loss[np.isfinite(loss) & (loss > 0)]))
    return 1.4826 * float(np.median(np.abs(steps - np.median(steps)))) / 2**0.5 if len(steps) > 4 else 0.0


def usual_start(loss: Array, noise: float) -> float:
    """The first loss; where it is low by no more than four times the noise of log(loss), the usual one of the first ten."""
    return float(min(loss[0] * np.exp(4 * noise), max(loss[0], np.median(loss[:10]))))


def hidden_layers(case: Case) -> list[str]:
    """The layers that have an activation, in forward order."""
    return [str(layer["name"]) for layer in case.facts.get("layers") or () if layer.get("activation")]


def hidden_family(case: Case, table: str, family: str) -> tuple[Array, list[str]]:
    """The columns of `family` that belong to hidden layers: (n, layers) and their names."""
    found = case.tables[table]
    hidden, names = set(hidden_layers(case)), found.layers(family)
    at = [i for i, name in enumerate(names) if name in hidden]
    return found.family(family)[:, at], [names[i] for i in at]


def decades(upper: Array, lower: Array, cap: float = 12.0) -> Array:
    """log10(upper / lower), capped; NaN where both are zero or one is not finite."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.clip(np.log10(upper) - np.log10(lower), -cap, cap)


def runs_of(flags: Array, length: int) -> int | None:
    """Index at which the first stretch of `length` true values in a row is complete; None without one."""
    count = 0
    for i, flag in enumerate(flags):
        count = count + 1 if flag else 0
        if count == length:
            return i
    return None


def slope(values: Array) -> tuple[float, float]:
    """Least-squares slope per row and its t statistic; (0, 0) for fewer than three values."""
    n = len(values)
    if n < 3:
        return 0.0, 0.0
    x = np.arange(n) - (n - 1) / 2
    b = float(x @ values / (x @ x))
    rest = values - values.mean() - b * x
    error = float(np.sqrt(rest @ rest / (n - 2) / (x @ x)))
    return b, b / error if error > 0 else float(np.sign(b)) * 1e9


def few(names: list[str] | tuple[str, ...], most: int = 3) -> str:
    """Names in words: "hidden1, hidden2 and 4 more"."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def figure(value: float) -> str:
    """A number as a sentence shows it: 0.034, 12.5, 3.1e+05."""
    return f"{value:.3g}"


def momentum_free(case: Case) -> bool:
    """Whether the optimizer's step shrinks with the gradient (SGD and relatives), unlike Adam's."""
    return case.recipe is None or case.recipe.optim.key in ("sgd", "momentum", "nesterov")


def epoch_means(case: Case) -> tuple[Array, Array]:
    """Mean and standard error of the training loss over stretches of about half an epoch (at least 8 records each)."""
    loss = case.tables["step"].column("loss")
    size = max(8, case.steps_per_epoch // 2 // case.stride)
    count = len(loss) // size
    parts = loss[len(loss) - count * size :].reshape(count, size) if count else np.empty((0, size))
    return parts.mean(axis=1), parts.std(axis=1) / math.sqrt(size)


def rate_returns(case: Case) -> bool:
    """Whether the recorded learning rate doubles again after its peak, as cyclic schedules and warm restarts do."""
    if not case.has("step.lr"):
        return False
    lr = case.tables["step"].column("lr")
    lr = lr[int(np.argmax(lr)) :]
    return bool((lr > 2 * np.minimum.accumulate(lr)).any())
