"""The pictures of the wall: one scale for all tiles, breaks at NaN, marks for what leaves the picture, points of ended runs."""

from __future__ import annotations

import math
from dataclasses import replace

from app.charts.wall import HEIGHT, WIDTH, common_matters, common_scale, empty_tile, scatter_figure, summary_line, tile
from core.classroom.standings import Curve, Standing

CALM = Curve(tuple(range(0, 100, 10)), tuple(2.0 * 0.7**i for i in range(10)))
WILD = Curve(tuple(range(0, 100, 10)), (2.0, *(1e8 for _ in range(9))))
LOST = Curve((0, 10, 20, 60, 70), (2.0, 1.5, 1.2, 1.1, 1.0), (30,))


def standing(who: str = "ann", status: str = "done", curve: Curve = CALM, **changes: object) -> Standing:
    made = Standing(
        f"run-{who}", who, who.title(), 0.0, status, steps=50, total_steps=100, curve=curve,
        settings={"optim.lr": 0.1}, scores={"val_accuracy": 0.9},
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def heights(path: str) -> list[float]:
    return [float(point.split()[1]) for point in path.replace("M", "L").split("L")[1:]]


def test_an_exploding_run_leaves_at_the_top_and_does_not_flatten_the_others() -> None:
    scale = common_scale([CALM, CALM, WILD])
    calm, wild = tile(standing(), scale, ""), tile(standing(curve=WILD), scale, "")
    assert max(heights(calm["path"])) - min(heights(calm["path"])) > HEIGHT / 4
    assert heights(wild["path"])[1:] == [0.0] * 9
    assert wild["over"]
    assert not calm["over"]


def test_a_curve_breaks_where_the_loss_was_lost() -> None:
    found = tile(standing(curve=LOST), common_scale([LOST]), "")
    assert found["path"].count("M") == 2
    assert found["lost"] == [WIDTH * 0.3]
    assert found["matter"] == "loss became NaN"
    assert tile(standing(curve=LOST), common_scale([LOST]), "NaN or infinity")["matter"] == "NaN or infinity"


def test_a_tile_ends_where_the_run_is_and_says_it_in_words() -> None:
    found = tile(standing(status="running"), common_scale([CALM]), "")
    assert found["share"] == 0.5
    assert found["alt"] == "Ann, running, validation accuracy 0.9"
    assert found["tone"] == "live"
    assert tile(standing(), common_scale([CALM]), "Dead ReLU units")["tone"] == "warn"
    blank = empty_tile("bob", "Bob")
    assert (blank["run"], blank["path"], blank["word"], blank["alt"]) == ("", "", "not started", "Bob, not started")


def test_losses_below_zero_get_a_plain_scale() -> None:
    scale = common_scale([Curve((0, 1), (3.0, -5.0))])
    assert not scale.log
    assert [scale.y(3.0), scale.y(-5.0)] == [0.0, HEIGHT]


def test_the_scatter_holds_ended_runs_with_a_finite_score() -> None:
    runs = [
        standing("ann", settings={"optim.lr": 0.001}), replace(standing("ann"), run="newer"), standing("bob", "running"),
        standing("cid", scores={"val_accuracy": math.nan}), standing("<b>", "stopped", settings={"optim.lr": 1.0}),
    ]  # fmt: skip
    older, newest = scatter_figure(runs, "optim.lr", "Learning rate", "val_accuracy").data
    assert list(older.customdata) == ["run-ann"]
    assert list(newest.customdata) == ["newer", "run-<b>"]
    assert list(newest.text) == ["Ann", "&lt;B&gt;"]
    figure = scatter_figure(runs, "optim.lr", "Learning rate", "val_accuracy")
    assert figure.layout.xaxis.type == "log"
    figure = scatter_figure([standing("bob", settings={"optim.lr": 0.05})], "optim.lr", "Learning rate", "val_accuracy")
    assert figure.layout.xaxis.range == (0, 0.1)


def test_the_line_above_the_wall_counts() -> None:
    runs = [standing("ann"), standing("bob", "running"), standing("cid", "queued")]
    assert summary_line(runs, 5) == "3 of 5 started · 1 training · 1 waiting · 1 done"
    assert common_matters(["b", "a", "", "b"]) == [("b", 2), ("a", 1)]
