"""Which process is which: a pid alone can be reused, a dead child can linger as a zombie."""

from __future__ import annotations

import functools
import os
import signal
from dataclasses import dataclass
from pathlib import Path

import psutil


@functools.cache
def boot_id() -> str:
    """Changes at every boot of the machine."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return f"{psutil.boot_time():.0f}"


@dataclass(frozen=True)
class ProcessIdentity:
    """A process by pid, creation time (seconds since the epoch) and boot."""

    pid: int
    create_time: float
    boot_id: str

    @classmethod
    def of(cls, pid: int | None = None) -> ProcessIdentity:
        """The identity of process `pid`, or of this one.

        Raises:
            psutil.NoSuchProcess: when there is none.
        """
        pid = os.getpid() if pid is None else pid
        return cls(pid, psutil.Process(pid).create_time(), boot_id())

    def alive(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        if self.boot_id != boot_id():
            return False
        try:
            process = psutil.Process(self.pid)
            return abs(process.create_time() - self.create_time) < 0.05 and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False

    def signal_group(self, number: int = signal.SIGTERM) -> None:
        """Send a signal to the process and its children; nothing happens if it is gone or this very process."""
        if not self.alive() or self.pid == os.getpid():
            return
        try:
            if hasattr(os, "killpg") and os.getpgid(self.pid) == self.pid:
                os.killpg(self.pid, number)
            else:
                os.kill(self.pid, number)
        except ProcessLookupError:
            pass
