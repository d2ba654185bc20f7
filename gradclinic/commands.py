"""What each command of the command line does. Each takes (workspace, options) and returns an exit code."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from core.diagnosis.of_run import diagnosis_of
from core.errors import BadInput, UnknownKey
from core.export.finite import finite
from core.recipe.codec import from_text, parse_assignments, parse_recipe, to_document, with_changes
from core.recipe.parts import Recipe
from core.recipe.presets import PRESETS
from core.store.status import run_status
from core.store.summaries import summary
from core.store.workspace import Run, Workspace
from gradclinic import race


def train(workspace: Workspace, options: argparse.Namespace) -> int:
    """Train in this process; progress on stderr, one JSON object on stdout with --json."""
    recipe = read_recipe(options.recipe)
    changes = parse_assignments(options.set)
    if options.name:
        changes["name"] = options.name
    recipe = with_changes(recipe, changes) if changes else recipe
    return _train_here(workspace, workspace.create(to_document(recipe)), options)


def resume(workspace: Workspace, options: argparse.Namespace) -> int:
    """Go on with a run in this process."""
    run = workspace.find(options.run)
    if run.watched:
        raise BadInput(f"Run {run.id} was watched in a program of its own; run that program again.")
    if run.is_race:
        raise BadInput(f"{run.id} is a race; resume it with: gradclinic race {run.id}.")
    status = run_status(run)
    if status.active:
        raise BadInput(f"Run {run.id} is {status.word}; only one that has ended can be resumed.")
    return _train_here(workspace, run, options)


def _train_here(workspace: Workspace, run: Run, options: argparse.Namespace) -> int:
    from core.train.events import Evaluated
    from core.train.process import train_run

    def progress(result: Evaluated, total: int) -> None:
        shown = "  ".join(f"{name} {value:.4g}" for name, value in result.metrics.items() if name.startswith("val_"))
        print(f"step {result.step:>7,}/{total:,}  {shown}", file=sys.stderr, flush=True)

    status = train_run(run.path, log_to_file=False, uploads=workspace.home, on_evaluated=progress)
    found = summary(run).document() | {"findings": diagnosis_of(run)["findings"]}
    if options.json:
        print(json.dumps(finite(found)))
    else:
        print(_sentence(found))
    if status == "failed":
        print(f"gradclinic: {found['reason']}", file=sys.stderr)
    return 0 if status in ("done", "stopped") else 1


def read_recipe(given: str) -> Recipe:
    """A preset by key, or a recipe file.

    Raises:
        BadInput: when it is neither, or can't be read.
    """
    path = Path(given)
    if path.suffix.lower() in (".yaml", ".yml", ".json") or path.is_file():
        try:
            if path.stat().st_size > 1_000_000:
                raise BadInput(f"{given} is {path.stat().st_size:,} bytes long; a recipe has a few thousand.")
            return from_text(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise BadInput(f"There is no recipe file {given}; give an existing one, or a preset key.") from None
        except UnicodeDecodeError:
            raise BadInput(f"{given} is not a text file; a recipe is YAML or JSON in UTF-8.") from None
    try:
        return parse_recipe(PRESETS[given].document)
    except UnknownKey as error:
        raise BadInput(
            f"{error} A recipe file ends in .yaml or .json; `gradclinic presets` lists the presets."
        ) from None


def presets(workspace: Workspace, options: argparse.Namespace) -> int:
    """List the presets."""
    rows = [{"key": p.key, "label": p.label, "good": p.good, "summary": p.summary} for p in PRESETS.values()]
    _print(rows, options, lambda row: f"{row['key']:28} {'' if row['good'] else '[bad on purpose] '}{row['summary']}")
    return 0


def runs(workspace: Workspace, options: argparse.Namespace) -> int:
    """List the runs, newest first."""
    rows = [summary(run).document() for run in workspace.runs()]
    _print(rows, options, lambda row: f"{row['run_id']:48} {row['status']:8} {row['steps']:>9,} steps  {row['name']}")
    if not rows and not options.json:
        print("No runs yet. Start one: gradclinic train digits-mlp")
    return 0


def races(workspace: Workspace, options: argparse.Namespace) -> int:
    """List the races, newest first."""
    rows = [
        {"race_id": run.id, "status": run_status(run).word, "name": run.control.labels().get("name", run.id)}
        for run in workspace.races()
    ]
    _print(rows, options, lambda row: f"{row['race_id']:54} {row['status']:8} {row['name']}")
    if not rows and not options.json:
        print("No races yet. Hold one: gradclinic race sgd-against-adam")
    return 0


def show(workspace: Workspace, options: argparse.Namespace) -> int:
    """Show one run: summary and recipe; or what a race came to."""
    run = workspace.find(options.run)
    if run.is_race:
        return race.show(run, options)
    found = summary(run).document() | {"findings": diagnosis_of(run)["findings"]}
    if options.json:
        print(json.dumps(finite({**found, "recipe": run.document(), "origin": run.origin()})))
    else:
        print(_sentence(found))
        print(json.dumps(run.document(), indent=2))
    return 0


def export(workspace: Workspace, options: argparse.Namespace) -> int:
    """Write a run in another format; prints the file's path."""
    from core.export.records import rows_csv, rows_json

    run = workspace.find(options.run)
    if options.format == "html":
        from app.live.report import standalone_html

        content, ending = standalone_html([run.id], workspace), ".html"
    elif run.is_race:
        content, ending = race.exported(run, options.format, workspace)
    elif options.format == "script":
        from core.export.script import script_zip

        content, ending = script_zip(run, uploads=workspace.home), "-script.zip"
    else:
        content, ending = (rows_csv if options.format == "csv" else rows_json)(run), f".{options.format}"
    path = options.out or Path(f"{run.id}{ending}")
    path.write_bytes(content)
    print(json.dumps({"run_id": run.id, "format": options.format, "path": str(path)}) if options.json else path)
    return 0


def catalogue(workspace: Workspace, options: argparse.Namespace) -> int:
    """Every family with its keys."""
    from core.families import FAMILIES

    families = {family: list(entries) for family, entries in FAMILIES.items()}
    if options.json:
        print(json.dumps(families))
    else:
        for family, keys in families.items():
            print(f"{family}: {', '.join(keys)}")
    return 0


def _print(rows: list[dict[str, Any]], options: argparse.Namespace, line: Any) -> None:
    if options.json:
        print(json.dumps(finite(rows)))
    else:
        for row in rows:
            print(line(row))


def _sentence(summary: dict[str, Any]) -> str:
    shown = ", ".join(f"{name} {value}" for name, value in summary["metrics"].items() if value is not None)
    return f"{summary['run_id']}: {summary['status']} after {summary['steps']:,} steps in {summary['seconds']:.1f} s. {shown}"
