"""The claims to check. Loads no torch."""

from __future__ import annotations

from core.claims.base import ClaimSpec
from core.claims.entries import generalisation, pace, start, text
from core.registry import Catalogue

CLAIMS: Catalogue[ClaimSpec] = Catalogue(
    "claim", (*start.ENTRIES, *pace.ENTRIES, *text.ENTRIES, *generalisation.ENTRIES)
)
