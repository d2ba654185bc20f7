"""Figures of explanations: shap's geometry, names that can do no harm, odd data, both colour schemes."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from app.charts.explain import (
    colours,
    dependence,
    faith,
    force,
    importance,
    labels,
    local,
    many,
    ordering,
    pictures,
    series,
    swarm,
    tokens,
    training,
)
from core.explain.trust.curves import Curves

HOSTILE = [
    "<script>alert(1)</script>",
    "a & b",
    "$x^2$ and $y$",
    "same",
    "same",
    "x" * 300,
    "%{y} <extra>!</extra>",
    "&lt;",
]
UNIT = "logit of <b>cat</b>"
LIGHT, DARK = "#ffffff", "#0e1618"
INK = {LIGHT: "#13272b", DARK: "#e6eff0"}


def data(n: int = 60, f: int = 12, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    features = random.normal(size=(n, f))
    return features * random.uniform(0.1, 2, f) + 0.2 * random.normal(size=(n, f)), features


def names(f: int) -> list[str]:
    return (HOSTILE * (f // len(HOSTILE) + 1))[:f]


@pytest.fixture
def plt() -> Iterator[Any]:
    """matplotlib without a screen."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield plt
    plt.close("all")


def explained(values: np.ndarray, features: np.ndarray | None = None, base: float = 0.0) -> Any:
    import shap

    return shap.Explanation(values, base, features, feature_names=[f"f{i}" for i in range(values.shape[-1])])


# Agreement with shap


@pytest.mark.parametrize("most", [12, 5])
def test_beeswarm_positions_and_colours_equal_shaps(plt: Any, most: int) -> None:
    import shap

    values, features = data(200)
    features[:, 3] = np.round(features[:, 3])
    features[:, 4] = (np.arange(200) == 7).astype(float)  # the 5th to the 99th percentile are equal
    np.random.seed(3)
    axes = shap.plots.beeswarm(explained(values, features), max_display=most, show=False)
    theirs = [part for part in axes.collections if len(part.get_offsets())]
    rows = ordering.strongest(ordering.mean_size(values), most)
    across, up, samples = swarm.positions(rows.gather(values), np.random.RandomState(3))
    assert len(theirs) == len(rows) == most
    for row, part in enumerate(reversed(theirs)):
        np.testing.assert_allclose(np.column_stack([across[row], up[row]]), part.get_offsets(), atol=1e-9)
        if row < len(rows.order):
            low, high = part.get_clim()
            shades = swarm.shade(features[samples[row], rows.order[row]])
            np.testing.assert_allclose(shades, (np.asarray(part.get_array()) - low) / (high - low), atol=1e-9)
    written = [label.get_text() for label in axes.get_yticklabels()][::-1]
    assert [f"f{i}" for i in rows.order] == written[: len(rows.order)]
    assert ("Sum of 8 other features" in written) == (most == 5)


def test_the_beeswarm_figure_draws_those_positions() -> None:
    values, features = data(50, 4)
    features[5, 2] = np.nan
    figure = swarm.beeswarm(values, features, names(4), UNIT, seed=3)
    rows = ordering.strongest(ordering.mean_size(values), 20)
    across, up, samples = swarm.positions(rows.gather(values), np.random.RandomState(3))
    grey, coloured = figure.data
    assert len(grey.x) == 1
    assert grey.marker.color == colours.QUIET
    assert grey.customdata[0][0] == 5
    order = np.lexsort((coloured.x, coloured.y))
    left = ~((samples == 5) & (np.arange(4)[:, None] == list(rows.order).index(2)))
    expected = np.column_stack([across[left], up[left]])
    expected = expected[np.lexsort((expected[:, 0].astype(np.float32), expected[:, 1].astype(np.float32)))]
    np.testing.assert_allclose(np.column_stack([coloured.x, coloured.y])[order], expected, atol=1e-6)


def test_many_points_are_drawn_by_webgl_and_few_are_not() -> None:
    values, features = data(1000, 20)
    assert {trace.type for trace in swarm.beeswarm(values, features, names(20), UNIT).data} == {"scattergl"}
    assert {trace.type for trace in swarm.beeswarm(values[:40], features[:40], names(20), UNIT).data} == {"scatter"}


