"""Faults of single units: dead, saturated, redundant."""

from __future__ import annotations

import numpy as np

from core.diagnosis.base import Remedy, Rule, Sign, rule
from core.diagnosis.case import Case
from core.diagnosis.rules.evidence import few, hidden_family
from core.diagnosis.rules.rates import safe_rate


def revive(case: Case) -> tuple[Remedy, ...]:
    """Fewer units die with a smaller step or an activation that always lets some gradient through.

    Units that were dead before the first step did not die of it: a norm before the activation brings them back.
    """
    assert case.recipe is not None
    lr, params = safe_rate(case), case.recipe.model.params
    found = [Remedy(f"Learning rate {lr:g}", {"optim.lr": lr})]
    if params.get("activation") == "relu":
        found.append(Remedy("Leaky ReLU", {"model.activation": "leaky_relu"}))
        found.append(Remedy(f"Leaky ReLU and learning rate {lr:g}", {"model.activation": "leaky_relu", "optim.lr": lr}))
    if not _dead_from_the_start(case):
        return tuple(found)
    norm = (
        [Remedy("Batch norm before every activation", {"model.norm": "batch"})] if params.get("norm") == "none" else []
    )
    return (*norm, *found[1:], Remedy("He initial weights", {"init.key": "he_normal"}), found[0])


def _dead_from_the_start(case: Case) -> bool:
    """Whether more than half of a hidden layer gave zero for every sample of the first batch."""
    if not case.has("inspection"):
        return False
    seen = case.inspection
    dead = [share for share, kind in zip(seen["dead_units"], seen["activated"], strict=True) if kind]
    return max(dead, default=0.0) > 0.5


def unsaturate(case: Case) -> tuple[Remedy, ...]:
    """Bring the pre-activations back to where the activation has a slope."""
    assert case.recipe is not None
    found = []
    if case.recipe.init.key in ("normal", "constant") or "gain" in case.recipe.init.params:
        found.append(Remedy("Xavier initial weights", {"init.key": "xavier_uniform"}))
    if not case.recipe.data.standardise:
        found.append(Remedy("Standardise the inputs", {"data.standardise": True}))
    lr = case.recipe.optim.lr
    found.append(Remedy(f"Learning rate {lr / 10:g}", {"optim.lr": lr / 10}))
    if "norm" in case.recipe.model.params:
        found.append(Remedy("Batch norm before every activation", {"model.norm": "batch"}))
    return tuple(found)


@rule("GR010", "dead-relu", "Dead ReLU units", needs=("units",), panel="health", advise=revive)
def dead_relu(case: Case) -> Sign | None:
    """Units that give zero for every sample: no gradient reaches them, so they never come back.

    Measured: per layer, the share of units whose output is 0 for all samples of an evaluation (up to 1,024 training rows).
    Threshold: above 50 % of a layer; critical above 95 %.
    Judged: at every evaluation after step 0.
    Traps: one sample's zeros are sparsity, not death, so only units silent for all samples count; dropout is off while
    this is measured; activations that are never exactly zero are not judged. A network that learns its rows well all the
    same gets an info.
    Why it happens: one large step pushes a bias so low that the pre-activation is negative for every sample. Its slope
    there is 0, so nothing moves it back.
    Source: Lu et al. 2020, Dying ReLU and initialization; SageMaker Debugger and TheDeepChecker use 50 %.
    """
    table = case.tables["units"]
    dead, layers = hidden_family(case, "units", "dead_units")
    at = np.flatnonzero(table.step > 0)
    if not layers or not len(at):
        return None
    over = dead[at] > 0.5
    if not over.any():
        return None
    first = int(np.flatnonzero(over.any(axis=1))[0])
    latest = dead[at[-1]] if over[-1].any() else dead[at][over.any(axis=1)][-1]
    names = tuple(name for name, share in zip(layers, latest, strict=True) if share > 0.5)
    share = float(latest.max())
    severity = "info" if case.learns_well else "critical" if share > 0.95 else "warning"
    return Sign(
        f"{100 * share:.0f} % of the units of {layers[int(latest.argmax())]} give zero for every sample"
        + (f"; more than half are dead in {few(names)}." if len(names) > 1 else "."),
        int(table.step[at[first]]),
        int(table.step[at[np.flatnonzero(over.any(axis=1))[-1]]]),
        names,
        {"dead_share": share, "layers": float(len(names))},
        severity,
        bool(over[-1].any()),
    )


