"""`gradclinic explain RUN --method tracin` and `--method tcav`: answers that are training rows, or concepts."""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np

from core.explain.catalogue import EXPLANATIONS
from core.export.finite import finite
from core.store.workspace import Run, Workspace


def act(workspace: Workspace, run: Run, options: argparse.Namespace, params: dict[str, str]) -> int:
    """Print which training rows pushed the first `--samples` validation rows, or which concepts the classes depend on.

    Of a withheld answer no rows are printed, but the reason in its trust.
    """
    spec = EXPLANATIONS[options.method]
    settings = dict(spec.parse(params))
    ask = _influence if spec.answers == "influence" else _concepts
    document, lines = ask(workspace, run, options, settings)
    document = {"run_id": run.id, **document}
    print(json.dumps(finite(document)) if options.json else "\n".join([*lines, *document["notes"]]))
    return 0


def _influence(
    workspace: Workspace, run: Run, options: argparse.Namespace, settings: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    from core.explain.influence.influence import influence
    from core.explain.prepare import open_run

    target = int(options.target) if options.target.isdigit() else options.target
    opened = open_run(run, options.step, workspace.home)
    asked = range(min(options.samples, len(opened.data.x_val)))
    found = influence(
        run,
        asked,
        step=opened.step,
        target=target,
        seed=options.seed,
        uploads=workspace.home,
        data=opened.data,
        **settings,
    )
    rows = [
        {
            "row": int(row),
            "target": _plain(found.target[i]),
            "proponents": _named(found.proponents[i], found.proponent_scores[i], found.proponent_labels[i]),
            "opponents": _named(found.opponents[i], found.opponent_scores[i], found.opponent_labels[i]),
        }
        for i, row in enumerate(found.rows)
    ]
    document = {**found.document(), "steps": found.steps.tolist(), "rows": rows, "suspects": found.suspects.tolist()}
    document["made_up"] = found.made_up.tolist()
    head = [
        f"tracin on {len(rows)} rows over {len(found.steps)} checkpoints; {found.seconds:.2f} s.",
        found.trust.sentence,
    ]
    if found.trust.light == "withheld":
        return {**document, "rows": [], "suspects": []}, head
    return document, [
        *head,
        *(
            f"  row {row['row']} as {row['target']}: for it {_short(row['proponents'])}; against it {_short(row['opponents'])}"
            for row in rows
        ),
        f"Rows that influence themselves most (hard, or wrongly labelled): {', '.join(map(str, found.suspects[:10]))}",
        *(
            [f"Made up by the balance, so no rows of the data: {', '.join(map(str, found.made_up))}"]
            if len(found.made_up)
            else []
        ),
        *(f"Caution: {caution}" for caution in found.cautions),
    ]


def _concepts(
    workspace: Workspace, run: Run, options: argparse.Namespace, settings: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    from core.explain.concepts.base import Ask
    from core.explain.concepts.tcav import concepts
    from core.explain.prepare import open_run

    asks = [Ask.of(text) for text in options.concept]
    opened = open_run(run, options.step, workspace.home)
    outputs = (int(options.target),) if options.target.isdigit() else ()
    found = concepts(
        opened, asks, layer=options.layer, outputs=outputs, rows=options.samples, seed=options.seed, **settings
    )
    table = found.table()
    head = [
        f"tcav at {found.layer}, up to {options.samples} rows of each class; {found.seconds:.2f} s.",
        found.trust.sentence,
    ]
    return {**found.document(), "table": table}, [
        *head,
        *(
            f"  {row['concept']:24} {row['class']:16} score {row['score']:.2f}  alignment {row['alignment']:+.3f}  {row['verdict']}"
            for row in table
        ),
    ]


def _named(numbers: np.ndarray, scores: np.ndarray, labels: np.ndarray) -> list[dict[str, Any]]:
    return [
        {"row": int(number), "influence": float(score), "label": _plain(label)}
        for number, score, label in zip(numbers, scores, labels, strict=True)
    ]


def _short(rows: Any) -> str:
    return ", ".join(f"{row['row']} ({row['label']})" for row in rows[:3])


def _plain(label: Any) -> int | float:
    return int(label) if np.issubdtype(type(label), np.integer) else float(label)
