"""Balances: what each does to the training rows, to an epoch's order and to the parts that it must leave alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from core.data.balance.catalogue import BALANCES
from core.data.balance.rows import bag_member, undersample
from core.data.balance.synthetic import adasyn, smote
from core.data.base import KINDS
from core.errors import DataError, RecipeError
from core.recipe.codec import parse_recipe
from core.recipe.data import load_data
from core.train.plan import make_plan
from core.train.seeds import balanced_order

ON_ROWS = [key for key, spec in BALANCES.items() if spec.acts == "rows"]
DATA = {
    "tabular": "credit_default",
    "image": "digits",
    "sequence": "japanese_vowels",
    "text": "tweets",
    "graph": "citations",
}


def table(counts: tuple[int, ...] = (60, 12, 7), columns: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Clouds of `counts` rows that overlap, in random order."""
    random = np.random.default_rng(0)
    y = random.permutation(np.repeat(np.arange(len(counts)), counts))
    return (random.normal(size=(len(y), columns)) + y[:, None]).astype(np.float32), y


def has_row(x: np.ndarray, row: np.ndarray) -> bool:
    return bool((x == row).all(axis=1).any())


@pytest.mark.parametrize(
    ("key", "kind"),
    [(key, kind) for key in ON_ROWS for kind in KINDS if (key, kind) != ("adasyn", "image")],  # the digits are even
)
def test_an_entry_evens_out_the_classes_of_its_kinds_and_no_others(key: str, kind: str) -> None:
    document: dict[str, Any] = {"data": {"key": DATA[kind], "limit": 1000}, "balance": {"key": key}}
    document |= {"model": {"key": {"sequence": "lstm", "graph": "gcn"}.get(kind, "mlp")}}
    if kind not in BALANCES[key].kinds:
        with pytest.raises(RecipeError, match="leave it out"):
            parse_recipe(document)
        return
    recipe = parse_recipe(document)
    data, again = load_data(recipe), load_data(recipe)
    plain = load_data(parse_recipe({**document, "balance": {"key": "none"}}))
    counts = np.bincount(data.y_train)
    assert counts.max() / counts.min() < (1.35 if key == "adasyn" else 1.001)
    assert np.array_equal(data.x_val, plain.x_val)
    assert np.array_equal(data.y_val, plain.y_val)
    assert np.array_equal(data.x_train, again.x_train)
    assert data.x_train.dtype == plain.x_train.dtype
    assert data.y_train.dtype == plain.y_train.dtype
    assert data.x_train.shape[1:] == plain.x_train.shape[1:]
    assert any("untouched" in note for note in data.notes)
    if key not in ("undersample", "balanced_bag"):  # nothing is lost
        assert np.array_equal(data.x_train[: len(plain.x_train)], plain.x_train)


@pytest.mark.parametrize("function", [smote, adasyn])
def test_new_rows_lie_between_two_near_rows_of_their_class(function: Any) -> None:
    x, y = table()
    made_x, made_y = function(x, y, 3, k_neighbors=4)
    assert np.array_equal(made_x[: len(x)], x)
    for row, label in zip(made_x[len(x) :], made_y[len(x) :], strict=True):
        own = x[y == label]
        found = False
        for start in own:
            near = own[np.argsort(np.linalg.norm(own - start, axis=1))[1:5]]
            for end in near:
                u = float((row - start) @ (end - start) / ((end - start) @ (end - start)))
                found |= bool(-1e-5 <= u <= 1 + 1e-5 and np.allclose(row, start + u * (end - start), atol=1e-4))
        assert found


@pytest.mark.parametrize("function", [smote, adasyn])
def test_pictures_keep_their_shape(function: Any) -> None:
    x, y = table((40, 10), columns=16)
    made, labels = function(x.reshape(-1, 1, 4, 4), y, 0)
    assert made.shape[1:] == (1, 4, 4)
    assert np.array_equal(made.reshape(len(made), -1), function(x, y, 0)[0])
    assert np.array_equal(np.unique(labels), [0, 1])


def test_smote_is_imbalanced_learns_with_the_recipes_seed() -> None:
    from imblearn.over_sampling import SMOTE

    x, y = table()
    expected = SMOTE(k_neighbors=3, random_state=7).fit_resample(x, y)[0]
    assert np.array_equal(smote(x, y, 7, k_neighbors=3)[0], expected)
    assert not np.array_equal(smote(x, y, 8, k_neighbors=3)[0], expected)


