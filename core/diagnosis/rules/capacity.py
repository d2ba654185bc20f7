"""Remedies for learning too little or too much: capacity, regularisation, calmer steps."""

from __future__ import annotations

from core.diagnosis.base import Remedy
from core.diagnosis.case import Case
from core.optim.catalogue import OPTIMIZERS


def more_capacity(case: Case) -> tuple[Remedy, ...]:
    """A larger network, or one with a bend in it."""
    assert case.recipe is not None
    params, found = case.recipe.model.params, []
    if params.get("activation") == "identity":
        found.append(Remedy("ReLU instead of no activation", {"model.activation": "relu"}))
    for name in ("width", "hidden", "channels"):
        if name in params:
            wider = max(4 * int(params[name] or 1), 32)
            found.append(Remedy(f"{name} {wider}", {f"model.{name}": wider}))
            if "depth" in params:
                deeper = max(2, int(params["depth"] or 1))
                found.append(
                    Remedy(
                        f"{name} {wider} and {deeper} hidden layers", {f"model.{name}": wider, "model.depth": deeper}
                    )
                )
    return tuple(found)


def regularise(case: Case) -> tuple[Remedy, ...]:
    """Stop in time, then hold the weights back."""
    assert case.recipe is not None
    patience = max(5, case.recipe.train.epochs // 10)
    found = [Remedy(f"Early stopping with a patience of {patience}", {"train.patience": patience})]
    if "dropout" in case.recipe.model.params:
        found.append(Remedy("Dropout 0.3", {"model.dropout": 0.3}))
    found.append(
        Remedy(
            "AdamW with weight decay 0.1",
            {"optim.key": "adamw", "optim.lr": case.recipe.optim.lr, "optim.weight_decay": 0.1},
        )
    )
    return tuple(found)


def loosen(case: Case) -> tuple[Remedy, ...]:
    """Less of what holds the weights back: a hundredth of the decay, or what is usual if that is less."""
    assert case.recipe is not None
    found = []
    decay, dropout = case.recipe.optim.weight_decay, float(case.recipe.model.params.get("dropout") or 0.0)
    both: dict[str, object] = {}
    if decay > 0:
        lower = min(decay / 100, 0.01 if OPTIMIZERS[case.recipe.optim.key].decay == "weights" else 5e-4)
        both["optim.weight_decay"] = lower
        found.append(Remedy(f"Weight decay {lower:g}", {"optim.weight_decay": lower}))
    if dropout > 0.2:
        both["model.dropout"] = 0.1
        found.append(Remedy("Dropout 0.1", {"model.dropout": 0.1}))
    return (Remedy("Weight decay and dropout far lower", both), *found) if len(both) > 1 else tuple(found)


def calmer(case: Case) -> tuple[Remedy, ...]:
    """Smaller steps, larger batches."""
    assert case.recipe is not None
    lr, batch = case.recipe.optim.lr, case.recipe.train.batch_size
    return (
        Remedy(f"Learning rate {lr / 3:g}", {"optim.lr": lr / 3}),
        Remedy(f"Learning rate {lr / 10:g}", {"optim.lr": lr / 10}),
        Remedy(f"Batch size {4 * batch}", {"train.batch_size": 4 * batch}),
    )
