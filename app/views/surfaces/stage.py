"""The theatre of a scene, and below it one update worked out."""

from __future__ import annotations

from dataclasses import replace as changed

import pandas as pd
import streamlit as st

from app import failures
from app.components.surface_theatre import Actor, Stage, surface_theatre
from app.inspector import inspector
from app.views.surfaces import settings
from app.words import number, plain
from core.surfaces.arithmetic import ARITHMETIC, Row, Update, worked
from core.surfaces.grid import surface_grid
from core.surfaces.paths import Path, paths
from core.surfaces.scene import Lane, Scene


def perform(scene: Scene) -> None:
    """Draw the theatre of `scene`; what is asked inside of it does not draw the rest of the page anew."""
    st.fragment(_perform)(scene)


def _perform(scene: Scene) -> None:
    with failures.guard():
        with st.spinner("Following the optimizers …", show_time=False):
            found = paths(inspector(), scene)
        spec = scene.spec
        said = surface_theatre(
            Stage(
                surface_grid(spec, scene.params),
                [
                    Actor(lane.label, path.points, path.losses, path.fate(spec), path.refused)
                    for lane, path in zip(scene.lanes, found, strict=True)
                ],
                start=scene.start,
                minima=spec.minima,
                clickable=True,
                arithmetic=True,
            ),
            key="surfaces.theatre",
        )
        start = getattr(said, "start", None)
        if start and len(start) == 2:
            settings.replace(changed(scene, start=(float(start[0]), float(start[1]))))
            st.rerun()
        at = getattr(said, "at", None) or {}
        if at.get("open"):
            lane = min(int(at.get("lane", 0)), len(scene.lanes) - 1)
            _arithmetic(scene.lanes[lane], found[lane], int(at.get("step", 0)))


def _arithmetic(lane: Lane, path: Path, step: int) -> None:
    """Draw the update that led to `step`."""
    if path.refused:
        st.warning(plain(path.refused))
        return
    step = min(step, path.steps)
    if step < 1:
        st.info("Go one step forward: the update that led there is worked out here.", icon=":material/skip_next:")
        return
    update = path.update(step)
    with st.container(border=True, key="arithmetic"):
        st.markdown(f"##### Update {step} of {plain(lane.label)}")
        rows = worked(lane.optimizer, update)
        if rows is None:
            _only_state(lane, update)
            return
        for row in rows:
            _row(row)
        _against_torch(rows, update)


def _row(row: Row) -> None:
    st.markdown(f"{row.name}: ${row.symbol} = {row.formula}$")
    st.latex(row.latex())


def _against_torch(rows: list[Row], update: Update) -> None:
    """Say how well the arithmetic agrees with what torch did and remembers."""
    pairs = [(rows[-1].value, update.reached)]
    pairs += [(row.value, update.after[row.state]) for row in rows if row.state in update.after]
    difference = max(abs(a - b) for ours, torchs in pairs for a, b in zip(ours, torchs, strict=True))
    x, y = update.reached
    agreement = f"differ from it by at most {difference:.0e}" if difference else "agree with it to the last digit"
    st.caption(
        f"torch's own optimizer went to ({plain(number(x, 8))}, {plain(number(y, 8))}); the lines above {agreement}, "
        "place and state alike."
    )


def _only_state(lane: Lane, update: Update) -> None:
    """For an optimizer without written arithmetic: what torch remembers, as it is."""
    st.caption(
        f"No worked arithmetic for this one yet (there is for {', '.join(ARITHMETIC)}). This is what the optimizer itself "
        "saw and remembers."
    )
    table: dict[str, tuple[object, object]] = {
        "place": (update.place, update.reached),
        "gradient": (update.gradient, None),
    }
    table |= {
        name: (update.before.get(name), update.after.get(name))
        for name in dict.fromkeys([*update.before, *update.after])
    }
    rows = [{"What": name, "Before": _shown(a), "After": _shown(b)} for name, (a, b) in table.items()]
    st.dataframe(pd.DataFrame(rows), hide_index=True)


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(number(float(one), 6) for one in value)
    return "–" if value is None else number(float(value), 6)  # type: ignore[arg-type]
