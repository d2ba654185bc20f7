"""Charts of influence and of concepts: who speaks for a prediction and against it, and what leaves the band of chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from app.charts.explain.colours import NEGATIVE, POSITIVE, QUIET, faded, of_sign
from app.charts.explain.labels import counted, framed, full, named_rows, number, row_height, wrapped
from core.explain.concepts.base import NOT_SEPARABLE, OPPOSED, SENSITIVE, Concepts
from core.explain.influence.base import Influence

MOST_CLASSES = 4
BAND = (2.5, 97.5)


def influence_figure(found: Influence, row: int, labels: Sequence[str], most: int = 10) -> go.Figure:
    """The strongest proponents and opponents of one explained row (its place in `found`), bars of their influence.

    `labels` name the targets of the training rows: of the proponents, then of the opponents. A reader can conclude which
    training rows moved this prediction, and whether a few stand out or all weigh alike.
    """
    most = min(most, found.proponents.shape[1])
    numbers = np.concatenate([found.proponents[row, :most], found.opponents[row, :most][::-1]])
    scores = np.concatenate([found.proponent_scores[row, :most], found.opponent_scores[row, :most][::-1]])
    shown = found.proponents.shape[1]
    words = [*labels[:most], *list(labels[shown : shown + most])[::-1]]
    names = [wrapped(f"row {one}: {label}", 24, 1) for one, label in zip(numbers, words, strict=True)]
    figure = go.Figure(
        go.Bar(
            x=scores,
            y=list(range(len(scores) - 1, -1, -1)),
            orientation="h",
            marker={"color": of_sign(scores), "line": {"width": 0}},
            hovertext=[full(f"training row {one}: {label}") for one, label in zip(numbers, words, strict=True)],
            hovertemplate="%{hovertext}<br>influence %{x:.3g}<extra></extra>",
        )
    )
    said = (
        f"influence: how far learning the row lowered the loss here (orange) or raised it (blue); "
        f"{counted(len(found.searched), 'training row')} searched, {counted(len(found.steps), 'checkpoint')}"
    )
    framed(figure, said, "", 30 + 22 * len(scores))
    named_rows(figure, names)
    return figure.update_xaxes(zeroline=True)


def concepts_figure(found: Concepts) -> go.Figure:
    """Alignment of each concept with each class, as points over the band of 95 % of random concepts.

    A reader can conclude which concepts move a class more than chance does: filled points are named sensitive or opposed;
    open ones can't be told from random concepts once all comparisons are counted, even outside of the band. Of many
    classes those with the strongest alignments are drawn.
    """
    strength = np.nan_to_num(np.abs(found.alignment)).max(axis=0)
    kept = np.sort(np.argsort(-strength, kind="stable")[:MOST_CLASSES])
    places = [(i, j) for j in kept for i in np.argsort(-np.nan_to_num(found.alignment[:, j]), kind="stable")]
    names = [
        wrapped(f"{found.classes[j]}: {found.concepts[i]}" if len(kept) > 1 else found.concepts[i], 26)
        for i, j in places
    ]
    bands = np.nanpercentile(found.null_alignment, BAND, axis=0)
    figure, count = go.Figure(), len(places)
    for at, j in enumerate(kept):
        top = count - 1 - at * len(found.concepts)
        low, high = (float(edge) for edge in bands[:, j])
        figure.add_shape(
            type="rect", layer="below", x0=low, x1=high, y0=top - len(found.concepts) + 0.55, y1=top + 0.45,
            fillcolor=faded(QUIET, 0.3), line={"width": 0},
        )  # fmt: skip
    figure.add_scatter(
        x=[None], y=[None], mode="markers", name="95 % of random concepts",
        marker={"symbol": "square", "size": 12, "color": faded(QUIET, 0.45)},
    )  # fmt: skip
    height = {place: count - 1 - at for at, place in enumerate(places)}
    for verdict, colour in ((SENSITIVE, POSITIVE), (OPPOSED, NEGATIVE), (NOT_SEPARABLE, QUIET)):
        own = [place for place in places if found.verdicts[place[0]][place[1]] == verdict]
        if not own:
            continue
        figure.add_scatter(
            x=[found.alignment[place] for place in own],
            y=[height[place] for place in own],
            mode="markers",
            name=verdict,
            marker={
                "size": 11,
                "symbol": "circle-open" if verdict == NOT_SEPARABLE else "circle",
                "color": colour,
                "line": {"width": 2, "color": colour},
            },
            hovertext=[_told(found, *place) for place in own],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    left_out = len(found.classes) - len(kept)
    said = f"mean cosine between the output's gradient and the concept's direction at {found.layer}"
    framed(
        figure, said + (f"; {left_out} of {len(found.classes)} classes not drawn, see the table" if left_out else ""), "",
        60 + row_height(names, 30) * count, legend=True,
    )  # fmt: skip
    named_rows(figure, names)
    return figure.update_xaxes(zeroline=True)


def _told(found: Concepts, concept: int, of_class: int) -> str:
    at = (concept, of_class)
    return (
        f"{full(found.concepts[concept])} for {full(found.classes[of_class])}<br>alignment {number(float(found.alignment[at]), signed=True)}, "
        f"p {number(float(found.p[at]))}<br>output rises in {found.score[at]:.0%} of {found.counted[of_class]} rows"
        f"<br>told from random rows {found.accuracy[concept]:.0%}"
    )
