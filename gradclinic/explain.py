"""`gradclinic explain RUN`: what a run's predictions rest on, and which methods may say so."""

from __future__ import annotations

import argparse
import json
from typing import Any

from core.errors import BadInput
from core.explain.base import Question, Refused, Verdict
from core.explain.catalogue import EXPLANATIONS
from core.export.finite import finite
from core.recipe.parts import Params
from core.store.workspace import Workspace
from gradclinic import over_training, rows_and_concepts


def act(workspace: Workspace, options: argparse.Namespace) -> int:
    """Explain the first `--samples` validation rows, or say of every method whether it is sound."""
    run = workspace.find(options.run)
    if options.over_training:
        return over_training.show(run, as_json=options.json)
    spec = EXPLANATIONS[options.method]  # a wrong key is told before torch is loaded
    if spec.answers != "attribution" and not options.methods:
        return rows_and_concepts.act(workspace, run, options, assignments(options.set))
    from core.explain.explain import answer, answer_document
    from core.explain.prepare import open_run

    opened = open_run(run, options.step, workspace.home)
    question = Question(
        method=options.method,
        rows=tuple(range(min(options.samples, len(opened.data.x_val)))),
        params=Params(assignments(options.set)),
        target=int(options.target) if options.target.isdigit() else options.target,
        layer=options.layer,
        baseline=options.baseline,
        seed=options.seed,
    )
    if options.methods:
        return _methods(opened, question, options)
    document = {"run_id": run.id, **answer_document(opened, question, answer(opened, question))}
    print(json.dumps(finite(document)) if options.json else "\n".join(lines(document)))
    return 0


def _methods(opened: Any, question: Question, options: argparse.Namespace) -> int:
    from core.explain.explain import few_rows, request_for
    from core.explain.preflight import preflight

    request = request_for(opened, Question(method=question.method, rows=few_rows(opened)))
    rows = [verdict_row(key, verdict) for key, verdict in preflight(opened.subject, request).items()]
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
    """An answer as lines to read."""
    gap = document["gap"]
    head = f"{document['method']} on {document['samples']} rows at step {document['step']}: "
    head += "no sum is promised" if gap is None else f"gap {gap:.2%}"
    top = [f"  {one['importance']:10.4g}  {one['name']}" for one in document["top_features"]]
    return [f"{head}; {document['seconds']:.2f} s.", *top, *document["notes"]]
