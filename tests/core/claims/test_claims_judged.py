"""A claim is put to the test from end to end, and what came of it is said in words that fit the numbers."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from core.claims.judge import judge
from core.claims.measure import Measured, measure
from core.errors import BadInput
from tests.core.claims.claims_for_tests import ELSEWHERE, TINY, measured


def test_a_tiny_claim_from_end_to_end(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    found = measure(TINY, cache=tmp_path, progress=lambda done, total, label: told.append((done, total)))
    assert (told[0], told[-1]) == ((0, 10), (10, 10))
    assert told == sorted(told)
    assert found.seeds == (0, 1, 2)
    assert found.tuned["learns"]["taken"] == 0.03
    assert [value for value, _ in found.tuned["learns"]["tried"]] == [0.0001, 0.03]
    assert found.values["steps_to:val_loss:0.3"]["stands"] == (None, None, None)
    assert found.resolutions == {"val_loss": None, "steps_to:val_loss:0.3": 1.0}
    lower, sooner = judge(TINY, found)
    assert lower.direction == "held"
    assert lower.sentence.startswith("Validation loss fell by ")
    assert sooner.direction == "not separable"  # three lost seeds of three may still be chance
    assert "At rate 0: never got there in 3 of 3 seeds. A lost seed counts as the worst" in sooner.sentence
    assert Measured.of(json.loads(json.dumps(asdict(found)))) == found


def test_too_few_seeds_and_claims_that_cannot_run_are_refused() -> None:
    with pytest.raises(BadInput, match="2 seeds can't settle a claim; give at least 3"):
        measure(TINY, seeds=2)
    with pytest.raises(BadInput, match="elsewhere can't be run here: it takes a telescope"):
        measure(ELSEWHERE)


RATIO = TINY.says[1]


@pytest.mark.parametrize(
    ("treated", "direction", "size", "sentence"),
    [
        (
            [80, 82, 78, 81, 79],
            "held",
            "held",
            "Steps to a validation loss of 0.3 fell by 20.0 % (95 % interval 18.0 to 22.0 %, 5 paired seeds). "
            "That fits the claim of about 20 %.",
        ),
        (
            [40, 42, 38, 41, 39],
            "held",
            "did not hold",
            "Steps to a validation loss of 0.3 fell by 60.0 % (95 % interval 58.0 to 61.9 %, 5 paired seeds). "
            "That is more than the claim of about 20 %.",
        ),
        (
            [130, 132, 128, 131, 129],
            "did not hold",
            "did not hold",
            "Steps to a validation loss of 0.3 rose by 30.0 % (95 % interval 28.0 to 32.0 %, 5 paired seeds). "
            "It was claimed to fall by about 20 %.",
        ),
        (
            [60, 140, 90, 120, 80],
            "not separable",
            "not separable",
            "Steps to a validation loss of 0.3 fell by 6 % (95 % interval -42 to 38 %, 5 paired seeds), which may be chance; at "
            "this spread it would take more than 100 seeds to tell. Too uncertain to say whether that is about 20 %.",
        ),
        (
            [80, None, 78, 81, 79],
            "not separable",
            "not separable",
            "Steps to a validation loss of 0.3 fell by 20.5 % (95 % interval 18.4 to 22.5 %, 4 paired seeds) where both have one. "
            "With a rate: never got there in 1 of 5 seeds. A lost seed counts as the worst, and all this may be chance. Too "
            "uncertain to say whether that is about 20 %.",
        ),
    ],
)
def test_words(treated: list[float | None], direction: str, size: str, sentence: str) -> None:
    one = judge(TINY, measured(TINY, learns=treated, stands=[100.0] * 5))[1]
    assert (one.direction, one.size) == (direction, size)
    assert one.sentence == sentence


def test_without_an_effect_a_claim_seldom_holds() -> None:
    random = np.random.default_rng(5)
    answers = []
    for _ in range(400):
        rows = np.exp(random.normal(size=(2, 5)) * 0.2)
        answers.append(judge(TINY, measured(TINY, learns=rows[0].tolist(), stands=rows[1].tolist()))[1].direction)
    assert answers.count("held") <= 20
    assert answers.count("not separable") >= 360


def test_a_document_of_a_judgement_is_plain_json() -> None:
    for one in judge(TINY, measured(TINY, learns=[1.0, None, 1.0], stands=[None, None, None])):
        json.dumps(one.document(), allow_nan=False)
