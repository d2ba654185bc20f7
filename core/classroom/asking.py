"""What a teacher gives and asks, checked and cut down to what an event keeps: an exercise, a poll with its answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.classroom.locks import check_open
from core.errors import BadInput
from core.recipe.codec import parse_recipe, to_document

LONGEST_TEXT = 2_000
MOST_OPTIONS = 8


def giving(title: str, task: str, recipe: Mapping[str, Any], open_: Sequence[str]) -> dict[str, Any]:
    """The data of an event "exercise", without its id.

    Raises:
        RecipeError: when the recipe is not valid.
        BadInput: when a setting in `open_` is unknown, or no title is given.
    """
    document = to_document(parse_recipe(recipe))
    check_open(open_)
    return {
        "title": _text(title, "title", 120), "task": task.strip()[:LONGEST_TEXT], "recipe": document, "open": list(open_),
    }  # fmt: skip


def asking(question: str, options: Sequence[str], right: int | None) -> dict[str, Any]:
    """The data of an event "poll", without its id; empty options are left out.

    Raises:
        BadInput: when there are not 2 to MOST_OPTIONS different options, or `right` is none of them.
    """
    found = [one.strip()[:120] for one in options if one.strip()]
    if not 2 <= len(found) <= MOST_OPTIONS or len(set(found)) < len(found):
        raise BadInput(f"A poll has 2 to {MOST_OPTIONS} different answers to choose from.")
    check_right(found, right)
    return {"question": _text(question, "question", 300), "options": found, "right": right}


def check_right(options: Sequence[str], right: int | None) -> None:
    """Raise BadInput where `right` is not the place of one of the `options`, or None."""
    if right is not None and not 0 <= right < len(options):
        raise BadInput("The right answer has to be one of the answers.")


def _text(typed: str, noun: str, longest: int) -> str:
    """A text in one line of at most `longest` characters.

    Raises:
        BadInput: when nothing is left of it; `noun` says what is missing.
    """
    found = " ".join(typed.split())[:longest]
    if not found:
        raise BadInput(f"Give it a {noun}.")
    return found
