"""Made-up training curves, and files of other tools that hold them."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.logs.tensorboard import masked_crc32c

Curves = dict[str, np.ndarray]


def curves(kind: str = "healthy", *, records: int = 60, every: int = 10, seed: int = 0) -> Curves:
    """Series by name: step, loss, lr, grad_norm, val_loss, val_accuracy; `kind` is healthy, diverging, overfitting or nan."""
    rng = np.random.default_rng(seed)
    step = np.arange(1, records + 1) * every
    p = np.linspace(0, 1, records)
    loss = (0.2 + 2.1 * np.exp(-4 * p)) * np.exp(0.08 * rng.standard_normal(records))
    val = 1.1 * (0.2 + 2.1 * np.exp(-4 * p)) * np.exp(0.01 * rng.standard_normal(records))
    accuracy = 0.93 - 0.8 * np.exp(-5 * p)
    if kind == "diverging":
        loss = np.minimum(2.3 * np.exp(np.maximum(p - 0.2, 0) * 12), 1e4) * np.exp(0.1 * rng.standard_normal(records))
    elif kind == "overfitting":
        loss = (0.01 + 2.3 * np.exp(-6 * p)) * np.exp(0.02 * rng.standard_normal(records))
        val = 0.9 + 1.4 * np.exp(-9 * p) + 1.2 * np.maximum(p - 0.3, 0) + 0.01 * rng.standard_normal(records)
        accuracy = 0.6 - 0.1 * np.maximum(p - 0.3, 0) - 0.5 * np.exp(-9 * p)
    elif kind == "nan":
        loss[records // 2 :] = np.nan
    return {
        "step": step, "loss": loss, "lr": 1e-3 * (1 - 0.9 * p), "grad_norm": np.exp(0.2 * rng.standard_normal(records)),
        "val_loss": val, "val_accuracy": accuracy,
    }  # fmt: skip


def trainer_state(found: Curves, **changes: Any) -> dict[str, Any]:
    """What Hugging Face's Trainer would have written of those curves, with an evaluation at every fifth logging."""
    history: list[dict[str, Any]] = []
    total = int(found["step"][-1])
    for i, step in enumerate(found["step"]):
        shared = {"step": int(step), "epoch": 3 * float(step) / total}
        history.append(
            {
                "loss": float(found["loss"][i]), "grad_norm": float(found["grad_norm"][i]),
                "learning_rate": float(found["lr"][i]), **shared,
            }
        )  # fmt: skip
        if i % 5 == 4:
            history.append(
                {
                    "eval_loss": float(found["val_loss"][i]), "eval_accuracy": float(found["val_accuracy"][i]),
                    "eval_runtime": 1.2, **shared,
                }
            )  # fmt: skip
    history.append(
        {"train_loss": 0.7, "train_runtime": 61.0, "train_samples_per_second": 99.0, "step": total, "epoch": 3.0}
    )
    state = {"global_step": total, "max_steps": total, "num_train_epochs": 3, "train_batch_size": 8}
    return {**state, "log_history": history, **changes}


def write_csv(path: Path, columns: Mapping[str, Sequence[Any]], delimiter: str = ",") -> Path:
    """A table; None is an empty cell."""
    lines = [delimiter.join(f'"{name}"' if delimiter in name else name for name in columns)]
    lines += [
        delimiter.join("" if cell is None else str(cell) for cell in row) for row in zip(*columns.values(), strict=True)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_jsonl(path: Path, records: Sequence[Mapping[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(record) for record in records) + "\n", encoding="utf-8")
    return path


def varint(value: int) -> bytes:
    value &= 2**64 - 1
    found = b""
    while value > 0x7F:
        found += bytes([value & 0x7F | 0x80])
        value >>= 7
    return found + bytes([value])


def part(number: int, content: bytes) -> bytes:
    """A length-delimited protobuf field."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def event(step: int, wall: float, values: Mapping[str, float | bytes] = {}) -> bytes:
    """An Event message; a number is written as simple_value, bytes as a TensorProto."""
    message = b"\x09" + struct.pack("<d", wall) + b"\x10" + varint(step)
    for tag, value in values.items():
        what = part(8, value) if isinstance(value, bytes) else b"\x15" + struct.pack("<f", value)
        message += part(5, part(1, part(1, tag.encode()) + what))
    return message


def framed(message: bytes) -> bytes:
    """One TFRecord."""
    length = struct.pack("<Q", len(message))
    return length + struct.pack("<I", masked_crc32c(length)) + message + struct.pack("<I", masked_crc32c(message))


def write_events(folder: Path, found: Mapping[str, Sequence[float]], steps: Sequence[int], name: str = "1") -> Path:
    """An event file, its version record first, as every writer begins it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"events.out.tfevents.{name}.host"
    version = b"\x09" + struct.pack("<d", 100.0) + part(3, b"brain.Event:2")
    messages = [version]
    for i, step in enumerate(steps):
        messages.append(event(int(step), 100.0 + i, {tag: float(values[i]) for tag, values in found.items()}))
    path.write_bytes(b"".join(map(framed, messages)))
    return path
