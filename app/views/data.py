"""The Data page: every data set with its story and samples, and the user's own tables."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from app import failures, navigation, state
from app.charts import samples
from app.charts.classes import balance_figure
from app.charts.figures import draw
from app.charts.graph import MOST_NODES, graph_figure
from app.forms import current
from app.forms import draft as drafts
from app.forms.checks import prepared
from app.forms.recipe_form import article
from app.forms.widgets import param_input
from app.views import share
from app.words import count, one_sample, plain
from core.data.base import DatasetSpec, Prepared
from core.data.catalogue import DATASETS
from core.recipe.check import DEFAULT_LOSS
from core.recipe.codec import parse_recipe, with_changes
from core.registry import ParamValue

KIND_ICONS = {"tabular": "table_chart", "image": "image", "sequence": "show_chart", "text": "notes", "graph": "hub"}
KIND_WORDS = {"tabular": "tables", "image": "images", "sequence": "series", "text": "texts", "graph": "graphs"}
UPLOAD_KEY = "upload"


def browse() -> None:
    """Draw the choice of a data set and everything about it."""
    shipped = {key: spec for key, spec in DATASETS.items() if key != UPLOAD_KEY}
    kinds = list(dict.fromkeys(spec.kind for spec in shipped.values()))
    kind = st.pills(
        "Kind",
        kinds,
        key="data.kind",
        format_func=lambda k: f":material/{KIND_ICONS.get(k, 'dataset')}: {KIND_WORDS.get(k, k)}",
    )
    options = [key for key, spec in shipped.items() if kind is None or spec.kind == kind]
    if share.arrives("data", "data").get("data") in options:
        st.session_state["data.key"] = state.query("data")
    if st.session_state.get("data.key") not in options:
        st.session_state["data.key"] = options[0]
    key = st.selectbox("Data set", options, key="data.key", format_func=lambda k: DATASETS[k].label)
    spec = DATASETS[key]
    left, right = st.columns([2, 3], gap="large")
    with left:
        _story(spec)
        values = _params(spec)
        told = {name: str(value) for name, value in values.items() if value != spec.defaults()[name]}
        others: dict[str, str | None] = {param.name: None for other in shipped.values() for param in other.params}
        share.keeps("data", data=key if told or key != next(iter(shipped)) else None, **(others | told))
        if st.button("Use this data", type="primary", icon=":material/play_circle:", key="data.use"):
            with failures.guard():
                use(spec.key, values)
    with failures.guard():
        data = prepared(with_changes(parse_recipe({}), {"data.key": key, "model.key": "mlp", **_dotted(values)}))
        with left:
            facts(data)
        with right:
            draw(balance_figure(data, 240), f"data.balance.{key}", "Rows per class or spread of the target.")
        show_samples(data, key)


def _dotted(values: dict[str, ParamValue]) -> dict[str, object]:
    return {f"data.{name}": value for name, value in values.items()}


def use(key: str, values: dict[str, ParamValue], task: str | None = None) -> None:
    """Put the data into the recipe being written, with a model and loss that fit, and open the form.

    `task` is that of an uploaded table, which only reading it can tell.
    """
    draft = current.draft()
    draft["keys"]["data"] = key
    draft["params"]["data"][key] = dict(values)
    if task is not None:
        draft["keys"]["loss"] = DEFAULT_LOSS[task]
    drafts.settle(draft)
    current.load(drafts.document_of(draft))
    navigation.go("train")


def _story(spec: DatasetSpec) -> None:
    st.subheader(plain(spec.label), anchor=False)
    st.markdown(plain(spec.summary))
    article(spec)


def _params(spec: DatasetSpec) -> dict[str, ParamValue]:
    values: dict[str, ParamValue] = {}
    asked = share.arrives("data", *(param.name for param in spec.params))
    for param in spec.params:
        with suppress(ValueError):  # what an address asks for in vain is left out
            if param.name in asked:
                st.session_state[f"data.{spec.key}.{param.name}"] = param.parse(asked[param.name])
        values[param.name] = param_input(param, param.default, f"data.{spec.key}.{param.name}")
    return values


def facts(data: Prepared) -> None:
    """Draw the size and shape of prepared data."""
    with st.container(horizontal=True):
        st.metric("Training rows", f"{len(data.x_train):,}")
        st.metric("Validation rows", f"{len(data.x_val):,}")
        st.metric("One sample", one_sample(data))
        if data.class_names:
            st.metric("Classes", len(data.class_names))
        if data.x_apart is not None:
            st.metric("Known anomalies", f"{len(data.x_apart):,}")
        if data.graph is not None:
            st.metric("Edges", f"{data.graph.edges.shape[1] // 2:,}")
    for note in data.notes:
        st.caption(f":material/info: {plain(note)}")


def show_samples(data: Prepared, key: str) -> None:
    """Draw samples in the way that suits the kind of data."""
    st.markdown("##### Samples")
    if data.kind == "image":
        images, labels = samples.image_samples(data)
        st.image(images, caption=labels, width=112)
    elif data.kind == "sequence":
        draw(samples.series_figure(data), f"data.series.{key}", "A few series.")
        channels = data.input_shape[-1]
        if channels > 1:
            st.caption(f"Drawn is the first of {count(channels, 'channel')}.")
    elif data.kind == "text":
        st.dataframe(samples.text_samples(data), hide_index=True)
    elif data.kind == "graph":
        _graph(data, key)
    elif data.input_shape == (2,) and data.class_names:
        draw(samples.plane_figure(data), f"data.plane.{key}", "The points of each class in the plane.")
    else:
        st.dataframe(samples.table_head(data), hide_index=True, height=260)
        draw(samples.histograms_figure(data), f"data.histograms.{key}", "Histograms of the features.")
        if data.input_shape[0] > samples.HISTOGRAMS:
            st.caption(f"Drawn are the first {samples.HISTOGRAMS} of {data.input_shape[0]} features.")


def _graph(data: Prepared, key: str) -> None:
    nodes = data.graph.nodes if data.graph is not None else 0
    if nodes > MOST_NODES:
        st.caption(f"{nodes:,} nodes are too many to draw; graphs of up to {MOST_NODES:,} are drawn.")
        return
    draw(graph_figure(data), f"data.graph.{key}", "The graph: nodes coloured by class, training nodes ringed.")
    st.caption(
        "Joined nodes are drawn near each other. The large nodes with a red ring are the training rows: only their labels are "
        "seen in training. All others validate; their features and edges are seen, their labels are not."
    )
