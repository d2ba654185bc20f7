"""A whole recipe in an address, and the packing that everything in an address shares. No torch."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from typing import Any

from core.errors import BadInput
from core.recipe.codec import MAX_TEXT, Document, parse_recipe, to_document
from core.recipe.parts import Recipe
from core.train.loss_catalogue import LOSSES

MAX_LINK = 4_000
"""The longest text that is read from an address, in characters."""


def recipe_to_link(recipe: Recipe) -> str:
    """The recipe as text for an address: letters, digits, - and _ only.

    Raises:
        BadInput: when it does not fit into an address.
    """
    packed = pack(told(to_document(recipe)))
    if len(packed) > MAX_LINK:
        raise BadInput("This recipe is too long for an address; download it as text and send the file.")
    return packed


def recipe_from_link(text: str) -> Recipe:
    """Undo `recipe_to_link`.

    Raises:
        BadInput: when the text is not a whole recipe.
        RecipeError: with every fault, when it holds one that is not valid.
    """
    return parse_recipe(unpack(text, "recipe"))


def pack(document: Document) -> str:
    """A document as text for an address."""
    packed = zlib.compress(json.dumps(document, separators=(",", ":")).encode(), 9)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def unpack(text: str, noun: str) -> Any:
    """Undo `pack`; `noun` is what it was meant to be.

    Raises:
        BadInput: when the text is cut, or was never packed here.
    """
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        unpacker = zlib.decompressobj()
        document = unpacker.decompress(packed, MAX_TEXT)  # a small text can't unfold into gigabytes
        if not unpacker.eof:
            raise ValueError
        return json.loads(document)
    except (ValueError, binascii.Error, zlib.error, RecursionError):
        raise BadInput(f"The address does not hold a whole {noun}; it may have been cut. Ask for it again.") from None


def told(document: Document) -> Document:
    """What of a recipe's complete document has to be told, for all else are defaults."""
    loss = document["loss"]["key"]
    defaults = {**to_document(parse_recipe({})), "loss": {"key": loss, **LOSSES[loss].defaults()}}
    found: Document = {}
    for section, value in document.items():
        if not isinstance(value, Mapping):
            if value != defaults.get(section):
                found[section] = value
            continue
        same_key = value.get("key") == defaults[section].get("key")
        found[section] = {
            name: one
            for name, one in value.items()
            if name == "key" or not (same_key or name in ("lr", "weight_decay")) or one != defaults[section].get(name)
        }
    return found
