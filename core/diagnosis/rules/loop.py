"""Faults of the training loop itself: what it forgets, leaves out or turns round."""

from __future__ import annotations

import numpy as np

from core.diagnosis.base import Remedy, Rule, Sign, rule
from core.diagnosis.case import Case
from core.diagnosis.rules.evidence import few, figure

TINY_SHARE = 1e-4


def mend(case: Case) -> tuple[Remedy, ...]:
    """Take out the fault that was put in on purpose; a loop of one's own is mended by hand."""
    return (Remedy("Mend the loop", {"train.fault": "none"}),)


@rule(
    "GR024",
    "missing-zero-grad",
    "Gradients are never cleared",
    severity="critical",
    needs=("updates", "step"),
    panel="gradient",
    advise=mend,
)
def missing_zero_grad(case: Case) -> Sign | None:
    """Each step's gradient is added to all earlier ones, because they are not cleared in between.

    Measured: cosine of the gradient with that of the step before (a sample of its entries).
    Threshold: above 0.95 at 80 % of the records after step 10, at least 5 of them, with a batch that changes; records after
    the numbers left the range don't count.
    Judged: after step 10.
    Traps: accumulation over a declared number of steps; full batches, whose gradient hardly changes from step to step
    (runs with one step per epoch are left out), and very small learning rates; so the norm must also have grown, or the loss
    must not be falling steadily.
    Why it happens: PyTorch adds gradients up until optimizer.zero_grad() is called.
    Source: NeuraLint (2021); PyTorch documentation of zero_grad.
    """
    table = case.tables["updates"]
    if "gradient_persistence" not in table.columns or case.steps_per_epoch == 1:
        return None
    keep = table.step > 10
    keep &= np.isfinite(table.column("gradient_persistence"))
    cosine = table.column("gradient_persistence")[keep]
    if len(cosine) < 5 or not (cosine > 0.95).mean() >= 0.8 or case.learns_well:
        return None
    if case.has("gradients"):
        norm = case.tables["gradients"].column("gradient_norm")
        early, late = np.nanmedian(norm[:3]), np.nanmax(norm[3:]) if len(norm) > 3 else np.nan
        if not late > 3 * early:
            return None
    return Sign(
        f"Each gradient points almost exactly where the last one did (cosine {figure(float(np.median(cosine)))}): gradients pile "
        "up from step to step. Call optimizer.zero_grad() before each backward().",
        int(table.step[keep][0]),
        int(table.step[-1]),
        (),
        {"cosine": float(np.median(cosine)), "records": float(len(cosine))},
    )


@rule("GR025", "frozen-parameters", "Layers that never move", needs=("gradients", "updates"), panel="heat", advise=mend)
def frozen_parameters(case: Case) -> Sign | None:
    """A layer that should learn gets no gradient, or is not given to the optimizer: its weights never change.

    Measured: per layer, whether the gradient norm, or the update's norm while there is a gradient, is exactly 0.
    Threshold: at every record after step 1, at least three, while another layer moves.
    Judged: from the third record after step 1.
    Traps: layers frozen on purpose (requires_grad off) are not watched; a zero-initialised branch has no gradient at
    step 1 only; a layer behind dead units has no gradient either, and the dead units are the cause then; symmetric
    initial weights likewise; layers that the forward pass does not use (`watch` looks) are left out.
    Why it happens: a detach() or no_grad() in the forward pass, or parameters made after the optimizer was.
    Source: SageMaker Debugger (UnchangedTensor); PyTorch forums.
    """
    gradients, updates = case.tables["gradients"], case.tables["updates"]
    moved, names = updates.family("update_norm")[updates.step > 1], updates.layers("update_norm")
    steps = updates.step[updates.step > 1]
    if len(moved) < 3 or (case.recipe and case.recipe.transfer.frozen != "none"):
        return None
    still = (moved == 0).all(axis=0)  # one that moved before and stopped is dead or saturated, not frozen
    others = (moved[-3:] > 0).any()
    if not still.any() or not others:
        return None
    if _other_cause(case):
        return None
    size, known = gradients.family("gradient_norm"), gradients.layers("gradient_norm")
    names_still = [name for name, flag in zip(names, still, strict=True) if flag]
    typical = np.median(size[-3:].max(axis=1))
    with_gradient = [n for n in names_still if n in known and (size[-3:, known.index(n)] > TINY_SHARE * typical).all()]
    without = [n for n in names_still if n in known and (size[-3:, known.index(n)] == 0).all()]
    unused = {str(la["name"]) for la in case.facts.get("layers") or () if la.get("used") is False}
    without = [name for name in without if name not in unused]
    names_still = [name for name in names_still if name in with_gradient or name in without]
    if not names_still:  # gradients so small that the update is lost in rounding: vanishing, not frozen
        return None
    why = (
        "It gets a gradient, so it was not given to the optimizer."
        if len(with_gradient) == len(names_still)
        else "No gradient reaches it: look for detach() or no_grad() on the way."
    )
    return Sign(
        f"{few(names_still)} did not move at all in {len(moved)} records. {why}",
        int(steps[0]),
        int(steps[-1]),
        tuple(names_still),
        {"layers": float(len(names_still))},
        "critical" if len(names_still) * 2 > len(names) else "warning",
    )


