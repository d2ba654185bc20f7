"""Choosing the device, and what is known about it."""

from __future__ import annotations

import contextlib
import platform

import psutil
import torch

from core.errors import BadInput


def available() -> list[str]:
    """The devices that work here, best first; "cpu" is always the last."""
    found = []
    if torch.cuda.is_available():
        found.append("cuda")
    if torch.backends.mps.is_available():
        found.append("mps")
    if hasattr(torch, "xpu") and torch.xpu.is_available():
        found.append("xpu")
    return [*found, "cpu"]


def choose(wanted: str) -> torch.device:
    """The device for a recipe's `train.device`; "auto" takes the best there is.

    Raises:
        BadInput: when the wanted one is not there, naming those that are.
    """
    here = available()
    if wanted == "auto":
        return torch.device(here[0])
    if wanted not in here:
        raise BadInput(
            f"You chose the device {wanted}, but this machine has {', '.join(here)}; set train.device to auto."
        )
    return torch.device(wanted)


def label(device: torch.device) -> str:
    """A name a person recognises, e.g. "cpu (x86_64)" or "cuda (NVIDIA H200)"."""
    name = platform.machine()
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
    elif device.type == "xpu":
        name = torch.xpu.get_device_name(device)
    return f"{device.type} ({name})"


def memory_bytes(device: torch.device) -> int:
    """Peak memory allocated on the accelerator, or this process's resident memory on the CPU."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    with contextlib.suppress(psutil.Error):
        return int(psutil.Process().memory_info().rss)
    return 0
