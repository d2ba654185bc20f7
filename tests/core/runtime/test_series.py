"""What the charts show of a run: every spike and every NaN of it, thinned, and the same whether read at once or live."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.runtime.decimate import CAPACITY, MOST_PIECES, HeatMap, Track, decimate, extremes
from core.runtime.series import NewAttempt, RunSeries, read_all
from core.store.rows import RunReader, RunWriter
from core.store.workspace import Workspace
from tests.synthetic_run import LAYERS, SyntheticRun


def reader_of(made: SyntheticRun) -> RunReader:
    reader = made.run.reader()
    assert reader is not None
    return reader


@pytest.mark.parametrize("spike", [0, 1, 4_999, 50_000, 99_998, 99_999])
def test_a_single_spike_among_100_000_points_survives(spike: int) -> None:
    y = np.random.default_rng(0).normal(size=100_000).astype(np.float32)
    y[spike] = 50.0
    kept = decimate(np.arange(100_000), y, 1_000)
    assert spike in kept
    assert len(kept) <= 1_000
    assert (np.diff(kept) > 0).all()
    assert y.argmin() in kept


def test_a_line_that_grows_by_single_points_stays_in_few_arrays() -> None:
    track, most = Track(), 0
    for step in range(3 * CAPACITY):
        track.add(np.array([step]), np.array([step % 7], np.float32), 1)
        most = max(most, track.pieces)
    assert most <= MOST_PIECES + 1  # a class that looks at a slow run for hours
    steps, values = track.points(CAPACITY)
    assert len(steps) <= CAPACITY
    assert track.total == 3 * CAPACITY
    assert (steps[-1], values.max()) == (3 * CAPACITY - 1, 6)


def test_the_extremes_of_each_column_are_among_a_ticks_points() -> None:
    values = np.random.default_rng(1).normal(size=(1_000, 7)).astype(np.float32)
    values[500, 3] = np.nan
    picked = extremes(values, 24)
    assert len(picked) <= 26
    for column in range(7):
        assert np.nanargmax(values[:, column]) in picked[:, column]
        assert np.nanargmin(values[:, column]) in picked[:, column]


def test_a_snapshot_keeps_spike_nan_and_says_how_many_points_there_are(workspace: Workspace) -> None:
    made = SyntheticRun(workspace)
    made.append(20_000)
    found = read_all(reader_of(made)).snapshot(1_000)
    steps, loss = found["series"]["loss"]
    assert 3_000 in steps
    assert len(steps) <= 1_010
    assert found["bad"]["loss"] == [[4_200, 4_200, 0, 1]]
    assert np.isnan(loss[steps == 4_200]).all()
    assert found["totals"]["step"] == 20_000
    assert found["totals"]["updates"] == 2_000
    assert found["layers"]["gradient_norm"] == LAYERS


def test_live_reading_and_one_reading_end_alike(workspace: Workspace) -> None:
    made = SyntheticRun(workspace)
    made.append(50)
    live, appended = RunSeries(reader_of(made)), 0
    while made.step < 9_000:
        change = live.advance()
        appended += len((change or {}).get("series", {}).get("loss", [[]])[0])
        made.append(450)
    live.advance()
    at_once = read_all(reader_of(made)).snapshot()
    in_pieces = live.snapshot()
    assert in_pieces["totals"] == at_once["totals"]
    assert in_pieces["bad"] == at_once["bad"]
    for name in ("loss", "gradient_norm", "gradient_norm/fc1"):
        for found in (in_pieces, at_once):
            assert np.nanmax(found["series"][name][1]) == pytest.approx(np.nanmax(at_once["series"][name][1]))
    assert np.allclose(in_pieces["heat"]["z"], at_once["heat"]["z"], equal_nan=True)
    assert appended < 9_000 / 10


def test_a_tick_is_small_however_many_rows_it_holds(workspace: Workspace) -> None:
    made = SyntheticRun(workspace)
    made.append(300)  # every stream has a row
    series = RunSeries(reader_of(made))
    series.advance()
    made.append(1_000)
    change = series.advance()
    assert change
    assert max(len(points[0]) for points in change["series"].values()) <= 26


def test_nothing_new_is_none(workspace: Workspace) -> None:
    made = SyntheticRun(workspace)
    made.append(10)
    series = RunSeries(reader_of(made))
    assert series.advance() == {}
    assert series.advance() is None


def test_the_newest_attempt_wins_and_the_older_one_is_surplus(workspace: Workspace) -> None:
    made = SyntheticRun(workspace, spike=None, nan=None)
    made.append(1_000)
    live = RunSeries(reader_of(made))
    live.advance()
    made.open(from_step=600)
    made.append(100)
    with pytest.raises(NewAttempt):
        live.advance()
    found = read_all(reader_of(made)).snapshot()
    assert found["totals"]["step"] == 700
    assert int(found["series"]["loss"][0].max()) == 700
    surplus = {part["name"]: part["points"][0] for part in found["surplus"]}
    assert surplus["loss"].min() == 601
    assert surplus["loss"].max() == 1_000


def test_zero_and_non_finite_gradients_have_their_own_marks_in_the_heat_map() -> None:
    heat = HeatMap(3)
    heat.add(np.array([1, 2]), np.array([[0.0, 10.0, 1.0], [0.0, np.nan, 100.0]], np.float32))
    z = heat.encoded()
    assert np.isnan(z[0]).all(), "nothing was recorded at step 0"
    assert z[1].tolist() == [HeatMap.ZERO, 1.0, 0.0]
    assert z[2].tolist() == [HeatMap.ZERO, HeatMap.NON_FINITE, 2.0]


def test_heat_map_bins_take_the_largest_and_stay_few() -> None:
    heat = HeatMap(1, bins=50)
    values = np.full((10_000, 1), 1.0, np.float32)
    values[7_777] = 1e6
    for start in range(0, 10_000, 100):
        heat.add(np.arange(start, start + 100), values[start : start + 100])
    assert len(heat.largest) <= 50
    assert heat.largest.max() == pytest.approx(1e6)


def test_a_stream_with_only_non_finite_values_is_shown_as_such(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "run.db", 1)
    writer.add_stream("step", ["loss", "lr", "samples_per_second"])
    for step in range(1, 40):
        writer.put("step", step, 0.0, np.array([np.nan, 0.1, np.inf], "<f4").tobytes())
    writer.flush("running", 39, {})
    found: dict[str, Any] = read_all(RunReader(tmp_path / "run.db")).snapshot()
    assert found["bad"]["loss"] == [[1, 39, 0, 39]]
    assert found["bad"]["samples_per_second"][0][2] == 1
