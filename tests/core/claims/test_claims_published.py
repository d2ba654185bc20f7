"""The published table: complete, up to date, and judged as the code judges today."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.claims import results
from core.claims.base import ClaimSpec
from core.claims.catalogue import CLAIMS
from core.claims.judge import judge
from core.claims.measure import measure
from core.export.finite import finite
from core.race.judging.statistics import MINIMUM_SEEDS
from tests.core.claims.claims_for_tests import TINY, measured

PUBLISHED = results.read()
MEASURED = results.measured_in(PUBLISHED)
RUN = [claim for claim in CLAIMS.values() if not claim.not_run]


def test_every_claim_is_in_it_and_none_is_outdated() -> None:
    assert PUBLISHED is not None
    assert [one["key"] for one in PUBLISHED["claims"]] == list(CLAIMS)
    stale = [claim.key for claim in RUN if results.outdated(claim, MEASURED[claim.key])]
    assert not stale, f"run `gradclinic claims {' '.join(stale)} --out core/claims/results.json`"
    assert all(len(MEASURED[claim.key].seeds) == claim.seeds for claim in RUN)


def test_it_says_what_its_own_numbers_say() -> None:
    assert PUBLISHED is not None
    for one in PUBLISHED["claims"]:
        today = finite(results.claim_document(CLAIMS[one["key"]], MEASURED.get(one["key"])))
        assert one == json.loads(json.dumps(today)), one["key"]


def test_what_was_tuned_was_not_cut_off_by_its_grid() -> None:
    at_the_edge = [
        f"{key}.{arm}"
        for key, one in MEASURED.items()
        for arm, tuned in one.tuned.items()
        if tuned["taken"] in (tuned["tried"][0][0], tuned["tried"][-1][0])
    ]
    assert not at_the_edge


def test_it_names_no_machine() -> None:
    text = results.RESULTS.read_text(encoding="utf-8")
    assert not [word for word in ("/home", "/work", "/tmp", "/Users", "localhost") if word in text]


def test_a_second_document_keeps_what_the_first_had(tmp_path: Path) -> None:
    first = {"format": 1, "claims": [{"key": "he-init", "measured": {"a": 1}}, {"key": "gone", "measured": {}}]}
    second = {
        "format": 1,
        "claims": [{"key": "fine-tuning", "measured": None}, {"key": "xavier-lstm", "measured": {"b": 2}}],
    }
    assert [one["key"] for one in results.merged(first, second)["claims"]] == ["he-init", "xavier-lstm", "fine-tuning"]
    assert results.read(tmp_path / "none.json") is None
    (tmp_path / "bad.json").write_text("[]")
    assert results.read(tmp_path / "bad.json") is None


def test_a_changed_claim_is_outdated() -> None:
    found = measured(TINY, learns=[1, 2, 3], stands=[1, 2, 3])
    assert not results.outdated(TINY, found)
    assert results.outdated(CLAIMS["he-init"], found)


@pytest.mark.slow
@pytest.mark.parametrize("claim", RUN, ids=[claim.key for claim in RUN])
def test_three_seeds_do_not_contradict_the_table(claim: ClaimSpec) -> None:
    found = judge(claim, measure(claim, seeds=MINIMUM_SEEDS))
    opposite = {("held", "did not hold"), ("did not hold", "held")}
    for quick, published in zip(found, judge(claim, MEASURED[claim.key]), strict=True):
        assert (quick.direction, published.direction) not in opposite
        json.dumps(quick.document(), allow_nan=False)
