"""The command line as a user meets it: one JSON object, sentences instead of tracebacks, exit codes 0, 1 and 2."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from gradclinic.cli import main

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Told:
    """What a command said and how it ended."""

    returncode: int
    stdout: str
    stderr: str


def gradclinic(home: Path, *arguments: str) -> Told:
    """The command, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(["--home", str(home), *arguments])
        except SystemExit as left:
            code = int(left.code or 0)
    return Told(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    """A run that the command trained in a process of its own."""
    home = tmp_path_factory.mktemp("home")
    command = [sys.executable, "-m", "gradclinic", "--home", str(home), "train", "digits-mlp", "--json"]
    command += ["--set", "train.epochs=15"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return home, json.loads(done.stdout)


def test_train_prints_one_json_object_and_learns(trained: tuple[Path, dict[str, object]]) -> None:
    _, result = trained
    keys = {"run_id", "status", "steps", "seconds", "device", "metrics", "overhead_share", "findings"}
    assert keys <= set(result)
    assert result["status"] == "done"
    assert result["metrics"]["val_accuracy"] >= 0.96  # type: ignore[index]


def test_runs_show_and_exports(trained: tuple[Path, dict[str, object]], tmp_path: Path) -> None:
    home, result = trained
    listed = json.loads(gradclinic(home, "runs", "--json").stdout)
    assert [row["run_id"] for row in listed] == [result["run_id"]]
    shown = json.loads(gradclinic(home, "show", "last", "--json").stdout)
    assert shown["recipe"]["data"]["key"] == "digits"
    assert shown["findings"] == result["findings"]
    assert not [one for one in shown["findings"] if one["severity"] != "info"]
    for kind in ("csv", "json", "html", "script"):
        path = tmp_path / f"out.{kind}"
        done = gradclinic(home, "export", "last", "--format", kind, "--out", str(path))
        assert done.returncode == 0, done.stderr
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert lines[0] == "stream,attempt,step,epoch,seconds,series,value"
    assert sum(line.startswith("step,1,") and ",loss," in line for line in lines) == result["steps"]
    streams = json.loads((tmp_path / "out.json").read_text())["streams"]
    assert len(streams["step"]["series"]["loss"]) == result["steps"]
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert "Plotly" in page
    assert 'src="http' not in page
    assert set(zipfile.ZipFile(tmp_path / "out.script").namelist()) >= {"train.py", "data.npz", "recipe.yaml"}


def test_a_recipe_file_with_changes(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("name: Mine\ndata: {key: iris}\nmodel: {key: mlp, depth: 1}\ntrain: {epochs: 50}\n")
    done = gradclinic(
        tmp_path / "home", "train", str(recipe), "--set", "train.epochs=2", "--set", "optim.lr=0.1", "--json"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["name"] == "Mine"
    shown = json.loads(gradclinic(tmp_path / "home", "show", "last", "--json").stdout)
    assert (shown["recipe"]["train"]["epochs"], shown["recipe"]["optim"]["lr"]) == (2, 0.1)


def test_a_run_that_diverges_exits_with_1_and_says_why(tmp_path: Path) -> None:
    done = gradclinic(
        tmp_path,
        "train",
        "digits-mlp",
        "--set",
        "optim.key=sgd",
        "--set",
        "optim.lr=1e6",
        "--set",
        "train.epochs=40",
        "--json",
    )
    result = json.loads(done.stdout)
    assert result["status"] == "failed"
    assert done.returncode == 1
    assert "not a finite number" in done.stderr
    assert result["metrics"]["val_loss"] is None
    assert result["findings"][0]["role"] == "cause"
    assert "GR004" in {one["id"] for one in result["findings"]}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "digits-mpl"], "did you mean 'digits-mlp'"),
        (["train", "missing.yaml"], "no recipe file"),
        (["train", "digits-mlp", "--set", "optim.lr"], "section.name=value"),
        (["train", "digits-mlp", "--set", "optim.lrr=1", "--set", "model.depth=0"], "2 faults"),
        (["show", "nothing"], "no run 'nothing'"),
        (["export", "nothing"], "no run 'nothing'"),
        (["resume", "last"], "no run 'last'"),
        (["dance"], "invalid choice"),
        ([], "required"),
        (["train", "digits-mlp", "--set", "train.device=cuda"], "device"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(arguments: list[str], said: str, tmp_path: Path) -> None:
    done = gradclinic(tmp_path, *arguments)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == (1 if "train.device=cuda" in arguments else 2)


def test_a_fault_leaves_the_process_with_its_code_and_no_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gradclinic", "--home", str(tmp_path), "show", "nothing"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("gradclinic: ")
    assert len(done.stderr.splitlines()) == 1


def test_catalogue_lists_every_family(tmp_path: Path) -> None:
    families = json.loads(gradclinic(tmp_path, "catalogue", "--json").stdout)
    assert {
        "optimizers",
        "schedules",
        "architectures",
        "initialisations",
        "activations",
        "losses",
        "datasets",
        "presets",
        "rules",
    } <= set(families)
    assert all(families.values())
    presets = json.loads(gradclinic(tmp_path, "presets", "--json").stdout)
    assert sum(row["good"] for row in presets) >= 6
    assert sum(not row["good"] for row in presets) >= 6
