"""What one run may use where many share a machine: written beside its recipe, kept to by its own trainer. No torch.

The trainer is the place for this: whatever page, link or command asked for more, it is the trainer that would take it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from core.errors import LimitReached

MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """The most that a run may use; None = no limit.

    `epochs` passes over the data (also by extending), `parameters` of the model, `minutes` of a trainer's time in one go
    (also while paused), `memory` of the trainer in MiB, `disk` of its checkpoints in MiB.
    """

    epochs: int | None = None
    parameters: int | None = None
    minutes: float | None = None
    memory: int | None = None
    disk: int | None = None

    @classmethod
    def of(cls, document: dict[str, Any]) -> Limits:
        """The limits in `document`; what it leaves out is not limited."""
        return cls(**{name: document[name] for name in cls.__dataclass_fields__ if document.get(name) is not None})

    def document(self) -> dict[str, Any]:
        """As it is kept beside a run."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def check_epochs(self, epochs: int) -> None:
        """Raise LimitReached when `epochs` are more than allowed."""
        if self.epochs is not None and epochs > self.epochs:
            raise LimitReached(f"{epochs:,} epochs are asked for; here a run has at most {self.epochs:,}.")

    def check_parameters(self, parameters: int) -> None:
        """Raise LimitReached when a model of so many `parameters` is larger than allowed."""
        if self.parameters is not None and parameters > self.parameters:
            raise LimitReached(
                f"The model has {parameters:,} parameters; here it has at most {self.parameters:,}. Make it narrower or shallower."
            )

    def bound_memory(self) -> None:
        """Let this process have no more memory than allowed, where the system can hold it to that."""
        if self.memory is None:
            return
        with contextlib.suppress(ImportError, ValueError, OSError):  # Windows; a lower limit already there
            import resource

            hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
            resource.setrlimit(resource.RLIMIT_DATA, (self.memory * MIB, hard))

    def when_over(self, stop: Callable[[str], None]) -> None:
        """Call `stop` with a sentence once the minutes are over."""
        if self.minutes is None:
            return
        sentence = (
            f"Stopped after {self.minutes:g} minutes, the most that a run takes here in one go. Nothing is lost: resume it, and it "
            "waits for its next turn."
        )
        clock = threading.Timer(60 * self.minutes, stop, (sentence,))
        clock.daemon = True
        clock.start()
