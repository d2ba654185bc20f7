"""Faults of data, labels and batches."""

from __future__ import annotations

import math

import numpy as np

from core.diagnosis.base import Remedy, Rule, Sign, rule
from core.diagnosis.case import Case
from core.diagnosis.rules.evidence import figure, runs_of


def other_norm(case: Case) -> tuple[Remedy, ...]:
    """A norm that does not look across the batch, or a larger batch."""
    assert case.recipe is not None
    norm = "layer" if case.recipe.model.key == "mlp" else "group"
    return (
        Remedy("Batch size 64", {"train.batch_size": 64}),
        Remedy(f"{norm.capitalize()} norm instead of batch norm", {"model.norm": norm}),
    )


@rule(
    "GR017",
    "class-imbalance",
    "Rare classes are ignored",
    needs=("predictions", "inspection"),
    panel="metric",
)
def class_imbalance(case: Case) -> Sign | None:
    """Some classes are so rare that the network gains most by never naming them.

    Measured: largest / smallest class count, and the lowest recall of a class on the validation rows.
    Threshold: 10, and a recall below 0.3 at the last three evaluations.
    Judged: from the third evaluation after step 0.
    Traps: classes that are rare but easy are found all the same; the accuracy alone looks fine.
    Why it happens: the loss is a mean over rows, so a class with 3 % of the rows has 3 % of the say.
    Source: He and Garcia 2009, Learning from imbalanced data; SageMaker Debugger uses 10 and 0.7.
    """
    counts = [c for c in case.inspection.get("class_counts") or [] if c > 0]
    table = case.tables["predictions"]
    if len(counts) < 2 or max(counts) <= 10 * min(counts) or "least_recall" not in table.columns:
        return None
    recall = table.column("least_recall")[table.step > 0]
    if len(recall) < 3 or not (recall[-3:] < 0.3).all():
        return None
    return Sign(
        f"The rarest class has {min(counts):,} of {sum(counts):,} training rows, and the least-known class is found in only "
        f"{100 * recall[-1]:.0f} % of its cases.",
        int(table.step[table.step > 0][0]),
        int(table.step[-1]),
        (),
        {"ratio": max(counts) / min(counts), "least_recall": float(recall[-1])},
        "warning",
    )


@rule("GR018", "prediction-collapse", "One answer for everything", needs=("predictions",), panel="metric")
def prediction_collapse(case: Case) -> Sign | None:
    """The network gives the same class to nearly every row.

    Measured: share of the most-named class on the validation rows, against the share of the largest class.
    Threshold: above 0.95, or 0.2 above the largest class with 90 %, at two evaluations in a row.
    Judged: after step 20.
    Traps: an untrained head at step 0; data of which one class is 80 % or more.
    Why it happens: it is a symptom: dead or saturated layers, exploded weights, vanished gradients, sorted rows.
    Source: proposal of this project; the size of the logits alone is no sign, healthy networks go down to 10^-3.3.
    """
    table = case.tables["predictions"]
    if "top_class_share" not in table.columns:
        return None
    counts = case.facts.get("inspection", {}).get("class_counts") or []
    prior = max(counts) / sum(counts) if counts and sum(counts) else 0.0
    if prior >= 0.8:
        return None
    keep = table.step > 20
    share = table.column("top_class_share")[keep]
    flags = (share > 0.95) | ((share > 0.9) & (share > prior + 0.2))
    at = runs_of(flags, 2)
    if at is None:
        return None
    steps = table.step[keep]
    return Sign(
        f"The network gives one and the same class to {100 * share[flags][-1]:.0f} % of the rows; the largest class has {100 * prior:.0f} %.",
        int(steps[at - 1]),
        int(steps[np.flatnonzero(flags)[-1]]),
        (),
        {"share": float(share[flags][-1]), "largest_class": prior},
        active=bool(flags[-1]),
        severity="info" if not flags[-1] else "warning",
    )