@pytest.mark.parametrize("most", [12, 6])
def test_waterfall_bars_equal_shaps(plt: Any, most: int) -> None:
    import shap

    values = np.array([3, -2.5, 2.2, 1.9, -1.6, 1.4, -1.2, 1.1, 0.9, -0.8, 0.7, 0.6])
    shap.plots.waterfall(explained(values, base=0.5), max_display=most, show=False)
    arrows = [patch for patch in plt.gcf().axes[0].patches if type(patch).__name__ == "FancyArrow"]
    outlines = [arrow.get_xy() for arrow in arrows]
    theirs = sorted((round(at[:, 1].mean()), at[:, 0].min(), at[:, 0].max()) for at in outlines)
    figure = local.waterfall(values, 0.5, 0.5 + values.sum(), names(12), [""] * 12, UNIT, most)
    bars = figure.data[0]
    ours = sorted((y, min(b, b + x), max(b, b + x)) for b, x, y in zip(bars.base, bars.x, bars.y, strict=True))
    np.testing.assert_allclose(ours, theirs, atol=1e-9)


def test_the_colour_of_a_dependence_plot_is_shaps_choice() -> None:
    from shap.utils import approximate_interactions

    for seed in range(3):
        values, features = data(230, 9, seed)
        values[:, 2] += features[:, 2] * features[:, 6]
        features[::7, 4] = np.nan
        features[:, 5] = 0
        features[:, 8] = np.round(features[:, 8])
        for index in (0, 2, 8):
            ours = ordering.interactions(index, values, features)
            assert ours.tolist() == approximate_interactions(index, values, features).tolist()
    assert ordering.interactions(2, values, features)[0] == 6


def test_the_heat_maps_order_is_shaps() -> None:
    from shap.utils import hclust_ordering

    values, _ = data(80)
    assert ordering.clustered(values).tolist() == hclust_ordering(values).tolist()
    figure = many.heat_map(values, values.sum(axis=1), names(12), UNIT, most=12)
    order = ordering.clustered(values)
    np.testing.assert_allclose(figure.data[0].y, values.sum(axis=1)[order])
    rows = ordering.strongest(ordering.mean_size(values), 12)
    np.testing.assert_allclose(figure.data[1].z, values[order][:, rows.order].T[::-1], rtol=1e-6)
    by_output = many.heat_map(values, values.sum(axis=1), names(12), UNIT, by="output")
    assert (np.diff(by_output.data[0].y) >= 0).all()


def test_decision_paths_equal_shaps(plt: Any) -> None:
    import shap

    values, _ = data(15, 10)
    shap.plots.decision(1.5, values, feature_names=[f"f{i}" for i in range(10)], show=False)
    theirs = np.array([line.get_xdata() for line in plt.gca().lines if len(line.get_xdata()) == 11])
    wrong = np.arange(15) < 4
    figure = many.decision(values, 1.5, names(10), UNIT, wrong=wrong)
    ours = {}
    for trace in figure.data:
        for x, sample in zip(np.reshape(trace.x, (-1, 12)), np.reshape(trace.customdata, (-1, 12)), strict=True):
            ours[int(sample[0])] = x[:11]
            assert (trace.line.dash == "dash") == wrong[int(sample[0])]
            assert trace.line.color == (colours.POSITIVE if x[10] >= 1.5 else colours.NEGATIVE)
    np.testing.assert_allclose(np.array([ours[i] for i in range(15)]), theirs, atol=1e-9)


# Contents


def test_waterfall_shows_what_is_not_explained() -> None:
    values = np.array([1.0, -0.5])
    exact = local.waterfall(values, 0.0, 0.5, ["a", "b"], ["1", ""], UNIT)
    assert len(exact.data[0].x) == 2
    assert list(exact.layout.yaxis.ticktext) == ["a<br>= 1", "b"]
    gap = local.waterfall(values, 0.0, 0.7, ["a", "b"], ["1", ""], UNIT)
    assert gap.data[0].x[0] == pytest.approx(0.2)
    assert gap.data[0].base[0] == pytest.approx(0.5)
    assert gap.layout.yaxis.ticktext[0] == "not explained"
    assert gap.data[0].marker.color[0] == colours.QUIET


def test_force_bar_meets_at_the_output_and_labels_never_share_a_level() -> None:
    values = np.array([2, -1, 0.5, -0.25, 1.0, -0.3])
    figure = force.force_bar(values, 1.0, 1.0 + values.sum(), [f"f{i}" for i in range(6)], ["9"] * 6, UNIT)
    ends = {trace.text.split(" ")[0]: (min(trace.x), max(trace.x)) for trace in figure.data}
    meet = 1.0 + values.sum()
    slack = 0.02 * np.abs(values).sum()
    assert ends["f0"][1] == pytest.approx(meet, abs=slack)
    assert ends["f0"][0] == pytest.approx(meet - 2, abs=slack)
    assert ends["f1"][0] == pytest.approx(meet, abs=slack)
    assert ends["f3"][1] == pytest.approx(meet + 1.55, abs=slack)
    for up in (True, False):
        levels = [note.ay for note in figure.layout.annotations if (note.ay > 0) == up]
        assert len(set(levels)) == len(levels) == 4
        assert min(np.diff(np.sort(levels))) >= force.LEVEL


