"""Proof of a cure: a twin of the patient with one remedy, same seed and same data order, and the measured difference.

The patient itself is the untreated twin: on one machine an unchanged fork repeats it bit by bit.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from core.diagnosis.case import Case, case_of
from core.diagnosis.diagnose import diagnose
from core.errors import ClinicError
from core.recipe.codec import to_document, with_changes
from core.runtime import jobs
from core.store.status import run_status
from core.store.workspace import Run, Workspace

LABEL = "treatments"
WAITING = ("queued", "running", "paused", "stalled")
LEAST_GAIN = 0.02
LEAST_LOSS_SHARE = 0.1


@dataclass(frozen=True)
class Verdict:
    """What a remedy did: `helped` is None while nothing can be said.

    `measure` names the figure; `before` is the patient's, `after` the twin's, both at `epoch` epochs; `margin` is the
    smallest difference that counts (two standard errors of an accuracy, at least 0.02).
    """

    helped: bool | None
    sentence: str
    measure: str = ""
    before: float | None = None
    after: float | None = None
    margin: float = 0.0
    epoch: float = 0.0
    cured: bool = False


@dataclass(frozen=True)
class Treatment:
    """One remedy tried on a patient: which finding, what was changed, the twin's id, and the verdict once there is one."""

    finding: str
    name: str
    label: str
    changes: Mapping[str, object]
    run: str
    time: float
    verdict: Verdict | None = None


def treat(workspace: Workspace, patient: Run, finding: Mapping[str, Any], remedy: Mapping[str, Any]) -> Treatment:
    """Start a twin of `patient` with `remedy`, both as documents of a diagnosis; the same one again returns the first.

    The twin starts anew where the fault is in how the run began, else from the newest checkpoint before the fault.

    Raises:
        BadInput: when the run has no recipe (another program's loop).
        NotAllowed: when the patient is somebody else's.
        RecipeError: when the remedy does not fit the recipe any more.
    """
    patient.must_be_own("treat")
    known = next((t for t in treatments(patient) if t.label == remedy["label"] and t.finding == finding["id"]), None)
    if known is not None:
        return known
    jobs.refuse_watched(patient, "treated")
    last = int(run_status(patient).state.get("step", 0))
    recipe = jobs.settings_at(patient, last)
    name = f"{recipe.name[:70]}, treated: {remedy['label']}"[:110]
    healthy = [c for c in patient.checkpoints.list() if 0 < c.step < int(finding["first_step"])]
    architecture = any(path.startswith(("model.", "data.", "init.")) for path in remedy["changes"])
    if remedy.get("from_start", True) or architecture or not healthy:
        changed = with_changes(recipe, {**remedy["changes"], "name": name})
        twin = workspace.create(
            to_document(changed), origin={"patient": patient.id, "finding": finding["id"], "step": 0}
        )
        jobs.enqueue(workspace, twin)
    else:
        twin = jobs.fork(workspace, patient, healthy[-1].step, remedy["changes"], name=name)
    made = Treatment(
        finding["id"], finding["name"], str(remedy["label"]), dict(remedy["changes"]), twin.id, time.time()
    )
    _keep(patient, [*treatments(patient), made])
    return made


def treat_all(workspace: Workspace, patient: Run, finding: Mapping[str, Any]) -> list[Treatment]:
    """Start every remedy of a finding, in order; `settle` withdraws the waiting ones once one has helped."""
    return [treat(workspace, patient, finding, remedy) for remedy in finding["remedies"]]


def treatments(patient: Run) -> list[Treatment]:
    """What was tried on a run, oldest first."""
    found = []
    for one in patient.control.labels().get(LABEL) or []:
        verdict = one.get("verdict")
        found.append(Treatment(**{**one, "verdict": Verdict(**verdict) if verdict else None}))
    return found


def settle(workspace: Workspace, patient: Run) -> list[Treatment]:
    """Judge what has ended since, keep the verdicts with the patient, take further remedies out of the queue once one helped.

    Returns all treatments; those still at work carry a verdict that says how far they are.
    """
    known = treatments(patient)
    if not known:
        return []
    settled, fresh, helped = [], False, any(t.verdict is not None and t.verdict.helped for t in known)
    shown = []
    for one in known:
        if one.verdict is not None:
            settled.append(one)
            shown.append(one)
            continue
        try:
            twin = workspace.run(one.run)
        except ClinicError:
            fresh = True  # the twin was deleted: forget it, so that it can be tried again
            continue
        status = run_status(twin)
        if status.active and helped and status.word == "queued" and jobs.cancel(workspace, twin):
            workspace.trash(twin.id)
            fresh = True
            continue
        if status.active:
            share = float(status.state.get("step", 0)) / max(float(status.state.get("total_steps", 0) or 1), 1)
            told = f"{status.word}, {100 * share:.0f} %" if share else status.word
            settled.append(one)
            shown.append(replace(one, verdict=Verdict(None, told)))
            continue
        verdict = judge(case_of(patient, "done"), case_of(twin, "done"), one.name, status.word)
        judged = replace(one, verdict=verdict)
        settled.append(judged)
        shown.append(judged)
        helped, fresh = helped or bool(verdict.helped), True
    if fresh:
        _keep(patient, settled)
    return shown


