"""Wrong use is told in one sentence; faults of our own never reach the training."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from core.errors import BadInput
from core.store.status import run_status
from core.store.workspace import Workspace
from core.watch.watch import watch
from tests.core.watch.loops_for_tests import failing, loss_function, mlp, state, task, train, watched, weights

ROOT = Path(__file__).resolve().parents[3]


def adam(model: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.Adam(model.parameters(), lr=0.003)


WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "no module": (lambda: watch("model", adam(mlp())), "torch.nn.Module"),  # type: ignore[arg-type]
    "no optimizer": (lambda: watch(mlp(), 0.1), "torch.optim.Optimizer"),  # type: ignore[arg-type]
    "empty list": (lambda: watch(mlp(), []), "list is empty"),
    "another model's optimizer": (lambda: watch(mlp(), adam(mlp())), "no parameter of this model"),
    "nothing trained": (lambda: watch(mlp().requires_grad_(False), adam(mlp())), "no parameter that is trained"),
    "lazy": (lambda: watch(nn.Sequential(nn.LazyLinear(3)), adam(mlp())), "lazy"),
    "two kinds": (lambda: watch(nn.Sequential(mlp(), mlp().double()), adam(mlp())), "several kinds"),
    "sparse": (lambda: watch(nn.Sequential(nn.Embedding(3, 3, sparse=True)), adam(mlp())), "sparse=False"),
    "task": (lambda: _given(task="clasification"), "did you mean 'classification'"),
    "classes": (lambda: _given(num_classes=1), "at least 2"),
    "classes of a regression": (lambda: _given(task="regression", num_classes=3), "leave it out"),
    "budget": (lambda: _given(budget=5), "0.05 is 5 %"),
    "out": (lambda: _given(out=3), "workspace folder"),
    "out not writable": (lambda: _given(out="/proc/nowhere"), "can't be written"),
    "scaler": (lambda: _given(scaler=3), "GradScaler"),
    "loss of every row": (lambda: _given().step(torch.zeros(3)), "shape (3,)"),
    "loss in words": (lambda: _given().step("0.3"), "one number"),  # type: ignore[arg-type]
    "targets alone": (lambda: _given().step(torch.tensor(1.0), targets=torch.zeros(3).long()), "num_classes is needed"),
    "rows": (lambda: _given().step(1.0, torch.zeros(4, 5), torch.zeros(3).long()), "4 rows"),
    "columns": (lambda: _given(num_classes=3).step(1.0, torch.zeros(4, 5), torch.zeros(4).long()), "5 columns"),
    "outputs": (lambda: _given().step(1.0, [1, 2]), "a list"),  # type: ignore[arg-type]
    "no metric": (lambda: _given().validate(), "needs a metric"),
    "metric in words": (lambda: _given().validate(loss="low"), "one number"),
}


def _given(**more: Any) -> Any:
    model = mlp()
    return watch(model, adam(model), **more)


@pytest.mark.parametrize("key", WRONG)
def test_wrong_use_is_told_in_one_sentence(key: str) -> None:
    act, words = WRONG[key]
    with pytest.raises(BadInput) as told:
        act()
    assert words in str(told.value)
    assert "\n" not in str(told.value)


def test_metrics_that_change_and_a_closed_doctor(tmp_path: Path) -> None:
    model = mlp()
    doctor = watched(model, adam(model), tmp_path)
    doctor.validate(loss=1.0, accuracy=torch.tensor(0.5), precision=0.1)
    with pytest.raises(BadInput, match="the first one gave val_loss, val_accuracy, precision"):
        doctor.validate(loss=1.0)
    doctor.close()
    doctor.close()
    for act in (lambda: doctor.step(1.0), lambda: doctor.validate(loss=1.0)):
        with pytest.raises(BadInput, match="closed"):
            act()
    assert doctor.findings() == ()


@pytest.mark.parametrize("where", ["put", "flush"])
def test_a_writer_that_fails_ends_the_recording_with_one_warning(where: str, tmp_path: Path, monkeypatch: Any) -> None:
    torch.manual_seed(0)
    model = mlp()
    optimizer = adam(model)
    torch.manual_seed(0)
    twin = mlp()
    expected = train(twin, adam(twin), None, 30)
    doctor = watched(model, optimizer, tmp_path)
    monkeypatch.setattr(doctor._journal.writer, where, failing)
    monkeypatch.setattr("core.store.rows.FLUSH_SECONDS", 0.0)
    with pytest.warns(RuntimeWarning, match="stopped recording .*readonly.* The training goes on") as told:
        train(model, optimizer, doctor, 30)
    assert len(told) == 1
    assert torch.equal(weights(model), expected)
    assert not doctor.recording
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
    doctor.validate(loss=1.0)
    doctor.close()


def test_a_hook_that_fails_ends_the_recording_only(tmp_path: Path, monkeypatch: Any) -> None:
    model = mlp()
    doctor = watched(model, adam(model), tmp_path)
    monkeypatch.setattr("core.probes.activations._describe", failing)
    with pytest.warns(RuntimeWarning, match="The training goes on"):
        train(model, doctor._watched.optimizers[0], doctor, 3)
    doctor.close()
    assert run_status(Workspace(tmp_path / "home").run(doctor.run_id)).word == "stopped"
    assert "stopped recording" in state(doctor)["reason"]


def test_warnings_that_are_errors_do_not_reach_the_training(tmp_path: Path, monkeypatch: Any, recwarn: Any) -> None:
    import warnings

    model = mlp()
    doctor = watched(model, adam(model), tmp_path)
    monkeypatch.setattr(doctor._journal.writer, "put", failing)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train(model, doctor._watched.optimizers[0], doctor, 3)


def test_a_full_disk_keeps_the_rows_until_there_is_space(tmp_path: Path, monkeypatch: Any) -> None:
    model = mlp()
    optimizer = adam(model)
    doctor = watched(model, optimizer, tmp_path)
    real = doctor._journal.writer._connection

    class Full:
        in_transaction = False

        def execute(self, statement: str, *values: Any) -> Any:
            if statement.startswith("BEGIN"):
                raise sqlite3.OperationalError("database or disk is full")
            return real.execute(statement, *values)

    monkeypatch.setattr(doctor._journal.writer, "_connection", Full())
    train(model, optimizer, doctor, 10)
    doctor._flush(force=True)
    assert doctor.recording
    assert doctor._journal.writer.disk_full
    monkeypatch.setattr(doctor._journal.writer, "_connection", real)
    doctor.close()
    assert state(doctor)["step"] == 10


def test_an_error_in_the_loop_goes_on_and_is_told(tmp_path: Path) -> None:
    model = mlp()
    doctor = watched(model, adam(model), tmp_path)
    train(model, doctor._watched.optimizers[0], doctor, 3)
    with pytest.raises(ZeroDivisionError), doctor:
        raise ZeroDivisionError("by hand")
    assert (state(doctor)["status"], state(doctor)["reason"]) == (
        "failed",
        "The loop ended with ZeroDivisionError: by hand.",
    )


PROGRAM = """
import sys, torch
from gradclinic import watch
model = torch.nn.Linear(3, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
doctor = watch(model, optimizer, out=sys.argv[1])
for step in range(20):
    optimizer.zero_grad()
    loss = model(torch.ones(4, 3)).square().mean()
    loss.backward()
    optimizer.step()
    doctor.step(loss)
doctor.findings()
{end}
"""


@pytest.mark.parametrize(
    ("end", "word", "words"),
    [
        ("", "stopped", "without doctor.close()"),
        pytest.param("raise KeyError('lost key')", "failed", "KeyError", marks=pytest.mark.slow),
        pytest.param(
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "lost", "program is gone", marks=pytest.mark.slow
        ),
    ],
)
def test_how_a_program_ends_is_told(end: str, word: str, words: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    code = textwrap.dedent(PROGRAM).format(end=end)
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], env=environment, capture_output=True, timeout=120, cwd=tmp_path
    )
    (run,) = Workspace(tmp_path).runs()
    status = run_status(run)
    assert status.word == word
    assert words in status.reason
    assert status.state["step"] == 20


def test_importing_gradclinic_loads_no_torch_and_leaves_the_path_to_the_program() -> None:
    code = (
        "import gradclinic, sys; assert 'torch' not in sys.modules; from gradclinic import watch; assert callable(watch);"
        "assert sys.path[-1] == str(gradclinic.tree.ROOT)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120, cwd="/"
    )
    assert done.returncode == 0, done.stderr


def test_a_foreign_package_named_core_is_told(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "__init__.py").write_text("")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import core; from gradclinic import watch"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120, cwd="/"
    )
    assert "A package named core" in done.stderr


def test_a_loss_may_be_a_float_and_outputs_may_be_left_out(tmp_path: Path) -> None:
    model, (x, y) = mlp(), task()
    optimizer = adam(model)
    with watched(model, optimizer, tmp_path) as doctor:
        for _ in range(5):
            optimizer.zero_grad()
            loss = loss_function(model(x), y)
            loss.backward()
            optimizer.step()
            doctor.step(loss.item())
    assert state(doctor)["step"] == 5
    assert doctor.recording is False