def test_labels_of_a_force_bar_keep_inside_and_cross_no_leader_where_that_can_be() -> None:
    found = force.places([0.2, 0.3, 0.8], [0.3, 0.3, 0.3])
    for (_, side), leader in zip(found, [0.2, 0.3, 0.8], strict=True):
        assert 0 <= leader + side * 0.3 <= 1
    assert sorted(level for level, _ in found) == [0, 1, 2]


def test_bars_say_the_mean_its_interval_and_the_sum_of_the_rest() -> None:
    from scipy.stats import t

    values, _ = data(25, 5)
    figure = importance.bar(values, [f"f{i}" for i in range(5)], "price", most=4)
    rows = ordering.strongest(np.abs(values).mean(axis=0), 4)
    size = np.abs(values[:, rows.order])
    np.testing.assert_allclose(figure.data[0].x, size.mean(axis=0))
    low, high = t.interval(0.95, 24, size.mean(axis=0), size.std(axis=0, ddof=1) / 5)
    np.testing.assert_allclose(figure.data[0].error_x.array, (high - low) / 2)
    rest = np.abs(values[:, rows.rest]).sum(axis=1).mean()
    assert figure.layout.annotations[0].text.startswith(labels.number(rest))
    assert "n = 25" in words(figure)
    alone = importance.bar(values[:1], [f"f{i}" for i in range(5)], "price")
    assert "interval" not in words(alone)
    assert not np.any(alone.data[0].error_x.array)


def test_cohorts_stand_side_by_side_the_first_on_top() -> None:
    values, _ = data(40, 3)
    groups = {f"class {i}": values[i * 5 :] for i in range(8)}
    figure = importance.cohort_bars(groups, ["a", "b", "c"], "price")
    assert [trace.name for trace in figure.data] == [f"class {i} (n = {40 - 5 * i})" for i in range(5, -1, -1)]
    assert "6 largest of 8 cohorts" in words(figure)


def test_comparison_states_both_ranks() -> None:
    values, _ = data(30, 3)
    other = values[:, ::-1]
    figure = importance.comparison(values, other, ["a", "b", "c"], ("one", "one"), "price")
    assert len({trace.name for trace in figure.data}) == 2
    sizes = np.abs(values).mean(axis=0)
    rank = {"abc"[i]: place + 1 for place, i in enumerate(np.argsort(-sizes))}
    for text in figure.layout.yaxis.ticktext:
        name, ranks = text.split("<br>")
        assert ranks == f"rank {rank[name]} → {rank['cba'['abc'.index(name)]]}"


def test_jitter_spreads_classes_only() -> None:
    assert not dependence.jitter(np.linspace(0, 1, 50)).any()
    offsets = dependence.jitter(np.repeat([0.0, 2.0], 30))
    assert 0.05 < np.ptp(offsets) <= 0.2
    assert not dependence.jitter(np.full(50, 3.0)).any()


def test_dependence_puts_samples_without_a_value_at_the_edge() -> None:
    values, features = data(50, 2)
    features[4, 0] = np.nan
    figure = dependence.dependence(values[:, 0], features[:, 0], "a", UNIT, colour=features[:, 1], colour_name="b")
    points = figure.data[0]
    own = [i for i, said in enumerate(points.customdata) if said[0] == 4]
    assert points.x[own[0]] == min(points.x)
    assert points.marker.symbol[own[0]] == "diamond"
    assert "1 sample without a value" in words(figure)
    np.testing.assert_allclose(points.y, values[np.array(points.customdata)[:, 0].astype(int), 0])


def test_pictures_interpolate_nothing_and_say_the_largest_value() -> None:
    image = np.random.default_rng(0).random((3, 8, 6))
    values = np.random.default_rng(1).normal(size=(3, 8, 6))
    figure = pictures.image_overlay(image, values, UNIT, opacity=0)
    picture, cells = figure.data
    np.testing.assert_array_equal(picture.z, (image.transpose(1, 2, 0) * 255).round())
    np.testing.assert_allclose(cells.z, values.sum(axis=0), rtol=1e-6)
    assert cells.zsmooth is False
    largest = np.abs(values.sum(axis=0)).max()
    assert figure.layout.coloraxis.cmax == -figure.layout.coloraxis.cmin == pytest.approx(largest)
    assert labels.number(largest) in words(figure)
    under = pictures.image_overlay(image, values, UNIT, opacity=1).data[0].z
    assert (np.ptp(under, axis=2) <= 1).all(), "its own colours would mix with those of the pushes"
    coarse = pictures.image_overlay(image, np.ones((2, 3)), UNIT).data[1]
    assert (coarse.x0, coarse.dx, coarse.y0, coarse.dy) == (0.5, 2, 1.5, 4)  # blocks of 2 x 4 pixels, whole pixels
    grid = pictures.image_grid([image] * 4, [values] * 4, HOSTILE[:4], UNIT)
    assert len(grid.data) == 8
    assert grid.layout.coloraxis.cmax == pytest.approx(largest)


