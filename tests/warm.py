"""Trainers in processes of their own, forked from one where torch is loaded: real, killable, and there at once."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from multiprocessing.connection import Connection
from typing import Any

from core.runtime.jobs import Dispatcher

_context: Any = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.warm_imports"])


def _main(arguments: list[str], environment: dict[str, str], stdin: Connection) -> None:
    from core.train.process import main

    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    sys.stdin = os.fdopen(stdin.fileno(), closefd=False)
    sys.exit(main(arguments))


class WarmProcess:
    """`python -m core.train.process ARGUMENTS` without the seconds of its imports; as much of Popen as the tests use."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        read, write = _context.Pipe(duplex=False)
        self._process = _context.Process(
            target=_main, args=(list(arguments), {**os.environ, **environment}, read), daemon=True
        )
        self._process.start()
        read.close()
        self.stdin = os.fdopen(os.dup(write.fileno()), "w")
        write.close()
        self.pid: int = self._process.pid

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        code: int | None = self._process.exitcode
        return code

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once it has ended."""
        self._process.join(timeout)
        code = self.poll()
        assert code is not None, "the process is still running"
        return code

    def kill(self) -> None:
        """SIGKILL."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


class WarmDispatcher(Dispatcher):
    """A dispatcher whose spares are warm at once."""

    def _spawn(self) -> Any:
        return WarmProcess("--spare")
