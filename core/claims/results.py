"""The claims as documents: what was measured and what it says, the published table, and whether it is still up to date."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from core.claims.base import ClaimSpec
from core.claims.catalogue import CLAIMS
from core.claims.judge import NOT_RUN, Judgement, judge
from core.claims.measure import Measured

FORMAT = 1
RESULTS = Path(__file__).with_name("results.json")


def document(measured: Iterable[Measured]) -> dict[str, Any]:
    """JSON-able: where and when, and each claim in the catalogue's order that was measured or can't be run."""
    import torch

    known = {one.claim: one for one in measured}
    shown = [claim for claim in CLAIMS.values() if claim.not_run or claim.key in known]
    return {
        "format": FORMAT,
        "date": date.today().isoformat(),
        "versions": {"torch": str(torch.__version__), "python": platform.python_version()},
        "machine": {"system": platform.system(), "processor": platform.machine(), "device": "cpu", "threads": 1},
        "claims": [claim_document(claim, known.get(claim.key)) for claim in shown],
    }


def claim_document(claim: ClaimSpec, measured: Measured | None) -> dict[str, Any]:
    """One claim: what it says, what was measured, and what that says."""
    judged = judge(claim, measured) if measured else ()
    return {
        "key": claim.key,
        "claim": claim.label,
        "told": claim.summary,
        "source": claim.source,
        "verdict": verdict(judged),
        "not_run": claim.not_run or None,
        "statements": [one.document() for one in judged],
        "measured": asdict(measured) if measured else None,
    }


def verdict(judged: tuple[Judgement, ...]) -> str:
    """What the first statement came to."""
    return judged[0].direction if judged else NOT_RUN


def merged(old: Mapping[str, Any] | None, new: dict[str, Any]) -> dict[str, Any]:
    """`new`, with the claims of `old` that it lacks or has not run, in the catalogue's order."""
    found = {one["key"]: one for one in (old or {}).get("claims", []) if one["key"] in CLAIMS}
    found |= {one["key"]: one for one in new["claims"] if one["measured"] or one["key"] not in found}
    return {**new, "claims": [found[key] for key in CLAIMS if key in found]}


def read(path: Path = RESULTS) -> dict[str, Any] | None:
    """A document that was written; None where it is missing or unreadable."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("format") == FORMAT else None


def measured_in(found: Mapping[str, Any] | None) -> dict[str, Measured]:
    """What a document holds of claims that are still in the catalogue, by key."""
    rows = [one["measured"] for one in (found or {}).get("claims", [])]
    return {row["claim"]: Measured.of(row) for row in rows if row and row["claim"] in CLAIMS}


def outdated(claim: ClaimSpec, measured: Measured) -> bool:
    """Whether the claim asks something else by now."""
    return measured.fingerprint != claim.fingerprint()