def test_words_cannot_bring_markup_and_stay_readable_in_both_schemes() -> None:
    words_given = [*HOSTILE, '" onmouseover="alert(1)']
    found = tokens.token_bar(words_given, np.linspace(-1, 1, 9), UNIT)
    assert "<script" not in found
    assert 'title="" onmouseover' not in found
    assert "<b>" not in found
    assert found.count("<span style") >= 9
    for ground, ink in INK.items():
        for colour in (colours.POSITIVE, colours.NEGATIVE):
            mixed = tuple(0.5 * a + 0.5 * b for a, b in zip(rgb(colour), rgb(ground), strict=True))
            assert tokens.STRONGEST == 0.5
            assert contrast(mixed, rgb(ink)) > 4.5


def test_series_are_shaded_step_by_step() -> None:
    values = np.random.default_rng(0).normal(size=(30, 9))
    figure = series.series_shading(np.cumsum(values, axis=0), values, [f"c{i}" for i in range(9)], UNIT)
    strongest = np.sort(np.argsort(-np.abs(values).mean(axis=0))[: series.CHANNELS])
    cells = [trace for trace in figure.data if trace.type == "heatmap"][::2]
    np.testing.assert_allclose(np.array([trace.z[0] for trace in cells]), values[:, strongest].T, rtol=1e-6)
    assert "6 of 9 channels" in words(figure)


def test_deletion_curves_stand_against_the_band_of_random_orders() -> None:
    shares = np.linspace(0, 1, 5)
    band = np.array([1 - shares, 1 - shares**2])
    curves = Curves(shares, 1 - shares**0.2, shares**0.2, band, band[:, ::-1], 12)
    figure = faith.deletion_insertion(curves)
    upper, lower, _, line = figure.data[:4]
    np.testing.assert_allclose(upper.y, band.max(axis=0))
    np.testing.assert_allclose(lower.y, band.min(axis=0))
    np.testing.assert_allclose(line.y, curves.deletion)
    assert "12 samples" in words(figure)
    assert "2 random orders" in words(figure)
    assert figure.layout.annotations[0].text.startswith(f"deletion {curves.area('deletion'):.2f}")


def test_importance_over_steps_says_what_it_leaves_out() -> None:
    amounts = np.outer([0.0, 1.0, 2.0], np.arange(1.0, 11.0))
    figure = training.importance_over_steps([0, 10, 20], amounts, [f"f{i}" for i in range(10)], "price", 8, most=4)
    assert [trace.name for trace in figure.data] == ["f9", "f8", "f7", "f6"]
    assert "6 other features, 38% of the sum" in words(figure)
    shares = training.importance_map([0, 10, 20], amounts, [f"f{i}" for i in range(10)], 8, most=4).data[0].z
    np.testing.assert_allclose(np.sum(shares, axis=0), [0, 1, 1], atol=1e-6)


# Every figure


