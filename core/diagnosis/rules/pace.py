"""Faults of the step's size: learning rate, schedule, clipping."""

from __future__ import annotations

import math

import numpy as np

from core.diagnosis.base import Rule, Sign, rule
from core.diagnosis.case import Array, Case
from core.diagnosis.rules.evidence import figure, log_noise, momentum_free, rolling_median, runs_of, usual_start
from core.diagnosis.rules.rates import faster, longer_schedule, looser_clip, median_update_ratio, slower

WINDOW = 20
PATIENCE = 100


@rule("GR005", "learning-rate-too-high", "Learning rate too high", panel="loss", advise=slower)
def learning_rate_too_high(case: Case) -> Sign | None:
    """The steps are so long that the loss climbs instead of falling.

    Measured: the median of 20 training losses, against the lowest such median so far and the first loss.
    Threshold: above twice the lower of the two, and above the first loss itself; or three single losses above ten times the
    first within 20 steps, in a network that then learns nothing; or non-finite after a finite start.
    Judged: from step 10.
    Traps: a warm restart or a one-cycle peak raises the loss for a while, so a rise that comes back below the first loss
    within 200 steps of a rising rate is an info; batches of very few rows are smoothed by the median; an initial loss far
    above guessing has its own causes; so has a loss that turns into NaN after 20 steps without having climbed. In a log of
    another tool, which may begin anywhere, the rise must also exceed its noise. Losses that go below zero have no ratios.
    Why it happens: along the steepest direction a step longer than 2 / curvature lands higher on the other side; the next
    one is longer still.
    Source: LeCun et al. 1998; TheDeepChecker (2023) uses twice the minimum.
    """
    table = case.tables["step"]
    loss = table.column("loss")
    if len(loss) < 10:
        return None
    first = case.initial_loss if math.isfinite(case.initial_loss) else float(loss[0])
    if not math.isfinite(first) or (loss < 0).any():
        return None
    capped = np.where(np.isfinite(loss), loss, 1e30)
    start, noise = first, 0.0 if case.recipe else log_noise(loss)
    if noise:
        start = capped[0] = usual_start(loss, noise)
    smooth = rolling_median(capped, width := min(WINDOW, max(5, len(loss) // 3)))
    lowest = np.minimum(np.minimum.accumulate(smooth), max(start, 1e-12))
    reference = np.maximum(max(2.0, np.exp(9 * noise / width**0.5)) * lowest, start * np.exp(3 * noise))
    if first > 10 * max(
        case.chance_loss, 1e-12
    ):  # it began exploded: only getting far worse says that the rate adds to it
        reference = np.maximum(reference, 10 * first)
    flags = smooth > reference
    flags[:4] = False
    if case.learns_nothing:
        flags[:WINDOW] |= capped[:WINDOW] > 10 * np.maximum(reference[:WINDOW], first)
    at = runs_of(flags, 3)
    if at is None or _breaks_without_climbing(loss, reference):
        return None
    peak = float(capped[flags].max())
    told = "left the range of numbers" if peak >= 1e30 else f"rose to {figure(peak)}"
    over = not case.learns_nothing and case.recent_loss() < 0.7 * first and not flags[-1]
    lr = {"lr": float(table.column("lr")[at])} if case.has("step.lr") else {}
    begun = int(table.step[np.flatnonzero(flags)[0]])
    return Sign(
        f"The loss began at {figure(first)} and {told} by step {int(table.step[int(np.argmax(np.where(flags, capped, -1)))]):,}"
        + (f", at a learning rate of {figure(lr['lr'])}." if lr else "."),
        begun,
        int(table.step[np.flatnonzero(flags)[-1]]),
        (),
        {"first_loss": first, "peak_loss": peak, **lr},
        "info" if over else "critical",
        not over,
    )


def _breaks_without_climbing(loss: Array, reference: Array) -> bool:
    """Whether the loss was never above `reference` in the 20 steps before it stopped being a number, after step 20."""
    broken = int(np.argmax(~np.isfinite(loss))) if not np.isfinite(loss).all() else 0
    if broken <= WINDOW:
        return False
    return not (loss[:broken] > reference[:broken]).any()


@rule(
    "GR006",
    "learning-rate-too-low",
    "Learning rate too low",
    needs=("step.lr", "updates"),
    panel="update",
    advise=faster,
)
def learning_rate_too_low(case: Case) -> Sign | None:
    """Each step moves the weights by so little that the run will end before anything is learned.

    Measured: median over layers of ||delta W|| / ||W||, and how much the loss fell over the last 100 steps.
    Threshold: ratio below 10^-4.5 while the loss fell by less than 2 % in 100 steps; or a learning rate of 0.
    Judged: from step 100, at the schedule's peak or after it until the rate has fallen to half.
    Traps: warm-up and decay phases are left out; so is a network that has learned its rows, and one whose gradient
    vanishes over depth (that is the cause then).
    Why it happens: the rate is orders of magnitude below what the curvature allows. A useful pace is about 1e-3 of the
    weights per step.
    Source: Karpathy 2019 (about 1e-3); TheDeepChecker (2023) and gradsnitch use 1e-4.
    """
    step, updates = case.tables["step"], case.tables["updates"]
    if case.last_step < PATIENCE or case.learns_well or len(updates) < 3:
        return None
    lr, loss = step.column("lr"), step.column("loss")
    peak = float(lr.max())
    at_peak = step.step[lr >= 0.5 * peak]
    ratio = median_update_ratio(case)
    if peak == 0.0:
        return Sign(
            "The learning rate is 0: nothing is learned.", 1, case.last_step, evidence={"lr": 0.0}, severity="critical"
        )
    usable = np.isin(updates.step, at_peak) & (updates.step > 10)
    if not usable.any():
        return None
    typical = float(np.median(ratio[usable]))
    span = loss[-min(len(loss), 4 * PATIENCE) :]
    half = len(span) // 2
    if not np.isfinite(span).all() or half < 20 or not typical > 0:
        return None
    before, after = float(np.mean(span[:half])), float(np.mean(span[half:]))
    fell = (before - after) / max(abs(before), 1e-12) * PATIENCE / half
    if math.log10(typical) >= -4.5 or fell >= 0.02:
        return None
    return Sign(
        f"A step moves the weights by {figure(typical)} of their size (about 0.001 is usual), and the loss fell by "
        f"{max(100 * fell, 0):.1f} % in {PATIENCE} steps.",
        int(updates.step[usable][0]),
        case.last_step,
        (),
        {"update_ratio": typical, "fell_per_100_steps": fell, "lr": peak},
        "warning",
    )


@rule("GR007", "update-ratio-too-high", "Updates too large", needs=("updates", "step"), panel="update", advise=slower)
def update_ratio_too_high(case: Case) -> Sign | None:
    """Each step changes the weights by a tenth of their size or more: they are thrown about instead of tuned.

    Measured: median over layers of ||delta W|| / max(||W||, 1e-3 sqrt(n)).
    Threshold: above 0.1 at 60 % of the records after step 20, at least 3 of them.
    Judged: after step 20.
    Traps: layers, biases and norm offsets that start at zero (the floor under ||W||); Adam's first steps; a network that
    learns its rows well.
    Why it happens: the learning rate is too high for the size of the weights.
    Source: Karpathy 2019; TheDeepChecker (2023) and torchmortem use 0.1.
    """
    updates = case.tables["updates"]
    keep = updates.step > WINDOW
    ratio = median_update_ratio(case)[keep]
    if len(ratio) < 3 or case.learns_well or not (ratio > 0.1).mean() >= 0.6:
        return None
    return Sign(
        f"A step changes the weights by {figure(float(np.median(ratio)))} of their size; about 0.001 is usual.",
        int(updates.step[keep][np.flatnonzero(ratio > 0.1)[0]]),
        int(updates.step[-1]),
        (),
        {"update_ratio": float(np.median(ratio)), "share_of_records": float((ratio > 0.1).mean())},
        active=bool(ratio[-1] > 0.1),
    )


@rule(
    "GR027",
    "over-clipping",
    "Clipping strangles the steps",
    needs=("gradients.gradient_norm", "step", "recipe"),
    panel="gradient",
    advise=looser_clip,
)
def over_clipping(case: Case) -> Sign | None:
    """Nearly every gradient is cut to a small fraction of its length, so the learning rate is not what it seems.

    Measured: share of steps whose gradient norm is above the limit, and the median of limit / norm.
    Threshold: 90 % of the steps and a median below 0.1.
    Judged: after 50 steps, for clipping by norm.
    Traps: Adam and RMSprop divide the gradient by its own size, so for them it is an info; clipping only at the start;
    a network that learns its rows well.
    Why it happens: the limit was chosen without a look at the usual norm.
    Source: Pascanu et al. 2013; trainspotter uses 80 % of the steps at the ceiling.
    """
    if case.recipe is None or case.recipe.clip.mode != "norm" or case.last_step < 50 or case.learns_well:
        return None
    table = case.tables["gradients"]
    norm, limit = table.column("gradient_norm"), case.recipe.clip.limit
    norm = norm[table.step > 10]
    norm = norm[np.isfinite(norm) & (norm > 0)]
    if len(norm) < 3:
        return None
    share, factor = float((norm > limit).mean()), float(np.median(np.minimum(1.0, limit / norm)))
    if share < 0.9 or factor >= 0.1:
        return None
    return Sign(
        f"{100 * share:.0f} % of the gradients are cut, typically to {figure(factor)} of their length (limit {figure(limit)}, "
        f"usual norm {figure(float(np.median(norm)))}).",
        int(table.step[table.step > 10][0]),
        int(table.step[-1]),
        (),
        {"share_clipped": share, "clip_factor": factor, "limit": limit},
        "warning" if momentum_free(case) else "info",
    )


@rule(
    "GR028", "premature-decay", "Learning rate decays too early", needs=("step.lr",), panel="lr", advise=longer_schedule
)
def premature_decay(case: Case) -> Sign | None:
    """The schedule takes the learning rate away while the loss is still falling.

    Measured: the first steps from which the rate stays below 10 % and 1 % of its peak, and how fast the loss fell before.
    Threshold: 1 % before half of the run, while the loss still fell by more than 5 % from one stretch to the next just
    before the 10 %; a stretch is a tenth of the run, or half of what there was if that is shorter (at least 3 steps).
    Judged: once a tenth of the run has passed since.
    Traps: cyclic schedules come back; a loss that has reached its floor; schedules that end low at the end.
    Why it happens: a decay counted in steps was tuned for a shorter run.
    Source: gradsnitch and trainspotter (1 % of the peak, before 80 %).
    """
    table = case.tables["step"]
    lr, loss = table.column("lr"), table.column("loss")
    total = case.last_step if case.status == "done" else int(case.facts.get("total_steps") or case.last_step)
    peak = int(np.argmax(lr))
    low = lr < 0.01 * lr[peak]
    low[: peak + 1] = False
    if not low.any() or not low[int(np.argmax(low)) :].all() or case.learns_well:
        return None
    at = int(np.argmax(low))
    tenth, fallen = max(total // 10, 10), int(table.step[at])
    falls = int(np.flatnonzero(lr >= 0.1 * lr[peak])[-1]) + 1
    stretch = min(round(tenth * len(loss) / max(case.last_step, 1)), falls // 2)
    if fallen > 0.5 * total or case.last_step < fallen + tenth or stretch < 3:
        return None
    early, late = np.nanmean(loss[falls - 2 * stretch : falls - stretch]), np.nanmean(loss[falls - stretch : falls])
    fell = float((early - late) / early) if early > 0 else 0.0
    if fell <= 0.05:
        return None
    return Sign(
        f"From step {int(table.step[at]):,} on the learning rate is below 1 % of its peak, though the loss was still falling "
        f"by {100 * fell:.0f} % in {round(stretch * case.last_step / len(loss)):,} steps.",
        int(table.step[at]),
        case.last_step,
        (),
        {"fell": fell, "step": float(table.step[at])},
    )


PACE: tuple[Rule, ...] = (
    learning_rate_too_high,
    learning_rate_too_low,
    update_ratio_too_high,
    over_clipping,
    premature_decay,
)
