"""The lanes of a race as a form: one card each, with its optimizer, learning rate and whatever else it changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from app.forms import draft as drafts
from app.forms.widgets import label_of, param_input, start
from app.views.race import draft as race_draft
from app.words import number, plain
from core.optim.catalogue import OPTIMIZERS
from core.race.recipe import BUDGET, FIXED, LEAST_LANES, MOST_LANES
from core.recipe.catalogues import CATALOGUES
from core.recipe.parts import PARTS
from core.registry import Param

SAME = ""
KEYS = {"init.key": "Initial weights", "schedule.key": "Schedule", "model.key": "Model", "loss.key": "Loss",
        "balance.key": "Classes of unequal size"}  # fmt: skip
PROPOSALS: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    "First-order and adaptive optimizers": tuple(
        (OPTIMIZERS[key].label, {"optim.key": key, "optim.lr": OPTIMIZERS[key].suggested_lr})
        for key in ("sgd", "momentum", "rmsprop", "adam", "adamw")
    ),
    "One optimizer at four rates": tuple((f"rate x {factor:g}", {"factor": factor}) for factor in (0.1, 1, 10, 100)),
    "Initial weights": tuple(
        (CATALOGUES["init"][key].label, {"init.key": key})
        for key in ("default", "xavier_normal", "he_normal", "orthogonal")
    ),
    "Batch sizes": tuple((f"batch {size}", {"train.batch_size": size}) for size in (8, 32, 128)),
}

OF_THE_RACE = ("optim.lr", "train.device", "train.threads", "train.patience")
"""Asked for elsewhere, or the same for all lanes."""


def lanes_form() -> None:
    """Draw every lane, and the buttons that add some."""
    now = race_draft.draft()
    for lane in list(now["lanes"]):
        with st.container(border=True):
            _lane(lane, now)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        full = len(now["lanes"]) >= MOST_LANES
        if st.button("Add a lane", icon=":material/add:", disabled=full, key=f"{race_draft.version()}.add"):
            race_draft.add_lane("Lane", {"optim.key": "adam", "optim.lr": OPTIMIZERS["adam"].suggested_lr})
            st.rerun()
        with st.popover("Replace all lanes", icon=":material/auto_awesome:"):
            for title, proposal in PROPOSALS.items():
                if st.button(title, key=f"{race_draft.version()}.propose.{title}", type="tertiary"):
                    _replace(proposal)
                    st.rerun()
    if full:
        st.caption(f"A race has at most {MOST_LANES} lanes.")


def _replace(proposal: tuple[tuple[str, dict[str, Any]], ...]) -> None:
    now = race_draft.draft()
    now["lanes"] = []
    base = drafts.document_of(now["base"])
    for name, changes in proposal:
        if "factor" in changes:
            lr = float(f"{base['optim']['lr'] * changes['factor']:.3g}")
            race_draft.add_lane(f"lr {number(lr)}", {"optim.lr": lr})
        else:
            race_draft.add_lane(name, changes)


def _lane(lane: dict[str, Any], now: dict[str, Any]) -> None:
    key = f"{race_draft.version()}.lane{lane['id']}"
    changes: dict[str, Any] = lane["changes"]
    top = st.columns([3, 3, 2], vertical_alignment="bottom")
    with top[0]:
        start(f"{key}.name", lane["name"])
        lane["name"] = st.text_input("Lane", key=f"{key}.name", max_chars=40) or "Lane"
    with top[1]:
        _optimizer(lane, key, now)
    with top[2]:
        tuned = bool(lane.get("tuned"))
        if tuned and OPTIMIZERS[_optimizer_key(lane, now)].search_space.settings:
            st.text_input("Learning rate", value="tuned", disabled=True, key=f"{key}.lr.tuned")
        else:
            _rate(lane, key, now)
    more, side = st.columns([5, 3], vertical_alignment="center")
    with side, st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="right"):
        spec = OPTIMIZERS[_optimizer_key(lane, now)]
        start(f"{key}.tuned", tuned)
        lane["tuned"] = st.checkbox(
            "Tune it", key=f"{key}.tuned", disabled=not spec.search_space.settings,
            help="Give it the race's number of trials over its optimizer's published search space, and race with the best.",
        )  # fmt: skip
        few = len(now["lanes"]) <= LEAST_LANES
        if st.button("", icon=":material/delete:", key=f"{key}.remove", disabled=few, help="Take this lane out."):
            now["lanes"].remove(lane)
            st.rerun()
    params = {f"optim.{param.name}": param for param in OPTIMIZERS[_optimizer_key(lane, now)].params}
    options = {
        **{path: KEYS[path] for path in KEYS},
        **_labels(now, changes),
        **{p: f"Optimizer: {q.label}" for p, q in params.items()},
    }
    chosen = [path for path in changes if path not in ("optim.key", "optim.lr") and path in options]
    start(f"{key}.more", chosen)
    st.session_state[f"{key}.more"] = [path for path in st.session_state[f"{key}.more"] if path in options]
    with more:
        picked = st.multiselect(
            "Also changes", list(options), key=f"{key}.more", format_func=options.__getitem__,
            placeholder="also changes: batch size, init …", label_visibility="collapsed",
        )  # fmt: skip
    for path in [p for p in options if p in changes and p not in (*picked, "optim.key", "optim.lr")]:
        del changes[path]
    if others := [p for p in changes if p not in (*options, "optim.key", "optim.lr")]:
        given = ", ".join(f"{p} = {number(changes[p])}" for p in others)
        st.caption(f"And {plain(given)}; change that in **Race as text**.")
    for path, column in zip(picked, st.columns(max(3, len(picked))) if picked else [], strict=False):
        with column:
            _change(path, changes, key, now)


def _optimizer_key(lane: dict[str, Any], now: dict[str, Any]) -> str:
    return str(lane["changes"].get("optim.key", now["base"]["keys"]["optim"]))


def _optimizer(lane: dict[str, Any], key: str, now: dict[str, Any]) -> None:
    base = OPTIMIZERS[now["base"]["keys"]["optim"]].label
    start(f"{key}.optim", lane["changes"].get("optim.key", SAME))
    found = st.selectbox(
        "Optimizer", [SAME, *OPTIMIZERS], key=f"{key}.optim",
        format_func=lambda one: OPTIMIZERS[one].label if one else f"as the base ({base})",
    )  # fmt: skip
    before = lane["changes"].get("optim.key", SAME)
    if found == before:
        return
    for path in [path for path in lane["changes"] if path.startswith("optim.")]:
        del lane["changes"][path]
    if found:
        lane["changes"] |= {"optim.key": found, "optim.lr": OPTIMIZERS[found].suggested_lr}
    st.session_state.pop(f"{key}.lr", None)
    if lane["name"] in {spec.label for spec in OPTIMIZERS.values()} | {"Lane"} and found:
        lane["name"] = OPTIMIZERS[found].label
        st.session_state.pop(f"{key}.name", None)
    st.rerun()


def _rate(lane: dict[str, Any], key: str, now: dict[str, Any]) -> None:
    param = next(param for param in drafts.own_params("optim") if param.name == "lr")
    base = now["base"]["own"]["optim"]["lr"]
    found = param_input(param, lane["changes"].get("optim.lr", base), f"{key}.lr")
    if found != base or "optim.key" in lane["changes"] or "optim.lr" in lane["changes"]:
        lane["changes"]["optim.lr"] = found


def _labels(now: dict[str, Any], changes: dict[str, Any]) -> dict[str, str]:
    """Settings that a lane with these changes may change, by dotted path."""
    found: dict[str, str] = {}
    for section in PARTS:
        if section in FIXED:
            continue
        noun = {"model": "Model", "init": "Initial weights", "schedule": "Schedule", "loss": "Loss", "optim": "Optimizer",
                "clip": "Clipping", "train": "Training", "balance": "Balance", "augment": "Augmentation",
                "regularise": "Regularisation", "transfer": "Transfer"}[section]  # fmt: skip
        if section in now["base"]["several"]:
            found |= {f"{section}.{param.name}": f"{noun}: {label_of(param)}" for param in _entry_params(section, now)}
            continue
        for param in _params(section, now, changes.get(f"{section}.key")):
            path = f"{section}.{param.name}"
            if path not in (*BUDGET, *OF_THE_RACE):
                found[path] = f"{noun}: {label_of(param)}"
    return found


def _entry_params(section: str, now: dict[str, Any]) -> list[Param]:
    """One switch for each entry of a section that takes several, followed by the entry's settings."""
    found = []
    for key in drafts.fitting(now["base"], section):
        spec = CATALOGUES[section][key]
        found.append(Param(key, "off", spec.label, spec.summary, choices=("on", "off")))
        found += [
            replace(param, name=f"{key}.{param.name}", label=f"{spec.label}: {param.label}") for param in spec.params
        ]
    return found