def rgb(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """The contrast ratio of WCAG 2."""

    def luminance(colour: tuple[float, ...]) -> float:
        parts = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_colours_of_marks_show_on_both_pages_and_pushes_are_equally_strong() -> None:
    scale = [str(colour) for _, colour in colours.LOW_TO_HIGH]
    for ground in (LIGHT, DARK):
        for colour in (colours.POSITIVE, colours.NEGATIVE, colours.QUIET, *scale):
            assert contrast(rgb(colour), rgb(ground)) >= 3, (colour, ground)
    assert contrast(rgb(colours.POSITIVE), rgb(colours.NEGATIVE)) < 1.1


def words(figure: go.Figure) -> str:
    """What stands below the figure, on one line."""
    return str(figure.layout.title.text).replace("<br>", " ")


def texts(part: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """All strings in a figure's document with the key they stand under."""
    if isinstance(part, dict):
        for name, value in part.items():
            yield from texts(value, name)
    elif isinstance(part, list | tuple | np.ndarray):
        for value in part:
            yield from texts(value, key)
    elif isinstance(part, str):
        yield key, part


def makers(n: int, f: int, fill: float | None) -> dict[str, Callable[[], go.Figure]]:
    """Every figure that has features with names, on n samples of f features, some or all of them `fill`."""
    values, features = data(n, f)
    if fill is not None:
        values[:, : max(1, f // 2) if np.isnan(fill) and n > 1 else f] = fill
        features[:, 0] = np.nan
    own, shown = names(f), ["<i>3</i>"] * f
    output = np.where(np.isfinite(values), values, 0).sum(axis=1)
    steps = list(range(0, 10 * n, 10))
    return {
        "waterfall": lambda: local.waterfall(values[0], 0.0, output[0], own, shown, UNIT),
        "push_bars": lambda: local.push_bars(values[0], own, shown, UNIT),
        "force_bar": lambda: force.force_bar(values[0], 0.0, output[0], own, shown, UNIT),
        "beeswarm": lambda: swarm.beeswarm(values, features, own, UNIT),
        "plain beeswarm": lambda: swarm.beeswarm(values, None, own, UNIT),
        "bar": lambda: importance.bar(values, own, UNIT),
        "cohort_bars": lambda: importance.cohort_bars({"<b>": values, "b": values[:0], "$c$": values[:1]}, own, UNIT),
        "comparison": lambda: importance.comparison(values, values, own, ("<b>", "<b>"), UNIT),
        "dependence": lambda: dependence.dependence(
            values[:, 0], features[:, 0], own[0], UNIT, colour=features[:, -1], colour_name=own[-1]
        ),
        "heat_map": lambda: many.heat_map(values, output, own, UNIT),
        "decision": lambda: many.decision(values, 0.0, own, UNIT, wrong=output > 0),
        "series": lambda: series.series_shading(features, values, own, UNIT),
        "over steps": lambda: training.importance_over_steps(steps, np.abs(values), own, UNIT, n),
        "map": lambda: training.importance_map(steps, np.abs(values), own, n),
        "correlation": lambda: training.correlation_over_steps(steps, values[:, 0], n, spread=values[:, [0, 0]]),
        "image": lambda: pictures.image_overlay(np.ones((1, n, f)), values, UNIT),
        "grid": lambda: pictures.image_grid([np.ones((3, n, f))] * 2, [values] * 2, ["<b>", "$a$"], UNIT),
    }


CASES = {
    "usual": (40, 12, None),
    "one sample, one feature": (1, 1, None),
    "a thousand features": (3, 1000, None),
    "all zero": (20, 6, 0.0),
    "half missing": (20, 6, np.nan),
    "all missing": (1, 3, np.nan),
    "infinite": (5, 4, np.inf),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("figure", list(makers(2, 2, None)))
@pytest.mark.parametrize("case", CASES)
def test_every_figure_takes_odd_data_and_hostile_names(case: str, figure: str) -> None:
    n, f, fill = CASES[case]
    made = makers(n, f, fill)[figure]()
    document = made.to_plotly_json()
    assert made.data
    assert document["layout"]["paper_bgcolor"] == document["layout"]["plot_bgcolor"] == colours.CLEAR
    assert document["layout"]["height"] < 1_400
    for key, text in texts([document["data"], document["layout"]]):
        if key == "template":
            continue
        assert "<script" not in text
        assert "$" not in text
        assert "<b>cat" not in text
        assert "<i>3" not in text
        if key == "hovertemplate":
            assert "!" not in text, "a name stands in a template"
    for axis in made.select_yaxes():
        assert len(set(axis.tickvals or ())) == len(axis.ticktext or ())
    if fill is None:
        assert "missing" not in words(made).replace("missing value", "")
    low_high = [made.layout.xaxis.range, made.layout.yaxis.range]
    assert all(np.isfinite(end) for ends in low_high if ends for end in ends)
    made.to_json()


def test_duplicate_names_stay_two_rows() -> None:
    figure = local.waterfall(np.array([2.0, 1.0]), 0.0, 3.0, ["same", "same"], ["", ""], UNIT)
    assert list(figure.layout.yaxis.ticktext) == ["same", "same"]
    assert list(figure.layout.yaxis.tickvals) == [1, 0]


def test_every_figure_says_its_unit_and_its_n() -> None:
    for name, make in makers(7, 5, None).items():
        figure = make()
        said = words(figure) + str(figure.layout.yaxis.title.text)
        assert "cat" in said or name in ("map", "correlation"), name
        assert (
            "7 samples" in said
            or "n = 7" in said
            or "1 sample" in said
            or name in ("cohort_bars", "comparison", "image", "grid")
        ), (
            name,
            said,
        )
        assert all(trace.name and "n = " in trace.name for trace in figure.data if name == "comparison")
