"""How much of the shared machine one student may take, with a sentence for each limit that is met. No torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from core.errors import BadInput
from core.registry import Param
from core.train.limits import Limits

SETTINGS: tuple[Param, ...] = (
    Param("queued", 2, "Runs waiting", "How many runs of one student may wait besides the one that trains.", minimum=0, maximum=20),
    Param("kept", 30, "Runs kept", "How many runs one student may have, finished ones included.", minimum=1, maximum=500),
    Param("epochs", 200, "Epochs", "The most epochs of one run.", minimum=1, maximum=100_000),
    Param("parameters", 5_000_000, "Parameters", "The largest model.", minimum=100, maximum=2_000_000_000),
    Param("minutes", 10.0, "Minutes", "The longest a run may take in one go; then it makes room and can be resumed.", above=0, maximum=1_440),
    Param("memory", 3_000, "Memory", "The most memory of one trainer.", unit="MiB", minimum=500, maximum=1_000_000),
    Param("disk", 200, "Disk", "The most disk space of one student.", unit="MiB", minimum=10, maximum=1_000_000),
)  # fmt: skip


@dataclass(frozen=True)
class ClassLimits:
    """The limits of one student: see SETTINGS."""

    queued: int = 2
    kept: int = 30
    epochs: int = 200
    parameters: int = 5_000_000
    minutes: float = 10.0
    memory: int = 3_000
    disk: int = 200

    @classmethod
    def of(cls, document: dict[str, Any]) -> ClassLimits:
        """Limits from a table; what it leaves out takes its default.

        Raises:
            BadInput: with every value that is not allowed.
        """
        values, faults = {}, []
        for param in SETTINGS:
            if param.name in document:
                try:
                    values[param.name] = param.parse(document[param.name])
                except ValueError as error:
                    faults.append(f"{param.label} {error}")
        if faults:
            raise BadInput("; ".join(faults) + ".")
        return cls(**values)  # type: ignore[arg-type]

    def document(self) -> dict[str, Any]:
        """As a table."""
        return asdict(self)

    def of_a_run(self) -> Limits:
        """What one run's trainer keeps to."""
        shared = {field.name for field in fields(Limits)}
        return Limits.of({name: value for name, value in asdict(self).items() if name in shared})