def _params(section: str, now: dict[str, Any], key: str | None = None) -> list[Param]:
    own = list(drafts.own_params(section))
    if section == "optim":
        return own
    spec = CATALOGUES[section][key] if key else drafts.chosen(now["base"], section) if section in CATALOGUES else None
    return own + (list(spec.params) if spec else [])


def _change(path: str, changes: dict[str, Any], key: str, now: dict[str, Any]) -> None:
    """One input for one changed setting, beginning at the base's value."""
    section, _, name = path.partition(".")
    document = drafts.document_of(now["base"])
    if section in now["base"]["several"]:
        param = next(param for param in _entry_params(section, now) if param.name == name)
        base = drafts.flatten(document).get(path, "on" if name in document[section] else param.default)
        changes[path] = param_input(param, changes.get(path, base), f"{key}.{path}")
        return
    if name == "key":
        options = drafts.fitting(now["base"], section)
        place = f"{key}.{path}"
        start(place, changes.get(path, document[section]["key"]))
        changes[path] = st.selectbox(
            KEYS[path], options, key=place, format_func=lambda one: plain(CATALOGUES[section][one].label)
        )
        return
    params = [
        *_params(section, now, changes.get(f"{section}.key")),
        *(OPTIMIZERS[str(changes.get("optim.key", now["base"]["keys"]["optim"]))].params if section == "optim" else ()),
    ]
    param = next(param for param in params if param.name == name)
    base = document[section].get(name, param.default)
    changes[path] = param_input(param, changes.get(path, base), f"{key}.{path}")
