"""A race taken away: its points as CSV, its lanes as plain-PyTorch scripts."""

from __future__ import annotations

import csv
import io
import re
import textwrap
import zipfile
from collections import Counter
from collections.abc import Hashable
from pathlib import Path

from core.errors import BadInput
from core.export.records import guard
from core.export.script import leave_with_owner, packed_data, script_text, start_weights
from core.race.recipe import to_yaml
from core.race.record import RaceRecord, read_race
from core.race.scores import OF_CLASSES
from core.recipe.data import data_key, load_data
from core.store.workspace import Run

RUNNER = '''\
"""Runs every lane of the race with every seed, one after the other, and prints what each reached. Needs the standard library."""

import csv
import subprocess
import sys
from pathlib import Path

LANES = {lanes}
SCORE = {score!r}

here = Path(__file__).resolve().parent
for lane, folders in LANES.items():
    finals = []
    for folder in folders:
        subprocess.run([sys.executable, "train.py"], cwd=here / folder, check=True, stdout=subprocess.DEVNULL)
        with open(here / folder / "evaluations.csv", newline="") as file:
            finals.append(float(list(csv.DictReader(file))[-1][SCORE]))
    print(f"{{lane:40}} " + "  ".join(f"{{final:.4f}}" for final in finals) + f"   mean {{sum(finals) / len(finals):.4f}}", flush=True)
'''


def lanes_csv(record: RaceRecord) -> bytes:
    """Every recorded value in long form: data, lane, seed, stage, changes, step, samples, series, value. NaN and Inf stay."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["data", "lane", "seed", "stage", "changes", "step", "samples", "seconds", "series", "value"])
    for member in record.members:
        changes = "; ".join(f"{path}={value}" for path, value in member.more.items())
        head = (
            guard(record.race.task_name(member.task)),
            guard(record.lanes[member.lane].lane.name),
            member.seed,
            member.stage,
            guard(changes),
        )
        size = record.facts.get(member.number, {}).get("batch_size", 0)
        for series in (record.curves.get(member.number), record.marks.get(member.number)):
            for name, values in series.columns.items() if series else ():
                for step, seconds, value in zip(series.step, series.seconds, values, strict=True):  # type: ignore[union-attr]
                    writer.writerow([*head, step, step * size, f"{seconds:.6f}", name, repr(float(value))])
    return out.getvalue().encode()


def race_script_zip(run: Run, *, uploads: Path | None = None) -> bytes:
    """A zip with a plain-PyTorch script for each lane and seed, their data, and race.py that runs them all.

    Raises:
        BadInput: when the data can't be loaded any more, or no lane has begun to race.
        NotAllowed: when it is only shown and rests on files of its owner.
    """
    record = read_race(run)
    members = [m for m in record.of("race") if record.lanes[m.lane].state != "dropped"]
    if not members:
        raise BadInput("No lane has begun to race yet; wait until the tuning is through.")
    leave_with_owner(run, [record.recipe(member) for member in members])
    score = record.race.score if record.race.score in OF_CLASSES else "accuracy"
    lanes: dict[str, list[str]] = {}
    out = io.BytesIO()
    packed: dict[Hashable, str] = {}
    files: Counter[tuple[int, int]] = Counter()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            recipe = record.recipe(member)
            data = load_data(recipe, uploads or run.path.parent.parent)
            name = record.lanes[member.lane].lane.name
            rows = data_key(recipe)
            if rows not in packed:
                files[member.task, member.seed] += 1
                count = files[member.task, member.seed]
                packed[rows] = f"data-{member.task + 1}-seed-{member.seed}{f'-{count}' if count > 1 else ''}.npz"
                archive.writestr(packed[rows], packed_data(data))
            file = packed[rows]
            folder = f"{member.task + 1}-{member.lane + 1}-{_slug(name)}-seed-{member.seed}"
            title = f"{recipe.name}, seed {member.seed}, of race {run.id}"
            text = script_text(title, recipe, data, [], None, score=score)
            archive.writestr(f"{folder}/train.py", text.replace('"data.npz"', f'"../{file}"'))
            label = f"{name} on {record.race.task_name(member.task)}" if len(record.race.tasks) > 1 else name
            for start, content in start_weights(recipe, data, uploads or run.path.parent.parent).items():
                archive.writestr(f"{folder}/{start}", content)
            lanes.setdefault(label, []).append(folder)
        archive.writestr(
            "race.py",
            RUNNER.format(lanes=_literal(lanes), score="val_loss" if record.race.score == "loss" else "score"),
        )
        archive.writestr("race.yaml", to_yaml(record.race))
        archive.writestr("README.txt", _readme(run))
    return out.getvalue()


def _literal(lanes: dict[str, list[str]]) -> str:
    lines = [f"    {name!r}: {folders!r}," for name, folders in lanes.items()]
    return "{\n" + "\n".join(lines) + "\n}"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:24] or "lane"


def _readme(run: Run) -> str:
    return textwrap.dedent(f"""\
        This folder holds race {run.id} as plain PyTorch.

            python race.py

        runs every lane with every seed and prints what each reached. Each folder is one training: its train.py stands
        alone and reads its rows from the data-*.npz above it. Lanes of one seed read the same file and draw the same
        batches from it. Lanes that raced as one batched computation agree with these scripts to rounding.
        """)
