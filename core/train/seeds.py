"""Random streams: every draw of a run follows from its seed, and all stream states can be saved and restored."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and torch (all devices)."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def epoch_order(seed: int, epoch: int, rows: int, shuffle: bool) -> torch.Tensor:
    """The order of `rows` training rows in `epoch`, int64 (rows,): a pure function, so a resume needs no stored order."""
    if not shuffle:
        return torch.arange(rows)
    return torch.randperm(rows, generator=epoch_generator(seed, epoch))


def balanced_order(seed: int, epoch: int, y: torch.Tensor, shuffle: bool) -> torch.Tensor:
    """As many row numbers, int64 (rows,), as there are classes `y` (rows,), on the CPU, with the classes taking turns.

    The rows of a class come in one order after the other until its turns are over, so any batch cut from this holds the
    classes in equal numbers, to one row (Shen, Lin and Huang 2016).
    """
    generator = epoch_generator(seed, epoch)
    classes = y.unique()
    turns = -(-len(y) // len(classes))
    columns = []
    for found in classes:
        rows = (y == found).nonzero().squeeze(1)
        rounds = range(-(-turns // len(rows)))
        drawn = [rows[torch.randperm(len(rows), generator=generator)] if shuffle else rows for _ in rounds]
        columns.append(torch.cat(drawn)[:turns])
    return torch.stack(columns, dim=1).flatten()[: len(y)]


def epoch_generator(seed: int, epoch: int) -> torch.Generator:
    """A fresh generator on the CPU for the order of rows in `epoch`."""
    return torch.Generator().manual_seed((seed * 1_000_003 + epoch * 7_919 + 17) % 2**63)


def take_streams() -> tuple[Any, ...]:
    """The state of every random stream as it is: quick, to let several trainings take turns in one process."""
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return torch.get_rng_state(), cuda, np.random.get_state(), random.getstate()


def put_streams(streams: tuple[Any, ...]) -> None:
    """Undo to what `take_streams` returned."""
    on_cpu, cuda, in_numpy, in_python = streams
    torch.set_rng_state(on_cpu)
    if cuda:
        torch.cuda.set_rng_state_all(cuda)
    np.random.set_state(in_numpy)
    random.setstate(in_python)


def capture_streams() -> dict[str, Any]:
    """The state of every random stream, in types that torch.load(weights_only=True) reads."""
    name, keys, position, has_gauss, cached = np.random.get_state(legacy=True)
    version, internal, gauss = random.getstate()
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "numpy": {"name": str(name), "keys": torch.from_numpy(np.asarray(keys).astype(np.int64)), "position": int(position),
                  "has_gauss": int(has_gauss), "cached": float(cached)},
        "python": {"version": version, "internal": torch.tensor(internal, dtype=torch.int64), "gauss": gauss},
    }  # fmt: skip


def restore_streams(state: dict[str, Any]) -> None:
    """Undo to what `capture_streams` returned."""
    torch.set_rng_state(state["torch"].cpu())
    if torch.cuda.is_available() and state["cuda"]:
        torch.cuda.set_rng_state_all([one.cpu() for one in state["cuda"]])
    numpy = state["numpy"]
    np.random.set_state(
        (numpy["name"], numpy["keys"].numpy().astype(np.uint32), numpy["position"], numpy["has_gauss"], numpy["cached"])
    )
    python = state["python"]
    random.setstate((python["version"], tuple(python["internal"].tolist()), python["gauss"]))
