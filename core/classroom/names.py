"""Nicknames: what is left of what somebody typed, and which of them are the same to the eye."""

from __future__ import annotations

import unicodedata

from core.errors import BadInput

LONGEST = 24
MARKS_IN_A_ROW = 2
MARKUP = "<>&\"'`\\"


def cleaned(typed: str) -> str:
    """A nickname of at most LONGEST characters without control, format and markup characters.

    Raises:
        BadInput: when no letter or digit is left.
    """
    kept, marks = "", 0
    for ch in unicodedata.normalize("NFKC", typed[:400]):
        kind = unicodedata.category(ch)[0]
        marks = marks + 1 if kind == "M" else 0
        if ch.isspace():
            kept += " "
        elif kind != "C" and ch not in MARKUP and marks <= MARKS_IN_A_ROW:
            kept += ch
    name = " ".join(kept.split())[:LONGEST].strip()
    if not any(ch.isalnum() for ch in name):
        raise BadInput(f"A nickname has at least one letter or digit, and at most {LONGEST} characters.")
    return name


def folded(name: str) -> str:
    """What two names that look alike have in common: case, accents, spaces and punctuation are left out."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(ch for ch in parts if ch.isalnum() or unicodedata.category(ch) == "Mc")
