"""The inspection of a plan's start: its model, with the first batch it will train on."""

from __future__ import annotations

from typing import Any

from core.probes.inspection import forward_and_backward, inspect
from core.train.plan import Plan

FIRST_BATCHES = 10


def inspect_start(plan: Plan) -> dict[str, Any]:
    """What core.probes.inspection says of `plan`, which is left as it is."""
    size = plan.recipe.train.batch_size
    order = plan.epoch_order(0)
    batches = [order[i * size : (i + 1) * size] for i in range(min(FIRST_BATCHES, plan.steps_per_epoch))]
    x, y = plan.batch(batches[0].to(plan.x_train.device))
    return inspect(
        plan.model,
        plan.loss,
        x,
        y,
        classes=plan.classes,
        x_train=plan.x_train,
        y_train=plan.y_train,
        batch_labels=[plan.y_train[rows.to(plan.y_train.device)] for rows in batches] if plan.classes else None,
    )


def signal_over_depth(plan: Plan) -> dict[str, Any]:
    """Layer by layer: the spread of the activations and the rms of the gradient at the pre-activations, on the first batch.

    {"layers", "signal", "gradient": lists of one length; "loss"}. The plan is used up: its model has gradients afterwards.
    """
    rows = plan.epoch_order(0)[: plan.recipe.train.batch_size]
    found = forward_and_backward(plan.model, plan.loss, *plan.batch(rows.to(plan.x_train.device)))
    return {
        "layers": found["layers"],
        "signal": found["activation_std"],
        "gradient": found["pre_activation_gradient_rms"],
        "loss": found["loss"],
    }
