"""How accurate the model of a checkpoint stays when its validation rows are attacked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from core.errors import BadInput
from core.recipe.codec import parse_recipe
from core.store.workspace import Run
from core.train import state
from core.train.plan import make_plan
from core.train.regularise.adversarial import fast_gradient_sign, projected_gradient

EPSILONS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
ROWS = 300
STEPS = 20


def robust_accuracy(
    run: Run, step: int, uploads: Path, epsilons: Sequence[float] = EPSILONS, rows: int = ROWS
) -> dict[str, Any]:
    """Accuracy on the first `rows` validation rows, each value moved by at most epsilon, for every one of `epsilons`.

    {"epsilons", "fgsm", "pgd", "rows", "steps"}: under one step (Goodfellow et al. 2015), and under the strongest of 20 steps
    from a random start (Madry et al. 2018). Epsilon is in units of the inputs as the model sees them. What an attack finds
    is an upper bound: a stronger one may find more.

    Raises:
        BadInput: for a regression, token ids, or a checkpoint that can't be used.
    """
    plan = make_plan(parse_recipe(run.document()), uploads)
    if not plan.classes or plan.data.kind not in ("tabular", "image"):
        raise BadInput("Attacks are for classes of tables and images; choose such a run.")
    if step not in (checkpoint.step for checkpoint in run.checkpoints.list()):
        raise BadInput(f"Run {run.id} has no checkpoint at step {step}; choose one from its list.")
    state.load_weights(plan.model, state.load(run.checkpoints.path(step), plan.device))
    model, loss = plan.model.eval(), torch.nn.CrossEntropyLoss()
    x, y = plan.x_val[:rows], plan.y_val[:rows]

    def accuracy(values: torch.Tensor) -> float:
        with torch.no_grad():
            return float((model(values).argmax(1) == y).double().mean())

    one, many = [], []
    for epsilon in epsilons:
        generator = torch.Generator(plan.device).manual_seed(0)
        moved = fast_gradient_sign(model, model, loss, x, y, epsilon)
        one.append(accuracy(moved))
        with torch.no_grad():
            right = model(x).argmax(1) == y
        attacked = projected_gradient(model, model, loss, x, y, epsilon, STEPS, generator)
        with torch.no_grad():
            for values in (moved, attacked):
                right &= model(values).argmax(1) == y
        many.append(float(right.double().mean()))
    return {"epsilons": list(epsilons), "fgsm": one, "pgd": many, "rows": len(x), "steps": STEPS}
