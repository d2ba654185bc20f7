"""Catalogues: what can be chosen, with its parameters, its help text and how to build it.

A catalogue holds no heavy import: `build` names a function as "module:function" and is loaded on first use,
so that forms, the CLI and recipe checks read every catalogue without importing torch.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from core.errors import UnknownKey, suggestion

ParamValue = float | int | bool | str | None


@dataclass(frozen=True, slots=True)
class Param:
    """One setting: its default (which fixes the type), allowed range, label, unit and help.

    `minimum` and `maximum` are inclusive; `above` and `below` are strict. `log` asks for a logarithmic input.
    `optional` allows None. A non-empty `choices` makes it a choice among those strings. `check` reads a text: it returns
    the text to keep, or raises a ValueError whose sentence goes on after the setting's name ("is ...; give ...").
    """

    name: str
    default: ParamValue
    label: str
    help: str = ""
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    log: bool = False
    optional: bool = False
    type: str = ""
    advanced: bool = False
    check: Callable[[str], str] | None = None

    @property
    def kind(self) -> str:
        """One of "choice", "bool", "int", "float", "text"."""
        if self.choices:
            return "choice"
        if self.type:
            return self.type
        for kind, python_type in (("bool", bool), ("int", int), ("float", float)):
            if isinstance(self.default, python_type):
                return kind
        return "text"

    def allowed(self) -> str:
        """Say in words which values are allowed."""
        if self.kind == "choice":
            return "one of " + ", ".join(self.choices)
        if self.kind == "bool":
            return "true or false"
        if self.kind == "text" and self.check is not None:
            return f"a text such as {self.default}"
        noun = {"int": "a whole number", "float": "a number", "text": "a text"}[self.kind]
        bounds = [
            f"{word} {bound:g}"
            for word, bound in (
                ("of at least", self.minimum),
                ("above", self.above),
                ("of at most", self.maximum),
                ("below", self.below),
            )
            if bound is not None
        ]
        return " ".join([noun, " and ".join(bounds)]).strip() + (", or none" if self.optional else "")

    def parse(self, value: object) -> ParamValue:
        """Return `value` in this parameter's type.

        Raises:
            ValueError: with a sentence that says what was given and what is allowed.
        """
        if value is None or (isinstance(value, str) and value.lower() in ("none", "null", "")):
            if self.optional:
                return None
            if self.kind != "choice" or "none" not in self.choices:
                raise ValueError(f"is empty; give {self.allowed()}")
            value = "none"
        if self.kind == "choice":
            if value is False and {"on", "off"} <= set(self.choices):
                value = "off"
            if value not in self.choices:
                raise ValueError(f"is {value!r}{suggestion(str(value), self.choices)}")
            return str(value)
        if self.kind == "bool":
            known = {
                "true": True,
                "yes": True,
                "on": True,
                "1": True,
                "false": False,
                "no": False,
                "off": False,
                "0": False,
            }
            if isinstance(value, bool):
                return value
            if str(value).lower() in known:
                return known[str(value).lower()]
            raise ValueError(f"is {value!r}; give {self.allowed()}")
        if self.kind == "text":
            return str(value) if self.check is None else self.check(str(value))
        return self._number(value)

    def _number(self, value: object) -> float | int:
        try:
            if isinstance(value, bool):
                raise TypeError
            number = float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            raise ValueError(f"is {value!r}; give {self.allowed()}") from None
        too_small = (self.minimum is not None and number < self.minimum) or (
            self.above is not None and number <= self.above
        )
        too_large = (self.maximum is not None and number > self.maximum) or (
            self.below is not None and number >= self.below
        )
        whole = self.kind != "int" or number.is_integer()
        if not math.isfinite(number) or too_small or too_large or not whole:
            raise ValueError(f"is {value}; give {self.allowed()}")
        return int(number) if self.kind == "int" else number


@dataclass(frozen=True, kw_only=True)
class Spec:
    """One catalogue entry. `article` is the in-app help: two or three plain sentences, the formula, the source."""

    key: str
    label: str
    summary: str
    article: str
    build: str
    params: tuple[Param, ...] = ()

    def load(self) -> Callable[..., Any]:
        """Import and return the function that `build` names."""
        module, _, name = self.build.partition(":")
        return getattr(importlib.import_module(module), name)

    def defaults(self) -> dict[str, ParamValue]:
        """The default of every parameter."""
        return {param.name: param.default for param in self.params}


S = TypeVar("S", bound=Spec)


class Catalogue(Mapping[str, S], Generic[S]):
    """An ordered, read-only table of Specs of one family.

    Raises:
        UnknownKey: on a look-up of a key it lacks, with the closest known key.
    """

    def __init__(self, family: str, specs: tuple[S, ...]) -> None:
        self.family = family
        self._specs = {spec.key: spec for spec in specs}
        if len(self._specs) != len(specs):
            raise ValueError(f"{family}: a key stands twice")

    def __getitem__(self, key: str) -> S:
        try:
            return self._specs[key]
        except KeyError:
            raise UnknownKey(self.family, key, self._specs) from None

    def get(self, key: object, default: Any = None) -> Any:
        """The entry of that key, or `default`."""
        return self._specs.get(str(key), default)

    def __contains__(self, key: object) -> bool:
        return key in self._specs

    def __iter__(self) -> Iterator[str]:
        return iter(self._specs)

    def __len__(self) -> int:
        return len(self._specs)
