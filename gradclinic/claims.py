"""`gradclinic claims`: the field's folklore put to the test, with what came of it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from core.claims import results
from core.claims.base import ClaimSpec
from core.claims.catalogue import CLAIMS
from core.claims.measure import Measured, measure
from core.errors import BadInput
from core.export.finite import finite
from core.store.workspace import Workspace

FOLDER = "claims"


def act(workspace: Workspace, options: argparse.Namespace) -> int:
    """Run the claims in this process, one thread; progress on stderr, the table or one JSON object on stdout."""
    if options.list:
        return _list(options.json)
    chosen = [CLAIMS[key] for key in dict.fromkeys(options.claim)] or [
        one for one in CLAIMS.values() if not one.not_run
    ]
    if options.out and options.out.exists() and results.read(options.out) is None:
        raise BadInput(f"{options.out} exists and holds no claims; give another file, or remove it.")
    found: list[Measured] = []
    try:
        for number, claim in enumerate(chosen, 1):
            found.append(_measured(claim, f"{number}/{len(chosen)}", workspace.home / FOLDER, options.seeds))
    except KeyboardInterrupt:
        print("gradclinic: stopped; a second call takes up what was trained so far.", file=sys.stderr)
        return 1
    document = finite(results.document(found))
    document["claims"] = [
        one for one in document["claims"] if one["key"] in {c.key for c in chosen} or not options.claim
    ]
    if options.out:
        text = json.dumps(results.merged(results.read(options.out), document), indent=1, ensure_ascii=False)
        options.out.write_text(text + "\n", encoding="utf-8")
    print(json.dumps(document) if options.json else "\n".join(_lines(document)))
    return 0


def _measured(claim: ClaimSpec, place: str, cache: Path, seeds: int | None) -> Measured:
    """Measure one claim; a line on stderr at its start, and at each quarter of its trainings."""
    told = 0

    def progress(done: int, total: int, label: str) -> None:
        nonlocal told
        if done == 0 or 4 * done // total > told:
            told = 4 * done // total
            print(f"{place} {claim.key}: {done} of {total} trainings", file=sys.stderr, flush=True)

    return measure(claim, seeds=seeds, cache=cache, progress=progress)


def _list(as_json: bool) -> int:
    rows = [
        {"key": one.key, "claim": one.label, "source": one.source, "not_run": one.not_run or None}
        for one in CLAIMS.values()
    ]
    if as_json:
        print(json.dumps({"claims": rows}))
        return 0
    for row in rows:
        print(f"{row['key']:24} {row['claim']}" + (f" (not run: {row['not_run']})" if row["not_run"] else ""))
    return 0


def _lines(document: dict[str, Any]) -> list[str]:
    lines = []
    for one in document["claims"]:
        lines += [f"{one['claim']}: {one['verdict']}", f"  {one['key']}. {one['told']} ({one['source']})"]
        if one["not_run"]:
            lines.append(f"  Not run: {one['not_run']}")
        for said in one["statements"]:
            size = f"; about that size: {said['size']}" if said["size"] else ""
            lines.append(f"  - {said['statement']} {said['direction'].capitalize()}{size}. {said['sentence']}")
        lines.append("")
    return lines[:-1]
