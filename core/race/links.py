"""A whole race in an address. No torch."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from typing import Any

from core.errors import BadInput
from core.race.recipe import Race, parse_race
from core.recipe.codec import MAX_TEXT, parse_recipe, to_document
from core.train.loss_catalogue import LOSSES


def to_link(race: Race) -> str:
    """The race as text for an address: letters, digits, - and _ only."""
    loss = race.base.loss.key
    defaults = {**to_document(parse_recipe({})), "loss": {"key": loss, **LOSSES[loss].defaults()}}
    document = race.document()
    document["base"] = _difference(document["base"], defaults)
    packed = zlib.compress(json.dumps(document, separators=(",", ":")).encode(), 9)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def from_link(text: str) -> Race:
    """Undo `to_link`.

    Raises:
        BadInput: when the text is not a whole race.
    """
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        unpacker = zlib.decompressobj()
        document = unpacker.decompress(packed, MAX_TEXT)  # a small text can't unfold into gigabytes
        if not unpacker.eof:
            raise ValueError
        return parse_race(json.loads(document))
    except (ValueError, binascii.Error, zlib.error, RecursionError):
        raise BadInput("The address does not hold a whole race; it may have been cut. Ask for it again.") from None


def _difference(document: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """What of a recipe document has to be told, for all others are defaults."""
    told: dict[str, Any] = {}
    for section, value in document.items():
        if not isinstance(value, Mapping):
            if value != defaults.get(section):
                told[section] = value
            continue
        same_key = value.get("key") == defaults[section].get("key")
        told[section] = {
            name: one
            for name, one in value.items()
            if name == "key" or not (same_key or name in ("lr", "weight_decay")) or one != defaults[section].get(name)
        }
    return told
