"""Our Shapley values as a method of the catalogue, k-means backgrounds as a choice, and what is asked first of each kind of data."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from core.data.base import KINDS, Prepared
from core.data.prepare import prepare as prepare_data
from core.errors import BadInput, Cancelled
from core.explain.base import Attribution, Question, Request, Sound
from core.explain.baselines import BACKGROUND_KINDS, Background, background
from core.explain.catalogue import DEFAULTS, EXPLANATIONS, LIVE_ANYWHERE
from core.explain.prepare import Subject, prepare
from core.models.base import ModelInput
from core.models.catalogue import ARCHITECTURES
from tests.core.explain.explained_for_tests import FAMILIES, ask, family, family_verdict, offsets, rows, use


@cache
def wide() -> tuple[Subject, Request]:
    """An MLP of 14 columns, too many to count all subsets, and 6 rows against 40."""
    torch.manual_seed(3)
    model = ARCHITECTURES["mlp"].load()(ModelInput("tabular", (14,), 0), 3, depth=1, width=8)
    x = rows("tabular", (14,), 48)
    subject = prepare(offsets(model), x, "tabular")
    return subject, ask(subject, x, 6)


def test_of_many_columns_the_sampling_error_is_told_and_kept() -> None:
    subject, request = wide()
    few, many = (use(subject, request, "shapley", pairs=pairs) for pairs in (2, 32))
    assert few.standard_errors is not None
    assert many.standard_errors is not None
    assert few.standard_errors.shape == few.values.shape == (6, 14)
    assert 3 < np.median(few.standard_errors) / np.median(many.standard_errors) < 5  # 16 times the pairs
    apart = np.abs(few.values - many.values) / np.hypot(few.standard_errors, many.standard_errors)
    assert np.mean(apart < 2) > 0.85
    assert few.overall_gap is not None
    assert few.overall_gap < 1e-6
    assert any("standard error" in note for note in few.notes)
    again = Attribution.from_parts(json.loads(json.dumps(few.document())), few.arrays())
    assert again.standard_errors is not None
    assert np.array_equal(again.standard_errors, few.standard_errors)


def test_of_few_columns_there_is_no_error_to_tell() -> None:
    subject, x = family("mlp")
    found = use(subject, ask(subject, x, 3), "shapley")
    assert found.standard_errors is None
    assert "standard_errors" not in found.arrays()
    assert any("exact" in note for note in found.notes)


def test_it_tells_its_progress_and_stops_between_batches() -> None:
    subject, request = wide()
    told: list[float] = []
    use(subject, replace(request, progress=told.append), "shapley", pairs=64)
    assert len(told) > 3
    assert told == sorted(told)
    with pytest.raises(Cancelled):
        use(
            subject,
            replace(request, progress=told.append, should_stop=lambda: told[-1] < 1 and len(told) > 1),
            "shapley",
        )


@cache
def table(key: str = "breast_cancer") -> Prepared:
    return prepare_data(key, {}, seed=0, validation_fraction=0.2, standardise=True, limit=None)


def test_k_means_backgrounds_keep_the_weights_of_their_clusters() -> None:
    found = background(table(), 20, kind="kmeans")
    assert found.words == "20 k-means centres, weighted by their clusters"
    assert found.rows.shape == (20, 30)
    assert found.shares.sum() == pytest.approx(1)
    assert found.shares.std() > 0.01
    np.testing.assert_allclose(found.mean, table().x_train.mean(axis=0), atol=1e-4)


def test_few_weighted_centres_say_what_all_rows_say() -> None:
    """Of equally many centres and rows, the weighted centres come closer to the whole training part."""
    torch.manual_seed(0)
    subject = prepare(
        torch.nn.Sequential(torch.nn.Linear(30, 16), torch.nn.Tanh(), torch.nn.Linear(16, 2)), table().x_val, "tabular"
    )
    x, target = table().x_val[:10], np.zeros(10, np.int64)

    def values(against: Background) -> np.ndarray:
        request = Request(x=x, target=target, baseline=np.zeros(30, np.float32), background=against)
        return use(subject, request, "shapley", pairs=8).values

    truth = values(Background(table().x_train, "all"))
    centres = background(table(), 10, kind="kmeans")
    ours, unweighted, drawn = (
        np.abs(values(one) - truth).sum()
        for one in (centres, Background(centres.rows, "alike"), background(table(), 10))
    )
    assert ours < 0.5 * unweighted
    assert ours < 0.5 * drawn


def test_wrong_backgrounds_are_sentences() -> None:
    with pytest.raises(BadInput, match=r"no background 'kmeens'.*choose rows or kmeans"):
        background(table(), kind="kmeens")
    with pytest.raises(BadInput, match="are for tabular data; choose rows"):
        background(table("digits"), kind="kmeans")
    with pytest.raises(BadInput, match="at least 1"):
        background(table(), 0)
    with pytest.raises(BadInput, match="one weight of at least 0 for each"):
        Background(np.zeros((3, 2)), "rows", np.array([1.0, -1, 1]))
    assert BACKGROUND_KINDS[0] == Question(method="shapley", rows=(0,)).background_kind


def test_every_kind_of_data_has_methods_to_begin_with() -> None:
    assert set(DEFAULTS) == set(KINDS) - {"graph"}  # refused with a sentence
    for kind, defaults in DEFAULTS.items():
        assert len(set(defaults)) == 3
        for key in (*defaults, LIVE_ANYWHERE):
            assert kind in EXPLANATIONS[key].kinds
        assert EXPLANATIONS[defaults.method].complete
        assert EXPLANATIONS[defaults.live].cost == EXPLANATIONS[LIVE_ANYWHERE].cost == "instant"


@pytest.mark.parametrize("name", FAMILIES)
def test_the_first_and_the_second_opinion_are_sound_on_every_family(name: str) -> None:
    defaults = DEFAULTS[FAMILIES[name][1]]
    for key in (defaults.method, defaults.second, LIVE_ANYWHERE):
        assert isinstance(family_verdict(name, key), Sound), key
