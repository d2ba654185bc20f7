"""Which dotted settings of a recipe may be changed where only some are open. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.recipe.catalogues import CATALOGUES
from core.recipe.parts import PARTS

Opened = Sequence[str] | None
"""Settings that may be changed: whole sections ("optim") or single settings ("optim.lr"); None: all of them."""


def is_open(path: str, opened: Opened) -> bool:
    """Whether the setting at the dotted `path` may be changed: it, or what it lies in, is open."""
    return opened is None or any(f"{path}.".startswith(f"{one}.") for one in opened)


def has_open(path: str, opened: Opened) -> bool:
    """Whether `path` is open, or anything inside it."""
    return opened is None or is_open(path, opened) or any(one.startswith(f"{path}.") for one in opened)


def brought(given: Mapping[str, Any], asked: Mapping[str, Any], opened: Sequence[str]) -> tuple[str, ...]:
    """Settings that are open in the document `asked` because its choices bring them, though `opened` does not name them.

    Where the choice of a section is open (optim.key) and `asked` has chosen otherwise than `given`, the parameters of the new
    entry come with it, and those of the old one are gone; the section's own settings (optim.lr) stay as they were.
    """
    found: list[str] = []
    for section in PARTS:
        keys = [str((table.get(section) or {}).get("key", "")) for table in (given, asked)]
        if is_open(f"{section}.key", opened) and keys[0] != keys[1]:
            names = {
                param.name for key in keys if key in CATALOGUES[section] for param in CATALOGUES[section][key].params
            }
            own = {param.name for param in PARTS[section].settings()}
            found += [f"{section}.{name}" for name in sorted(names - own)]
    return tuple(found)
