"""`gradclinic explain RUN --over-training`: what a run, or each lane of a race, rested on while it trained."""

from __future__ import annotations

import json
from typing import Any

from core.errors import BadInput
from core.explain.over_training import document, read, recorded_members
from core.export.finite import finite
from core.race.record import read_race
from core.store.workspace import Run


def show(run: Run, *, as_json: bool) -> int:
    """Print the history of a run, or of every lane of a race that has one."""
    found = lanes(run) if run.is_race else document(read(run))
    if as_json:
        print(json.dumps(finite({"run_id": run.id, **found})))
    elif run.is_race:
        print("\n\n".join("\n".join([one["lane"], *lines(one)]) for one in found["lanes"]))
    else:
        print("\n".join(lines(found)))
    return 0


def lanes(run: Run) -> dict[str, Any]:
    """{"lanes": [...]}: the document of each recorded member, with its lane, task and seed.

    Raises:
        BadInput: when nothing was recorded.
    """
    record = read_race(run)
    known = {member.number: member for member in record.members}
    found = [
        {
            "lane": record.lanes[known[number].lane].lane.name,
            "task": known[number].task,
            "seed": known[number].seed,
            **document(read(run, number)),
        }
        for number in recorded_members(run)
        if number in known
    ]
    if not found:
        raise BadInput(
            f"{run.id} has no attributions over training; set record.attributions to auto or on in its base."
        )
    return {"lanes": found}


def lines(found: dict[str, Any]) -> list[str]:
    """A history as lines to read."""
    head = f"{'step':>8}{'epoch':>8}{'ranks as the final model':>26}{'gap':>8}"
    rows = zip(found["steps"], found["epochs"], found["rank_to_final"], found["gaps"], strict=True)
    table = [f"{step:8,}{epoch:8.1f}{rank:26.2f}{gap:8.1%}" for step, epoch, rank, gap in rows]
    told = [f"  {one['share']:6.1%}  {one['name']}: {_when(one)}" for one in found["began"]]
    cost = (
        f"Recording {found['samples']} rows took {found['seconds']:.2f} s, {found['share']:.1%} of the training time."
    )
    left = [f"{len(found['withheld'])} records are left out: they miss more than 10 % of what they explain."]
    return [
        head,
        *table,
        "Share of all importance in the end, and when it began:",
        *told,
        cost,
        *left[: len(found["withheld"])],
    ]


def _when(one: dict[str, Any]) -> str:
    if not one["used"]:
        return "not used"
    if one["after"] is None:
        return "from the first record on"
    return f"began between steps {one['after']:,} and {one['step']:,}"
