"""Obeying commands at step boundaries: pause, single steps, stop, checkpoint, changes, extension."""

from __future__ import annotations

import time
from collections import deque
from typing import Any

from core.errors import BadInput
from core.store.control import Command, Control

COMMANDS = ("pause", "resume", "step", "stop", "checkpoint", "set", "extend")
POLL_SECONDS = 0.05
FLUSH_WHILE_PAUSED = 0.5


class CommandQueue:
    """Reads new commands from the control file; costs one stat at most every POLL_SECONDS."""

    def __init__(self, control: Control, after: int) -> None:
        self._control = control
        self._after = after
        self._version: Any = None
        self._next_look = 0.0
        self._waiting: deque[Command] = deque()

    def take(self) -> Command | None:
        """The next command, if there is one."""
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + POLL_SECONDS
            version = self._control.version()
            if version != self._version:
                self._version = version
                for command in self._control.commands(after=self._after):
                    self._waiting.append(command)
                    self._after = command.id
        return self._waiting.popleft() if self._waiting else None


def whole_number(args: dict[str, Any], name: str, largest: int) -> int:
    """The argument `name` as a whole number from 1 to `largest`.

    Raises:
        BadInput: when it is not one.
    """
    value = args.get(name, 1)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= largest:
        raise BadInput(f"{name} is {value!r}; give a whole number from 1 to {largest:,}.")
    return value
