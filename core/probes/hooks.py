"""Hooks that stay behind when their module is copied or saved: a copy of a watched model is a bare model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class ProbeHook:
    """Calls `act` as a hook of a module. A copied or unpickled one does nothing."""

    __slots__ = ("_act",)

    def __init__(self, act: Callable[..., Any]) -> None:
        self._act = act

    def __call__(self, *arguments: Any) -> Any:
        """Pass the hook's arguments on."""
        return self._act(*arguments)

    def __deepcopy__(self, memo: dict[int, Any]) -> ProbeHook:
        return idle_hook()

    def __reduce__(self) -> tuple[Any, ...]:
        return idle_hook, ()


def idle_hook() -> ProbeHook:
    """A hook that does nothing."""
    return ProbeHook(_nothing)


def _nothing(*arguments: Any) -> None:
    return None
