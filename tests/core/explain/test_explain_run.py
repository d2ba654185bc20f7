"""A real run explained from its checkpoints, and the command; the training that goes on is not touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.errors import BadInput
from core.explain.base import Question
from core.explain.baselines import Background
from core.explain.explain import answer, explain, top_features
from core.explain.prepare import open_run
from core.recipe.base import Params
from core.recipe.codec import parse_recipe, to_document
from core.store.workspace import Run, Workspace
from core.train.process import train_run
from core.train.seeds import take_streams
from gradclinic.cli import main
from tests.core.train.runs_for_tests import create


def trained(home: Path, document: dict[str, Any] | None = None) -> Run:
    workspace = Workspace(home)
    if document is None:
        run = create(workspace, train={"epochs": 1})
    else:
        run = workspace.create(to_document(parse_recipe({"train": {"epochs": 1}, **document})))
    assert train_run(run.path, log_to_file=False) == "done"
    return run


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A digits MLP with batch norm and dropout, trained for an epoch."""
    return trained(tmp_path_factory.mktemp("home"))


def test_the_model_of_a_checkpoint_is_rebuilt_without_a_trace(digits: Run) -> None:
    known = [checkpoint.step for checkpoint in digits.checkpoints.list()]
    torch.manual_seed(4)
    before = take_streams()
    opened = open_run(digits)
    after = take_streams()
    assert torch.equal(before[0], after[0])
    assert np.array_equal(before[2][1], after[2][1])
    assert opened.step == max(known)
    reader = digits.reader()
    assert reader is not None
    measured = [event for event in reader.events() if event.kind == "finished"]
    reader.close()
    assert measured
    accuracy = (opened.subject.predict(opened.data.x_val).argmax(axis=1) == opened.data.y_val).mean()
    state = torch.load(digits.checkpoints.path(opened.step), weights_only=True)
    assert accuracy == pytest.approx(state["progress"]["metrics"]["val_accuracy"], abs=1e-6)
    assert open_run(digits, min(known)).weights != opened.weights
    with pytest.raises(BadInput, match="no checkpoint at step 12345; it has"):
        open_run(digits, 12345)


def test_questions_are_answered_or_refused_in_a_sentence(digits: Run) -> None:
    opened = open_run(digits)
    question = Question(method="integrated_gradients", rows=tuple(range(6)))
    found = answer(opened, question)
    assert found.values.shape == (6, 1, 8, 8)
    assert found.overall_gap is not None
    assert found.overall_gap < 0.02
    assert found.notes[0] == "Compared with a blank image: every pixel 0 before scaling."
    top = top_features(opened, opened.data.x_val[:6], found)
    assert len(top) == 10
    assert top[0]["name"].startswith("row ")
    as_true = answer(opened, Question(method="saliency", rows=(0, 1), target="true"))
    assert as_true.target.tolist() == opened.data.y_val[:2].tolist()
    few = Background(opened.data.x_train[:4], "four rows")
    compared = answer(opened, Question(method="deep_lift_shap", rows=(0,)), compared_with=few)
    assert compared.notes[0] == "Compared with four rows."
    for wrong, said in [
        (Question(method="shap_exact", rows=(0,)), "up to 14 inputs"),
        (Question(method="saliency", rows=(9999,)), "row numbers from 0 to"),
        (Question(method="saliency", rows=(0,), target=10), "no output 10"),
        (Question(method="saliency", rows=(0,), part="test"), "no part 'test'"),
        (Question(method="integrated_gradients", rows=(0,), params=Params({"steps": 1})), "of at least 10"),
    ]:
        with pytest.raises(BadInput, match=said):
            answer(opened, wrong)


@pytest.mark.parametrize(
    ("data", "model", "named"),
    [
        ({"key": "tweets", "limit": 200}, {"key": "lstm", "hidden": 8}, None),
        ({"key": "japanese_vowels", "limit": 200}, {"key": "gru", "hidden": 8}, "channel"),
        ({"key": "friedman", "limit": 200}, {"key": "mlp", "depth": 1, "width": 8}, "x"),
    ],
)
def test_texts_series_and_regressions(data: dict, model: dict, named: str | None, tmp_path: Path) -> None:
    loss = {"loss": {"key": "mse"}} if data["key"] == "friedman" else {}
    run = trained(tmp_path, {"data": data, "model": model, **loss})
    question = Question(method="integrated_gradients", rows=tuple(range(5)))
    opened = open_run(run)
    found = answer(opened, question)
    assert found.values.shape == (5, *opened.data.input_shape)
    assert found.overall_gap is not None
    assert found.overall_gap < 0.02
    top = top_features(opened, opened.data.x_val[:5], found)
    assert all(one["name"].startswith(named) if named else one["name"] in opened.data.vocabulary for one in top)