@rule("GR011", "saturated-activation", "Saturated activations", needs=("units",), panel="health", advise=unsaturate)
def saturated_activation(case: Case) -> Sign | None:
    """Most units of a layer sit at the flat end of tanh or sigmoid, where the slope, and so the gradient, is near zero.

    Measured: per hidden layer, the share of units that are beyond 90 % of the range for 85 % of the samples.
    Threshold: above 50 % of the units, at two evaluations in a row.
    Judged: at every evaluation, the one before step 1 included.
    Traps: a network that has learned its rows may well be saturated at the end, so then it is not reported; gates of
    recurrent cells and output layers are not judged.
    Why it happens: pre-activations are too large: inputs not scaled, initial weights too large, or a step too long.
    Source: Glorot and Bengio 2010; TheDeepChecker (2023) uses 85 % and 50 %.
    """
    table = case.tables["units"]
    saturated, layers = hidden_family(case, "units", "saturated_units")
    if not layers or len(table) < 2 or case.learns_well:
        return None
    over = saturated > 0.5
    twice = over[1:] & over[:-1]
    if not twice.any():
        return None
    at = int(np.flatnonzero(twice.any(axis=1))[0])
    last = int(np.flatnonzero(twice.any(axis=1))[-1]) + 1
    names = tuple(name for name, flag in zip(layers, twice[last - 1], strict=True) if flag)
    share = float(saturated[last].max())
    return Sign(
        f"{100 * share:.0f} % of the units of {layers[int(saturated[last].argmax())]} are saturated for nearly every sample.",
        int(table.step[at]),
        int(table.step[last]),
        names,
        {"saturated_share": share, "layers": float(len(names))},
        active=bool(twice[-1].any()),
    )


@rule("GR034", "rank-collapse", "Collapsed representation", needs=("units", "evaluation"), panel="spread")
def rank_collapse(case: Case) -> Sign | None:
    """A hidden layer puts all samples on one line: it hands on a single number, whatever its width.

    Measured: participation ratio of the units' covariance, (sum of eigenvalues)^2 / sum of squares, in dimensions.
    Threshold: below 1.2 dimensions in a layer of at least 8 units, at two evaluations in a row, with 3 or more classes
    and a training accuracy below 0.6.
    Judged: at evaluations after step 0.
    Traps: two classes or one number need one dimension only; a network that has learned its classes ends with one
    dimension per class less one (neural collapse), which is fine.
    Why it happens: very deep networks without norm or skips map all inputs to one direction; so do dead layers.
    Source: Saxe et al. 2014; Daneshmand et al. 2020; Papyan et al. 2020.
    """
    if case.classes < 3 or not case.train_score < 0.6:
        return None
    table = case.tables["units"]
    ratio, layers = hidden_family(case, "units", "participation_ratio")
    widths = {str(la["name"]): int(la.get("units") or 0) for la in case.facts.get("layers") or ()}
    most = np.array([min(widths.get(name, 0), 127) for name in layers], float)
    dimensions = ratio * most
    keep = table.step > 0
    low = (dimensions[keep] < 1.2) & (most >= 8)
    if len(low) < 2 or not (low[-1] & low[-2]).any():
        return None
    names = tuple(name for name, flag in zip(layers, low[-1] & low[-2], strict=True) if flag)
    steps = table.step[keep]
    return Sign(
        f"{few(names)} put all samples on nearly one line: {dimensions[keep][-1][low[-1]].min():.1f} of its directions are used.",
        int(steps[np.flatnonzero(low.any(axis=1))[0]]),
        int(steps[-1]),
        names,
        {"dimensions": float(dimensions[keep][-1][low[-1]].min())},
        "info",
    )


UNITS: tuple[Rule, ...] = (dead_relu, saturated_activation, rank_collapse)
