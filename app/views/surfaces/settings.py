"""The form beside the theatre: surface, start and optimizers; the address holds what is chosen."""

from __future__ import annotations

from dataclasses import replace as changed
from typing import Any

import streamlit as st

from app import failures, state
from app.forms.recipe_form import article
from app.forms.widgets import param_input
from app.words import plain
from core.errors import BadInput
from core.optim.catalogue import OPTIMIZERS
from core.recipe.base import Params
from core.registry import Param, ParamValue
from core.surfaces.catalogue import SURFACES
from core.surfaces.lessons import LESSONS
from core.surfaces.scene import (
    COORDINATE,
    LR,
    MAX_LANES,
    NAMES,
    SEED,
    STEPS,
    WEIGHT_DECAY,
    Lane,
    Scene,
    first_lanes,
    first_lr,
    lane,
    parse_scene,
    scene,
)

HELD = "surfaces.held"


def current() -> Scene:
    """The scene of the address; without one, the last one, or the first lesson. A faulty address is told of."""
    asked = {name: state.query(name) for name in NAMES if state.query(name)}
    held = st.session_state.setdefault(HELD, {"scene": LESSONS[0].scene, "asked": None, "version": 0})
    if asked and asked != held["asked"]:
        held["asked"] = asked
        try:
            replace(parse_scene(asked), write=False)
        except BadInput as error:
            st.warning(f"{failures.sentence(error)} Shown instead: what was here before.", icon=":material/link_off:")
    elif not asked:
        _write(held["scene"])
    return held["scene"]


def replace(new: Scene, *, write: bool = True) -> None:
    """Take another scene than the form's; its inputs start afresh."""
    held = st.session_state[HELD]
    held["scene"], held["version"] = new, held["version"] + 1
    if write:
        _write(new)


def _write(new: Scene) -> None:
    query = new.query()
    st.session_state[HELD]["asked"] = query
    st.query_params.from_dict(query)


def form(now: Scene) -> Scene:
    """Draw the inputs; returns the scene that they describe, which the address then holds too."""
    version = st.session_state[HELD]["version"]
    key = f"surfaces.{version}"
    chosen = st.selectbox(
        "Surface",
        list(SURFACES),
        index=list(SURFACES).index(now.surface),
        format_func=lambda name: SURFACES[name].label,
        key=f"{key}.surface",
    )
    spec = SURFACES[chosen]
    if chosen != now.surface:
        replace(scene(chosen, *first_lanes(spec)))
        st.rerun()
    st.caption(plain(spec.summary))
    with st.expander("About this surface", type="compact"):
        st.latex(spec.formula)
        article(spec)
    params = _grid([(p, now.params[p.name]) for p in spec.params], f"{key}.{chosen}")
    places = [changed(COORDINATE, label=f"Start {axis}", name=axis) for axis in "xy"]
    start = _grid(list(zip(places, now.start, strict=True)), key)
    others = _grid([(STEPS, now.steps), *([(SEED, now.seed)] if now.noise else [])], key)
    lanes = [_lane(now, i, f"{key}.lane{i}") for i in range(len(now.lanes))]
    _add(now, f"{key}.add")
    new = Scene(
        chosen,
        Params(params),
        (float(start["x"] or 0.0), float(start["y"] or 0.0)),
        int(others["steps"] or now.steps),
        int(others.get("seed") or 0) if "seed" in others else now.seed,
        tuple(lanes),
    )
    if new != now:
        st.session_state[HELD]["scene"] = new
        _write(new)
    return new


def _lane(now: Scene, i: int, key: str) -> Lane:
    """Draw one optimizer with its settings."""
    held = now.lanes[i]
    with st.container(border=True, gap="small"):
        name = st.selectbox(
            f"Optimizer {i + 1}",
            list(OPTIMIZERS),
            index=list(OPTIMIZERS).index(held.optimizer),
            format_func=lambda one: OPTIMIZERS[one].label,
            key=f"{key}.key",
        )
        if name != held.optimizer:
            fresh = lane(name, first_lr(now.spec, name))
            replace(changed(now, lanes=(*now.lanes[:i], fresh, *now.lanes[i + 1 :])))
            st.rerun()
        spec = OPTIMIZERS[name]
        left, right = st.columns(2, vertical_alignment="bottom")
        with left:
            lr = _checked(changed(LR, label="lr"), held.lr, f"{key}.{name}.lr")
        with right, st.popover("More", width="stretch"):
            st.caption(plain(spec.summary))
            decay = _checked(WEIGHT_DECAY, held.weight_decay, f"{key}.{name}.weight_decay")
            params = {p.name: _checked(p, held.params[p.name], f"{key}.{name}.{p.name}") for p in spec.params}
            if len(now.lanes) > 1 and st.button("Remove", icon=":material/close:", key=f"{key}.remove"):
                replace(changed(now, lanes=now.lanes[:i] + now.lanes[i + 1 :]))
                st.rerun()
    return Lane(name, float(lr or 0.0), float(decay or 0.0), Params(params))


def _add(now: Scene, key: str) -> None:
    full = len(now.lanes) >= MAX_LANES
    help = f"At most {MAX_LANES} run at once." if full else None
    if st.button("Add an optimizer", icon=":material/add:", disabled=full, help=help, key=key):
        used = {one.optimizer for one in now.lanes}
        name = next((one for one in OPTIMIZERS if one not in used), "sgd")
        replace(changed(now, lanes=(*now.lanes, lane(name, first_lr(now.spec, name)))))
        st.rerun()


def _grid(items: list[tuple[Param, ParamValue]], key: str) -> dict[str, Any]:
    """Draw inputs two in a row."""
    found: dict[str, Any] = {}
    for begin in range(0, len(items), 2):
        for column, (param, value) in zip(st.columns(2), items[begin : begin + 2], strict=False):
            with column:
                found[param.name] = _checked(param, value, f"{key}.{param.name}")
    return found


def _checked(param: Param, value: ParamValue, key: str) -> ParamValue:
    """What the input holds; where that is not allowed, the reason is shown and `value` stays."""
    given = param_input(param, value, key)
    try:
        return param.parse(given)
    except ValueError as error:
        st.error(plain(f"{param.label} {error}."))
        return value
