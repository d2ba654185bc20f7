"""The race command: hold a race without a browser and say what came of it."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import BadInput, UnknownKey
from core.export.finite import finite
from core.export.races import lanes_csv, race_script_zip
from core.race.outcome import document
from core.race.presets import RACES
from core.race.recipe import Race, from_text, parse_race
from core.race.record import read_race
from core.recipe.codec import parse_assignments, with_changes
from core.store.status import run_status
from core.store.workspace import Run, Workspace


def act(workspace: Workspace, options: argparse.Namespace) -> int:
    """Race in this process; progress on stderr, one JSON object on stdout with --json."""
    from core.train.process import train_run

    run = _the_race(workspace, options)
    told = 0

    def progress(done: int, all_windows: int, words: str) -> None:
        nonlocal told
        tenth = 10 * done // max(all_windows, 1)
        if tenth > told:
            told = tenth
            print(f"{10 * tenth:>3} %  {words}", file=sys.stderr, flush=True)

    status = train_run(run.path, log_to_file=False, uploads=workspace.home, on_window=progress)
    show(run, options)
    if status == "failed":
        print(f"gradclinic: {run_status(run).reason}", file=sys.stderr)
    return 0 if status in ("done", "stopped") else 1


def _the_race(workspace: Workspace, options: argparse.Namespace) -> Run:
    """A new race, or one that was stopped and goes on.

    Raises:
        BadInput: when it can't be read, or is being held by another process.
    """
    changes = parse_assignments(options.set)
    if options.race.startswith("race-"):
        run = workspace.run(options.race)
        if (status := run_status(run)).active:
            raise BadInput(f"Race {run.id} is {status.word}; only one that has ended can be resumed.")
        if changes:
            raise BadInput("A race that goes on keeps its settings; leave --set out, or start a new race.")
        return run
    race = read(options.race)
    return workspace.create((changed(race, changes) if changes else race).document())


def show(run: Run, options: argparse.Namespace) -> int:
    """Print what a race came to."""
    found = document(read_race(run), run_status(run).word)
    print(json.dumps(finite(found)) if options.json else "\n".join(_lines(found)))
    return 0


def exported(run: Run, wanted: str, workspace: Workspace) -> tuple[bytes, str]:
    """A race as csv, json or script, with the ending of the file's name."""
    record = read_race(run)
    if wanted == "csv":
        return lanes_csv(record), ".csv"
    if wanted == "script":
        return race_script_zip(run, uploads=workspace.home), "-script.zip"
    return json.dumps(finite(document(record, run_status(run).word)), indent=2).encode(), ".json"


def read(given: str) -> Race:
    """A ready-made race by key, or a race file.

    Raises:
        BadInput: when it is neither, or can't be read.
    """
    path = Path(given)
    if path.suffix.lower() in (".yaml", ".yml", ".json") or path.is_file():
        try:
            if path.stat().st_size > 1_000_000:
                raise BadInput(f"{given} is {path.stat().st_size:,} bytes long; a race has a few thousand.")
            return from_text(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise BadInput(
                f"There is no race file {given}; give an existing one, or a key: {', '.join(RACES)}."
            ) from None
        except UnicodeDecodeError:
            raise BadInput(f"{given} is not a text file; a race is YAML or JSON in UTF-8.") from None
    try:
        return parse_race(RACES[given].document)
    except UnknownKey as error:
        raise BadInput(f"{error} A race file ends in .yaml or .json.") from None


def changed(race: Race, changes: dict[str, object]) -> Race:
    """`race` with settings of its own (seeds=5) or of its base recipe (train.epochs=3) replaced."""
    own = {name: value for name, value in changes.items() if "." not in name}
    base = with_changes(race.base, {name: value for name, value in changes.items() if "." in name})
    return parse_race({**replace(race, base=base).document(), **own})


def _lines(found: dict[str, Any]) -> list[str]:
    lines = [f"{found['race_id']}: {found['status']}"]
    for task in found["tasks"]:
        lines.append(f"\n{task['data']}: {task['score']}")
        for lane in task["lanes"]:
            finals = "  ".join(f"{value:.4f}" for value in lane["finals"])
            interval = f"  95 % [{lane['interval'][0]:.4f}, {lane['interval'][1]:.4f}]" if lane["interval"] else ""
            lines.append(f"  {lane['lane']:24} mean {lane['mean']:.4f}{interval}   {finals}")
        lines += [task["verdict"], *task["notes"]]
    for one in found["sensitivity"]:
        stable = "{:.3g} to {:.3g}".format(*one["stable_range"]) if one["stable_range"] else "none"
        lines.append(f"{one['lane']}: stable learning rates {stable}")
    return lines
