"""What the teacher shows, cut down to what an event keeps: a page, its query, its runs, and what is chosen on it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from core.store.workspace import RUN_ID

LONGEST_VALUE = 2_000
MOST_PARAMETERS, MOST_RUNS, MOST_CHOICES = 20, 20, 60
LONGEST_CHOICE = 500
"""Characters of a choice as JSON; longer ones are not followed."""
NO_CHOICES: Mapping[str, Any] = MappingProxyType({})


def showing(page: str, query: Mapping[str, str], runs: Sequence[str], choices: Mapping[str, Any]) -> dict[str, Any]:
    """The data of an event "shown"; what is too long or of another kind is left out."""
    found = {name[:100]: packed(value) for name, value in list(choices.items())[:MOST_CHOICES] if followed(value)}
    return {
        "page": page,
        "query": {str(name)[:60]: str(value)[:LONGEST_VALUE] for name, value in list(query.items())[:MOST_PARAMETERS]},
        "runs": [run for run in runs if RUN_ID.fullmatch(run)][:MOST_RUNS],
        "choices": found,
    }


def followed(value: Any) -> bool:
    """Whether what a widget holds can be handed on: plain values, and lists and tuples of them."""
    if isinstance(value, list | tuple):
        plain = all(isinstance(one, str | int | float | bool | None) for one in value)
    else:
        plain = isinstance(value, str | int | float | bool | None)
    return plain and len(json.dumps(value)) <= LONGEST_CHOICE


def packed(value: Any) -> Any:
    """A choice as JSON keeps it: a tuple as {"tuple": [...]}."""
    return {"tuple": list(value)} if isinstance(value, tuple) else value


def unpacked(value: Any) -> Any:
    """The choice that `packed` made this of."""
    return tuple(value["tuple"]) if isinstance(value, dict) else value
