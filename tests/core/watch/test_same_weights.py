"""Watching changes no number: the same weights with and without, for every kind of loop."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
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
    evaluate,
    loss_function,
    mlp,
    task,
    train,
    watched,
    weights,
)  # fmt: skip


class Convolutions(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv1d(1, 8, 3), nn.BatchNorm1d(8), nn.ReLU(inplace=True), nn.Conv1d(8, 8, 3))
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.relu_(self.body(x[:, None])).mean(dim=2))


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.TransformerEncoderLayer(4, 2, 16, dropout=0.1, batch_first=True)
        self.rnn = nn.GRU(4, 8, num_layers=2, batch_first=True)
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.rnn(self.encoder(x.reshape(-1, 5, 4)))[0][:, -1])


MODELS: dict[str, Callable[[], nn.Module]] = {
    "mlp": mlp,
    "dropout": lambda: nn.Sequential(nn.Linear(FEATURES, 32), nn.ReLU(inplace=True), nn.Dropout(0.3), nn.Linear(32, CLASSES)),
    "functional": Functional,
    "reused": Reused,
    "convolutions": Convolutions,
    "attention": Attention,
}  # fmt: skip
OPTIMIZERS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=0.003),
    "fused": lambda p: torch.optim.AdamW(p, lr=0.003, fused=True),
}


def both(
    make: Callable[[], nn.Module], loop: Callable[[nn.Module, Doctor | None], Any], tmp_path: Path, **more: Any
) -> Doctor:
    """Run `loop` without and with a doctor from the same seeds and compare weights and random streams."""
    found: list[Any] = []
    doctor: Doctor | None = None
    for with_doctor in (False, True):
        torch.manual_seed(0)
        random.seed(0)
        np.random.seed(0)
        model = make()
        doctor = loop(model, tmp_path if with_doctor else None)
        found.append((weights(model), torch.rand(4), random.random(), np.random.rand()))
    assert doctor is not None
    assert doctor.recording
    doctor.close()
    (bare, *streams), (seen, *others) = found
    assert torch.equal(bare, seen)
    assert torch.equal(streams[0], others[0])
    assert streams[1:] == others[1:]
    return doctor


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("key", MODELS)
def test_plain_loops(key: str, optimizer: str, tmp_path: Path) -> None:
    def loop(model: nn.Module, folder: Path | None) -> Doctor | None:
        chosen = OPTIMIZERS[optimizer](model.parameters())
        doctor = watched(model, chosen, folder) if folder else None
        train(model, chosen, doctor, 25)
        if doctor:
            model.eval()
            evaluate(model, doctor)
            model.train()
            doctor.findings()
        else:
            model.eval()
            with torch.no_grad():
                model(task()[0])
            model.train()
        train(model, chosen, doctor, 10)
        return doctor

    both(MODELS[key], loop, tmp_path)


def test_accumulation_clipping_and_a_schedule(tmp_path: Path) -> None:
    def loop(model: nn.Module, folder: Path | None) -> Doctor | None:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 20)
        doctor = watched(model, optimizer, folder) if folder else None
        x, y = task()
        for number, chosen in enumerate(batches(80), start=1):
            loss = loss_function(model(x[chosen]), y[chosen]) / 4
            loss.backward()
            if number % 4 == 0:
                nn.utils.clip_grad_norm_(model.parameters(), 0.5)
                optimizer.step()
                schedule.step()
                optimizer.zero_grad()
                if doctor:
                    doctor.step(loss)
        return doctor

    both(MODELS["dropout"], loop, tmp_path)


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_closures(search: str | None, tmp_path: Path) -> None:
    def loop(model: nn.Module, folder: Path | None) -> Doctor | None:
        optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=5, line_search_fn=search)
        doctor = watched(model, optimizer, folder) if folder else None
        x, y = task()

        def closure() -> torch.Tensor:
            optimizer.zero_grad()
            loss = loss_function(model(x), y)
            loss.backward()
            return loss

        for _ in range(15):
            loss = optimizer.step(closure)
            if doctor:
                doctor.step(loss)
        return doctor

    both(mlp, loop, tmp_path)


def test_two_optimizers_that_take_turns(tmp_path: Path) -> None:
    """Two networks against each other: the backward of one leaves gradients in the other."""

    def loop(model: nn.Module, folder: Path | None) -> Doctor | None:
        assert isinstance(model, nn.ModuleList)
        one, other = model
        first = torch.optim.Adam(one.parameters(), lr=0.01)
        second = torch.optim.SGD(other.parameters(), lr=0.01)
        doctor = watched(model, [first, second], folder, task="other") if folder else None
        x, _ = task()
        for number, chosen in enumerate(batches(40)):
            first.zero_grad()
            loss = other(one(x[chosen])).square().mean()
            loss.backward()
            first.step()
            if number % 2:
                second.zero_grad()
                (-other(one(x[chosen]).detach()).mean()).backward()
                second.step()
            if doctor:
                doctor.step(loss)
        return doctor

    both(lambda: nn.ModuleList([nn.Linear(FEATURES, 8), nn.Linear(8, 1)]), loop, tmp_path)


def test_frozen_layers_and_gradients_that_are_none(tmp_path: Path) -> None:
    def loop(model: nn.Module, folder: Path | None) -> Doctor | None:
        assert isinstance(model, Functional)
        model.first.requires_grad_(False)
        optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad])
        doctor = watched(model, optimizer, folder) if folder else None
        train(model, optimizer, doctor, 20)
        return doctor

    both(Functional, loop, tmp_path)


@pytest.mark.parametrize("fused", [False, True])
def test_a_gradient_scaler(fused: bool, tmp_path: Path) -> None:
    """On the CPU a scaler scales as on a GPU; one batch overflows, and its step is skipped."""

    def loop(model: nn.Module, folder: Path | None) -> Doctor | None:
        optimizer = torch.optim.Adam(model.parameters(), lr=0.003, fused=fused)
        scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
        doctor = watched(model, optimizer, folder, scaler=scaler) if folder else None
        x, y = task()
        for number, chosen in enumerate(batches(30), start=1):
            optimizer.zero_grad()
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss = loss_function(model(x[chosen] * (1e38 if number == 10 else 1)), y[chosen])
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
            if doctor:
                doctor.step(loss)
        return doctor

    both(mlp, loop, tmp_path)


@pytest.mark.parametrize("backend", ["eager", "aot_eager", pytest.param("inductor", marks=pytest.mark.slow)])
def test_a_compiled_model(backend: str, tmp_path: Path) -> None:
    def loop(model: nn.Module, folder: Path | None) -> Doctor | None:
        torch._dynamo.reset()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
        compiled = torch.compile(model, backend=backend)
        doctor = watched(compiled, optimizer, folder) if folder else None
        x, y = task()
        for chosen in batches(15):
            optimizer.zero_grad()
            loss = loss_function(compiled(x[chosen]), y[chosen])
            loss.backward()
            optimizer.step()
            if doctor:
                doctor.step(loss)
        return doctor

    both(mlp, loop, tmp_path)
