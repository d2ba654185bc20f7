"""The Claims page shows the published table, filters it, and opens an arm's recipe in New run."""

from __future__ import annotations

import dataclasses

import pytest

from app.views.claims import arm_document, page, seeds_table, unit_of
from app.words import plain
from core.claims import results
from core.claims.catalogue import CLAIMS
from core.claims.judge import judge
from core.recipe.codec import parse_recipe
from tests.core.claims.claims_for_tests import TINY, measured
from tests.pages.conftest import Open, calm

MEASURED = results.measured_in(results.read())


def test_every_claim_stands_there_with_its_verdict(open_page: Open) -> None:
    at = open_page("claims")
    calm(at)
    labels = [one.label for one in at.expander]
    for (key, claim), label in zip(CLAIMS.items(), labels, strict=True):
        assert plain(claim.label) in label
        assert results.verdict(judge(claim, MEASURED[key]) if key in MEASURED else ()) in label
    assert sum(int(metric.value) for metric in at.metric) == len(CLAIMS)
    assert len(at.get("plotly_chart")) >= 2


def test_the_filter_leaves_only_what_is_asked_for(open_page: Open) -> None:
    at = open_page("claims")
    whole = len(at.expander)
    at.button_group(key="claims.verdicts").set_value(["held"]).run()
    calm(at)
    held = sum(results.verdict(judge(CLAIMS[key], one)) == "held" for key, one in MEASURED.items())
    assert len(at.expander) == held < whole


def test_an_arm_opens_in_new_run_as_it_was_tuned(open_page: Open) -> None:
    key = "adam-text"
    at = open_page("claims")
    at.button(key=f"claims.open.{key}.adam").click().run()
    calm(at)
    document = arm_document(CLAIMS[key], MEASURED[key], "adam")
    assert document["optim"]["lr"] == MEASURED[key].tuned["adam"]["taken"]
    assert at.session_state["draft_version"] >= 1
    parse_recipe(document)


def test_without_the_table_the_page_says_what_makes_it(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "read", lambda: None)
    at = open_page("claims")
    calm(at)
    assert "gradclinic claims" in at.info[0].value


def test_an_outdated_claim_says_so(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    old = {key: dataclasses.replace(one, fingerprint="0") for key, one in MEASURED.items()}
    monkeypatch.setattr(results, "measured_in", lambda found: old)
    at = open_page("claims")
    calm(at)
    assert sum("outdated" in one.label for one in at.expander) == len(old)


def test_a_lost_seed_is_a_gap_in_the_table() -> None:
    found = measured(TINY, learns=[1.0, None], stands=[2.0, 3.0])
    table = seeds_table(TINY, found, TINY.numbers[0])
    assert list(table.columns) == ["Arm", "Seed 0", "Seed 1"]
    assert table["Seed 1"].isna().tolist() == [True, False]
    assert [unit_of(one) for one in judge(TINY, found)] == ["loss", "steps"]
    assert page.__doc__
