"""Short ways to write a recipe of the gallery: small data, a few hundred steps, recording without a time budget."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]

DATA: dict[str, Document] = {
    "digits": {"key": "digits", "limit": 1000},
    "digits28": {"key": "digits28", "limit": 600},
    "moons": {"key": "moons", "samples": 600},
    "noisy-moons": {"key": "moons", "samples": 600, "noise": 0.4},
    "circles": {"key": "circles", "samples": 600},
    "spirals": {"key": "spirals", "samples": 800},
    "iris": {"key": "iris"},
    "wine": {"key": "wine"},
    "cancer": {"key": "breast_cancer"},
    "penguins": {"key": "penguins"},
    "credit": {"key": "credit_default", "limit": 3000},
    "diabetes": {"key": "diabetes"},
    "friedman": {"key": "friedman", "samples": 600},
    "mnist1d": {"key": "mnist1d", "samples": 1200},
    "vowels": {"key": "japanese_vowels"},
    "motions": {"key": "basic_motions"},
    "adding": {"key": "adding_problem", "samples": 1600, "length": 12},
}


def recipe(
    data: str,
    model: str = "mlp",
    optim: str = "adam",
    lr: float = 0.003,
    *,
    steps: int = 300,
    batch: int = 32,
    seed: int = 0,
    init: Document | None = None,
    schedule: Document | None = None,
    clip: float | None = None,
    loss: Document | None = None,
    decay: float = 0.0,
    momentum: float | None = None,
    data_more: Document | None = None,
    train_more: Document | None = None,
    **model_more: Any,
) -> Document:
    """A recipe document; `model_more` are the model's own parameters. "transformer" is an MLP's recipe, read anew by the
    injection of that name."""
    key = "mlp" if model == "transformer" else model
    optimizer: Document = {"key": optim, "lr": lr, "weight_decay": decay}
    if momentum is not None:
        optimizer["momentum"] = momentum
    return {
        "name": "gallery",
        "seed": seed,
        "data": {**DATA[data], **(data_more or {})},
        "model": {"key": key, **model_more},
        "init": init or {"key": "default"},
        **({"loss": loss} if loss else {}),
        "optim": optimizer,
        "schedule": schedule or {"key": "constant"},
        "clip": {"mode": "norm", "limit": clip} if clip else {"mode": "none"},
        "train": {
            "epochs": 1000,
            "steps": steps,
            "batch_size": batch,
            "device": "cpu",
            "checkpoint_every": 100_000,
            **(train_more or {}),
        },
        "record": {"budget": None},
    }


def normal(std: float) -> Document:
    """Initial weights from N(0, std)."""
    return {"key": "normal", "std": std}


HE: Document = {"key": "he_normal"}
XAVIER: Document = {"key": "xavier_normal"}