@pytest.mark.slow
def test_the_command_prints_one_document(digits: Run, capsys: pytest.CaptureFixture[str]) -> None:
    home = str(digits.path.parents[1])
    assert main(["--home", home, "explain", "last", "--samples", "4", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"run_id", "method", "gap", "trust", "seconds", "top_features", "step", "notes"} <= set(found)
    assert set(found["trust"]) == {"light", "sentence", "checks"}
    assert [check["key"] for check in found["trust"]["checks"]] == ["completeness", "faithfulness", "dependence"]
    assert (found["method"], found["samples"]) == ("integrated_gradients", 4)
    assert main(["--home", home, "explain", "last", "--method", "saliency", "--samples", "2"]) == 0
    assert "no sum is promised" in capsys.readouterr().out
    assert (
        main(["--home", home, "explain", "last", "--samples", "2", "--checks", "completeness, stability", "--json"])
        == 0
    )
    checked = json.loads(capsys.readouterr().out)["trust"]["checks"]
    assert [check["key"] for check in checked] == ["completeness", "stability"]
    assert main(["--home", home, "explain", "last", "--checks", "stabilty"]) == 2
    assert "did you mean 'stability'" in capsys.readouterr().err
    assert main(["--home", home, "explain", "last", "--background-kind", "kmeans"]) == 2
    assert "are for tabular data; choose rows" in capsys.readouterr().err
    assert main(["--home", home, "explain", "last", "--data", "rows.npz"]) == 2
    assert "--model package.module:name" in capsys.readouterr().err
    assert main(["--home", home, "explain", "last", "--method", "dep_lift"]) == 2
    assert "did you mean 'deep_lift'" in capsys.readouterr().err
    assert main(["--home", home, "explain", "last", "--set", "steps"]) == 2
    assert "NAME=VALUE" in capsys.readouterr().err
    assert main(["--home", home, "explain", "last", "--methods", "--json"]) == 0
    verdicts = {row["method"]: row for row in json.loads(capsys.readouterr().out)}
    assert verdicts["integrated_gradients"]["sound"]
    assert "convolution" in verdicts["layer_grad_cam"]["reason"]


def test_a_withheld_explanation_is_not_printed_but_its_reason(digits: Run, capsys: pytest.CaptureFixture[str]) -> None:
    asked = [
        "--home",
        str(digits.path.parents[1]),
        "explain",
        "last",
        "--method",
        "gradient_shap",
        "--set",
        "samples=5",
    ]
    asked += ["--samples", "3", "--checks", "completeness"]
    assert main(asked) == 0
    said = capsys.readouterr().out
    assert "Withheld: Not shown, because it would mislead." in said
    assert "drew too few samples" in said
    assert "row " not in said.replace("rows", "")
    assert main([*asked, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["trust"]["light"] == "withheld"
    assert found["top_features"] == []
    assert found["gap"] > 0.1


def test_explain_takes_a_folder(digits: Run) -> None:
    step = digits.checkpoints.list()[0].step
    found = explain(digits.path, Question(method="saliency", rows=(0,)), step=step)
    assert found.values.shape == (1, 1, 8, 8)


def test_a_run_that_diverged_says_which_checkpoints_are_left(tmp_path: Path) -> None:
    run = trained(tmp_path, {"data": {"key": "iris"}, "model": {"key": "mlp", "depth": 1, "width": 8}})
    steps = [checkpoint.step for checkpoint in run.checkpoints.list()]
    path = run.checkpoints.path(max(steps))
    saved = torch.load(path, weights_only=True)
    next(value for name, value in saved["model"].items() if name.endswith("weight")).fill_(float("nan"))
    torch.save(saved, path)
    with pytest.raises(
        BadInput, match=rf"not finite numbers \(first in .*weight\).*explain an earlier checkpoint \({min(steps)}"
    ):
        open_run(run)
    assert open_run(run, min(steps)).step == min(steps)
