"""Histories of attributions: planted ones give the answer that was planted; a network learns a line before an XOR."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.errors import BadInput, DiskFull
from core.explain import records as records_module
from core.explain.over_training import (
    History,
    after_parent,
    began,
    document,
    importance,
    rank_to_final,
    read,
    recorded_members,
    step_to_step,
)
from core.explain.path import FixedRows
from core.explain.records import FixedSamples, Record, Records, fixed_samples, surplus
from core.recipe.codec import parse_recipe
from core.recipe.data import load_data
from core.store.workspace import Run, Workspace

ROWS = 6


def planted(values: np.ndarray, gaps: list[float] | None = None, **changes: Any) -> History:
    """A history of `values` (k, n, *shape) at steps 0, 10, 20, ...; the outputs are what they add up to."""
    k, n = values.shape[:2]
    whole = values.reshape(k, n, -1).sum(axis=2)
    given: dict[str, Any] = {
        "steps": 10 * np.arange(k),
        "epochs": np.arange(k) / 2,
        "rows": np.arange(n),
        "x": np.ones((n, *values.shape[2:]), np.float32),
        "targets": np.arange(n) % 2,
        "values": values.astype(np.float32),
        "gaps": np.array(gaps or [0.0] * k),
        "outputs": whole,
        "base_values": np.zeros((k, n)),
        "training_seconds": np.arange(k) * 1.0,
        "seconds": 0.1,
        "share": 0.01,
        "kind": "tabular",
        "task": "classification",
        "feature_names": tuple(f"f{i}" for i in range(values.shape[-1])),
        "class_names": ("no", "yes"),
        "words": {},
        "baseline": "zeros",
    }
    return History(**{**given, **changes})


def of_shares(*shares: list[float], **changes: Any) -> History:
    """Every row alike, with these sizes of its features at each step, in alternating sign."""
    sizes = np.array(shares)
    signs = (-1.0) ** np.arange(ROWS)
    return planted(sizes[:, None, :] * signs[None, :, None], **changes)


def test_a_feature_began_where_its_share_rose_for_good() -> None:
    history = of_shares(
        [0.50, 0.05, 0.40, 0.05],
        [0.85, 0.05, 0.05, 0.05],
        [0.30, 0.60, 0.05, 0.05],  # a flash of f1 that does not last
        [0.80, 0.10, 0.05, 0.05],
        [0.60, 0.25, 0.10, 0.05],
        [0.50, 0.40, 0.08, 0.02],
    )
    found = {one.name: one for one in began(history)}
    assert list(found) == ["f0", "f1", "f2", "f3"]  # by final share
    assert (found["f0"].step, found["f0"].after) == (0, None)
    assert (found["f1"].step, found["f1"].after, found["f1"].epoch) == (40, 30, 2.0)
    assert not found["f2"].used  # 0.08 < 1 / (2 * 4)
    assert found["f2"].step is None
    assert found["f1"].share == pytest.approx(0.4)


def test_half_of_the_final_share_is_enough_and_less_is_not() -> None:
    for share, step in ((0.5 * 0.4, 0), (0.5 * 0.4 - 0.001, 10)):
        history = of_shares([1 - share, share], [0.6, 0.4])
        assert next(one.step for one in began(history) if one.name == "f1") == step


def test_what_counts_no_more_than_the_sum_misses_is_not_used() -> None:
    sizes = [[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]]
    assert all(one.used for one in began(of_shares(*sizes)))
    history = of_shares(*sizes, gaps=[0.0, 0.25])  # a quarter of the change of 1.0 lies between 0.2 and 0.3
    assert [one.used for one in began(history)] == [True, True, False]


def test_ranks_are_those_planted() -> None:
    same, turned = [0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1]
    history = of_shares(turned, same, same)
    for by_row, whole in (rank_to_final(history), [part[1:] for part in step_to_step(history)]):
        assert by_row[0] == pytest.approx(-1)
        assert by_row[-1] == pytest.approx(1)
        np.testing.assert_allclose(by_row, whole)
    assert np.isnan(step_to_step(history)[0][0])
    random = np.random.default_rng(0)
    unrelated = planted(random.normal(size=(2, 400, 5)))
    assert abs(rank_to_final(unrelated)[0][0]) < 0.1


def test_importance_is_summed_as_each_kind_asks() -> None:
    random = np.random.default_rng(0)
    series = planted(random.normal(size=(2, 3, 7, 2)), kind="sequence")
    np.testing.assert_allclose(importance(series).sizes, np.abs(series.values).sum(axis=2).mean(axis=1), rtol=1e-6)
    image = planted(random.normal(size=(2, 3, 1, 8, 8)), kind="image", feature_names=())
    found = importance(image)
    assert len(found.names) == 16
    assert found.names[1] == "rows 0-1, columns 2-3"
    assert found.sizes[0, 1] == pytest.approx(np.abs(image.values)[0, :, 0, 0:2, 2:4].sum(axis=(1, 2)).mean())
    np.testing.assert_allclose(found.shares.sum(axis=1), 1)
    odd = importance(planted(random.normal(size=(1, 2, 3, 10, 15)), kind="image"))
    assert odd.names[-1] == "rows 8-9, columns 12-14"
    values = np.array([[[1.0, -2.0, 4.0], [3.0, 0.5, 8.0]]])
    text = planted(values, kind="text", x=np.array([[5, 7, 0], [7, 5, 0]]), words={5: "good", 7: "bad", 0: "<pad>"})
    assert importance(text).names == ("good", "bad")
    np.testing.assert_allclose(importance(text).sizes, [[(1 + 0.5) / 2, (2 + 3) / 2]])


def test_few_stay_and_lie_evenly() -> None:
    kept: list[int] = []
    for step in range(0, 1000, 5):
        kept.append(step)
        for gone in surplus(kept, 12):
            kept.remove(gone)
    assert len(kept) == 12
    assert (kept[0], kept[-1]) == (0, 995)
    gaps = np.diff(kept)
    assert gaps.max() <= 2.5 * np.median(gaps), kept
    assert surplus([0, 1, 2], 5) == []


def test_rows_are_stratified_fixed_and_fewer_of_large_inputs() -> None:
    data = load_data(parse_recipe({"data": {"key": "digits"}}))
    found = fixed_samples(data)
    assert len(found.rows) == len(set(found.rows.tolist())) == 50
    assert set(np.bincount(found.target)) <= {4, 5, 6}
    np.testing.assert_array_equal(found.x, data.x_val[found.rows])
    np.testing.assert_array_equal(found.rows, fixed_samples(data).rows)
    large = load_data(parse_recipe({"data": {"key": "digits28"}}))
    assert 10 <= len(fixed_samples(large).rows) == 20_000 // 784
    number = load_data(parse_recipe({"data": {"key": "diabetes"}, "loss": {"key": "mse"}}))
    assert not fixed_samples(number).target.any()


# ---- files -----------------------------------------------------------------------------------------------------------


def write(run: Run, gaps: list[float], *, x: float = 1.0, first: int = 0, member: int | None = None) -> None:
    """Records at steps first, first + 10, ... with these gaps."""
    records = Records(run.attributions if member is None else run.attributions / str(member))
    random = np.random.default_rng(0)
    names = {"kind": "tabular", "task": "classification", "feature_names": ["a", "b"], "class_names": ["no", "yes"]}
    records.begin(
        FixedSamples(
            np.arange(ROWS),
            np.full((ROWS, 2), x, np.float32),
            np.arange(ROWS) % 2,
            {**names, "target_name": "t", "words": {}, "baseline": "zeros"},
        )
    )
    for number, gap in enumerate(gaps):
        values = random.normal(size=(ROWS, 2)).astype(np.float32)
        output, before = values.sum(axis=1).astype(np.float64), np.zeros(ROWS)
        spent, step = 0.1 * (number + 1), first + 10 * number
        records.put(Record(step, number / 2, values, output, before, gap, 25, 0.1, spent, 5.0 * number))


@pytest.fixture
def run(workspace: Workspace) -> Run:
    """A run that was never started."""
    return workspace.create({"name": "empty"})


def test_reading_leaves_out_what_does_not_add_up(run: Run) -> None:
    with pytest.raises(BadInput, match=r"record\.attributions"):
        read(run)
    write(run, [0.3, 0.05, 0.01, float("nan"), 0.02])
    history = read(run)
    assert history.steps.tolist() == [10, 20, 40]
    assert history.withheld == (0, 30)
    assert not history.final_withheld
    assert history.amber.tolist() == [True, False, False]
    assert (history.seconds, history.share) == (pytest.approx(0.5), pytest.approx(0.5 / 20))
    told = document(history)
    assert told["withheld"] == [0, 30]
    assert told["amber"] == [10]
    assert told["rank_to_final"][-1] == pytest.approx(1)
    write(run, [0.01, 0.01, 0.01, 0.01, 0.5])
    assert read(run).final_withheld
    write(run, [0.5] * 5)
    with pytest.raises(BadInput, match="None of the 5 records"):
        read(run)


def test_a_torn_file_is_passed_over(run: Run) -> None:
    write(run, [0.0, 0.0, 0.0])
    path = run.attributions / "step-000000010.npz"
    path.write_bytes(path.read_bytes()[:300])
    assert read(run).steps.tolist() == [0, 20]


def test_members_of_a_race_are_found_by_number(run: Run) -> None:
    write(run, [0.0], member=3)
    write(run, [0.0, 0.0], member=0)
    assert recorded_members(run) == [0, 3]
    assert len(read(run, 0).steps) == 2


def test_a_fork_goes_on_from_its_parent(workspace: Workspace, run: Run) -> None:
    child, stranger = workspace.create({"name": "child"}), workspace.create({"name": "stranger"})
    write(run, [0.0] * 5)
    write(child, [0.0, 0.0], first=20)
    write(stranger, [0.0, 0.0], first=20, x=2.0)
    joined = after_parent(read(child), read(run), 20)
    assert joined.steps.tolist() == [0, 10, 20, 30]
    assert joined.forked_at == 20
    np.testing.assert_array_equal(joined.values[2], read(child).values[0])
    with pytest.raises(BadInput, match="other rows"):
        after_parent(read(stranger), read(run), 20)


def test_a_full_disk_is_said_and_leaves_what_was_there(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write(run, [0.0, 0.0])
    monkeypatch.setattr(records_module, "SPARE_BYTES", 2**62)
    with pytest.raises(DiskFull, match="Training goes on"):
        write(run, [0.0])
    assert read(run).steps.tolist() == [0, 10]


def test_the_size_is_bounded(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records_module, "MOST_BYTES", 12 * ROWS * 2 * 4)
    write(run, [0.0] * 40)
    steps = read(run).steps
    assert len(steps) == 12
    assert (steps[0], steps[-1]) == (0, 390)


# ---- a network -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_line_is_learned_before_an_exclusive_or(seed: int, run: Run) -> None:
    """`line` decides half of the margin and a network finds it at once; `left` and `right` count only together."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    x = random.uniform(-1, 1, (800, 6)).astype(np.float32)
    margin = 1.5 * x[:, 0] + 3 * x[:, 1] * x[:, 2]
    x_all, y_all = torch.from_numpy(x), torch.from_numpy((margin > 0).astype(np.int64))
    model = nn.Sequential(nn.Linear(6, 32), nn.Tanh(), nn.Linear(32, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    rows = np.arange(50)
    target, baseline = y_all[:50].numpy(), np.zeros(6, np.float32)
    records, names = Records(run.attributions), ["line", "left", "right", "noise1", "noise2", "noise3"]
    records.begin(
        FixedSamples(
            rows, x[:50], target,
            {"kind": "tabular", "task": "classification", "feature_names": names, "class_names": ["0", "1"],
             "target_name": "y", "words": {}, "baseline": "zeros"},
        )
    )  # fmt: skip
    followed = FixedRows(model, x[:50], target, baseline, "tabular")
    for step in range(401):
        if step % 20 == 0:
            one = followed.explain(model.state_dict())
            records.put(
                Record(step, step / 13, one.values, one.output, one.base_value, one.gap, 25, 0.0, 0.0, float(step))
            )
        batch = torch.from_numpy(random.integers(0, 800, 64))
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x_all[batch]), y_all[batch]).backward()
        optimizer.step()
    accuracy = float((model(x_all).argmax(dim=1) == y_all).float().mean())
    assert accuracy > 0.9
    history = read(run)
    found = {one.name: one for one in began(history)}
    assert found["line"].step is not None
    for pair in ("left", "right"):
        step, after = found[pair].step, found[pair].after
        assert step is not None
        assert after is not None
        assert step > found["line"].step
    assert not any(found[name].used for name in names[3:])
    by_row, whole = rank_to_final(history)
    assert by_row[-1] == pytest.approx(1)
    assert whole[0] < whole[-1]
