"""`gradclinic diagnose` end to end: every format, the words, the JSON document, the exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.diagnosis.catalogue import RULES
from core.store.workspace import Workspace
from gradclinic.cli import main
from tests.core.logs.logs_for_tests import curves, trainer_state, write_csv, write_events, write_jsonl
from tests.synthetic_run import SyntheticRun

Output = pytest.CaptureFixture[str]


def asked(output: Output, *arguments: str) -> dict[str, Any]:
    assert main(["diagnose", *arguments, "--json"]) == 0
    return json.loads(output.readouterr().out)


def test_a_diverging_trainer_state(tmp_path: Path, capsys: Output) -> None:
    path = tmp_path / "trainer_state.json"
    path.write_text(json.dumps(trainer_state(curves("diverging"))))
    told = asked(capsys, str(path))
    assert set(told) == {"source", "format", "understood", "cause", "findings", "judged", "not_judged"}
    assert (told["format"], told["cause"]) == ("huggingface", "GR005")
    assert told["findings"][0]["role"] == "cause"
    assert {*told["judged"], *(one["rule"] for one in told["not_judged"])} == set(RULES)
    assert {"rule": "dead-relu", "needs": ["units"]} in told["not_judged"]
    assert "loss-plateau" in {one["rule"] for one in told["not_judged"]}
    assert "loss-plateau" in asked(capsys, str(path), "--classes", "10")["judged"]


def test_an_overfitting_csv_in_words(tmp_path: Path, capsys: Output) -> None:
    path = write_csv(tmp_path / "metrics.csv", curves("overfitting"))
    assert main(["diagnose", str(path)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"{path} (csv)"
    assert told[1] == "Most likely cause: overfitting (GR014, warning)"
    assert told[2].startswith("  The validation loss was lowest at step ")
    assert told[-1].startswith(
        "Looked at: 60 rows of step, 60 rows of evaluation, 60 rows of gradients; could not judge: "
    )
    assert "loss-plateau (needs --classes N)" in told[-1]
    assert any(line.startswith("Note: Training loss at an evaluation") for line in told)


def test_nan_leads_to_gr004_and_valid_json(tmp_path: Path, capsys: Output) -> None:
    records = [{"step": i + 1, "loss": float(v)} for i, v in enumerate(curves("nan")["loss"])]
    told = asked(capsys, str(write_jsonl(tmp_path / "log.jsonl", records)))
    assert "GR004" in {one["id"] for one in told["findings"]}


def test_event_files_of_a_healthy_run(tmp_path: Path, capsys: Output) -> None:
    made = curves()
    write_events(tmp_path / "log", {"train/loss": made["loss"]}, made["step"])
    assert main(["diagnose", str(tmp_path / "log")]) == 0
    assert "No fault found in what was recorded." in capsys.readouterr().out


def test_a_run_by_its_id_and_by_its_folder(workspace: Workspace, capsys: Output) -> None:
    made = SyntheticRun(workspace, total_steps=6000)
    made.append(6000)
    made.finish()
    told = asked(capsys, "last")
    assert (told["format"], told["source"]) == ("run", made.run.id)
    assert "GR004" in {one["id"] for one in told["findings"]}
    assert asked(capsys, str(made.run.path))["findings"] == told["findings"]
    assert main(["show", "last", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [(one["id"], one["role"]) for one in shown["findings"]] == [
        (one["id"], one["role"]) for one in told["findings"]
    ]


def test_show_prints_what_the_trainer_left(workspace: Workspace, capsys: Output) -> None:
    made = SyntheticRun(workspace)
    made.append(50)
    left = {"cause": "GR099", "findings": [{"id": "GR099", "role": "cause"}], "considered": []}
    assert made.writer
    made.writer.execute("INSERT OR REPLACE INTO meta VALUES ('diagnosis', ?)", (json.dumps(left),))
    made.finish()
    assert main(["show", "last", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["findings"] == left["findings"]


def test_a_path_wins_over_a_run_id(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    SyntheticRun(workspace).append(20)
    write_csv(tmp_path / "last", curves())
    monkeypatch.chdir(tmp_path)
    assert asked(capsys, "last")["format"] == "csv"


@pytest.mark.parametrize(
    ("content", "arguments", "said"),
    [
        ("step,val_loss\n1,2\n", [], "no training loss"),
        ("", [], "is empty"),
        ("\x00\x01", [], "binary"),
        ("step,loss\n1,2\n", ["--classes", "1"], "2 or more"),
        ("step,loss\n1,2\n", ["--classes", "ten"], "invalid int"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    content: str, arguments: list[str], said: str, tmp_path: Path, capsys: Output
) -> None:
    path = tmp_path / "log.csv"
    path.write_text(content)
    assert leaves("diagnose", str(path), *arguments) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.err.count("\n") == 1
    assert not told.out


@pytest.mark.parametrize("given", ["nothing", "x" * 5000, "a\0b", "..", "", "no/such/file.csv"])
def test_neither_a_run_nor_a_file(given: str, capsys: Output, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty" / "in").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "empty" / "in")
    assert leaves("diagnose", given) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_run_that_was_never_started_and_classes_for_a_run(workspace: Workspace, capsys: Output) -> None:
    workspace.create({"name": "New"})
    assert leaves("diagnose", "last") == 2
    assert "recorded nothing yet" in capsys.readouterr().err
    assert leaves("show", "last", "--json") == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []
    SyntheticRun(workspace, name="other").append(20)
    assert leaves("diagnose", "other", "--classes", "3") == 2


def test_random_bytes_and_lines_never_raise(tmp_path: Path, capsys: Output) -> None:
    rng = np.random.default_rng(0)
    words = [
        "step",
        "loss",
        "val_loss",
        "lr",
        "epoch",
        "1",
        "nan",
        "-inf",
        "1e999",
        ",",
        ",",
        "\n",
        "\n",
        "{",
        "}",
        '"',
        "\t",
        "",
        "é",
    ]
    for trial in range(150):
        data = "".join(rng.choice(words, 60)).encode() if trial % 3 else rng.bytes(80)
        (tmp_path / "log").write_bytes(data)
        assert leaves("diagnose", str(tmp_path / "log"), "--classes", "4") in (0, 2)
    capsys.readouterr()


def leaves(*arguments: str) -> int:
    """The exit code of the command."""
    try:
        return main(arguments)
    except SystemExit as error:
        return int(error.code or 0)
