"""Which dotted settings of a recipe may be changed where only some are open. No torch."""

from __future__ import annotations

from collections.abc import Sequence

Opened = Sequence[str] | None
"""Settings that may be changed: whole sections ("optim") or single settings ("optim.lr"); None: all of them."""


def is_open(path: str, opened: Opened) -> bool:
    """Whether the setting at the dotted `path` may be changed: it, or what it lies in, is open."""
    return opened is None or any(f"{path}.".startswith(f"{one}.") for one in opened)


def has_open(path: str, opened: Opened) -> bool:
    """Whether `path` is open, or anything inside it."""
    return opened is None or is_open(path, opened) or any(one.startswith(f"{path}.") for one in opened)
