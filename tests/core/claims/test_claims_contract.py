"""What holds for every claim of the catalogue."""

from __future__ import annotations

import re

import pytest

from core.claims.base import TUNING_SEEDS, ClaimSpec
from core.claims.catalogue import CLAIMS
from core.experiments.arms import code_hash

ALL = list(CLAIMS.values())
RUN = [claim for claim in ALL if not claim.not_run]


@pytest.mark.parametrize("claim", ALL, ids=list(CLAIMS))
def test_it_says_what_it_rests_on(claim: ClaimSpec) -> None:
    assert re.fullmatch(r"[a-z0-9-]+", claim.key)
    assert re.search(r"(19|20)\d\d\.$", claim.article)
    assert re.search(r"(19|20)\d\d", claim.source)
    assert claim.summary.endswith(".")
    assert not claim.not_run or claim.not_run.endswith(".")


@pytest.mark.parametrize("claim", RUN, ids=[claim.key for claim in RUN])
def test_its_arms_are_recipes_that_differ(claim: ClaimSpec) -> None:
    recipes = [arm.recipe(claim.base) for arm in claim.arms]
    assert len({arm.key for arm in claim.arms}) == len({arm.label for arm in claim.arms}) == len(claim.arms) >= 2
    tuned = claim.tuning.grids if claim.tuning else {}
    for i, (arm, recipe) in enumerate(zip(claim.arms, recipes, strict=True)):
        assert recipe not in recipes[:i] or arm.key in tuned or claim.arms[recipes.index(recipe)].key in tuned


@pytest.mark.parametrize("claim", RUN, ids=[claim.key for claim in RUN])
def test_its_statements_speak_of_its_arms(claim: ClaimSpec) -> None:
    keys = [arm.key for arm in claim.arms]
    assert claim.says
    assert {key for said in claim.says for key in (said.treated, said.control)} == set(keys)
    for said in claim.says:
        assert said.treated != said.control
        assert said.words.endswith(".")
        assert said.number.words
        assert said.size is None or said.size > 0
        assert said.number.reaching is None or said.kind == "ratio"


@pytest.mark.parametrize("claim", RUN, ids=[claim.key for claim in RUN])
def test_what_is_tuned_is_tuned_on_other_seeds(claim: ClaimSpec) -> None:
    assert 3 <= claim.seeds < min(TUNING_SEEDS)
    if claim.tuning is None:
        return
    assert not set(claim.tuning.seeds) & set(range(claim.seeds))
    for key, grid in claim.tuning.grids.items():
        assert list(grid) == sorted(set(grid))
        for value in grid:
            claim.arm(key).with_changes({claim.tuning.setting: value}).recipe(claim.base)


def test_the_fingerprint_is_of_what_is_asked_not_of_words() -> None:
    from dataclasses import replace

    claim = CLAIMS["he-init"]
    assert replace(claim, label="Other words", article="Others. Nobody 2026.").fingerprint() == claim.fingerprint()
    assert replace(claim, seeds=7).fingerprint() != claim.fingerprint()
    assert replace(claim, base={**claim.base, "train": {"epochs": 1}}).fingerprint() != claim.fingerprint()


def test_the_code_hash_sees_the_training_code() -> None:
    assert re.fullmatch(r"[0-9a-f]{12}", code_hash())
