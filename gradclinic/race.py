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
from core.race.outcome import document
from core.race.presets import RACES
from core.race.recipe import Race, from_text, parse_race
from core.race.record import read_race
from core.recipe.codec import parse_assignments, with_changes
from core.store.status import run_status
from core.store.workspace import Workspace


def act(workspace: Workspace, options: argparse.Namespace) -> int:
    """Race in this process; progress on stderr, one JSON object on stdout with --json."""
    from core.train.process import train_run

    race = read(options.race)
    if changes := parse_assignments(options.set):
        race = changed(race, changes)
    run = workspace.create(race.document())

    told = 0

    def progress(done: int, all_windows: int, words: str) -> None:
        nonlocal told
        tenth = 10 * done // max(all_windows, 1)
        if tenth > told:
            told = tenth
            print(f"{10 * tenth:>3} %  {words}", file=sys.stderr, flush=True)

    status = train_run(run.path, log_to_file=False, uploads=workspace.home, on_window=progress)
    found = document(read_race(run), run_status(run).word)
    if options.json:
        print(json.dumps(finite(found)))
    else:
        print("\n".join(_lines(found)))
    if status == "failed":
        print(f"gradclinic: {run_status(run).reason}", file=sys.stderr)
    return 0 if status in ("done", "stopped") else 1


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
