"""For each rule a recipe that shows it: "see it happen". Rules that only other data or another loop can show have none."""

from __future__ import annotations

from typing import Any

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
        "optim": {"key": "adam", "lr": 0.5}, "train": {"epochs": 10},
    },
    "loss-plateau": "zero-init",
    "loss-oscillation": {
        **DIGITS, "model": {"key": "mlp", "depth": 3, "width": 64, "activation": "tanh"},
        "optim": {"key": "momentum", "lr": 0.5}, "train": {"epochs": 30, "batch_size": 16},
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
        **DIGITS, "optim": {"key": "sgd", "lr": 0.1}, "schedule": {"key": "step", "every": 0.1, "factor": 0.05},
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