def test_adasyn_makes_most_rows_where_another_class_is_near() -> None:
    random = np.random.default_rng(0)
    x = np.r_[random.normal(0, 1, 400), random.normal(1.5, 0.3, 20), random.normal(30, 0.3, 20)][:, None]
    y = np.r_[np.zeros(400, int), np.ones(40, int)]
    made = adasyn(x.astype(np.float32), y, 0)[0][440:, 0]
    assert (made < 15).mean() > 0.95  # half of the class's rows are here, and all of its neighbours of another class


def test_undersampling_keeps_the_smallest_class_whole() -> None:
    x, y = table()
    kept_x, kept_y = undersample(x, y, 0)
    assert np.bincount(kept_y).tolist() == [7, 7, 7]
    assert all(has_row(kept_x, row) for row in x[y == 2])
    assert len(np.unique(kept_x, axis=0)) == 21
    assert all(has_row(x, row) for row in kept_x)


def test_members_of_a_balanced_ensemble_have_draws_of_their_own() -> None:
    x, y = table((200, 20))
    draws = [bag_member(x, y, 0, member) for member in (1, 2, 3)]
    seen = [{tuple(row) for row in made[labels == 0]} for made, labels in draws]
    assert all(len(rows) == 20 for rows in seen)
    assert len(seen[0] | seen[1] | seen[2]) > 45, "together they see more"
    assert all(np.array_equal(np.sort(made[labels == 1], axis=0), np.sort(x[y == 1], axis=0)) for made, labels in draws)
    assert np.array_equal(bag_member(x, y, 0, 2)[0], draws[1][0])


@pytest.mark.parametrize(
    ("counts", "k", "said"),
    [((30, 4), 5, "at most 3"), ((30, 1), 5, "only 1 training row; use more rows, or set balance.key to oversample")],
)
@pytest.mark.parametrize("function", [smote, adasyn])
def test_a_class_with_too_few_rows_is_said_with_what_to_do(function: Any, counts: tuple, k: int, said: str) -> None:
    x, y = table(counts)
    with pytest.raises(DataError, match=said):
        function(x, y, 0, k_neighbors=k)


def test_adasyn_says_so_where_no_other_class_is_near() -> None:
    x, y = table((40, 10))
    x[y == 1] += 1000
    with pytest.raises(DataError, match=r"set balance\.key to smote"):
        adasyn(x, y, 0)
    assert np.bincount(smote(x, y, 0)[1]).tolist() == [40, 40]


def test_classes_of_equal_size_are_left_alone() -> None:
    x, y = table((3, 3))
    assert np.array_equal(smote(x, y, 0)[0], x)


@pytest.mark.parametrize("shuffle", [True, False])
def test_every_batch_holds_the_classes_in_equal_numbers(shuffle: bool) -> None:
    y = torch.from_numpy(table((90, 14, 5))[1])
    order = balanced_order(4, 2, y, shuffle)
    assert len(order) == len(y)
    for size in (3, 10, 32):
        for batch in order.split(size):
            counts = torch.bincount(y[batch], minlength=3)
            assert counts.max() - counts.min() <= 1
    used = torch.bincount(order, minlength=len(y))
    for label in range(3):
        assert used[y == label].max() - used[y == label].min() <= 1, "no row comes again before all have been used"
    assert torch.equal(order, balanced_order(4, 2, y, shuffle))
    assert torch.equal(order, balanced_order(4, 3, y, shuffle)) is not shuffle


def test_the_plan_and_the_first_batches_follow_the_balance() -> None:
    plan = make_plan(
        parse_recipe({"data": {"key": "credit_default", "limit": 2000}, "balance": {"key": "balanced_batches"}})
    )
    assert plan.y_train.double().mean() < 0.05
    drawn = plan.y_train[plan.epoch_order(0)]
    assert drawn.double().mean() == pytest.approx(0.5, abs=0.001)


def test_balanced_batches_do_not_undo_a_fault_in_silence() -> None:
    with pytest.raises(RecipeError, match="sorted_rows"):
        parse_recipe({"balance": {"key": "balanced_batches"}, "train": {"fault": "sorted_rows"}})
