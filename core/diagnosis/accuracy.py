"""The published accuracy of the rules, as `make gallery` measured it, and whether the rules are still those."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("accuracy.json")


def results() -> dict[str, Any] | None:
    """The published figures; None where they are missing or unreadable."""
    try:
        found = json.loads(RESULTS.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def rules_hash() -> str:
    """A short hash of every file that has a say in a diagnosis."""
    digest = hashlib.sha256()
    for path in sorted(RESULTS.parent.rglob("*.py"), key=lambda path: path.as_posix()):
        if path != Path(__file__):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def interval(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Bounds of a share between 0 and 1 with 95 % confidence (Wilson 1927); (0, 1) for no trials."""
    if n == 0:
        return 0.0, 1.0
    share, weight = hits / n, z * z / n
    centre = (share + weight / 2) / (1 + weight)
    half = z * math.sqrt(share * (1 - share) / n + weight / (4 * n)) / (1 + weight)
    return max(0.0, centre - half), min(1.0, centre + half)
