"""The command line: train, list, show, diagnose and export runs without a browser, or open the app."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from gradclinic.tree import on_path

ROOT = on_path()

from core.errors import ClinicError  # noqa: E402
from core.explain.baselines import BACKGROUND_ROWS  # noqa: E402
from core.store.workspace import HOME_VARIABLE, Workspace  # noqa: E402
from gradclinic import claims, classroom, commands, diagnose, explain, race  # noqa: E402
from gradclinic.server import serve  # noqa: E402

DONE, RUN_FAILED, BAD_INPUT = 0, 1, 2


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence and leaves with exit code 2."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(BAD_INPUT, f"gradclinic: {message}. `gradclinic --help` lists what can be given.\n")


def build_parser() -> argparse.ArgumentParser:
    """The argument parser with every command."""
    parser = _Parser(prog="gradclinic", description="See why a network trains, or doesn't.")
    parser.add_argument("--home", type=Path, help=f"workspace folder (default: ${HOME_VARIABLE} or ~/.gradclinic)")
    common = _Parser(add_help=False)
    common.add_argument("--home", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    common.add_argument("--json", action="store_true", help="print one JSON document")
    add = parser.add_subparsers(dest="command", required=True, parser_class=_Parser, metavar="COMMAND").add_parser

    train = add("train", parents=[common], help="train a preset or a recipe file")
    train.add_argument("recipe", help="a preset key (see `gradclinic presets`) or a .yaml/.json recipe file")
    train.add_argument("--set", action="append", default=[], metavar="SECTION.NAME=VALUE", help="change one setting")
    train.add_argument("--name", help="name of the run")
    train.set_defaults(act=commands.train)

    resume = add("resume", parents=[common], help="go on with a run from its newest checkpoint")
    resume.add_argument("run")
    resume.set_defaults(act=commands.resume)

    hold = add("race", parents=[common], help="hold a race: several lanes, the same seeds, a verdict")
    hold.add_argument(
        "race", metavar="FILE|PRESET", help="a .yaml/.json race file, a ready-made race, or one to go on with"
    )
    hold.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="seeds=5, or train.epochs=3")
    hold.set_defaults(act=race.act)

    add("presets", parents=[common], help="list the presets").set_defaults(act=commands.presets)
    add("runs", parents=[common], help="list the runs").set_defaults(act=commands.runs)
    add("races", parents=[common], help="list the races").set_defaults(act=commands.races)
    show = add("show", parents=[common], help="show one run")
    show.add_argument("run", help="a run id, the start or end of one, or `last`")
    show.set_defaults(act=commands.show)
    judge = add("diagnose", parents=[common], help="say what is the matter with a run, or with the log of another tool")
    judge.add_argument("given", metavar="RUN|FILE", help="a run, or a TensorBoard, Hugging Face, CSV or JSONL log")
    judge.add_argument("--classes", type=int, metavar="N", help="classes of the log's cross-entropy loss")
    judge.set_defaults(act=diagnose.act)
    reveal = add("explain", parents=[common], help="say what a run's predictions rest on, and which methods may say so")
    reveal.add_argument("run", help="a run id, the start or end of one, or `last`")
    reveal.add_argument("--method", default="integrated_gradients", help="a key (see --methods)")
    reveal.add_argument("--methods", action="store_true", help="say of every method whether it is sound on this model")
    reveal.add_argument("--over-training", action="store_true", help="what was recorded while it trained, or its lanes")
    reveal.add_argument("--samples", type=int, default=20, metavar="N", help="explain the first N validation rows")
    reveal.add_argument("--step", type=int, help="which checkpoint (default: the newest)")
    reveal.add_argument("--target", default="predicted", help="predicted, true, or the number of an output")
    reveal.add_argument("--layer", default="", help="for methods that read a layer")
    reveal.add_argument("--baseline", default="", help="what to compare with: mean, zeros, blank or padding")
    reveal.add_argument(
        "--background", type=int, default=BACKGROUND_ROWS, metavar="N", help="rows, or centres, to compare with"
    )
    reveal.add_argument(
        "--background-kind", default="rows", help="rows, or kmeans: weighted centres of clusters (tables)"
    )
    reveal.add_argument(
        "--checks",
        metavar="LIST",
        help="of completeness,faithfulness,dependence,stability (default: all but the last), or none",
    )
    reveal.add_argument(
        "--model", metavar="MODULE:NAME", help="of a watched run: its module, or a function that returns it"
    )
    reveal.add_argument(
        "--weights", type=Path, metavar="FILE", help="of that model: a state dict that torch.save wrote"
    )
    reveal.add_argument(
        "--data", type=Path, metavar="FILE", help="for that model: an .npz with x (and y, x_train), or a .csv"
    )
    reveal.add_argument("--seed", type=int, default=0, help="of every random draw")
    reveal.add_argument(
        "--concept",
        action="append",
        default=[],
        metavar="KIND:NAME",
        help="for tcav: pattern:checker, class:3, feature:NAME, word:NAME",
    )
    reveal.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the method")
    reveal.set_defaults(act=explain.act)
    export = add("export", parents=[common], help="write a run as CSV, JSON, HTML or a plain-PyTorch script")
    export.add_argument("run", help="a run id, the start or end of one, or `last`")
    export.add_argument("--format", choices=("csv", "json", "html", "script"), default="csv")
    export.add_argument("--out", type=Path, help="file to write (default: RUN.csv, .json, .html or -script.zip)")
    export.set_defaults(act=commands.export)
    check = add("claims", parents=[common], help="put the field's folklore to the test: held, or not?")
    check.add_argument("claim", nargs="*", metavar="KEY", help="which ones (see --list; default: all)")
    check.add_argument("--list", action="store_true", help="list the claims, run nothing")
    check.add_argument("--seeds", type=int, metavar="N", help="paired seeds (default: each claim's own number)")
    check.add_argument("--out", type=Path, metavar="FILE", help="write the JSON there; other claims in the file stay")
    check.set_defaults(act=claims.act)
    add("catalogue", parents=[common], help="list all that can be chosen").set_defaults(act=commands.catalogue)
    app = add("app", parents=[common], help="open the app in the browser")
    app.add_argument("--port", type=int, default=8501)
    app.set_defaults(act=open_app)
    group = add("class", parents=[common], help="hold a class: one teacher, many browsers, this machine")
    group.add_argument(
        "--address", default="127.0.0.1", help="of this machine, for the students (default: this machine alone)"
    )
    group.add_argument("--port", type=int, default=8501)
    group.add_argument(
        "--host", action="append", default=[], metavar="NAME", help="a further name that students use for it"
    )
    group.add_argument(
        "--url",
        metavar="URL",
        help="where a proxy offers it, such as https://class.example.org/lab: links begin with it",
    )
    group.add_argument("--new", action="store_true", help="a new class, though the last one has not ended")
    group.set_defaults(act=classroom.act)
    told = add("class-report", parents=[common], help="write what happened in a class as one web page with a replay")
    told.add_argument("folder", nargs="?", default="last", help="of a class, or its name (default: the last one)")
    told.add_argument("--out", type=Path, metavar="FILE", help="file to write (default: class-NAME.html)")
    told.set_defaults(act=classroom.write_report)
    return parser


def open_app(workspace: Workspace, options: argparse.Namespace) -> int:
    """Run the Streamlit server in the foreground."""
    environment = {**os.environ, HOME_VARIABLE: str(workspace.home), "PYTHONPATH": str(ROOT)}
    return serve(["--server.port", str(options.port)], environment)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns 0 done, 1 the run failed, 2 bad input (one sentence on stderr)."""
    options = build_parser().parse_args(arguments)
    try:
        return int(options.act(Workspace(options.home), options))
    except ClinicError as error:
        print(f"gradclinic: {error}", file=sys.stderr)
        return BAD_INPUT
    except OSError as error:
        print(f"gradclinic: {error.strerror or error}: {error.filename or ''}", file=sys.stderr)
        return BAD_INPUT


if __name__ == "__main__":
    sys.exit(main())
