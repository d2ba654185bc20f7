"""What a graph looks like: nodes where joined ones lie together, and what stands around single nodes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from app.charts.figures import frame
from app.theme import SERIES
from core.data.base import Prepared
from core.data.graph import Graph
from core.data.layout import spring_layout

MOST_NODES = 1_500
UNUSED = -1


def graph_of(data: Prepared) -> Graph:
    """The graph of prepared data of kind graph."""
    assert data.graph is not None
    return data.graph


def labels_of(data: Prepared) -> np.ndarray:
    """The class of every node (nodes,), UNUSED where it neither trains nor validates."""
    labels = np.full(graph_of(data).nodes, UNUSED, np.int64)
    labels[data.x_train[:, 0]], labels[data.x_val[:, 0]] = data.y_train, data.y_val
    return labels


def graph_figure(data: Prepared) -> go.Figure:
    """Edges and nodes, one colour per class; nodes whose labels train are large and ringed."""
    graph, labels = graph_of(data), labels_of(data)
    places = spring_layout(graph)
    once = graph.edges[:, graph.edges[0] < graph.edges[1]]
    lines = np.full((once.shape[1], 3, 2), np.nan, np.float32)
    lines[:, 0], lines[:, 1] = places[once[0]], places[once[1]]
    figure = go.Figure()
    figure.add_scatter(
        x=lines[..., 0].ravel(), y=lines[..., 1].ravel(), mode="lines", showlegend=False, hoverinfo="skip",
        line={"width": 1 if graph.nodes < 200 else 0.5, "color": "rgba(128, 145, 150, 0.45)"},
    )  # fmt: skip
    small = 9 if graph.nodes < 200 else 5
    trains = np.zeros(graph.nodes, bool)
    trains[data.x_train[:, 0]] = True
    for label, name in [(UNUSED, "not used"), *enumerate(data.class_names)]:
        own = np.flatnonzero(labels == label)
        if not len(own):
            continue
        colour = "#98a2a6" if label == UNUSED else SERIES[label % len(SERIES)]
        figure.add_scatter(
            x=places[own, 0], y=places[own, 1], mode="markers", name=name, text=[f"node {node}" for node in own],
            hovertemplate="%{text}<extra>%{fullData.name}</extra>",
            marker={
                "size": np.where(trains[own], 1.8 * small, small), "color": colour, "opacity": 1.0,
                "line": {"color": "#e5484d", "width": np.where(trains[own], 2.0, 0.0)},
            },
        )  # fmt: skip
    frame(figure, "", "", 520, legend=True)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, scaleanchor="x")
    return figure.update_layout(hovermode="closest")


def node_table(data: Prepared, nodes: np.ndarray, said: Sequence[str], heading: str) -> pd.DataFrame:
    """One line for each of `nodes`: what is `said` of it, its neighbours, and how many are of its own class or train."""
    source, target = graph_of(data).edges
    labels = labels_of(data)
    trains = np.isin(np.arange(len(labels)), data.x_train[:, 0])
    around = [source[target == node] for node in nodes]
    return pd.DataFrame(
        {
            heading: list(said),
            "Node": nodes,
            "Neighbours": [len(near) for near in around],
            "of its class": [
                int((labels[near] == labels[node]).sum()) for near, node in zip(around, nodes, strict=True)
            ],
            "with a training label": [int(trains[near].sum()) for near in around],
        }
    )
