"""Made-up cases for rules: a healthy network's rows, which a test then spoils in one respect."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.diagnosis.case import Case, Table
from core.recipe.codec import parse_recipe

LAYERS = ["hidden1", "hidden2", "hidden3", "output"]
STEPS, EVERY, EPOCH = 400, 10, 40
RNG = np.random.default_rng(0)


def per(family: str, layers: list[str] = LAYERS) -> list[str]:
    return [f"{family}/{layer}" for layer in layers]


def table(columns: list[str], steps: np.ndarray, values: np.ndarray) -> Table:
    return Table(tuple(columns), steps.astype(np.int64), steps * 0.001, values.astype(np.float32))


def inspection(**changes: Any) -> dict[str, Any]:
    """What a sound four-layer ReLU network shows on its first batch."""
    return {
        "loss": 2.4, "chance_loss": 2.30, "rows": 64, "layers": LAYERS, "activated": ["ReLU", "ReLU", "ReLU", ""],
        "activation_mean": [0.4] * 4, "activation_std": [0.6, 0.6, 0.5, 0.4], "zero_fraction": [0.5, 0.5, 0.5, 0.0],
        "pre_activation_gradient_rms": [0.002, 0.002, 0.003, 0.004], "dead_units": [0.0] * 4,
        "alike_rows": [0.0] * 4, "output_rms": 0.5, "output_std": 0.4, "output_is_probability": False,
        "last_module": "Linear", "batch_norms": 0, "recurrent": [], "time_gradient": float("nan"),
        "class_counts": [100] * 10, "label_mixing": 0.95, "inputs": {"largest_spread": 1.0}, "frozen": [],
        "baselines": {"linear": 0.93, "neighbours_left_out": 0.95},
    } | changes  # fmt: skip


def healthy(recipe: dict[str, Any] | None = None, seen: dict[str, Any] | None = None, **tables: Table) -> Case:
    """A run that learns digits: the loss falls from 2.4 to about 0.1, every signal in its band."""
    steps = np.arange(1, STEPS + 1)
    loss = (0.08 + 2.3 * np.exp(-steps / 60)) * np.exp(0.1 * RNG.standard_normal(STEPS))
    records = steps[steps % EVERY == 0]
    n, k = len(records), len(LAYERS)
    gradient = 0.5 * np.exp(0.2 * RNG.standard_normal((STEPS, k)))
    evaluated = np.arange(0, STEPS + 1, EPOCH)
    progress = 1 - np.exp(-evaluated / 60)
    made = {
        "step": table(["loss", "lr", "samples_per_second"], steps, np.stack([loss, np.full(STEPS, 0.01), np.full(STEPS, 9e4)], 1)),
        "gradients": table(
            ["gradient_norm", *per("gradient_norm"), *per("gradient_rms")], steps,
            np.concatenate([np.sqrt((gradient**2).sum(1))[:, None], gradient, gradient / 64], 1),
        ),
        "updates": table(
            [*per("weight_norm"), *per("update_norm"), *per("update_ratio"), "descent_cosine", "gradient_persistence"], records,
            np.concatenate([np.full((n, k), 5.0), np.full((n, k), 0.01), np.full((n, k), 0.002), np.full((n, 1), 0.8), np.full((n, 1), 0.4)], 1),
        ),
        "activations": table(
            [*per("activation_std"), *per("zero_fraction"), *per("saturated_fraction"), *per("pre_activation_gradient_rms")], records,
            np.concatenate([np.full((n, k), 0.6), np.full((n, k), 0.5), np.zeros((n, k)), np.full((n, k), 0.002)], 1),
        ),
        "units": table(
            [*per("dead_units"), *per("saturated_units"), *per("participation_ratio")], evaluated,
            np.concatenate([np.full((len(evaluated), k), 0.02), np.zeros((len(evaluated), k)), np.full((len(evaluated), k), 0.3)], 1),
        ),
        "evaluation": table(
            ["val_loss", "val_accuracy", "val_f1", "train_loss_eval", "train_accuracy"], evaluated,
            np.stack([0.2 + 2.1 * (1 - progress), 0.1 + 0.85 * progress, 0.1 + 0.85 * progress, 0.08 + 2.2 * (1 - progress), 0.1 + 0.88 * progress], 1),
        ),
        "predictions": table(
            ["top_class_share", "mean_prediction_entropy", "least_recall", "output_std"], evaluated,
            np.stack([np.full(len(evaluated), 0.12), np.full(len(evaluated), 0.99), 0.8 * progress, np.full(len(evaluated), 1.0)], 1),
        ),
    }  # fmt: skip
    facts = {
        "layers": [
            {"name": name, "type": "Linear", "activation": kind, "units": 64, "parameters": 4160}
            for name, kind in zip(LAYERS, ("ReLU", "ReLU", "ReLU", ""), strict=True)
        ],
        "class_names": [str(i) for i in range(10)],
        "steps_per_epoch": EPOCH,
        "total_steps": STEPS,
        "loss": "cross_entropy",
        "inspection": inspection(**(seen or {})),
    }
    document = {
        "data": {"key": "digits"},
        "model": {"key": "mlp"},
        "optim": {"key": "sgd", "lr": 0.01},
        **(recipe or {}),
    }
    return Case({**made, **tables}, parse_recipe(document), facts)


def stuck(case: Case, level: float = 2.3) -> Case:
    """The same run, but it never learns."""
    spoilt = dict(case.tables)
    spoilt["step"] = with_column(
        case.tables["step"], "loss", lambda v: level * np.exp(0.01 * RNG.standard_normal(len(v)))
    )
    evaluation = case.tables["evaluation"]
    for name, value in (
        ("val_loss", level),
        ("train_loss_eval", level),
        ("val_accuracy", 0.1),
        ("train_accuracy", 0.1),
    ):
        evaluation = with_column(evaluation, name, lambda v, value=value: np.full(len(v), value))
    spoilt["evaluation"] = evaluation
    return Case(spoilt, case.recipe, case.facts, case.events, case.status)


def with_column(found: Table, name: str, change: Any) -> Table:
    """A table with one column computed anew: `change` maps its values (n,) to new ones."""
    values = found.values.copy()
    at = found.columns.index(name)
    values[:, at] = change(values[:, at].astype(np.float64))
    return Table(found.columns, found.step, found.seconds, values)


def with_table(case: Case, name: str, found: Table) -> Case:
    """The case with one table replaced."""
    return Case({**case.tables, name: found}, case.recipe, case.facts, case.events, case.status)