@rule(
    "GR021",
    "label-noise",
    "Labels that contradict their neighbours",
    severity="info",
    needs=("inspection", "evaluation"),
    panel="metric",
)
def label_noise(case: Case) -> Sign | None:
    """Many rows have another label than the rows most like them, and the network learns them by heart.

    Measured: share of training rows whose label agrees with the majority of their five nearest neighbours; training and
    validation accuracy.
    Threshold: agreement below 0.8 and below the training accuracy by 0.15, with validation accuracy at most the agreement
    + 0.05.
    Judged: from five evaluations; always an info, since classes that truly overlap look the same.
    Traps: high-dimensional inputs, where nearest rows are not alike: validation accuracy above the agreement rules it out.
    Why it happens: wrong labels, or inputs that do not hold what decides the class.
    Source: Pleiss et al. 2020, Identifying mislabeled data using the area under the margin.
    """
    agreement = ((case.inspection.get("baselines") or {}).get("neighbours_left_out")) or math.nan
    table = case.tables["evaluation"]
    if not case.classes or not agreement < 0.8 or len(table) < 5 or "val_accuracy" not in table.columns:
        return None
    train, val = case.train_score, float(table.column("val_accuracy")[-1])
    if train < agreement + 0.15 or val > agreement + 0.05:
        return None
    return Sign(
        f"Only {100 * agreement:.0f} % of the rows agree with their nearest neighbours, yet the network fits {100 * train:.0f} % of "
        f"them, and {100 * val:.0f} % of the unseen ones.",
        int(table.step[0]),
        int(table.step[-1]),
        (),
        {"agreement": float(agreement), "train_accuracy": train, "val_accuracy": val},
    )


@rule("GR022", "target-leak", "Too good to be true", severity="info", needs=("inspection",), panel="metric")
def target_leak(case: Case) -> Sign | None:
    """One input column all but gives the answer away.

    Measured: area under the ROC curve of the best single column (two classes), or its correlation with the target.
    Threshold: 0.995.
    Judged: before step 1; always an info: an easy task looks the same.
    Traps: easy tasks; columns that are the target by definition.
    Why it happens: a column was made from the target, or is known only after the fact.
    Source: Kaufman et al. 2012, Leakage in data mining.
    """
    best = (case.inspection.get("baselines") or {}).get("best_column")
    if best is None or not best >= 0.995:
        return None
    return Sign(
        f"A single input column separates the target almost perfectly ({best:.3f}). Is it known when a prediction is to be made?",
        0,
        0,
        (),
        {"best_column": float(best)},
    )


@rule(
    "GR029",
    "batch-norm-misuse",
    "Batch norm over too few rows",
    needs=("inspection",),
    panel="loss",
    advise=other_norm,
)
def batch_norm_misuse(case: Case) -> Sign | None:
    """Batch norm takes its statistics from a handful of rows, so they are noise, and evaluation uses other ones.

    Measured: rows per batch, and loss on training rows in evaluation mode against the loss while training.
    Threshold: fewer than 8 rows (an info up to there, a warning when evaluation is 1.5 times as bad as training at the last
    three evaluations, or below 4 rows).
    Judged: before step 1 for the batch size; from the third evaluation for the difference.
    Traps: running statistics lag in the first steps; images give many positions per row, so only the difference counts.
    Why it happens: mean and variance of few rows are far from those of all rows.
    Source: Ioffe and Szegedy 2015; Wu and He 2018, Group normalization.
    """
    seen = case.inspection
    rows = int(seen.get("rows") or 0)
    if not seen.get("batch_norms") or rows >= 8:
        return None
    worse = math.nan
    if case.has("evaluation") and "train_loss_eval" in case.tables["evaluation"].columns and case.has("step"):
        evaluated = case.tables["evaluation"].column("train_loss_eval")[1:]
        step = case.tables["step"]
        at = case.tables["evaluation"].step[1:]
        size = max(case.steps_per_epoch, 10)
        trained = [step.column("loss")[(step.step > s - size) & (step.step <= s)] for s in at]
        ratios = [e / max(float(np.mean(t)), 1e-9) for e, t in zip(evaluated, trained, strict=True) if len(t)]
        if len(ratios) >= 3:
            worse = min(ratios[-3:])
    severe = worse >= 1.5 or rows < 4
    return Sign(
        f"Batch norm takes its statistics from {rows} rows"
        + (f"; evaluated, the same rows have {figure(worse)} times the loss." if worse >= 1.5 else "."),
        0,
        case.last_step,
        (),
        {"rows": float(rows), **({"evaluated_to_trained": worse} if math.isfinite(worse) else {})},
        "warning" if severe and not case.learns_well else "info",
    )


DATA: tuple[Rule, ...] = (
    class_imbalance,
    prediction_collapse,
    label_noise,
    target_leak,
    batch_norm_misuse,
)
