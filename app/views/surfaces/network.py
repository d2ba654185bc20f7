"""The loss around the final weights of a run, on a plane, with the way that training took."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from app import failures, navigation, state
from app.components.surface_theatre import Actor, Stage, surface_theatre
from app.inspector import inspector
from app.words import number, plain
from core.errors import ClinicError
from core.store.run import ONLY_SHOWN
from core.store.status import run_status
from core.store.summaries import summary
from core.store.workspace import Run, Workspace
from core.surfaces.grid import Grid
from core.surfaces.network.landscape import DIRECTIONS, SIZE, Landscape, known, measure, question

MOST_RUNS = 50


def view() -> None:
    """Draw the choice of a run, and its landscape once it is measured."""
    found = {run.id: run for run in _candidates()}
    if not found:
        st.info(
            "A run that has ended and has checkpoints is needed. Start one on the Home page; it takes a few seconds.",
            icon=":material/landscape:",
        )
        navigation.link("home", "Start a first run")
        return
    asked = state.query("run")
    if asked and asked not in found:
        st.warning(f"Run {plain(asked[:60])} is not here, is still training, or has no checkpoints.")
    left, middle, right = st.columns([3, 3, 1], vertical_alignment="bottom")
    with left:
        ids = list(found)
        chosen = st.selectbox(
            "Run", ids, index=ids.index(asked) if asked in found else 0, format_func=lambda one: _name(found[one])
        )
    run = found[chosen]
    with middle:
        usual = "path" if len(run.checkpoints.list()) > 2 else "random"
        wanted = state.query("directions")
        directions = st.segmented_control(
            "Plane through the final weights",
            list(DIRECTIONS),
            default=wanted if wanted in DIRECTIONS else usual,
            format_func=DIRECTIONS.__getitem__,
            key=f"surfaces.directions.{chosen}",
            required=True,
        )
    with right:
        seed = st.number_input("Seed", 0, 10_000, _number(state.query("draw")), help="Of the directions and the rows.")
    st.query_params.from_dict({"run": chosen, "directions": directions, "draw": str(seed)})
    asked_of = question(Workspace(run.home), run, directions, int(seed))
    landscape = known(inspector(), asked_of)
    if landscape is None:
        st.caption(
            f"The loss is measured at {SIZE} × {SIZE} places, each with up to 512 training rows: a second for a small network, "
            "up to half a minute for a large one."
        )
        if run.shown:
            st.info(ONLY_SHOWN, icon=":material/visibility:")
            return
        if not st.button("Measure the loss", type="primary", icon=":material/landscape:"):
            return
        bar = st.progress(0.0, "Measuring …")
        for share in measure(inspector(), run, asked_of):
            bar.progress(min(1.0, share), f"Measuring … {100 * share:.0f} %")
        st.session_state[f"surfaces.measured.{chosen}.{directions}.{seed}"] = True  # those who follow look again
        st.rerun()
    with failures.guard():
        _show(landscape, directions)


def _candidates() -> list[Run]:
    found: list[Run] = []
    try:
        asked = state.workspace().run(state.query("run"))
        wanted = [asked] if asked.read_only and not asked.is_race else []
    except ClinicError:
        wanted = []
    for run in [*wanted, *state.workspace().runs()]:
        try:
            if not run.watched and not run_status(run).active and run.checkpoints.list():
                found.append(run)
        except ClinicError:
            continue
        if len(found) == MOST_RUNS:
            break
    return found


def _name(run: Run) -> str:
    return f"{summary(run).name} · {run.id[-6:]}"


def _number(text: str) -> int:
    return int(text) if text.isdigit() and len(text) < 6 else 0


def _show(found: Landscape, directions: str) -> None:
    points = np.array([[one["a"], one["b"]] for one in found.checkpoints])
    losses = np.array([np.nan if one["loss"] is None else one["loss"] for one in found.checkpoints])
    finite = found.z[np.isfinite(found.z)]
    if not len(finite):
        st.warning("The loss is no finite number anywhere on this plane; look at another run.")
        return
    surface_theatre(
        Stage(
            Grid(found.a, found.b, found.z, 0.0 if finite.min() >= 0 else None),
            [Actor("checkpoints of the run", points, losses)],
            start=(float(points[0, 0]), float(points[0, 1])),
            names=[one["step"] for one in found.checkpoints],
            axes=("direction 1", "direction 2"),
            equal=directions == "random",
        ),
        key="surfaces.landscape",
    )
    for sentence in remarks(found, directions):
        st.caption(sentence)
    st.dataframe(checkpoint_table(found), hide_index=True)


def checkpoint_table(found: Landscape) -> pd.DataFrame:
    """One row per checkpoint: its own loss, that of its place on the plane, and how far it is from the plane."""
    columns = {
        "Loss": "loss",
        "Loss at its place on the plane": "on_plane",
        "Distance from the plane": "off",
        "Distance from the final weights": "away",
    }
    rows = found.checkpoints
    return pd.DataFrame(
        {"Step": [row["step"] for row in rows]}
        | {name: [number(row[key], 3) for row in rows] for name, key in columns.items()}
    )


def remarks(found: Landscape, directions: str) -> list[str]:
    """What has to be known to read the picture."""
    facts, farthest = found.facts, max(found.checkpoints, key=lambda one: one["off"])
    told = [
        f"Loss of {facts['rows']} training rows in evaluation mode{' (dropout off)' if facts['modes_differ'] else ''}, float32; "
        f"{facts['parameters']:,} weights; the centre (0, 0) is the final weights, loss {plain(number(facts['loss']))}."
    ]
    if facts["batch_norm"]:
        told.append(
            "Batch norm uses the running statistics of the final weights at every place; while training it used those of each "
            "batch, so far from the centre the real loss is often lower than drawn."
        )
    if directions == "random":
        told.append(
            "Each filter of a random direction has the length of the network's own filter (Li et al. 2018), so 1 on an axis means "
            "a change as large as the weights; biases and norm parameters stay."
        )
    else:
        one, two = facts["explained"]
        told.append(
            f"The plane that lies closest to all checkpoints (principal directions, Li et al. 2018): the first direction holds "
            f"{100 * one:.1f} % of their squared distances to the final weights, the second {100 * two:.1f} %."
        )
    if farthest["off"]:
        told.append(
            f"A projection is a shadow: the checkpoint of step {farthest['step']:,} lies {farthest['off']:.3g} off the plane, "
            f"{100 * farthest['off'] / farthest['away']:.0f} % of its distance {farthest['away']:.3g} to the final weights, and what "
            "the plane shows at its place is not its own loss (table below)."
        )
    return told
