"""Gradient Clinic: see why a network trains, or doesn't."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.watch.watch import watch

__all__ = ["watch"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Load `watch`, and torch with it, when it is first asked for.

    Raises:
        ImportError: when the program has a package `core` of its own, which hides ours.
    """
    if name != "watch":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from gradclinic.tree import on_path

    root = str(on_path())
    known = sys.modules.get("core")
    if known is not None and not any(str(path).startswith(root) for path in getattr(known, "__path__", [])):
        raise ImportError("A package named core was imported before gradclinic, which has one too: rename yours.")
    from core.watch.watch import watch

    if root in sys.path[1:] or sys.path[0] == root:  # found once; the program's own packages come first again
        sys.path.remove(root)
        sys.path.append(root)
    globals()["watch"] = watch
    return watch
