"""What the sections of a recipe are made of: settings with their Params, chosen entries, read-only tables."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any, NoReturn, TypeVar

from core.registry import Param, ParamValue

V = TypeVar("V")


class ReadOnly(dict[str, V]):
    """A table that can't be changed, and so can be part of a frozen recipe."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("recipes are read-only; use with_changes()")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(sorted(self.items())))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)


class Params(ReadOnly[ParamValue]):
    """The parameters of a catalogue entry."""


class Entries(ReadOnly[Params]):
    """Several catalogue entries with the parameters of each, in the catalogue's order."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self.items()))


def setting(default: ParamValue, label: str, help: str = "", **limits: Any) -> Any:
    """Declare a recipe field together with the Param that checks it and labels its input."""
    return field(default=default, metadata={"param": Param("", default, label, help, **limits)})


@dataclass(frozen=True, kw_only=True)
class Part:
    """One section of a recipe."""

    @classmethod
    def settings(cls) -> tuple[Param, ...]:
        """The Params of this part's own fields, in order."""
        return tuple(
            replace(found.metadata["param"], name=found.name) for found in fields(cls) if "param" in found.metadata
        )


@dataclass(frozen=True, kw_only=True)
class ChosenPart(Part):
    """A section that names a catalogue entry by `key` and carries that entry's `params`."""

    key: str
    params: Params = field(default_factory=Params)


@dataclass(frozen=True, kw_only=True)
class SeveralPart(Part):
    """A section that names any number of catalogue entries, each with its own params; none unless asked for.

    In a document it is a table of tables: {"l1": {"strength": 0.001}}.
    """

    entries: Entries = field(default_factory=Entries)
