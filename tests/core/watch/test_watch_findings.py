"""Faults put into a plain hand-written loop are named; a healthy loop raises no alarm."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from core.watch.doctor import Doctor
from tests.core.watch.loops_for_tests import (
    CLASSES,
    FEATURES,
    Functional,
    Reused,
    batches,
    column,
    evaluate,
    ids,
    loss_function,
    mlp,
    task,
    train,
    watched,
)  # fmt: skip


def finding(doctor: Doctor, wanted: str):  # type: ignore[no-untyped-def]
    found = {one.id: one for one in doctor.findings()}
    assert wanted in found, found
    return found[wanted]


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize(
    "make",
    [
        mlp,
        Functional,
        Reused,
        lambda: nn.Sequential(nn.Linear(FEATURES, 64), nn.BatchNorm1d(64), nn.Tanh(), nn.Linear(64, CLASSES)),
        lambda: nn.Sequential(mlp(), nn.LogSoftmax(dim=1)),
    ],
    ids=["mlp", "functional", "reused", "batch norm", "log-softmax"],
)
@pytest.mark.parametrize("kind", ["sgd", "adam"])
@pytest.mark.parametrize(
    "budget",
    [pytest.param(None, id="all records"), pytest.param(0.05, id="default budget", marks=pytest.mark.slow)],
)
def test_a_healthy_loop_raises_no_alarm(
    make: Callable[[], nn.Module], kind: str, budget: float | None, tmp_path: Path
) -> None:
    model = make()
    optimizer: torch.optim.Optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    if kind == "sgd":
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    doctor = watched(model, optimizer, tmp_path, budget=budget)
    loss = (
        nn.NLLLoss()
        if isinstance(model[-1] if isinstance(model, nn.Sequential) else None, nn.LogSoftmax)
        else loss_function
    )
    for epoch in range(8):
        model.train()
        train(model, optimizer, doctor, 16, loss)
        model.eval()
        evaluate(model, doctor)
        assert ids(doctor) == set(), (epoch, doctor.findings())
    doctor.close()
    assert ids(doctor) == set()


def test_a_healthy_regression_raises_no_alarm(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(FEATURES, 32), nn.ReLU(), nn.Linear(32, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    x, _ = task()
    y = x[:, :3].sum(dim=1, keepdim=True)
    with watched(model, optimizer, tmp_path, task="regression") as doctor:
        for number, rows in enumerate(batches(200)):
            optimizer.zero_grad()
            outputs = model(x[rows])
            loss = nn.functional.mse_loss(outputs, y[rows])
            loss.backward()
            optimizer.step()
            doctor.step(loss, outputs, y[rows])
            if number % 50 == 49:
                with torch.no_grad():
                    doctor.validate(outputs=model(x), targets=y, loss=nn.functional.mse_loss(model(x), y))
    assert ids(doctor) == set()
    assert column(doctor, "evaluation", "val_r2")[-1] > 0.8


def test_gradients_that_are_never_cleared(tmp_path: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
    x, y = task()
    with watched(model, optimizer, tmp_path) as doctor:
        for rows in batches(120):
            outputs = model(x[rows])
            loss = loss_function(outputs, y[rows])
            loss.backward()
            optimizer.step()
            doctor.step(loss, outputs, y[rows])
    assert finding(doctor, "GR024").severity == "critical"


def test_a_loss_with_its_sign_turned(tmp_path: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, maximize=True)
    with watched(model, optimizer, tmp_path) as doctor:
        train(model, optimizer, doctor, 60)
    assert doctor.diagnosis().cause.id == "GR026"  # type: ignore[union-attr]


@pytest.mark.parametrize("by_function", [False, True])
def test_softmax_before_cross_entropy(by_function: bool, tmp_path: Path) -> None:
    class Ends(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = mlp()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.softmax(self.body(x), dim=1)

    model = Ends() if by_function else mlp(nn.Softmax(dim=1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    with watched(model, optimizer, tmp_path) as doctor:
        train(model, optimizer, doctor, 30)
    assert "lowest_loss" in finding(doctor, "GR023").evidence


def test_a_layer_that_was_not_given_to_the_optimizer(tmp_path: Path) -> None:
    model = mlp(depth=3)
    optimizer = torch.optim.Adam([p for name, p in model.named_parameters() if not name.startswith("2.")], lr=0.003)
    with watched(model, optimizer, tmp_path) as doctor:
        train(model, optimizer, doctor, 60)
    found = finding(doctor, "GR025")
    assert found.layers == ("2",)
    assert "optimizer" in found.sentence


def test_a_layer_behind_a_detach(tmp_path: Path) -> None:
    class Cut(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.rest = nn.Linear(FEATURES, FEATURES), mlp()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.rest(self.first(x).detach())

    model = Cut()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    with watched(model, optimizer, tmp_path) as doctor:
        train(model, optimizer, doctor, 60)
    found = finding(doctor, "GR025")
    assert found.layers == ("first",)
    assert "detach" in found.sentence


def test_a_layer_that_the_forward_pass_does_not_use_is_no_fault(tmp_path: Path) -> None:
    model = Functional()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    with watched(model, optimizer, tmp_path) as doctor:
        train(model, optimizer, doctor, 60)
    assert ids(doctor) == set()


@pytest.mark.parametrize("train_mode", [True, False])
@pytest.mark.parametrize("switch_back_first", [True, False])
def test_an_evaluation_in_training_mode(train_mode: bool, switch_back_first: bool, tmp_path: Path) -> None:
    model = Reused()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    x, y = task()
    with watched(model, optimizer, tmp_path) as doctor:
        for _ in range(2):
            train(model, optimizer, doctor, 10)
            model.train(train_mode)
            with torch.no_grad():
                outputs = model(x)
            if switch_back_first:
                model.train()
            doctor.validate(loss=loss_function(outputs, y))
            model.train()
    assert ("GR030" in ids(doctor)) == train_mode


def test_a_loss_that_is_no_number(tmp_path: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    with watched(model, optimizer, tmp_path) as doctor:
        train(model, optimizer, doctor, 20)
        with torch.no_grad():
            model[0].weight[0, 0] = float("nan")  # type: ignore[index,operator,union-attr]
        train(model, optimizer, doctor, 5)
    assert finding(doctor, "GR004").first_step == 21


def test_a_gradient_that_vanishes(tmp_path: Path) -> None:
    layers: list[nn.Module] = []
    for inputs in (FEATURES, *[32] * 9):
        layers += [nn.Linear(inputs, 32), nn.Sigmoid()]
    model = nn.Sequential(*layers, nn.Linear(32, CLASSES))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watched(model, optimizer, tmp_path) as doctor:
        train(model, optimizer, doctor, 60)
    assert finding(doctor, "GR001").severity == "critical"


def test_units_that_die(tmp_path: Path) -> None:
    model = mlp()
    with torch.no_grad():
        model[0].bias.fill_(-100.0)  # type: ignore[union-attr,operator]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watched(model, optimizer, tmp_path) as doctor:
        for _ in range(2):
            train(model.train(), optimizer, doctor, 20)
            evaluate(model.eval(), doctor)
    assert finding(doctor, "GR010").layers[0] == "0"


def test_sorted_rows(tmp_path: Path) -> None:
    model, (x, y) = mlp(), task()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    order = y.argsort()
    with watched(model, optimizer, tmp_path) as doctor:
        for rows in order.split(32):
            optimizer.zero_grad()
            outputs = model(x[rows])
            loss = loss_function(outputs, y[rows])
            loss.backward()
            optimizer.step()
            doctor.step(loss, outputs, y[rows])
    assert "GR031" in ids(doctor)
