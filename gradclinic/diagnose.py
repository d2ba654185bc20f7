"""`gradclinic diagnose RUN|FILE`: what the rows of a run, or the log of another tool, can support."""

from __future__ import annotations

import argparse
import json
from itertools import groupby
from pathlib import Path
from typing import Any

from core.diagnosis.base import NEEDS, Finding
from core.diagnosis.case import Case, case_of
from core.diagnosis.catalogue import RULES
from core.diagnosis.causes import Diagnosis
from core.diagnosis.diagnose import diagnose
from core.errors import BadInput, UnknownRun
from core.export.finite import finite
from core.logs.assemble import Log
from core.logs.read import KNOWN, read_log
from core.store.status import run_status
from core.store.workspace import Run, Workspace

WORDS = {**NEEDS, "chance": "--classes N"}


def act(workspace: Workspace, options: argparse.Namespace) -> int:
    """Diagnose a run or a log; a path that exists wins over a run id."""
    log = look_up(workspace, options.given, options.classes)
    found = diagnose(log.case)
    print(json.dumps(finite(document(log, found))) if options.json else "\n".join(lines(log, found)))
    return 0


def look_up(workspace: Workspace, given: str, classes: int | None) -> Log:
    """The log at the path `given`, or the run that `given` names.

    Raises:
        BadInput: when it is neither, can't be read, or has nothing recorded yet.
    """
    path = Path(given)
    try:
        there = path.exists()
    except (OSError, ValueError):  # too long for a path, or with a zero byte
        there = False
    if there and not (path / "run.db").is_file():
        return read_log(path, classes)
    try:
        run = Run(path.absolute()) if there else workspace.find(given)
    except UnknownRun as error:
        if "runs fit" in str(error):
            raise
        raise BadInput(f"There is neither a file nor a run {given[:80]!r}; give a run's id, or {KNOWN}.") from None
    except ValueError:
        raise BadInput(f"{given!r} can't be a run or a path; `gradclinic runs` lists the runs.") from None
    if classes is not None:
        raise BadInput(f"--classes is for logs of other tools, and {run.id} is a run that knows its own; leave it out.")
    case = case_of(run, run_status(run).word)
    if case is None or not case.tables:
        raise BadInput(f"Run {run.id} has recorded nothing yet; resume it, or wait for its first steps.")
    rows = {name: len(table) for name, table in case.tables.items()}
    return Log(case, "run", run.id, {"columns": {}, "rows": rows, "unit": "step", "notes": []})


def not_judged(case: Case) -> list[tuple[str, tuple[str, ...]]]:
    """Every rule that can't be judged, with what it lacks."""
    return [(rule.key, lacks) for rule in RULES.values() if (lacks := rule.lacks(case))]


def document(log: Log, found: Diagnosis) -> dict[str, Any]:
    """JSON-able: what was read, what was understood, what was found, and what could not be judged."""
    told = found.document()
    return {
        "source": log.source,
        "format": log.format,
        "understood": log.understood,
        "cause": told["cause"],
        "findings": told["findings"],
        "judged": [rule.key for rule in RULES.values() if not rule.lacks(log.case)],
        "not_judged": [{"rule": key, "needs": list(needs)} for key, needs in not_judged(log.case)],
    }


def lines(log: Log, found: Diagnosis) -> list[str]:
    """The report: the cause with what follows from it, other findings, notes, and one line on what was looked at."""
    told = [f"{log.source} ({log.format})"]
    if found.cause:
        told += [f"Most likely cause: {title(found.cause)}", f"  {found.cause.sentence}"]
        told += [f"    leads to {title(one)}: {one.sentence}" for one in found.consequences]
        told += [f"  Try: {remedy.label}" for remedy in found.cause.remedies[:1]]
    else:
        told.append("No fault found in what was recorded.")
    told += [f"Also found: {title(one)}: {one.sentence}" for one in found.others]
    told += [f"Worth knowing: {title(one)}: {one.sentence}" for one in found.notes]
    told += [f"Note: {note}" for note in log.understood["notes"]]
    taken = ", ".join(f"{name} as {target}" for target, name in list(log.understood["columns"].items())[:8])
    if taken:
        told.append(f"Read: {taken}{', ...' if len(log.understood['columns']) > 8 else ''}.")
    return [*told, looked_at(log)]


def looked_at(log: Log) -> str:
    """One line: the rows of each table, and the rules that could not be judged, by what they lack."""
    rows = ", ".join(f"{count:,} rows of {name}" for name, count in log.understood["rows"].items())
    by_need = sorted((", ".join(WORDS[need] for need in needs), key) for key, needs in not_judged(log.case))
    groups = [
        f"{', '.join(key for _, key in group)} (needs {need})" for need, group in groupby(by_need, lambda one: one[0])
    ]
    return f"Looked at: {rows}; could not judge: {'; '.join(groups) or 'none'}."


def title(finding: Finding) -> str:
    """How a finding is named in the report."""
    return f"{finding.name} ({finding.id}, {finding.severity})"