def _keep(patient: Run, found: list[Treatment]) -> None:
    patient.control.set_labels(**{LABEL: [asdict(one) for one in found] or None})


def judge(patient: Case | None, twin: Case | None, fault: str, status: str = "done") -> Verdict:
    """Compare twin and patient at the same epoch: the figure that the fault spoils, and whether the difference counts."""
    if patient is None or twin is None:
        return Verdict(None, "Nothing was recorded.")
    left = {f.name for f in diagnose(twin).findings if f.severity != "info"}
    cured = fault not in left
    measure, higher = _measure(patient, fault)
    pair = _at_same_epoch(patient, twin, measure, best=fault == "overfitting")
    if pair is None:
        return Verdict(None, f"The twin {status}, but there is no evaluation that both have.")
    before, after, epoch = pair
    rows = int(twin.facts.get("val_rows") or 0)
    margin = LEAST_GAIN
    if measure == "val_accuracy" and rows:
        share = min(max(after if math.isfinite(after) else 0.5, 0.01), 0.99)
        margin = max(margin, 2 * math.sqrt(2 * share * (1 - share) / rows))
    if measure == "val_loss":
        margin = LEAST_LOSS_SHARE * abs(before) if math.isfinite(before) else 0.0
    if not math.isfinite(after):
        helped, told = False, "the twin's is not a number"
    elif not math.isfinite(before):
        helped, told = True, f"from not a number to {after:.3g}"
    else:
        gain = after - before if higher else before - after
        helped = gain > margin
        told = f"{before:.3g} → {after:.3g} ({after - before:+.3g}; {margin:.2g} would be chance)"
    words = {
        "val_accuracy": "Validation accuracy", "val_r2": "Validation R²", "val_loss": "Validation loss",
        "least_recall": "Recall of the least-known class",
    }  # fmt: skip
    gone = "" if not helped else " The fault is gone." if cured else " The fault is still found."
    return Verdict(
        helped,
        f"{words[measure]} {told} at epoch {epoch:g}.{gone}",
        measure,
        before if math.isfinite(before) else None,
        after if math.isfinite(after) else None,
        margin,
        epoch,
        cured,
    )


def _measure(case: Case, fault: str) -> tuple[str, bool]:
    """The figure a fault spoils, and whether higher is better."""
    if fault == "overfitting":
        return "val_loss", False
    if fault == "class-imbalance":
        return "least_recall", True
    columns = case.tables["evaluation"].columns if case.has("evaluation") else ()
    return next(((name, True) for name in ("val_accuracy", "val_r2") if name in columns), ("val_loss", False))


def _at_same_epoch(patient: Case, twin: Case, measure: str, *, best: bool) -> tuple[float, float, float] | None:
    """(patient's figure, twin's figure, epoch) at the last epoch that both reached; a patient that died keeps its last."""
    table = "predictions" if measure == "least_recall" else "evaluation"
    found = []
    for case in (patient, twin):
        if not case.has(table) or measure not in case.tables[table].columns:
            return None
        epochs = case.tables[table].step / max(case.steps_per_epoch, 1)
        found.append((epochs, case.tables[table].column(measure)))
    (mine, values), (theirs, others) = found
    died = patient.status == "failed" or not np.isfinite(values[-1])
    last = float(theirs[-1]) if died else float(min(mine[-1], theirs[-1]))
    if best:  # a twin that stopped early kept its best weights: compare with what the patient ends on
        return float(values[-1]), float(np.nanmin(others)), float(theirs[-1])
    before = values[mine <= last + 1e-9][-1]
    after = others[theirs <= last + 1e-9][-1]
    collapsed = patient.has("step") and not np.isfinite(patient.tables["step"].column("loss")[-1])
    return (math.nan if collapsed else float(before)), float(after), last


def outcomes(workspace: Workspace) -> dict[tuple[str, str], tuple[int, int]]:
    """How often each (fault, remedy) was tried in this workspace, and how often it helped."""
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for run in workspace.runs():
        try:
            found = treatments(run)
        except (ClinicError, ValueError, TypeError, OSError):
            continue
        for one in found:
            if one.verdict is not None and one.verdict.helped is not None:
                tried, helped = counts.get((one.name, one.label), (0, 0))
                counts[one.name, one.label] = tried + 1, helped + bool(one.verdict.helped)
    return counts
