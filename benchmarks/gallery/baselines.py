"""Published rule sets over the same recorded rows, re-implemented from their formulas and default thresholds.

Not their packages: AutoTrainer (Zhang et al. 2021, monitor.py and reproduce.py), Amazon SageMaker Debugger (smdebug-rulesconfig
1.0.1 and its documentation), TheDeepChecker (Ben Braiek and Khomh 2023, settings.yaml). What differs, always in their favour or
unavoidably: a mean |g| is 0.8 of the recorded rms, as for normal numbers; every record is looked at, where SageMaker saves each
500th step; TheDeepChecker's checks that need runs of their own (overfit one batch, gradient check) are left out, and its input
range is not held against standardised columns; losses that must fall are looked at from evaluation to evaluation, not from
batch to batch; AutoTrainer's swings of accuracy must go down as well as up, and it need not wait for its third epoch; saturation
is judged by units beyond 90 % of the range for 85 % of the rows. An alarm counts for every fault it can be read to mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from core.diagnosis.case import Array, Case
from core.diagnosis.rules.evidence import hidden_family, runs_of

MEAN_OF_RMS = 0.8
Alarms = dict[str, tuple[str, ...]]

_UP = ("learning-rate-too-high", "update-ratio-too-high", "exploding-gradient", "bad-initial-scale", "non-finite",
       "unscaled-target", "unscaled-input", "missing-zero-grad", "wrong-direction")  # fmt: skip
_SLOW = ("learning-rate-too-low", "over-clipping", "premature-decay", "over-regularisation", "underfitting",
         "symmetric-initialisation", "double-softmax", "frozen-parameters")  # fmt: skip
_FADES = ("vanishing-gradient", "vanishing-over-time", "symmetric-initialisation")
_DEAD = ("dead-relu",)
_SWINGS = ("learning-rate-too-high", "update-ratio-too-high", "unshuffled-data", "batch-norm-misuse")
_START = (
    "symmetric-initialisation",
    "bad-initial-scale",
    "exploding-gradient",
    "vanishing-gradient",
    "saturated-activation",
)


def _alarms(found: dict[str, tuple[bool, tuple[str, ...]]]) -> Alarms:
    return {name: faults for name, (fired, faults) in found.items() if fired}


def _mean_gradient(case: Case) -> Array:
    return MEAN_OF_RMS * case.tables["gradients"].family("gradient_rms")


def _lost(case: Case) -> bool:
    gradients = case.tables["gradients"].family("gradient_norm")
    return not (np.isfinite(case.tables["step"].column("loss")).all() and np.isfinite(gradients).all())


def autotrainer(case: Case) -> Alarms:
    """Its five problems. Only classifiers; vanishing, exploding and dying are looked at when accuracy is poor."""
    if not case.classes:
        return {}
    accuracy = case.tables["evaluation"].column("train_accuracy")
    gained = float(np.nanmax(accuracy) - accuracy[0])
    poor = np.nanmax(accuracy) < 0.6 or gained < 0.01
    norm = case.tables["gradients"].family("gradient_norm")
    first, last = norm[:, 0], norm[:, -1]
    zeros, _ = hidden_family(case, "activations", "zero_fraction")
    swings = np.abs(np.diff(accuracy))
    ratio = first / last
    return _alarms({
        "vanishing gradient": (bool(poor and ((ratio < 1e-3) & (first < 1e-4)).any()), _FADES),
        "exploding gradient": (bool(poor and (ratio > 70).any()) or _lost(case), _UP),
        "dying ReLU": (bool(poor and zeros.size and (zeros >= 0.7).any()), _DEAD),
        "oscillating loss": (bool(len(swings) and (swings >= 0.03).mean() >= 0.2 and len(swings) > 5 and _falls(accuracy)), _SWINGS),
        "slow convergence": (bool(np.nanmax(accuracy) < 0.6 and gained < 0.01), (*_SLOW, *_FADES)),
    })  # fmt: skip


def _falls(accuracy: Array) -> bool:
    """Whether the swings go both ways: a steady climb is no oscillation."""
    return bool((np.diff(accuracy) <= -0.03).mean() >= 0.1)


def sagemaker(case: Case) -> Alarms:
    """Its rules for gradients, weights, activations, losses and predictions at their defaults."""
    mean, loss = _mean_gradient(case), case.tables["evaluation"].column("train_loss_eval")
    ratio, moved = (case.tables["updates"].family(name) for name in ("update_ratio", "update_norm"))
    zeros, _ = hidden_family(case, "activations", "zero_fraction")
    seen = case.inspection
    at = [i for i, kind in enumerate(seen["activated"]) if kind]
    spread = np.array(seen["activation_std"], float)[at] ** 2
    uneven = len(spread) > 1 and not float(spread.max() / max(spread.min(), 1e-300)) <= 10
    units = case.tables["units"]
    dead, saturated = (
        hidden_family(case, "units", name)[0][units.step > 0] for name in ("dead_units", "saturated_units")
    )
    val = case.tables["evaluation"].column("val_loss")
    counts = [c for c in seen.get("class_counts") or [] if c > 0]
    recall = case.tables["predictions"].column("least_recall")[-1] if case.classes else 1.0
    still = (moved <= 1e-8 + 1e-5 * case.tables["updates"].family("weight_norm")).any(axis=1)
    return _alarms({
        "VanishingGradient": (bool((mean < 1e-7).any()), _FADES),
        "ExplodingTensor": (_lost(case), _UP),
        "PoorWeightInitialization": (bool(uneven), _START),
        "SaturatedActivation": (bool(saturated.size and (saturated > 0.5).any()), ("saturated-activation",)),
        "DeadRelu": (bool(dead.size and (dead > 0.5).any()), _DEAD),
        "WeightUpdateRatio": (bool((ratio > 10).any() or (ratio < 1e-8).any()), ("update-ratio-too-high", "learning-rate-too-high", "learning-rate-too-low", "frozen-parameters")),
        "UnchangedTensor": (runs_of(still, 3) is not None, ("frozen-parameters", "learning-rate-too-low", "vanishing-gradient", "premature-decay", "symmetric-initialisation", "dead-relu")),
        "AllZero": (bool(zeros.size and (zeros >= 1.0).any()), ("dead-relu", "symmetric-initialisation")),
        "LossNotDecreasing": (bool(len(loss) > 10 and (loss[10:] > 0.999 * loss[:-10]).any()), (*_SLOW, *_UP, *_FADES, *_DEAD)),
        "Overfit": (bool(((val - loss)[1:] > 0.1 * loss[1:]).any()), ("overfitting",)),
        "ClassImbalance": (bool(counts and (max(counts) > 10 * min(counts) or recall < 0.3)), ("class-imbalance", "unshuffled-data")),
    })  # fmt: skip


def deepchecker(case: Case) -> Alarms:
    """Its checks that a recorded run allows, at the thresholds of its settings file."""
    mean, loss = _mean_gradient(case), case.tables["evaluation"].column("train_loss_eval")
    ratio = np.log10(np.maximum(case.tables["updates"].family("update_ratio"), 1e-30))
    seen, scale = case.inspection, case.inspection.get("inputs") or {}
    units = case.tables["units"]
    dead, saturated = (
        hidden_family(case, "units", name)[0][units.step > 0] for name in ("dead_units", "saturated_units")
    )
    spread, _ = hidden_family(case, "activations", "activation_std")
    outside = (spread < 0.5) | (spread > 2.0)
    first, even = float(seen["loss"]), math.log(case.classes) if case.classes else math.nan
    counts = np.array(list(seen.get("class_counts") or []), float)
    shares = counts[counts > 0] / max(counts.sum(), 1.0)
    perplexity = math.exp(-float((shares * np.log(shares)).sum())) / len(counts) if len(counts) else 1.0
    in_range = scale.get("low", 0.0) >= -1 and scale.get("high", 1.0) <= 1
    scaled = scale.get("largest_spread", 1.0) <= 2 and scale.get("offset_ratio", 0.0) <= 1
    turns = np.sign(np.diff(loss))
    smooth = float((turns[1:] == turns[:-1]).mean()) if len(turns) > 1 else 1.0
    grows = (mean[1:] > 2 * mean[:-1]).any(axis=1)
    fades = (mean[1:] < 0.5 * mean[:-1]).any(axis=1)
    return _alarms({
        "vanishing gradient": (bool((mean < 1e-6).any()) or runs_of(fades, 5) is not None, _FADES),
        "exploding gradient": (bool((mean > 1e6).any()) or runs_of(grows, 5) is not None or _lost(case), _UP),
        "slow updates": (_stays(ratio < -4), ("learning-rate-too-low", "over-clipping", "frozen-parameters", "vanishing-gradient", "premature-decay")),
        "fast updates": (_stays(ratio > -1), ("update-ratio-too-high", "learning-rate-too-high")),
        "dead units": (bool(dead.size and (dead > 0.5).any()), _DEAD),
        "saturated units": (bool(saturated.size and (saturated > 0.5).any()), ("saturated-activation",)),
        "unstable activations": (_stays(outside), ("bad-initial-scale", "exploding-gradient", "vanishing-gradient", "unscaled-input")),
        "poor first loss": (bool(case.classes and not abs(first - even) <= even), ("bad-initial-scale", "exploding-gradient", "unscaled-input", "saturated-activation")),
        "unbalanced labels": (perplexity < 0.5, ("class-imbalance",)),
        "unscaled inputs": (not in_range and not scaled, ("unscaled-input",)),
        "loss does not decrease": (bool(len(loss) > 5 and (loss[5:] > 0.95 * loss[:-5]).any()), (*_SLOW, *_FADES, *_DEAD)),
        "loss diverges": (bool(len(loss) and not np.nanmax(loss / np.minimum.accumulate(loss)) < 2), _UP),
        "loss fluctuates": (smooth < 0.5, _SWINGS),
    })  # fmt: skip


def _stays(flags: Array, records: int = 5) -> bool:
    """Whether one layer's flag holds at `records` records in a row."""
    return any(runs_of(flags[:, i], records) is not None for i in range(flags.shape[1]))


BASELINES: dict[str, Callable[[Case], Alarms]] = {
    "AutoTrainer": autotrainer,
    "SageMaker Debugger": sagemaker,
    "TheDeepChecker": deepchecker,
}
