"""Many samples explained together: which features count, how, for whom; cohorts side by side."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from app import state
from app.charts.explain.dependence import dependence
from app.charts.explain.importance import bar, cohort_bars
from app.charts.explain.many import decision, heat_map
from app.charts.explain.ordering import interactions
from app.charts.explain.pictures import image_grid
from app.charts.explain.swarm import beeswarm
from app.views.explain.answer import explained
from app.views.explain.exports import show, values_download
from app.views.explain.settings import Asked
from app.views.explain.words import InUnits, in_units, said_of, spread_rows
from app.words import count, plain
from core.data.base import Prepared
from core.explain.features import FeatureTable, feature_table
from core.explain.features import in_units as rows_in_units
from core.explain.result import Explanation

COUNTS = (20, 50, 100, 200, 500, 1000)
USUAL = 100
MOST_ASKED = 200
PICTURES = 12
COHORTS = ("By true class", "By class named", "Right and wrong", "Low and high output")


def many(asked: Asked) -> None:
    """Draw the choice of rows and the charts over them."""
    rows = _rows(asked)
    found = explained(asked, rows, "explain.many")
    if found is None:
        return
    data, units = asked.data, in_units(asked.data, found.attribution, asked.link)
    table = _table(data, found, units, rows)
    charts: dict[str, Callable[[], None]] = {
        "Importance": lambda: show(
            bar(table.values, table.names, units.unit), "many.bar", "Mean size of each feature's attributions."
        ),
        "Beeswarm": lambda: show(
            beeswarm(table.values, table.features, table.names, units.unit), "many.beeswarm",
            "One dot a sample for each feature, placed by its attribution and coloured by the feature's value.",
        ),
        "Dependence": lambda: _dependence(table, units),
        "Heat map": lambda: show(
            heat_map(table.values, units.output, table.names, units.unit), "many.heat_map",
            "Attributions, a row a feature and a column a sample.",
        ),
    }  # fmt: skip
    if units.base is not None:
        charts["Decision"] = lambda: _decision(data, table, units, found, rows)
    if data.kind == "image" and not found.attribution.layer:
        charts["Pictures"] = lambda: _pictures(asked, units, found, rows)
    charts["Cohorts"] = lambda: _cohorts(data, table, units, found, rows)
    view = st.segmented_control(
        "Chart",
        list(charts),
        default=next(iter(charts)),
        required=True,
        key="explain.many.chart",
        persist_state="session",
        label_visibility="collapsed",
    )
    charts[view]()
    if table.what:
        st.caption(table.what)
    values_download(data, found, rows, "explain.many")


def _rows(asked: Asked) -> tuple[int, ...]:
    data, total = asked.data, len(asked.data.x_val)
    given = tuple(
        sorted(
            {
                int(one)
                for one in state.query("rows").split(",")
                if one.isdecimal() and len(one) < 10 and int(one) < total
            }
        )
    )[:MOST_ASKED]
    counts = [n for n in COUNTS if n < total] + ([total] if total <= COUNTS[-1] else [])
    choices: list[int] = ([0] if given else []) + counts
    chosen = st.selectbox(
        "Rows",
        choices,
        index=0 if given else min(range(len(counts)), key=lambda place: abs(counts[place] - USUAL)),
        format_func=lambda n: (
            f"the {len(given)} rows you came with" if n == 0 else f"{n:,} of {total:,} validation rows"
        ),
        key=f"explain.rows.{asked.run.id}",
        persist_state="session",
        width=320,
        help="Drawn at even steps of the target's order, so that every class has its share.",
    )
    return given if chosen == 0 else spread_rows(data, chosen)


def _table(data: Prepared, found: Explanation, units: InUnits, rows: tuple[int, ...]) -> FeatureTable:
    if found.attribution.layer:
        values = units.values.reshape(len(rows), -1)
        names = tuple(f"{found.attribution.layer} {place}" for place in np.ndindex(units.values.shape[1:]))
        return FeatureTable(names, values, np.full(values.shape, np.nan), "These are the units of a layer.")
    return feature_table(data, data.x_val[list(rows)], units.values)


def _dependence(table: FeatureTable, units: InUnits) -> None:
    order = np.argsort(-np.abs(table.values).mean(axis=0), kind="stable").tolist()
    left, right = st.columns(2)
    with left:
        chosen = st.selectbox("Feature", order, format_func=lambda place: table.names[place], key="many.feature")
    likely = [int(place) for place in interactions(chosen, table.values, table.features) if place != chosen]
    with right:
        colour = st.selectbox(
            "Coloured by", [None, *likely], index=1 if likely else 0, key=f"many.colour.{chosen}",
            format_func=lambda place: "nothing" if place is None else table.names[place],
            help="The one that goes best with the spread at equal values of the feature comes first.",
        )  # fmt: skip
    show(
        dependence(
            table.values[:, chosen], table.features[:, chosen], table.names[chosen], units.unit,
            colour=None if colour is None else table.features[:, colour],
            colour_name="" if colour is None else table.names[colour],
        ),
        "many.dependence", f"The attribution of {table.names[chosen]} against its value.",
    )  # fmt: skip


def _decision(data: Prepared, table: FeatureTable, units: InUnits, found: Explanation, rows: tuple[int, ...]) -> None:
    assert units.base is not None
    show(
        decision(table.values, units.base, table.names, units.unit, wrong=wrong_rows(data, found, rows)), "many.decision",
        "The way of each sample from the base value to its output, feature by feature.",
    )  # fmt: skip


def wrong_rows(data: Prepared, found: Explanation, rows: tuple[int, ...]) -> np.ndarray | None:
    """Which of the explained rows the model names wrongly, (n,) bool; None for numbers."""
    if data.task == "regression":
        return None
    return np.asarray(found.outputs.argmax(axis=1) != data.y_val[list(rows)])


def _pictures(asked: Asked, units: InUnits, found: Explanation, rows: tuple[int, ...]) -> None:
    places = range(min(PICTURES, len(rows)))
    data = asked.data
    images = rows_in_units(data, data.x_val[list(rows[:PICTURES])])
    titles = [f"row {rows[place]} {said_of(data, found, place, rows[place], asked.link)}" for place in places]
    show(
        image_grid(list(images), list(units.values[:PICTURES]), titles, units.unit), "many.pictures",
        "Pictures under their attributions, all on one colour scale.",
    )  # fmt: skip


def _cohorts(data: Prepared, table: FeatureTable, units: InUnits, found: Explanation, rows: tuple[int, ...]) -> None:
    offered = COHORTS if data.task == "classification" else COHORTS[3:]
    way = st.selectbox("Cohorts", offered, key="many.cohorts", width=320)
    groups = cohorts(data, way, found, rows, units.output)
    if len(groups) < 2:
        st.info("All these rows are in one cohort; choose more rows, or another way to part them.")
        return
    show(
        cohort_bars({name: table.values[kept] for name, kept in groups.items()}, table.names, units.unit), "many.cohort_bars",
        "Mean size of each feature's attributions, cohort by cohort.",
    )  # fmt: skip
    st.caption(plain("; ".join(f"{name}: {count(int(kept.sum()), 'row')}" for name, kept in groups.items())) + ".")


def cohorts(
    data: Prepared, way: str, found: Explanation, rows: tuple[int, ...], output: np.ndarray
) -> dict[str, np.ndarray]:
    """The explained rows parted in one of the ways of COHORTS: name to mask (n,), empty ones left out."""
    named, true = found.outputs.argmax(axis=1), data.y_val[list(rows)]
    if way == "Right and wrong":
        groups = {"right": named == true, "wrong": named != true}
    elif way == "Low and high output":
        middle = np.median(output)
        groups = {"low output": output < middle, "high output": output >= middle}
    else:
        labels = true if way == "By true class" else named
        groups = {name: labels == label for label, name in enumerate(data.class_names)}
    return {name: kept for name, kept in groups.items() if kept.any()}
