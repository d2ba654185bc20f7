"""The published accuracy: the gallery is as large and varied as claimed, and its figures add up."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.gallery import outcome
from benchmarks.gallery.case import ACCEPTED, HEALTHY, WITHOUT_REMEDY, halves
from benchmarks.gallery.cases import all_cases
from benchmarks.gallery.injections import INJECTIONS, injected
from benchmarks.gallery.training import trained
from core.diagnosis.accuracy import interval, results
from core.diagnosis.catalogue import RULES

RESULTS: dict[str, Any] = results() or {}
CASES = all_cases()


def test_the_gallery_is_large_and_varied() -> None:
    kinds = Counter(case.fault for case in CASES)
    assert len(CASES) >= 150
    assert kinds[HEALTHY] >= 50
    assert len(kinds) - 1 >= 15
    assert {case.family for case in CASES} == {"mlp", "cnn", "rnn", "transformer"}
    assert len({case.document["data"]["key"] for case in CASES}) >= 10
    assert len({case.id for case in CASES}) == len(CASES)


def test_every_fault_is_a_rule_and_every_injection_is_known() -> None:
    named = {case.fault for case in CASES} - {HEALTHY} | {name for names in ACCEPTED.values() for name in names}
    assert named | set(WITHOUT_REMEDY) <= set(RULES)
    assert {name for case in CASES for name in (*case.inject, *case.twin_inject)} <= set(INJECTIONS)


def test_every_recipe_parses_and_a_twin_differs() -> None:
    for case in CASES:
        assert case.recipe is not None
        if case.sick:
            assert case.twin != case.recipe or case.twin_inject != case.inject, case.id


def test_the_halves_are_balanced_in_every_fault_and_fixed() -> None:
    half_of = halves(CASES)
    for fault in {case.fault for case in CASES}:
        counts = Counter(half_of[case.id] for case in CASES if case.fault == fault)
        assert abs(counts["calibration"] - counts["test"]) <= 1, fault
    assert half_of == halves(CASES)


@pytest.mark.parametrize("half", ["calibration", "test"])
def test_the_published_counts_add_up(half: str) -> None:
    part = RESULTS["halves"][half]
    head, faults = part["summary"], part["faults"]
    for name in ("named", "top_cause"):
        assert head[name] == {"hits": sum(row[name] for row in faults), "n": sum(row["n"] for row in faults)}
    for name in ("cured", "cured_at_random"):
        assert head[name] == {"hits": sum(row[name] for row in faults), "n": sum(row["curable"] for row in faults)}
    assert head["dropped"] == len(part["drops"])
    assert head["named"]["n"] + head["false_alarms"]["n"] + head["dropped"] == head["cases"]
    wrong = Counter(word for miss in part["misses"] for word in miss["what"].split("; "))
    assert wrong["false alarm"] == head["false_alarms"]["hits"]
    assert wrong["not named"] + wrong["not seen"] == head["named"]["n"] - head["named"]["hits"]
    assert wrong["first remedy does not cure"] == head["cured"]["n"] - head["cured"]["hits"]


def test_the_published_cases_are_these() -> None:
    half_of: dict[str, Any] = halves(CASES)
    assert RESULTS["cases"] == len(CASES)
    assert sum(part["summary"]["cases"] for part in RESULTS["halves"].values()) == len(CASES)
    for half, part in RESULTS["halves"].items():
        assert all(half_of[one["id"]] == half for one in (*part["misses"], *part["drops"]))


def test_the_interval_of_a_share() -> None:
    assert interval(0, 0) == (0.0, 1.0)
    low, high = interval(8, 10)  # Wilson: 0.490 to 0.943
    assert (round(low, 3), round(high, 3)) == (0.49, 0.943)
    assert interval(10, 10)[1] == 1.0


@pytest.mark.slow
def test_an_injection_lasts_as_long_as_its_context_and_a_second_call_trains_nothing(tmp_path: Path) -> None:
    case = next(case for case in CASES if case.id == "wrong-direction/wine")
    sick = trained(tmp_path, case.recipe, case.inject)
    twin = trained(tmp_path, case.twin, case.twin_inject)
    assert outcome.score(twin, "train") - outcome.score(sick, "train") >= case.margin
    before = {folder: folder.stat().st_ino for folder in tmp_path.iterdir()}
    assert len(before) == 2
    assert outcome.score(trained(tmp_path, case.recipe, case.inject), "train") == outcome.score(sick, "train")
    assert {folder: folder.stat().st_ino for folder in tmp_path.iterdir()} == before


def test_a_transformer_is_trained_from_an_mlps_recipe() -> None:
    from core.train import session

    case = next(case for case in CASES if case.id == "healthy/transformer-digits")
    with injected(case.inject):
        plan = session.make_plan(case.recipe)
    assert plan.model(plan.example()).shape == (2, 10)
    held = {id(p) for group in plan.optimizer.param_groups for p in group["params"]}
    assert held == {id(p) for p in plan.model.parameters()}
    assert torch.isfinite(plan.loss(plan.model(plan.x_train[:8]), plan.y_train[:8]))
