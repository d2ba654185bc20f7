"""What a workspace asks before a run is let in or a file is kept, where many share a machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from core.store.workspace import Run


class Admission(Protocol):
    """Decides whether a run is let in, what it may use, and what may be kept beside it."""

    def admit(self, document: dict[str, Any], make: Callable[[dict[str, Any]], Run]) -> Run:
        """Call `make` with the limits that the run's trainer keeps to, and return the run.

        Raises:
            NotAllowed, LimitReached: when it is not let in; nothing was made then.
        """

    def admit_again(self, run: Run, queue: Callable[[], None]) -> None:
        """Call `queue`, which asks for a trainer for a run that has ended.

        Raises:
            NotAllowed, LimitReached: when it is not let in; nothing was asked for then.
        """

    def admit_bytes(self, count: int) -> None:
        """Let a file of so many bytes be kept.

        Raises:
            NotAllowed, LimitReached: when it is not.
        """
