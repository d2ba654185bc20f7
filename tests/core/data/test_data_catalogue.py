"""Every data set keeps the promises of core.data.base, and preparing one leaks nothing from validation to training."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from core.data.base import KINDS, TASKS
from core.data.catalogue import DATASETS
from core.data.files import SAMPLE_DATA
from core.data.layout import spring_layout
from core.data.prepare import describe, load_dataset, prepare
from core.errors import DataError

KEYS = [key for key in DATASETS if key != "upload"]
DIMENSIONS = {"tabular": 2, "image": 4, "sequence": 3, "text": 2, "graph": 2}


@pytest.mark.parametrize("key", KEYS)
def test_contract(key: str) -> None:
    spec = DATASETS[key]
    data = load_dataset(key, {}, seed=0)
    assert (data.key, data.kind, data.task) == (key, spec.kind, spec.task)
    assert spec.kind in KINDS
    assert spec.task in TASKS
    assert data.x.ndim == DIMENSIONS[data.kind]
    assert data.x.dtype == (np.int64 if data.kind in ("text", "graph") else np.float32)
    assert len(data.x) == len(data.y)
    assert abs(len(data.y) - spec.rows) <= 0.3 * spec.rows
    if data.class_names:
        assert data.y.dtype == np.int64
        assert sorted(np.unique(data.y)) == list(range(len(data.class_names)))
    else:
        assert data.y.dtype == np.float32
        assert not data.class_names
    assert bool(data.class_names) == (data.task != "regression")
    if data.kind == "image":
        assert 0 <= data.x.min() < data.x.max() <= 1
    if data.kind == "text":
        assert data.x.max() < len(data.vocabulary)
    if data.kind == "tabular":
        assert len(data.feature_names) == data.x.shape[1]
    facts = describe(data)
    assert facts["rows"] == len(data.y)


@pytest.mark.parametrize("key", list(DATASETS))
def test_help_and_parameters(key: str) -> None:
    spec = DATASETS[key]
    assert re.search(r"\b(19|20)\d\d\b", spec.article), "the article names its year"
    assert spec.summary
    assert spec.source
    assert spec.licence
    for param in spec.params:
        if key != "upload":
            assert param.parse(param.default) == param.default
        assert param.label
        assert param.help


@pytest.mark.parametrize("key", KEYS)
def test_same_seed_same_data_and_split(key: str) -> None:
    arguments = {"validation_fraction": 0.2, "standardise": True}
    one, two, other = (prepare(key, {}, seed=seed, **arguments) for seed in (5, 5, 6))  # type: ignore[arg-type]
    assert one.x_train.tobytes() == two.x_train.tobytes()
    assert one.y_val.tobytes() == two.y_val.tobytes()
    if "fixes" not in " ".join(one.notes):
        assert one.x_train.tobytes() != other.x_train.tobytes()
    assert np.isfinite(one.x_train).all()
    assert np.isfinite(one.x_val).all()
    assert one.x_train.flags.c_contiguous


@pytest.mark.parametrize("key", ["iris", "penguins", "credit_default", "digits"])
def test_classes_are_split_in_proportion(key: str) -> None:
    data = prepare(key, {}, seed=1, validation_fraction=0.25, standardise=False)
    train, val = (np.bincount(y, minlength=data.outputs) for y in (data.y_train, data.y_val))
    assert np.abs(val / (train + val) - 0.25).max() < 0.03


@pytest.mark.parametrize("key", ["wine", "digits", "japanese_vowels", "diabetes"])
def test_scaling_uses_the_training_rows_only(key: str) -> None:
    raw = prepare(key, {}, seed=2, validation_fraction=0.5, standardise=False)
    scaled = prepare(key, {}, seed=2, validation_fraction=0.5, standardise=True)
    if key == "japanese_vowels":
        series = load_dataset(key, {}, seed=2)
        assert series.part is not None
        mean = np.nanmean(series.x[series.part == 0], axis=(0, 1))
        assert scaled.x_mean == pytest.approx(mean, abs=1e-4)
        return
    axes = None if key == "digits" else 0
    assert scaled.x_mean == pytest.approx(raw.x_train.mean(axis=axes), rel=1e-4, abs=1e-5)
    assert scaled.x_train.mean(axis=axes) == pytest.approx(0, abs=1e-4)
    assert np.abs(scaled.x_val.mean(axis=axes)).max() > 1e-3, "validation is scaled with the training's statistics"
    if key == "diabetes":
        assert scaled.y_train * scaled.y_std + scaled.y_mean == pytest.approx(raw.y_train, rel=1e-3)


def test_a_target_is_left_in_its_own_units_where_the_loss_counts() -> None:
    raw = prepare("arrivals", {}, seed=0, validation_fraction=0.2, standardise=False)
    kept = prepare("arrivals", {}, seed=0, validation_fraction=0.2, standardise=True, keep_target=True)
    assert kept.y_train.tobytes() == raw.y_train.tobytes()
    assert kept.y_val.tobytes() == raw.y_val.tobytes()
    assert (kept.y_mean, kept.y_std) == (0.0, 1.0)
    assert kept.x_train.mean(axis=0) == pytest.approx(0, abs=1e-4)
    assert kept.x_train.std(axis=0) == pytest.approx(1, abs=1e-3)


def test_train_and_validation_share_no_row() -> None:
    data = prepare("friedman", {}, seed=0, validation_fraction=0.3, standardise=False)
    together = {row.tobytes() for row in data.x_train} & {row.tobytes() for row in data.x_val}
    assert not together
    assert len(data.x_train) + len(data.x_val) == 1000


def test_gaps_take_the_training_median() -> None:
    raw = load_dataset("penguins", {}, seed=0)
    data = prepare("penguins", {}, seed=0, validation_fraction=0.2, standardise=False)
    gaps = np.isnan(raw.x).any(axis=1).sum()
    assert gaps > 0
    column = np.concatenate([data.x_train[:, 0], data.x_val[:, 0]])
    median = np.median(data.x_train[:, 0])
    assert np.isclose(column, median).sum() >= np.isnan(raw.x[:, 0]).sum()


def test_a_constant_column_is_not_divided_by_zero() -> None:
    data = prepare("digits", {}, seed=0, validation_fraction=0.2, standardise=True, limit=50)
    assert np.isfinite(data.x_train).all()


@pytest.mark.parametrize("limit", [40, 100, 10**9])
def test_limit(limit: int) -> None:
    data = prepare("digits", {}, seed=0, validation_fraction=0.2, standardise=True, limit=limit)
    assert abs(len(data.x_train) + len(data.x_val) - min(limit, 1797)) <= 10
    assert set(data.y_train) == set(range(10))


def test_too_few_rows_is_a_sentence() -> None:
    with pytest.raises(DataError, match="too few"):
        prepare("digits", {}, seed=0, validation_fraction=0.9, standardise=True, limit=10)


def test_the_fixed_split_is_kept() -> None:
    data = prepare("japanese_vowels", {}, seed=9, validation_fraction=0.5, standardise=True)
    assert (len(data.x_train), len(data.x_val)) == (270, 370)


def test_sample_files_are_small_and_each_has_a_licence() -> None:
    shipped = {path.name for path in SAMPLE_DATA.iterdir() if path.suffix != ".md"}
    listed = set(re.findall(r"^\| (\S+\.\S+) \|", (SAMPLE_DATA / "LICENSES.md").read_text(), re.MULTILINE))
    assert shipped == listed
    assert sum(path.stat().st_size for path in SAMPLE_DATA.iterdir()) <= 5 * 2**20


def test_no_shipped_array_needs_unpickling() -> None:
    for path in SAMPLE_DATA.glob("*.npz"):
        with np.load(Path(path), allow_pickle=False) as arrays:
            assert arrays.files


@pytest.mark.parametrize("key", ["karate", "citations"])
def test_a_drawn_graph_keeps_joined_nodes_together_and_no_two_in_one_place(key: str) -> None:
    graph = load_dataset(key, {}, seed=0).graph
    assert graph is not None
    places = spring_layout(graph)
    assert np.array_equal(places, spring_layout.__wrapped__(graph))
    assert np.linalg.norm(places, axis=1).max() <= 1 + 1e-5
    assert len(np.unique(places.round(4), axis=0)) == graph.nodes
    lengths = np.linalg.norm(places[graph.edges[0]] - places[graph.edges[1]], axis=1)
    others = np.random.default_rng(0).integers(graph.nodes, size=(2, 2000))
    assert lengths.mean() < 0.75 * np.linalg.norm(places[others[0]] - places[others[1]], axis=1).mean()


@pytest.mark.parametrize("mixing", [0.0, 0.3, 0.8])
def test_links_to_other_topics_are_as_many_as_asked(mixing: float) -> None:
    data = load_dataset("citations", {"mixing": mixing}, seed=1)
    assert data.graph is not None
    source, target = data.graph.edges
    assert np.mean(data.y[source] != data.y[target]) == pytest.approx(mixing, abs=0.03)
    assert len(source) == pytest.approx(5.5 * 1000, rel=0.05)
    assert set(zip(source.tolist(), target.tolist(), strict=True)) == set(
        zip(target.tolist(), source.tolist(), strict=True)
    )
    assert (source != target).all()
    assert data.graph.features.sum(axis=1).mean() == pytest.approx(12, rel=0.05)
    assert np.array_equal(np.bincount(data.y[data.part == 0]), [20] * 5)
