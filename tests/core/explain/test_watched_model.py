"""A model of somebody's own, from a module, a weights file and rows, behind a watched run or alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from core.errors import BadInput
from core.explain.base import Question
from core.explain.explain import explanation
from core.explain.given_rows import GivenRows, read_rows
from core.explain.prepare import open_run
from core.explain.watched import UNKNOWN_STEP, load_model, open_model
from core.store.workspace import Run, Workspace
from gradclinic.cli import main

SOURCE = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.first, self.act, self.last = nn.Linear(4, width), nn.ReLU(inplace=True), nn.Linear(width, 3)

    def forward(self, x):
        return self.last(self.act(self.first(x)))

def make():
    torch.manual_seed(0)
    return Net()

def needs(width):
    return Net(width)

ready = make()
number = 3
"""
NAME = "own_module_of_a_user"


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder with a module in it, which is where the user stands."""
    (tmp_path / f"{NAME}.py").write_text(SOURCE)
    (tmp_path / "broken_module_of_a_user.py").write_text("raise ValueError('half done')")
    monkeypatch.chdir(tmp_path)
    yield
    assert str(tmp_path) not in sys.path
    sys.modules.pop(NAME, None)


def net() -> nn.Module:
    return load_model(f"{NAME}:make")


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)


@pytest.fixture
def files(tmp_path: Path, x: np.ndarray) -> tuple[Path, Path]:
    """(rows, weights) as a user would write them; the weights are not those of the factory."""
    torch.manual_seed(7)
    other = load_model(f"{NAME}:make")
    for parameter in other.parameters():
        nn.init.normal_(parameter, std=0.7)
    torch.save({"state_dict": other.state_dict(), "epoch": 3}, tmp_path / "weights.pt")
    names = np.array(["age", "size", "speed", "price"])
    np.savez(tmp_path / "rows.npz", x=x[:10], y=np.arange(10) % 3, x_train=x[10:], feature_names=names)
    return tmp_path / "rows.npz", tmp_path / "weights.pt"


def watched(home: Path, model: nn.Module) -> Run:
    from gradclinic import watch

    doctor = watch(model, torch.optim.SGD(model.parameters(), lr=0.1), name="mine", out=home)
    doctor.close()
    return Workspace(home).find("last")


def test_a_model_is_explained_with_its_weights_and_rows(files: tuple[Path, Path]) -> None:
    opened = open_model(f"{NAME}:make", files[0], weights=files[1])
    assert (opened.step, opened.data.kind, opened.data.task, opened.data.outputs) == (
        UNKNOWN_STEP,
        "tabular",
        "classification",
        3,
    )
    model = net()
    model.load_state_dict(torch.load(files[1], weights_only=True)["state_dict"])
    with torch.no_grad():
        assert opened.subject.predict(opened.data.x_val) == pytest.approx(
            model(torch.from_numpy(opened.data.x_val)).numpy(), abs=1e-6
        )
    for method in ("shapley", "integrated_gradients", "shap_deep"):
        found = explanation(opened, Question(method=method, rows=(0, 1, 2), target="true"), ("completeness",))
        assert found.trust.light == "green"
        assert found.attribution.target.tolist() == [0, 1, 2]
    assert not any("No weights file" in note for note in opened.subject.notes)
    assert opened.weights != open_model(f"{NAME}:make", files[0]).weights


def test_a_module_itself_is_not_touched_and_what_was_not_given_is_told(x: np.ndarray) -> None:
    own = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(inplace=True), nn.Linear(8, 1)).double().train()
    opened = open_model(own, GivenRows(x))
    assert own.training
    assert next(own.parameters()).dtype == torch.float64
    assert opened.data.task == "regression"
    assert any("no x_train" in note for note in opened.subject.notes)
    assert any("imported with" in note for note in open_model(f"{NAME}:ready", GivenRows(x)).subject.notes)
    with pytest.raises(BadInput, match="true class of these rows is not known"):
        explanation(open_model(net(), GivenRows(x)), Question(method="saliency", rows=(0,), target="true"))
    assert len(explanation(opened, Question(method="shapley", rows=(0,))).attribution.values) == 1


@pytest.mark.parametrize(("shape", "kind"), [((6, 8, 2), "sequence"), ((6, 1, 5, 5), "image"), ((6, 7), "text")])
def test_series_images_and_texts_are_told_by_their_shape(shape: tuple[int, ...], kind: str) -> None:
    random = np.random.default_rng(0)
    if kind == "text":
        x = random.integers(1, 9, shape)
        model = nn.Sequential(nn.Embedding(9, 4), nn.Flatten(), nn.Linear(28, 2))
    else:
        x = random.normal(size=shape)
        model = nn.Sequential(nn.Flatten(), nn.Linear(int(np.prod(shape[1:])), 2))
    opened = open_model(model, GivenRows(x))
    assert opened.data.kind == kind
    method = "layer_integrated_gradients" if kind == "text" else "integrated_gradients"
    found = explanation(opened, Question(method=method, rows=(0, 1)), ("completeness",))
    assert found.attribution.values.shape == (2, *shape[1:])
    assert found.trust.light == "green"


def test_what_can_not_be_had_is_a_sentence(files: tuple[Path, Path], x: np.ndarray, tmp_path: Path) -> None:
    torch.save(nn.Linear(4, 3).state_dict(), tmp_path / "other.pt")
    torch.save([1, 2], tmp_path / "list.pt")
    torch.save(net(), tmp_path / "whole.pt")  # pickled code, which is not run
    (tmp_path / "text.pt").write_text("hello")
    rows, weights = GivenRows(x), None
    for given, data, weights, said in [
        ("nothing", rows, None, "is not package.module:name"),
        ("no_such_module_here:make", rows, None, r"can't be imported \(ModuleNotFoundError.*go to the folder"),
        ("broken_module_of_a_user:make", rows, None, "half done"),
        (f"{NAME}:mkae", rows, None, "did you mean 'make'"),
        (f"{NAME}:number", rows, None, "gives a int, not a torch.nn.Module"),
        (f"{NAME}:needs", rows, None, "can't be called without arguments"),
        (f"{NAME}:make", GivenRows(x[:, :3]), None, r"can't read rows of shape \(3,\)"),
        (f"{NAME}:make", GivenRows(np.zeros((2, 2, 2, 2, 2))), None, "give tables"),
        (f"{NAME}:make", GivenRows(x, np.full(40, 3)), None, "outputs 0 to 2"),
        (f"{NAME}:make", rows, tmp_path / "other.pt", r"it lacks first.weight.* more; give the weights of this model"),
        (f"{NAME}:make", rows, tmp_path / "list.pt", "holds no state dict"),
        (f"{NAME}:make", rows, tmp_path / "whole.pt", "can't be read as weights alone"),
        (f"{NAME}:make", rows, tmp_path / "text.pt", "can't be read as weights alone"),
        (f"{NAME}:make", rows, tmp_path / "none.pt", "There is no file"),
    ]:
        with pytest.raises(BadInput, match=said):
            open_model(given, data, weights=weights)
    broken = net()
    with torch.no_grad():
        broken.last.bias[0] = float("nan")
    with pytest.raises(BadInput, match=r"first in last\.bias"):
        open_model(broken, rows)
    with pytest.raises(BadInput, match="3 numbers can't be explained at once"):
        open_model(net(), rows, task="regression")


def test_rows_are_read_from_csv_and_never_unpickled(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a,y,b\n1,0,2.5\n3,1,4\n")
    found = read_rows(tmp_path / "rows.csv")
    assert found.x.tolist() == [[1, 2.5], [3, 4]]
    assert found.y is not None
    assert found.y.tolist() == [0, 1]
    assert found.feature_names == ("a", "b")
    np.savez(tmp_path / "objects.npz", x=np.array([{}], dtype=object))
    np.savez(tmp_path / "other.npz", z=np.zeros(3))
    np.savez(tmp_path / "gaps.npz", x=np.array([[np.nan, 1]]))
    np.savez(tmp_path / "short.npz", x=np.zeros((3, 2)), y=np.zeros(2))
    np.savez(tmp_path / "apart.npz", x=np.zeros((3, 2)), x_train=np.zeros((3, 4)))
    (tmp_path / "words.csv").write_text("a,b\n1,red\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "no.npz").write_text("no")
    for name, said in [
        ("objects.npz", "allow_pickle"), ("other.npz", "has z but no x"), ("gaps.npz", "must be finite numbers"),
        ("short.npz", "give one for each row"), ("apart.npz", "must have one shape"), ("words.csv", "could not convert"),
        ("empty.csv", "can't be read as numbers"), ("no.npz", "can't be read"), ("rows.txt", "neither .npz nor .csv"),
        ("none.csv", "There is no file"),
    ]:  # fmt: skip
        with pytest.raises(BadInput, match=said):
            read_rows(tmp_path / name)


def test_the_command_explains_a_watched_run(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    run = watched(home, net())
    with pytest.raises(BadInput, match=r"--model package\.module:name --data rows\.npz"):
        open_run(run)
    asked = ["--home", str(home), "explain", "last", "--model", f"{NAME}:make", "--data", str(files[0])]
    assert main([*asked, "--weights", str(files[1]), "--method", "shapley", "--samples", "5", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["run_id"], found["step"], found["samples"]) == (run.id, None, 5)
    assert {one["name"] for one in found["top_features"]} == {"age", "size", "speed", "price"}
    assert found["gap"] < 1e-6
    assert main([*asked, "--samples", "3"]) == 0
    assert "No weights file was given" in capsys.readouterr().out
    assert main(["--home", str(home), "explain", "last", "--model", f"{NAME}:make"]) == 2
    assert "give --data and --weights" in capsys.readouterr().err
    other = tmp_path / "other"
    watched(other, nn.Linear(4, 3))
    assert main(["--home", str(other), *asked[2:]]) == 2
    assert "watched a Linear with 15 parameters, but this is a Net with 67" in capsys.readouterr().err
