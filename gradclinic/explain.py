"""`gradclinic explain RUN`: what a run's predictions rest on, and which methods may say so."""

from __future__ import annotations

import argparse
import json
import math
from typing import TYPE_CHECKING, Any

from core.errors import BadInput
from core.explain.base import Question, Refused, Verdict
from core.explain.catalogue import ATTRIBUTIONS, EXPLANATIONS
from core.export.finite import finite
from core.recipe.base import Params
from core.store.workspace import Run, Workspace
from gradclinic import over_training, rows_and_concepts

if TYPE_CHECKING:
    from core.explain.prepare import Opened
    from core.explain.result import Explanation


def act(workspace: Workspace, options: argparse.Namespace) -> int:
    """Explain the first `--samples` validation rows with the trust in it, or say of every method whether it is sound."""
    run = workspace.find(options.run)
    if options.over_training:
        return over_training.show(run, as_json=options.json)
    spec = EXPLANATIONS[options.method]  # a wrong key is told before torch is loaded
    if spec.answers != "attribution" and not options.methods:
        return rows_and_concepts.act(workspace, run, options, assignments(options.set))
    from core.explain.explain import explanation
    from core.explain.trusted import USUAL

    opened = _opened(run, workspace, options)
    question = Question(
        method=options.method,
        rows=tuple(range(min(options.samples, len(opened.data.x_val)))),
        params=Params(assignments(options.set)),
        target=int(options.target) if options.target.isdigit() else options.target,
        layer=options.layer,
        baseline=options.baseline,
        background=options.background,
        background_kind=options.background_kind,
        seed=options.seed,
    )
    if options.methods:
        return _methods(opened, question, options)
    found = explanation(opened, question, USUAL if options.checks is None else asked_checks(options.checks))
    document = {"run_id": run.id, **explained_document(opened, question, found)}
    print(json.dumps(finite(document)) if options.json else "\n".join(lines(document)))
    return 0


def _opened(run: Run, workspace: Workspace, options: argparse.Namespace) -> Opened:
    """The run's own model, or that of a watched run from the files that were given."""
    from core.explain.prepare import open_run

    if options.model is None:
        if options.weights or options.data:
            raise BadInput(
                "--weights and --data belong to a watched run's model; give it with --model package.module:name."
            )
        return open_run(run, options.step, workspace.home)
    if options.data is None or options.step is not None:
        raise BadInput(
            "A watched run keeps neither rows nor weights: with --model give --data and --weights, and no --step."
        )
    from core.explain.watched import open_model

    return open_model(options.model, options.data, weights=options.weights, run=run)


def asked_checks(text: str) -> tuple[str, ...]:
    """ "completeness,stability" as a tuple; "none" is none."""
    return () if text == "none" else tuple(part.strip() for part in text.split(",") if part.strip())


def explained_document(opened: Opened, question: Question, found: Explanation) -> dict[str, Any]:
    """An explanation as it is printed: of a withheld one no features, but the reason in its trust."""
    from core.explain.explain import rows_and_targets, top_features

    attribution, light = found.attribution, found.trust.light
    x, _ = rows_and_targets(opened, question)
    return {
        "method": attribution.method,
        "step": found.step if found.step >= 0 else None,
        "gap": attribution.overall_gap,
        "trust": found.trust.document(),
        "seconds": attribution.seconds,
        "samples": len(x),
        "layer": attribution.layer,
        "params": dict(attribution.params),
        "top_features": [] if light == "withheld" else top_features(opened, x, attribution),
        "notes": list(attribution.notes),
    }


def _methods(opened: Opened, question: Question, options: argparse.Namespace) -> int:
    from core.explain.explain import few_rows, request_for
    from core.explain.preflight import preflight

    request = request_for(opened, Question(method=question.method, rows=few_rows(opened)))
    rows = [verdict_row(key, verdict) for key, verdict in preflight(opened.subject, request, ATTRIBUTIONS).items()]
    if options.json:
        print(json.dumps(finite(rows)))
    else:
        for row in rows:
            print(f"{row['method']:28} {'sound' if row['sound'] else 'refused: ' + row['reason']}")
    return 0


def verdict_row(key: str, verdict: Verdict) -> dict[str, Any]:
    """One method's verdict as a row."""
    if isinstance(verdict, Refused):
        return {"method": key, "sound": False, "gap": None, "reason": verdict.reason}
    return {"method": key, "sound": True, "gap": verdict.gap, "reason": ""}


def assignments(texts: list[str]) -> dict[str, str]:
    """["steps=100"] as {"steps": "100"}.

    Raises:
        BadInput: when there is no "=".
    """
    found = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise BadInput(f"--set {text!r} is not NAME=VALUE, for example --set steps=100.")
        found[name] = value
    return found


def lines(document: dict[str, Any]) -> list[str]:
    """An explanation as lines to read."""
    gap, at = document["gap"], "" if document["step"] is None else f" at step {document['step']}"
    head = f"{document['method']} on {document['samples']} rows{at}: "
    head += "no sum is promised" if gap is None else "no change to sum up to" if math.isnan(gap) else f"gap {gap:.2%}"
    trust = document["trust"]
    others = [check for check in trust["checks"] if check["light"] != trust["light"]]  # the sentence has those
    judged = [f"  {check['light']}: {check['sentence']}" for check in others]
    top = [f"  {one['importance']:10.4g}  {one['name']}" for one in document["top_features"]]
    told = f"{trust['light'].capitalize()}: {trust['sentence']}"
    return [f"{head}; {document['seconds']:.2f} s.", told, *judged, *top, *document["notes"]]
