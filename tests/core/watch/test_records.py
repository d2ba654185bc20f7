"""What is recorded in special loops is what plain PyTorch says."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tests.core.watch.loops_for_tests import (
    CLASSES,
    Functional,
    Reused,
    batches,
    column,
    evaluate,
    loss_function,
    mlp,
    rows,
    state,
    task,
    train,
    watched,
)  # fmt: skip


def norm(model: nn.Module) -> float:
    return float(torch.cat([p.grad.reshape(-1) for p in model.parameters() if p.grad is not None]).norm())


def test_a_run_is_listed_like_any_other(tmp_path: Path) -> None:
    from core.store.status import run_status
    from core.store.summaries import summary
    from core.store.workspace import Workspace

    model = mlp()
    doctor = watched(model, torch.optim.Adam(model.parameters(), lr=0.003), tmp_path, name="by hand")
    (run,) = Workspace(tmp_path / "home").runs()
    assert run.watched
    assert (run.id, run_status(run).word) == (doctor.run_id, "running")
    train(model, doctor._watched.optimizers[0], doctor, 30)
    evaluate(model.eval(), doctor)
    doctor.close()
    found = summary(run)
    assert (found.name, found.status, found.steps) == ("by hand", "done", 30)
    assert (found.model, found.optimizer, found.lr) == ("Sequential", "Adam", 0.003)
    assert found.metric == "val_accuracy"
    assert "Finished" in run_status(run).next_action
    assert state(doctor)["watched"] is True


def test_gradient_norms_after_accumulation(tmp_path: Path) -> None:
    model, (x, y) = mlp(), task()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    expected = []
    with watched(model, optimizer, tmp_path) as doctor:
        for number, chosen in enumerate(batches(40), start=1):
            loss = loss_function(model(x[chosen]), y[chosen]) / 4
            loss.backward()
            if number % 4 == 0:
                expected.append(norm(model))
                optimizer.step()
                optimizer.zero_grad()
                doctor.step(loss)
    assert column(doctor, "gradients", "gradient_norm") == pytest.approx(expected, rel=1e-5)
    assert (column(doctor, "updates", "descent_cosine") > 0.99).all()
    assert (column(doctor, "activations", "pre_activation_gradient_rms/0") > 0).all()


def test_of_a_closure_the_first_call_counts(tmp_path: Path) -> None:
    model, (x, y) = mlp(), task()
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=4)
    calls: list[float] = []
    first = []

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = loss_function(model(x), y)
        loss.backward()
        calls.append(norm(model))
        return loss

    with watched(model, optimizer, tmp_path) as doctor:
        for _ in range(12):
            calls.clear()
            loss = optimizer.step(closure)
            first.append(calls[0])
            doctor.step(loss)
            assert len(calls) > 1
    assert column(doctor, "gradients", "gradient_norm") == pytest.approx(first, rel=1e-5)
    assert (column(doctor, "updates", "descent_cosine") > 0).all()


@pytest.mark.parametrize("fused", [False, True])
def test_under_a_scaler_gradients_are_unscaled_and_skipped_steps_leave_no_gradient(fused: bool, tmp_path: Path) -> None:
    plain, (x, y) = mlp(), task()
    model = copy.deepcopy(plain)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-6, fused=fused)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    expected = []
    with watched(model, optimizer, tmp_path, scaler=scaler) as doctor:
        for number, chosen in enumerate(batches(20), start=1):
            optimizer.zero_grad()
            loss = loss_function(model(x[chosen]), y[chosen]) * (float("inf") if number == 5 else 1.0)
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
            doctor.step(loss)
            plain.zero_grad()
            loss_function(plain(x[chosen]), y[chosen]).backward()
            if number != 5:
                expected.append(norm(plain))
    _, found = rows(doctor, "gradients")
    assert 5 not in found.step
    assert found.values[:, 0] == pytest.approx(expected, rel=2e-2)
    assert column(doctor, "activations", "pre_activation_gradient_rms/4")[0] < 0.1  # not 1,024 times that


def test_two_optimizers_are_each_measured_at_their_own_step(tmp_path: Path) -> None:
    model = nn.ModuleDict({"one": nn.Linear(20, 8), "two": nn.Linear(8, 1)})
    first = torch.optim.SGD(model["one"].parameters(), lr=0.01)
    second = torch.optim.SGD(model["two"].parameters(), lr=0.01)
    x, _ = task()
    expected = []
    with watched(model, {"a": first, "b": second}, tmp_path, task="other") as doctor:
        for chosen in batches(25):
            model.zero_grad()
            loss = model["two"](model["one"](x[chosen])).square().mean()
            loss.backward()
            mine = norm(model["one"])
            first.step()
            second.zero_grad()
            (-model["two"](model["one"](x[chosen])).mean()).backward()  # adds to the first one's gradients too
            expected.append((mine, norm(model["two"])))
            second.step()
            doctor.step(loss)
    found = np.stack([column(doctor, "gradients", f"gradient_norm/{name}") for name in ("one", "two")], axis=1)
    assert found == pytest.approx(np.array(expected), rel=1e-5)
    assert (column(doctor, "updates", "descent_cosine") > 0.99).all()


def test_layers_stand_in_the_order_of_the_forward_pass(tmp_path: Path) -> None:
    model = Functional()
    with watched(model, torch.optim.SGD(model.parameters(), lr=0.1), tmp_path) as doctor:
        train(model, doctor._watched.optimizers[0], doctor, 12)
    names, _ = rows(doctor, "updates")
    used = [name.partition("/")[2] for name in names if name.startswith("update_norm/")]
    assert [name for name in used if name != "unused"] == ["first", "second", "head"]
    assert (column(doctor, "activations", "activation_std/second") > 0).all()


def test_a_reused_layer_is_recorded_once(tmp_path: Path) -> None:
    model = Reused()
    with watched(model, torch.optim.SGD(model.parameters(), lr=0.1), tmp_path) as doctor:
        train(model, doctor._watched.optimizers[0], doctor, 12)
    assert (column(doctor, "activations", "pre_activation_gradient_rms/again")[1:] > 0).all()
    assert not any(module._forward_hooks for module in model.modules())


def test_a_compiled_model_has_gradients_and_updates_but_no_activations(tmp_path: Path) -> None:
    torch._dynamo.reset()
    model = mlp()
    compiled = torch.compile(model, backend="eager")
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    with watched(compiled, optimizer, tmp_path) as doctor:
        train(compiled, optimizer, doctor, 12)  # type: ignore[arg-type]
    assert len(rows(doctor, "gradients")[1]) == 12
    assert rows(doctor, "activations")[0] == []
    names, _ = rows(doctor, "gradients")
    assert "gradient_norm/0" in names


def test_a_copy_of_an_armed_model_is_bare(tmp_path: Path) -> None:
    import io

    model = mlp()
    doctor = watched(model, torch.optim.SGD(model.parameters(), lr=0.1), tmp_path)
    loss_function(copy.deepcopy(model)(task()[0]), task()[1]).backward()
    torch.save(model, io.BytesIO())  # the whole module, hooks and all
    assert doctor._measurement._scout.calls == []
    doctor.close()
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_an_evaluation_between_steps_is_not_taken_for_a_training_step(tmp_path: Path) -> None:
    model, (x, _) = mlp(), task()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    with watched(model, optimizer, tmp_path) as doctor:
        with torch.no_grad():
            model(100 * x)  # before the first step, while the hooks are set
        train(model, optimizer, doctor, 1)
    assert column(doctor, "activations", "activation_std/0")[0] < 5


def test_an_evaluation_before_the_first_step(tmp_path: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watched(model, optimizer, tmp_path) as doctor:
        evaluate(model.eval(), doctor)
        assert doctor.findings() == ()
        train(model.train(), optimizer, doctor, 5)
        evaluate(model.eval(), doctor)
    assert list(rows(doctor, "evaluation")[1].step) == [0, 5]
    assert (column(doctor, "activations", "pre_activation_gradient_rms/0") > 0).all()


def test_units_and_predictions_of_an_evaluation(tmp_path: Path) -> None:
    model = mlp()
    with torch.no_grad():
        model[0].bias[:8] = -100.0  # type: ignore[index,operator,union-attr]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    with watched(model, optimizer, tmp_path) as doctor:
        train(model, optimizer, doctor, 5)
        evaluate(model.eval(), doctor)
    assert column(doctor, "units", "dead_units/0")[-1] >= 8 / 32
    assert 1 / CLASSES <= column(doctor, "predictions", "top_class_share")[-1] <= 1
    assert column(doctor, "evaluation", "train_loss_eval")[-1] == pytest.approx(
        column(doctor, "step", "loss").mean(), rel=1e-4
    )
