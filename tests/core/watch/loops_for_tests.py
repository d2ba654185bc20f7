"""A small task, small models and hand-written loops for the tests of `watch`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from core.store.rows import Rows, RunReader
from core.watch.doctor import Doctor
from core.watch.watch import watch

CLASSES, FEATURES, BATCH = 5, 20, 32
loss_function = nn.CrossEntropyLoss()


def task(rows: int = 512) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs (rows, 20) and classes (rows,) that a small network learns in a few epochs."""
    source = torch.Generator().manual_seed(0)
    x = torch.randn(rows, FEATURES, generator=source)
    return x, (x @ torch.randn(FEATURES, CLASSES, generator=source)).argmax(dim=1)


def mlp(*extra: nn.Module, width: int = 32, depth: int = 2) -> nn.Sequential:
    """Linear and ReLU layers; `extra` modules go behind the output layer."""
    layers: list[nn.Module] = []
    for inputs in (FEATURES, *[width] * (depth - 1)):
        layers += [nn.Linear(inputs, width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, CLASSES), *extra)


class Functional(nn.Module):
    """The activation is a function; the layers are registered the wrong way round, and one is never used."""

    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Linear(7, 7)
        self.head = nn.Linear(32, CLASSES)
        self.second = nn.Linear(32, 32)
        self.first = nn.Linear(FEATURES, 32)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.relu(self.second(torch.relu(self.first(x)))))


class Reused(nn.Module):
    """One layer is called twice, one activation module serves all."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.again, self.act = nn.Linear(FEATURES, 32), nn.Linear(32, 32), nn.ReLU()
        self.dropout, self.head = nn.Dropout(0.2), nn.Linear(32, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.act(self.first(x))
        for _ in range(2):
            x = self.dropout(self.act(self.again(x)))
        return self.head(x)


def batches(steps: int, rows: int = 512) -> list[torch.Tensor]:
    """Row numbers of `steps` shuffled batches, without the global random stream."""
    source = torch.Generator().manual_seed(1)
    found: list[torch.Tensor] = []
    while len(found) < steps:
        found += torch.randperm(rows, generator=source).split(BATCH)
    return found[:steps]


def train(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    doctor: Doctor | None,
    steps: int = 60,
    loss: Any = loss_function,
) -> torch.Tensor:
    """The plain loop; returns all weights."""
    x, y = task()
    for rows in batches(steps):
        optimizer.zero_grad()
        outputs = model(x[rows])
        value = loss(outputs, y[rows])
        value.backward()
        optimizer.step()
        if doctor:
            doctor.step(value, outputs, y[rows])
    return weights(model)


def weights(model: nn.Module) -> torch.Tensor:
    """All parameters and buffers as one vector."""
    return torch.cat([value.detach().reshape(-1).float() for value in model.state_dict().values()])


def watched(model: nn.Module, optimizer: Any, tmp_path: Path, **more: Any) -> Doctor:
    """A doctor without a budget, so that every record that is due is made."""
    return watch(model, optimizer, out=tmp_path / "home", **{"budget": None, **more})


def evaluate(model: nn.Module, doctor: Doctor) -> None:
    """One evaluation of all rows in the mode the model is in."""
    x, y = task()
    with torch.no_grad():
        outputs = model(x)
        doctor.validate(loss=loss_function(outputs, y), outputs=outputs, targets=y)


def rows(doctor: Doctor, stream: str) -> tuple[list[str], Rows]:
    """Columns and rows of a stream as they are on disk."""
    reader = RunReader(doctor._journal.run.database)
    try:
        return reader.streams().get(stream, []), reader.rows(stream)
    finally:
        reader.close()


def column(doctor: Doctor, stream: str, name: str) -> np.ndarray:
    """One column as it is on disk."""
    columns, found = rows(doctor, stream)
    return found.values[:, columns.index(name)]


def state(doctor: Doctor) -> dict[str, Any]:
    """The last word that is on disk."""
    reader = RunReader(doctor._journal.run.database)
    try:
        return reader.state()
    finally:
        reader.close()


def ids(doctor: Doctor, *severities: str) -> set[str]:
    """Ids of the findings of these severities (default: all but infos)."""
    wanted = severities or ("warning", "critical")
    return {finding.id for finding in doctor.findings() if finding.severity in wanted}


def failing(*_: object, **__: object) -> None:
    """Fails as a broken disk does."""
    raise sqlite3.OperationalError("attempt to write a readonly database")


Make = Callable[[], nn.Module]
