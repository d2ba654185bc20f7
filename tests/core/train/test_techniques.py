"""Every balance, augmentation and regularisation in the real loop: it changes the training, resumes, and is in the script."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats

from core.data.balance.catalogue import BALANCES
from core.data.catalogue import DATASETS
from core.errors import RecipeError
from core.recipe.codec import parse_recipe, to_document, with_changes
from core.recipe.data import load_data
from core.recipe.parts import Recipe
from core.store.workspace import Workspace
from core.train import loop, state
from core.train.augment.augment import padding
from core.train.augment.catalogue import AUGMENTATIONS
from core.train.augment.draws import GOLDEN, RowDraws, mix
from core.train.augment.mixing import beta_draws
from core.train.live_settings import LiveSettings
from core.train.plan import Plan, make_plan
from core.train.process import train_run
from core.train.regularise.catalogue import REGULARISATIONS
from tests.core.test_script_export import assert_same, run_script
from tests.core.train.still_for_tests import Still

DATA = {"image": "digits", "tabular": "breast_cancer", "sequence": "japanese_vowels", "text": "tweets"}
MODEL = {"image": {"key": "cnn", "channels": 4}, "sequence": {"key": "cnn", "channels": 4}}


CASES = [
    *(("balance", key) for key in BALANCES if key != "none"),
    *(("augment", key) for key in AUGMENTATIONS),
    *(("regularise", key) for key in REGULARISATIONS),
]


def document(section: str, key: str) -> dict[str, Any]:
    spec = {"balance": BALANCES, "augment": AUGMENTATIONS, "regularise": REGULARISATIONS}[section][key]
    kind = next(k for k in DATA if k in getattr(spec, "kinds", DATA)) if section == "augment" else "tabular"
    chosen = {"key": key} if section == "balance" else {key: {"limit": 0.5} if key == "max_norm" else {}}
    return {
        "data": {"key": DATA[kind], "limit": 90},
        "model": {**MODEL.get(kind, {"key": "mlp", "depth": 2, "width": 8}), "dropout": 0.2},
        "train": {"epochs": 3, "batch_size": 32, "steps": 8},
        section: chosen,
    }


def start(recipe: Recipe) -> tuple[Plan, state.Progress]:
    return make_plan(recipe), state.Progress(LiveSettings.of(recipe))


def steps(plan: Plan, progress: state.Progress, until: int = 10**9) -> list[float]:
    session = Still(until)
    session.train(plan, progress)
    return session.losses


def often(section: str, key: str) -> bool:
    """Balances and regularisations have a state each; augmentations share one way of drawing, so one of a kind is enough."""
    kinds = [AUGMENTATIONS[one].kinds for one in AUGMENTATIONS]
    return section != "augment" or kinds.index(AUGMENTATIONS[key].kinds) == list(AUGMENTATIONS).index(key)


@pytest.mark.parametrize(
    ("section", "key"), [one if often(*one) else pytest.param(*one, marks=pytest.mark.slow) for one in CASES]
)
def test_broken_equals_unbroken_and_it_does_something(section: str, key: str) -> None:
    recipe = parse_recipe(document(section, key))
    assert parse_recipe(to_document(recipe)) == recipe
    whole, whole_progress = start(recipe)
    losses = steps(whole, whole_progress)
    assert np.isfinite(losses).all()
    broken, progress = start(recipe)
    first = steps(broken, progress, until=4)
    file = io.BytesIO()
    state.save(state.capture(broken, progress), file)
    file.seek(0)
    resumed, later = start(recipe)
    torch.manual_seed(12345)
    state.restore(resumed, later, state.load(file, resumed.device))
    assert first + steps(resumed, later) == losses
    assert state.state_hash(state.capture(resumed, later)) == state.state_hash(state.capture(whole, whole_progress))
    without = with_changes(recipe, {"balance.key": "none"} if section == "balance" else {f"{section}.{key}": "off"})
    plain, plain_progress = start(without)
    steps(plain, plain_progress)
    ours, theirs = (state.weights_to_use(one) for one in (whole, plain))
    assert any(not torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.slow
@pytest.mark.parametrize(("section", "key"), CASES)
def test_the_script_does_the_same(section: str, key: str, workspace: Workspace, tmp_path: Any) -> None:
    run = workspace.create(to_document(parse_recipe(document(section, key))))
    assert train_run(run.path, log_to_file=False) == "done"
    assert_same(run_script(run, tmp_path / "script"), run)


def test_several_at_once_and_their_script(workspace: Workspace, tmp_path: Any) -> None:
    wanted = document("augment", "mixup") | {"regularise": {"l1": {"strength": 0.01}}, "balance": {"key": "oversample"}}
    run = workspace.create(to_document(parse_recipe(wanted)))
    assert train_run(run.path, log_to_file=False) == "done"
    assert_same(run_script(run, tmp_path / "script"), run)


@pytest.mark.parametrize("key", AUGMENTATIONS)
def test_a_row_is_varied_alike_in_whatever_batch(key: str) -> None:
    plan = make_plan(parse_recipe(document("augment", key)))
    rows = torch.arange(40)
    x, y = plan.training_batch(rows, 0)
    order = torch.randperm(40, generator=torch.Generator().manual_seed(1))
    again_x, again_y = plan.training_batch(rows[order], 0)
    assert torch.allclose(
        x[order].double(), again_x.double(), atol=1e-5
    )  # vectorised exp rounds by its place in the batch
    assert torch.allclose(y[order].double(), again_y.double(), atol=1e-6)
    assert x.shape == plan.x_train[:40].shape
    assert x.dtype == plan.x_train.dtype
    assert torch.isfinite(x).all()
    assert not torch.equal(x, plan.training_batch(rows, plan.steps_per_epoch)[0])  # another epoch, other draws
    assert not torch.equal(x, plan.x_train[:40])
    if y.ndim == 2:
        assert torch.allclose(y.sum(1), torch.ones(40))


def test_draws_are_splitmix64_and_well_spread() -> None:
    def reference(z: int) -> int:
        z %= 2**64
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) % 2**64
        return z ^ (z >> 31)

    values = torch.tensor([0, 1, 2**62, -5, GOLDEN])
    assert [int(v) % 2**64 for v in mix(values)] == [reference(int(v)) for v in values]
    rows = torch.arange(50_000)
    uniform = RowDraws(3, 1, rows, "a").uniform()
    assert float(uniform.min()) >= 0
    assert float(uniform.max()) < 1
    assert stats.kstest(uniform, "uniform").pvalue > 1e-3
    assert stats.kstest(RowDraws(3, 1, rows, "a").normal(), "norm").pvalue > 1e-3
    for other in (RowDraws(3, 1, rows, "b"), RowDraws(3, 2, rows, "a"), RowDraws(4, 1, rows, "a")):
        assert abs(np.corrcoef(uniform, other.uniform())[0, 1]) < 0.02
    counts = torch.bincount(RowDraws(0, 0, rows).integers(10), minlength=10)
    assert stats.chisquare(counts.numpy()).pvalue > 1e-3


@pytest.mark.parametrize("alpha", [0.3, 1.0, 4.0])
def test_beta_draws_have_their_distribution(alpha: float) -> None:
    found = beta_draws(RowDraws(5, 0, torch.arange(50_000), "beta"), alpha).double()
    assert stats.kstest(found, stats.beta(alpha, alpha).cdf).statistic < 0.01


def test_l1_adds_its_sum_and_leaves_biases() -> None:
    recipe = parse_recipe({"data": {"key": "iris"}, "regularise": {"l1": {"strength": 0.5}}})
    plan, progress = start(recipe)
    matrices = sum(float(p.detach().abs().sum()) for n, p in plan.model.named_parameters() if n.endswith("weight"))
    with torch.no_grad():
        rows = next(loop.epoch_batches(plan, progress))
        plain = float(plan.loss(plan.model(plan.x_train[rows]), plan.y_train[rows]))
    assert steps(plan, progress, until=1)[0] == pytest.approx(plain + 0.5 * matrices, rel=1e-5)


def test_balances_touch_the_training_rows_only() -> None:
    before = load_data(parse_recipe({"data": {"key": "credit_default", "limit": 2000}}))
    after = load_data(
        parse_recipe({"data": {"key": "credit_default", "limit": 2000}, "balance": {"key": "oversample"}})
    )
    assert np.array_equal(before.x_val, after.x_val)
    assert len(set(np.bincount(after.y_train))) == 1
    assert np.array_equal(after.x_train[: len(before.x_train)], before.x_train)
    assert any("untouched" in note for note in after.notes)


def test_padding_is_only_what_ends_a_series() -> None:
    series = torch.tensor([[[1.0], [0.0], [2.0], [0.0], [0.0]]])
    assert padding(series).flatten().tolist() == [False, False, False, True, True]


@pytest.mark.parametrize(
    ("wanted", "path", "said"),
    [
        ({"regularise": {"l9": {}}}, "regularise.l9", "unknown"),
        ({"regularise": {"l1": {"strenght": 1}}}, "regularise.l1.strenght", "did you mean 'strength'"),
        ({"regularise": {"l1": {"strength": -1}}}, "regularise.l1.strength", "above 0"),
        ({"regularise": {"l1": 3}}, "regularise.l1", "on or off"),
        ({"regularise": 3}, "regularise", "table"),
        ({"data": {"key": "tweets"}, "augment": {"mixup": {}}}, "augment.mixup", "text"),
        ({"data": {"key": "diabetes"}, "balance": {"key": "oversample"}}, "balance.key", "classification"),
    ],
)
def test_what_does_not_fit_is_said(wanted: dict[str, Any], path: str, said: str) -> None:
    with pytest.raises(RecipeError) as caught:
        parse_recipe(wanted)
    assert [said in fault.message for fault in caught.value.faults if fault.path == path] == [True], caught.value


def test_entries_are_taken_changed_and_left_out_by_assignment() -> None:
    recipe = with_changes(parse_recipe({}), {"regularise.l1.strength": 0.5, "augment.mixup": "on"})
    assert recipe.regularise.entries == {"l1": {"strength": 0.5}}
    assert recipe.augment.entries == {"mixup": {"alpha": 0.2}}
    assert with_changes(recipe, {"regularise.l1": "off"}).regularise.entries == {}
    assert hash(recipe) == hash(parse_recipe(to_document(recipe)))
    assert DATASETS["digits"].kind in AUGMENTATIONS["mixup"].kinds
