"""The known-answer test: its models learned what was planted, good methods find it and random ones do not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from core.errors import BadInput
from core.explain.baselines import Background
from core.explain.shapley.values import shapley_values
from core.explain.trust.planted import KINDS, Planted, known_answer, planted, score


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Small models train several times faster so where other tests run beside."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def ablation(case: Planted) -> np.ndarray:
    """The fall of the target's logit when one feature is set to 0."""
    own = np.arange(len(case.x)), case.targets
    full, found = case.predict(case.x)[own], np.zeros(case.x.shape)
    for place in np.ndindex(case.x.shape[1:]):
        without = case.x.copy()
        without[(slice(None), *place)] = 0
        found[(slice(None), *place)] = full - case.predict(without)[own]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_ablation_finds_what_was_planted_and_noise_does_not(kind: str) -> None:
    case = planted(kind)
    assert case.accuracy > 0.97
    assert not case.model.training
    assert known_answer(ablation, kind).light == "green"
    noise = known_answer(lambda case: np.random.default_rng(0).normal(size=case.x.shape), kind)
    assert noise.light == "withheld"
    assert abs(noise.figures["precision"] - noise.figures["chance"]) < 0.08


def test_our_shapley_values_find_it() -> None:
    def method(case: Planted) -> np.ndarray:
        return shapley_values(case.predict, case.x, case.targets, Background(case.background, "rows")).values

    check = known_answer(method, "tabular")
    assert check.light == "green"
    assert check.sentence == (
        "It finds what was planted. Of the features it ranks first, 100 % are the planted ones (by chance 25 %; all of them in "
        "40 of 40 samples; the model is right on 100 %)."
    )


def test_a_constant_gets_the_score_of_chance_not_of_the_order_of_columns() -> None:
    case = planted("tabular")
    assert score(case, np.ones(case.x.shape)).precision < 0.5
    assert score(case, case.important.astype(float)).precision == 1
    assert score(case, np.where(case.important, np.nan, 1.0)).precision == 0


def test_attributions_of_whole_time_steps_are_judged_as_such() -> None:
    case = planted("sequence")
    steps = np.abs(case.x).max(axis=2, keepdims=True)
    assert score(case, steps).precision > 0.95


def test_faults_are_sentences() -> None:
    with pytest.raises(BadInput, match="choose one of: tabular"):
        planted("graph")
    with pytest.raises(BadInput, match="give one a feature"):
        score(planted("tabular"), np.ones((40, 5)))
