"""The light on an explanation: what each check found, in one plain sentence each, and the worst of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Light = Literal["green", "amber", "withheld"]
ORDER: tuple[Light, ...] = ("green", "amber", "withheld")


@dataclass(frozen=True)
class Check:
    """What one check found: its light, a sentence for the reader, and the figures behind it."""

    key: str
    light: Light
    sentence: str
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Trust:
    """The checks of one explanation. Its light is the worst of theirs."""

    checks: tuple[Check, ...]

    @property
    def light(self) -> Light:
        """Green, amber or withheld; an explanation that nothing has checked is amber."""
        return max((check.light for check in self.checks), key=ORDER.index, default="amber")

    @property
    def verdict(self) -> str:
        """What the light means."""
        if not self.checks:
            return "Nothing has checked this explanation: take it as a guess."
        if self.light == "withheld":
            return "Not shown, because it would mislead."
        if self.light == "amber":
            return "Read with care."
        count = "the one check" if len(self.checks) == 1 else f"all {len(self.checks)} checks"
        return f"It passed {count} made here, which does not prove it right."

    @property
    def reasons(self) -> str:
        """What the checks with that light found."""
        return " ".join(check.sentence for check in self.checks if check.light == self.light)

    @property
    def sentence(self) -> str:
        """What the light means, with the reason."""
        return f"{self.verdict} {self.reasons}".strip()

    def document(self) -> dict[str, Any]:
        """JSON-able: {light, sentence, checks}."""
        return {"light": self.light, "sentence": self.sentence, "checks": [asdict(check) for check in self.checks]}


def trust(checks: Iterable[Check | None]) -> Trust:
    """The trust in an explanation from the checks that apply to it."""
    return Trust(tuple(check for check in checks if check is not None))


def percent(share: float) -> str:
    """A share in words: 0.3 %, 4.2 %, 58 %."""
    value = 100 * share
    return f"{value:.1f} %" if value < 10 else f"{value:,.0f} %"
