"""Numbers that leave the range, and gradients that jump."""

from __future__ import annotations

import numpy as np

from core.diagnosis.base import Remedy, Rule, Sign, rule
from core.diagnosis.case import Case
from core.diagnosis.rules.evidence import figure, rolling_median
from core.diagnosis.rules.rates import slower

SCALER_SETTLES = 20


def safer_numbers(case: Case) -> tuple[Remedy, ...]:
    """Smaller steps first; then full precision."""
    assert case.recipe is not None
    full = () if case.recipe.train.precision == "fp32" else (Remedy("Full precision", {"train.precision": "fp32"}),)
    return (*full, *slower(case))


def clip(case: Case) -> tuple[Remedy, ...]:
    """Cut the jumps at a few times the usual norm, or take smaller steps."""
    norms = case.tables["gradients"].column("gradient_norm")
    norms = norms[np.isfinite(norms)]
    limit = float(f"{max(3 * np.median(norms), 1e-6):.2g}") if len(norms) else 1.0
    lr = case.recipe.optim.lr if case.recipe else 0.0
    return (
        Remedy(
            f"Clip the gradient norm at {limit:g}, three times the usual",
            {"clip.mode": "norm", "clip.limit": limit},
            False,
        ),
        Remedy(f"Learning rate {lr / 3:g}", {"optim.lr": lr / 3}, False),
    )


@rule("GR004", "non-finite", "NaN or infinity", severity="critical", panel="loss", advise=safer_numbers)
def non_finite(case: Case) -> Sign | None:
    """The loss or a gradient is no longer a number; from there on every weight it touches is lost.

    Measured: whether the recorded loss and gradient norms are finite; the first layer in forward order that is not.
    Threshold: one loss; or gradient norms on two records. Where only the norm of the whole gradient is known, the two
    newest records.
    Judged: at every step.
    Traps: a loss scaler under float16 skips its first steps on purpose, so gradients alone don't count in its first 20,
    nor where the precision is unknown.
    Why it happens: most often steps that are too long or weights that grew; else a logarithm of zero, a division by zero,
    a root's slope at zero, or a number too large for float16.
    Source: Micikevicius et al. 2018 for loss scaling; every tool has this rule.
    """
    table = case.tables["step"]
    bad = ~np.isfinite(table.column("loss"))
    first = int(table.step[np.argmax(bad)]) if bad.any() else None
    layers: tuple[str, ...] = ()
    if case.has("gradients"):
        gradients = case.tables["gradients"]
        wrong = ~np.isfinite(gradients.family("gradient_norm"))
        rows = wrong.any(axis=1)
        if case.recipe is None or case.recipe.train.precision == "amp":
            rows &= gradients.step > SCALER_SETTLES
        if not gradients.layers("gradient_norm") and case.has("gradients.gradient_norm"):
            finite = np.flatnonzero(np.isfinite(gradients.column("gradient_norm")))
            rows = np.arange(len(gradients)) > (finite[-1] if len(finite) else -1)
        if rows.sum() >= 2 or (rows.any() and first is not None):
            at = int(np.argmax(rows))
            names = gradients.layers("gradient_norm")
            layers = tuple(name for name, flag in zip(names, wrong[at], strict=True) if flag)
            first = int(gradients.step[at]) if first is None else min(first, int(gradients.step[at]))
    if first is None:
        return None
    what = "The loss" if bad.any() else "The gradient"
    value = table.column("loss")[int(np.argmax(bad))] if bad.any() else np.nan
    kind = "NaN" if np.isnan(value) else "infinite"
    where = f" The first layer with a non-finite gradient is {layers[0]}." if layers else ""
    return Sign(
        f"{what} is {kind} from step {first:,} on ({int(bad.sum()):,} of {len(bad):,} losses are not finite).{where}",
        first,
        int(table.step[bad][-1]) if bad.any() else case.last_step,
        layers,
        {"first_step": float(first), "losses": float(bad.sum())},
        active=bool(not len(bad) or bad[-1] or not bad.any()),
    )


@rule(
    "GR003",
    "gradient-spike",
    "Gradient spikes",
    needs=("gradients.gradient_norm", "step"),
    panel="gradient",
    advise=clip,
)
def gradient_spike(case: Case) -> Sign | None:
    """Single gradients are many times as long as usual, and the loss jumps with them.

    Measured: gradient norm / median of the 50 records before it, its robust z score, and the loss of the steps after it.
    Threshold: 8 times the median with z above 10, while the loss rises to twice its median; three such, or one from which
    the loss does not recover within 50 steps, make a warning.
    Judged: from the 50th record.
    Traps: batches of 8 rows or fewer; networks whose loss is already near zero, where any row is a spike; warm restarts.
    Why it happens: an unusual batch, a cliff in the loss, or a learning rate at the edge of what is stable.
    Source: Pascanu et al. 2013; gradsnitch uses 8 times the local median.
    """
    gradients, step = case.tables["gradients"], case.tables["step"]
    norm, loss = gradients.column("gradient_norm"), step.column("loss")
    small = case.recipe is not None and case.recipe.train.batch_size <= 8
    if len(norm) < 60 or small:
        return None
    usual = np.concatenate([[norm[0]], rolling_median(norm, 50)[:-1]])
    spread = 1.4826 * np.concatenate([[0.0], rolling_median(np.abs(norm - usual), 50)[:-1]])
    with np.errstate(invalid="ignore"):
        high = (norm > 8 * usual) & (norm - usual > 10 * spread)
    high[:50] = False
    level = rolling_median(loss, 50)
    spikes = []
    for at in np.flatnonzero(high):
        i = int(np.searchsorted(step.step, gradients.step[at]))
        before = level[max(i - 1, 0)]
        peak = float(np.max(loss[i : i + 10])) if i < len(loss) else float("nan")
        if before > max(0.05 * case.initial_loss, 0) and peak > 2 * before:
            later = loss[i + 10 : i + 60]
            if case.sparse and len(later) < 20:  # so few records may be many steps: judge by those that are there
                later = np.repeat(loss[i + 1 :][-3:], 20)
            spikes.append(
                (
                    int(gradients.step[at]),
                    float(norm[at] / usual[at]),
                    len(later) < 20 or np.median(later) > 1.5 * before,
                )
            )
    if not spikes:
        return None
    serious = len(spikes) >= 3 or any(lasting for _, _, lasting in spikes)
    worst = max(spikes, key=lambda one: one[1])
    return Sign(
        f"{len(spikes)} gradient{'s were' if len(spikes) > 1 else ' was'} more than 8 times as long as usual, the largest "
        f"{figure(worst[1])} times at step {worst[0]:,}, and the loss jumped.",
        spikes[0][0],
        spikes[-1][0],
        (),
        {"spikes": float(len(spikes)), "largest": worst[1]},
        "warning" if serious else "info",
        active=spikes[-1][0] > case.last_step - 200,
    )


NUMERICS: tuple[Rule, ...] = (non_finite, gradient_spike)
