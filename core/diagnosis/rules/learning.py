"""Faults of learning as a whole: too little, too much, not steadily."""

from __future__ import annotations

import math

import numpy as np

from core.diagnosis.base import Rule, Sign, rule
from core.diagnosis.case import Case, Table
from core.diagnosis.rules.capacity import calmer, loosen, more_capacity, regularise
from core.diagnosis.rules.evidence import epoch_means, figure, rate_returns, slope


@rule(
    "GR008",
    "loss-plateau",
    "The loss does not fall",
    needs=("step", "chance"),
    panel="loss",
)
def loss_plateau(case: Case) -> Sign | None:
    """Training goes on, but the loss stays where guessing would put it.

    Measured: median of the last 50 training losses / the loss of guessing by class frequency (or the target's variance).
    Threshold: 0.9 after two epochs or 100 steps, whichever is later (at most 400 steps), with no clear downward slope.
    Judged: from then on.
    Traps: convergence is no plateau, since only a loss near guessing counts; slow starts with a clear slope; label smoothing
    raises the floor a little.
    Why it happens: it is a symptom. Look at what the other findings say: gradients, learning rate, scales, dead units.
    Source: trainspotter; SageMaker Debugger (LossNotDecreasing).
    """
    loss = case.tables["step"].column("loss")
    chance = case.chance_loss
    if not case.learns_nothing or len(loss) < 10:
        return None
    tail = loss[-max(len(loss) // 2, 50) :]
    if np.isfinite(tail).all():
        blocks = np.array([part.mean() for part in np.array_split(tail, min(12, len(tail)))])
        rate, t = slope(blocks)
        if t < -3 and -rate * len(blocks) > 0.03 * chance and blocks[-1] < 1.2 * chance:
            return None
    recent = case.recent_loss()
    return Sign(
        f"After {case.last_step:,} steps the training loss is {figure(recent)}; guessing gives {figure(chance)}.",
        int(case.tables["step"].step[0]),
        case.last_step,
        (),
        {"loss": recent, "guessing": chance},
    )


@rule("GR009", "loss-oscillation", "The loss swings", panel="loss", advise=calmer)
def loss_oscillation(case: Case) -> Sign | None:
    """The loss goes up and down from one stretch to the next by far more than chance, and stays high.

    Measured: mean training loss over stretches of half an epoch; how often it turns, and by how much.
    Threshold: it turns at 50 % of the stretches of the second half of the run, by a median of 15 % of its level and of four
    standard errors, while it is above 15 % of its start.
    Judged: from 16 stretches.
    Traps: noise between single batches is averaged away; a loss near zero swings without harm; cyclic schedules are left out.
    Why it happens: the steps are about as long as the valley is wide.
    Source: TheDeepChecker (2023) counts turns; AutoTrainer (2021) accuracy swings.
    """
    if (case.recipe is not None and case.recipe.schedule.key == "cyclic") or rate_returns(case):
        return None
    means, errors = epoch_means(case)
    if len(means) < 16 or not np.isfinite(means).all() or means.min() < 0:
        return None
    half = means[len(means) // 2 :]
    steps = np.diff(half)
    turns = float((np.sign(steps[1:]) != np.sign(steps[:-1])).mean())
    swing = float(np.median(np.abs(steps))) / max(float(half.mean()), 1e-12)
    noise = 4 * float(np.median(errors[len(means) // 2 :])) / max(float(half.mean()), 1e-12)
    if turns < 0.5 or swing < max(0.15, noise) or half.mean() < 0.15 * case.initial_loss:
        return None
    return Sign(
        f"The loss turns at {100 * turns:.0f} % of the half-epochs, by {100 * swing:.0f} % of its level each time.",
        int(case.tables["step"].step[len(case.tables["step"]) // 2]),
        case.last_step,
        (),
        {"turns": turns, "swing": swing},
    )


@rule(
    "GR014",
    "overfitting",
    "Overfitting",
    needs=("evaluation.val_loss", "evaluation.train_loss_eval", "step"),
    panel="loss",
    advise=regularise,
)
def overfitting(case: Case) -> Sign | None:
    """The network gets better on the rows it trains on and worse on those it does not see.

    Measured: validation loss against its own minimum, its slope since, its noise from evaluation to evaluation, and the
    training loss meanwhile.
    Threshold: 10 % above the minimum for three evaluations with a rising slope (t > 1.8), more than three times the noise,
    while the training loss fell to below 0.8 of what it was at the minimum and below half of the validation loss.
    Judged: from three evaluations after the minimum.
    Traps: a small validation set is noisy (the noise test); a validation accuracy that still rises means only growing
    confidence, which is an info; dropout makes the training loss the larger one.
    Why it happens: there are more weights than the rows can pin down, and time to learn each row by heart.
    Source: Prechelt 1998, Early stopping, but when?; trainspotter.
    """
    table = case.tables["evaluation"]
    if len(table) < 5:
        return None
    if np.isnan(table.column("train_loss_eval")[0]):  # a watched loop was evaluated before its first step
        table = Table(table.columns, table.step[1:], table.seconds[1:], table.values[1:])
    val, train = table.column("val_loss"), table.column("train_loss_eval")
    if not (np.isfinite(val).all() and np.isfinite(train).all()):
        return None
    low = int(np.argmin(val))
    since = val[low:]
    if len(since) < 4 or not (since[-3:] >= 1.1 * val[low]).all():
        return None
    _, t = slope(since)
    noise = 1.4826 * float(np.median(np.abs(np.diff(val) - np.median(np.diff(val)))))
    fitted = train[-1] < 0.8 * train[low] and train[-1] < 0.5 * val[-1]
    if t < 1.8 or since[-1] - val[low] < 3 * noise or not fitted:
        return None
    score = next((n for n in ("val_accuracy", "val_r2") if n in table.columns), None)
    rising = score is not None and table.column(score)[-1] >= table.column(score)[: low + 1].max() - 1e-9
    small = case.recipe is not None and case.recipe.train.patience is not None
    return Sign(
        f"The validation loss was lowest at step {int(table.step[low]):,} ({figure(float(val[low]))}) and is "
        f"{figure(float(val[-1]))} now, while the training loss fell to {figure(float(train[-1]))}.",
        int(table.step[low]),
        int(table.step[-1]),
        (),
        {"lowest": float(val[low]), "val_loss": float(val[-1]), "train_loss": float(train[-1])},
        "info" if rising or small else "warning",
    )


def _tries(case: Case) -> bool:
    """Whether the weights move at a useful pace."""
    if not case.has("updates"):
        return False
    ratio = np.median(case.tables["updates"].family("update_ratio")[-10:])
    return bool(1e-4 <= ratio <= 1e-1)


def baseline(case: Case) -> float:
    """Training score of the better of a linear model and five nearest neighbours; NaN when they were not tried."""
    scores = (case.facts.get("inspection") or {}).get("baselines") or {}
    return max((float(v) for v in scores.values() if v is not None), default=math.nan)


@rule(
    "GR015",
    "underfitting",
    "Underfitting",
    needs=("evaluation", "inspection"),
    panel="metric",
    advise=more_capacity,
)
def underfitting(case: Case) -> Sign | None:
    """The network has stopped improving below what a simple model reaches on the same rows.

    Measured: training accuracy (or R2) at a plateau, against the better of a linear model and five nearest neighbours.
    Threshold: 0.05 below it, while the training loss fell by less than 2 % over the last fifth of the run; 5 % where it is 0.2
    below.
    Judged: once 10 evaluations are there and the training loss is below guessing. While it is still that of guessing, only
    where the simple model is better by 0.2 and every step moves the weights by 1e-4 to 1e-1 of their size: the network tries,
    and can't.
    Traps: noise in the labels limits the baseline too; strong augmentation or dropout is over-regularisation; a run that is
    still improving only needs time.
    Why it happens: too few units or layers, or no bend between the layers, so that the function can't be expressed.
    Source: Goodfellow et al. 2016, chapter 5; proposal of this project.
    """
    reference, score = baseline(case), case.train_score
    table = case.tables["evaluation"]
    if not np.isfinite(reference + score) or len(table) < 10 or score >= reference - 0.05:
        return None
    if case.learns_nothing and not (score < reference - 0.2 and _tries(case)):
        return None
    if table.columns.count("train_loss_eval") == 0:
        return None
    train = table.column("train_loss_eval")
    fifth = max(2, len(train) // 5)
    before, now = float(np.mean(train[-2 * fifth : -fifth])), float(np.mean(train[-fifth:]))
    if not before > 0 or (before - now) / before > (0.05 if score < reference - 0.2 else 0.02):
        return None
    return Sign(
        f"Training has levelled off at a score of {score:.2f} on its own rows, where a simple model reaches {reference:.2f}.",
        int(table.step[-fifth]),
        int(table.step[-1]),
        (),
        {"score": score, "baseline": reference},
    )


@rule(
    "GR016",
    "over-regularisation",
    "Held back too much",
    needs=("evaluation", "step", "recipe"),
    panel="loss",
    advise=loosen,
)
def over_regularisation(case: Case) -> Sign | None:
    """Weight decay or dropout keeps the network from learning even the rows it sees.

    Measured: the weights' norms against their start, the recipe's weight decay and dropout, the training score against a
    simple model's.
    Threshold: the norms fell by half, or dropout is 0.6 or more, while the training score stays 0.05 below the simple model or
    the loss stays at guessing.
    Judged: after three evaluations and 100 steps.
    Traps: AdamW settles to smaller weights while it learns well, so a good training score rules it out.
    Why it happens: the pull towards zero is stronger than what the data say.
    Source: TheDeepChecker (2023); Krogh and Hertz 1991.
    """
    if case.recipe is None or case.learns_well or len(case.tables["evaluation"]) < 3 or case.last_step < 100:
        return None
    decay, dropout = case.recipe.optim.weight_decay, float(case.recipe.model.params.get("dropout") or 0.0)
    shrunk = 1.0
    if case.has("updates") and decay > 0:
        norms = np.sqrt((case.tables["updates"].family("weight_norm") ** 2).sum(axis=1))
        shrunk = float(norms[-1] / norms[0]) if norms[0] > 0 else 1.0
    if not (shrunk < 0.5 or dropout >= 0.6):
        return None
    reference = baseline(case)
    poor = case.learns_nothing or (np.isfinite(reference) and case.train_score < reference - 0.05)
    if not poor:
        return None
    what = (
        f"Weight decay {decay:g} has shrunk the weights to {100 * shrunk:.0f} %"
        if shrunk < 0.5
        else f"Dropout is {dropout:g}"
    )
    return Sign(
        f"{what}, and the training score is {case.train_score:.2f}"
        + (f", where a simple model reaches {reference:.2f}." if np.isfinite(reference) else "."),
        int(case.tables["evaluation"].step[0]),
        case.last_step,
        (),
        {"weights_left": shrunk, "dropout": dropout, "weight_decay": decay, "score": case.train_score},
    )


LEARNING: tuple[Rule, ...] = (loss_plateau, loss_oscillation, overfitting, underfitting, over_regularisation)