def _other_cause(case: Case) -> bool:
    """Whether dead units or symmetric weights explain a missing gradient."""
    if case.has("units") and (case.tables["units"].family("dead_units")[-1] > 0.9).any():
        return True
    return case.has("inspection") and max(case.inspection["alike_rows"][:-1], default=0.0) > 0.9


@rule(
    "GR026",
    "wrong-direction",
    "Steps go uphill",
    severity="critical",
    needs=("updates", "step"),
    panel="loss",
    advise=mend,
)
def wrong_direction(case: Case) -> Sign | None:
    """The optimizer moves the weights along the gradient instead of against it: the loss is made larger.

    Measured: -<gradient, update> / (their norms), the cosine with the downhill direction.
    Threshold: below -0.1 at 80 % of the first records, at least 3 of them, while the loss does not fall; or below -0.9 at all
    of them, where the numbers left the range before there were 3.
    Judged: from the third record, or once the loss is no number.
    Traps: momentum can point uphill for a few steps after a turn; adversarial training does so on purpose.
    Why it happens: the sign of the loss is wrong, or the optimizer maximises.
    Source: TheDeepChecker (2023).
    """
    table = case.tables["updates"]
    if "descent_cosine" not in table.columns:
        return None
    whole = np.isfinite(table.family("update_ratio")).all(axis=1)
    cosine = table.column("descent_cosine")[whole][:20]
    cosine = cosine[np.isfinite(cosine)]
    burst = not whole.all() and len(cosine) > 0 and bool((cosine < -0.9).all())
    if not burst and (len(cosine) < 3 or not (cosine < -0.1).mean() >= 0.8):
        return None
    return Sign(
        f"The updates point uphill (cosine with the downhill direction {figure(float(np.median(cosine)))}): check the sign of the "
        "loss and the optimizer's maximize option.",
        int(table.step[0]),
        int(table.step[-1]),
        (),
        {"cosine": float(np.median(cosine)), "records": float(len(cosine))},
    )


@rule(
    "GR030",
    "evaluated-in-training-mode",
    "Evaluated in training mode",
    needs=("evaluation", "events"),
    panel="metric",
    advise=mend,
)
def evaluated_in_training_mode(case: Case) -> Sign | None:
    """The network was evaluated with dropout and batch statistics switched on.

    Measured: the model's `training` flag at evaluation (the loops of this program switch it; `watch` looks).
    Threshold: once.
    Judged: at every evaluation, for models with dropout or batch norm.
    Traps: Monte Carlo dropout does so on purpose.
    Why it happens: model.eval() was not called.
    Source: TheDeepChecker (2023); PyTorch documentation.
    """
    seen = [event for event in case.events if event.kind == "evaluated_in_training_mode"]
    if not seen:
        return None
    return Sign(
        "The model was in training mode when it was evaluated: dropout and batch statistics blur the result. Call model.eval().",
        seen[0].step,
        seen[-1].step,
        (),
        {"times": float(len(seen))},
    )


LOOP: tuple[Rule, ...] = (missing_zero_grad, frozen_parameters, wrong_direction, evaluated_in_training_mode)
