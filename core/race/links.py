"""A whole race in an address. No torch."""

from __future__ import annotations

from core.errors import BadInput
from core.race.recipe import Race, parse_race
from core.recipe.links import pack, told, unpack


def to_link(race: Race) -> str:
    """The race as text for an address: letters, digits, - and _ only."""
    document = race.document()
    document["base"] = told(document["base"])
    return pack(document)


def from_link(text: str) -> Race:
    """Undo `to_link`.

    Raises:
        BadInput: when the text is not a whole race.
    """
    document = unpack(text, "race")
    try:
        return parse_race(document)
    except ValueError:
        raise BadInput("The address does not hold a whole race; it may have been cut. Ask for it again.") from None
