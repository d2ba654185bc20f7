"""For each rule a recipe that shows it: "see it happen". Rules that only other data or another loop can show have none."""

from __future__ import annotations

from typing import Any

from core.recipe.presets import PRESETS

Recipe = dict[str, Any]

DIGITS: Recipe = {"data": {"key": "digits"}, "model": {"key": "mlp", "depth": 2, "width": 64}}
LOOP: Recipe = {
    "data": {"key": "digits"},
    "model": {"key": "mlp", "depth": 2, "width": 64, "dropout": 0.2},
    "init": {"key": "he_normal"},
    "optim": {"key": "sgd", "lr": 0.05},
}


def _broken(fault: str) -> Recipe:
    return {**LOOP, "train": {"epochs": 10, "batch_size": 32, "fault": fault}}


# A name of a preset, or a recipe.
EXAMPLES: dict[str, str | Recipe] = {
    "vanishing-gradient": "vanishing-sigmoid",
    "exploding-gradient": "exploding-init",
    "non-finite": "exploding-init",
    "learning-rate-too-high": "lr-too-high",
    "learning-rate-too-low": "lr-too-low",
    "update-ratio-too-high": {
        **DIGITS, "model": {"key": "mlp", "depth": 2, "width": 64, "activation": "tanh"},
        "optim": {"key": "adamw", "lr": 0.1, "weight_decay": 5.0}, "train": {"epochs": 12}, "record": {"budget": None},
    },
    "loss-plateau": "zero-init",
    "loss-oscillation": {
        "data": {"key": "spirals"}, "model": {"key": "mlp", "depth": 3, "width": 64, "norm": "layer"},
        "optim": {"key": "sgd", "lr": 0.3}, "train": {"epochs": 20, "batch_size": 16},
    },
    "dead-relu": "dying-relu",
    "saturated-activation": {
        **DIGITS, "model": {"key": "mlp", "depth": 4, "width": 64, "activation": "tanh"},
        "init": {"key": "normal", "std": 1.5}, "optim": {"key": "sgd", "lr": 0.01}, "train": {"epochs": 10},
    },
    "symmetric-initialisation": "zero-init",
    "bad-initial-scale": {
        **DIGITS, "init": {"key": "normal", "std": 0.4}, "optim": {"key": "sgd", "lr": 0.001}, "train": {"epochs": 10},
    },
    "gradient-spike": {
        "data": {"key": "japanese_vowels"}, "model": {"key": "rnn", "hidden": 48},
        "optim": {"key": "momentum", "lr": 0.1}, "train": {"epochs": 40, "batch_size": 16}, "record": {"budget": None},
    },
    "overfitting": "overfit",
    "underfitting": {
        "data": {"key": "spirals"}, "model": {"key": "mlp", "depth": 1, "width": 2},
        "optim": {"key": "adam", "lr": 0.01}, "train": {"epochs": 40},
    },
    "over-regularisation": {**DIGITS, "optim": {"key": "sgd", "lr": 0.1, "weight_decay": 0.3}, "train": {"epochs": 10}},
    "class-imbalance": {
        "data": {"key": "credit_default"}, "model": {"key": "mlp", "depth": 1, "width": 16},
        "optim": {"key": "sgd", "lr": 0.01}, "train": {"epochs": 10, "batch_size": 64},
    },
    "prediction-collapse": "dying-relu",
    "unscaled-input": "raw-features",
    "unscaled-target": {
        "data": {"key": "diabetes", "standardise": False}, "model": {"key": "mlp", "depth": 2, "width": 32},
        "loss": {"key": "mse"}, "optim": {"key": "sgd", "lr": 0.01}, "train": {"epochs": 20},
    },
    "label-noise": "overfit",
    "double-softmax": _broken("double_softmax"),
    "missing-zero-grad": _broken("no_zero_grad"),
    "frozen-parameters": _broken("left_out_layer"),
    "wrong-direction": _broken("uphill"),
    "over-clipping": "clip-strangles",
    "premature-decay": {
        **DIGITS, "optim": {"key": "sgd", "lr": 0.04}, "schedule": {"key": "step", "every": 0.1, "factor": 0.05},
        "train": {"epochs": 30},
    },
    "batch-norm-misuse": {
        "data": {"key": "wine"}, "model": {"key": "mlp", "depth": 2, "width": 32, "norm": "batch"},
        "optim": {"key": "sgd", "lr": 0.05}, "train": {"epochs": 20, "batch_size": 2},
    },
    "evaluated-in-training-mode": _broken("training_mode"),
    "unshuffled-data": _broken("sorted_rows"),
    "rank-collapse": "vanishing-sigmoid",
    "vanishing-over-time": "rnn-forgets",
}  # fmt: skip

# Why a rule has no example.
WITHOUT: dict[str, str] = {
    "target-leak": "It takes a table with a column that gives the answer away; upload one.",
}


def example(key: str) -> Recipe:
    """The recipe document that shows rule `key`.

    Raises:
        KeyError: for a rule without an example.
    """
    found = EXAMPLES[key]
    return (
        PRESETS[found].document
        if isinstance(found, str)
        else {"name": f"See it happen: {key.replace('-', ' ')}", **found}
    )
