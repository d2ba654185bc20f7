"""Putting a race together: what all lanes share, the lanes, and what it comes to."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app import demo, failures, navigation, state
from app.forms.checks import check
from app.forms.draft import draft_task
from app.forms.recipe_form import recipe_form
from app.forms.widgets import param_input, start
from app.theme import status_badge
from app.views import share
from app.views.race import draft as race_draft
from app.views.race.lanes import lanes_form
from app.words import ago, count, duration, plain
from core.data.catalogue import DATASETS
from core.errors import BadInput, RecipeError
from core.models.catalogue import ARCHITECTURES
from core.race.links import from_link, to_link
from core.race.presets import RACES
from core.race.recipe import SETTINGS, Race, parse_race, to_yaml
from core.recipe.check import REBUILDABLE, task_of
from core.store.status import run_status

GROUPS = (
    ("Data", "dataset", ("data",)),
    ("Model", "hub", ("model", "init")),
    ("Loss, and the optimizer of lanes that name none", "trending_down", ("loss", "optim", "clip", "schedule")),
    ("Training", "timer", ("train",)),
)
RECENT = 6


def page() -> None:
    """Draw the page on which a race is put together."""
    st.title("Race", anchor=False)
    st.caption(
        "Optimizers, or any other choices, side by side: the same initial weights and the same batches in every lane, "
        "several seeds, equal budgets, and a verdict that may be “not separable”."
    )
    _from_address()
    if demo.on():
        _summary()
        return
    _starting_point()
    left, right = st.columns([3, 2], gap="large")
    with left:
        lanes, shared, text = st.tabs(
            ["Lanes", "What all lanes share", "Race as text"], key="race_tabs", on_change="rerun"
        )
        if lanes.open:
            with lanes:
                lanes_form()
        if shared.open:
            with shared:
                recipe_form(race_draft.draft()["base"], race_draft.version(), GROUPS)
        if text.open:
            with text:
                _as_text()
    with right, st.container(key="side_panel"):
        _summary()
    _recent()


def _from_address() -> None:
    """Load the race, or the ready-made one, that the address names, once."""
    packed = state.query("setup")
    if packed and st.session_state.get("race_setup") != packed:
        st.session_state["race_setup"] = packed
        with failures.guard():
            race_draft.load(from_link(packed).document())
    ready = state.query("preset")
    if ready and st.session_state.get("race_preset") != ready:
        st.session_state["race_preset"] = ready
        with failures.guard():
            race_draft.load(RACES[ready].document, origin=ready)


def _starting_point() -> None:
    options = ["", *RACES]
    now = race_draft.origin()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        found = st.selectbox(
            "Start from", options, index=options.index(now) if now in options else 0,
            format_func=lambda key: RACES[key].label if key else "My own", key=f"{race_draft.version()}.from",
        )  # fmt: skip
        if st.button("Load", icon=":material/input:", help="Replaces lanes and recipe.", disabled=not found):
            race_draft.load(RACES[found].document, origin=found)
            st.rerun()
    if now in RACES:
        st.info(f"**{plain(RACES[now].summary)}** {plain(RACES[now].lesson)}", icon=":material/school:")


def _as_text() -> None:
    st.caption("The whole race as YAML. Change it here, or keep it as a file for `gradclinic race FILE`.")
    try:
        known = to_yaml(parse_race(race_draft.document()))
    except RecipeError:
        known = ""
    key = f"{race_draft.version()}.text"
    start(key, known)
    typed = st.text_area("Race", key=key, height=420, label_visibility="collapsed")
    if st.button("Take this", icon=":material/check:", key=f"{key}.take"):
        from core.recipe.codec import read_text

        with failures.guard():
            document = read_text(typed, "race")
            if not isinstance(document, dict):
                raise BadInput("The text is not a race; it needs lanes: and base:.")
            race_draft.load(document)
            st.rerun()


def _summary() -> None:
    now = race_draft.draft()
    with st.container(key="train_bar"):
        pressed = st.button("Start the race", type="primary", icon=":material/flag:", width="stretch", key="race_start",
                            help="It runs in a process of its own: it goes on when this tab is closed.")  # fmt: skip
    start(f"{race_draft.version()}.name", now["name"])
    now["name"] = st.text_input("Name of the race", key=f"{race_draft.version()}.name", max_chars=80) or "Race"
    settings = now["settings"]
    tuned = any(lane.get("tuned") for lane in now["lanes"])
    with st.container(border=True):
        columns = st.columns(2)
        for place, param in enumerate(param for param in SETTINGS if tuned or param.name != "trials"):
            with columns[place % 2]:
                settings[param.name] = param_input(param, settings[param.name], f"{race_draft.version()}.{param.name}")
        _tasks(now)
    race = _checked(race_draft.document())
    if race is None:
        return
    _size(race)
    share.packed(lambda: to_link(race), "setup")
    if pressed:
        _start(race)


def _tasks(now: dict[str, Any]) -> None:
    """Choose further data sets that the model of the base can take."""
    base = now["base"]
    kinds = ARCHITECTURES[base["keys"]["model"]].kinds
    own = base["keys"]["data"]
    task, settings = draft_task(base), base["own"]["data"]
    kinds = tuple(kind for kind in kinds if task != "reconstruction" or kind in REBUILDABLE)
    fitting = [
        key
        for key, spec in DATASETS.items()
        if spec.kind in kinds and task_of(key, settings) == task and key not in (own, "upload")
    ]
    key = f"{race_draft.version()}.tasks"
    start(key, [t["data.key"] for t in now["tasks"] if t.get("data.key") in fitting])
    st.session_state[key] = [one for one in st.session_state[key] if one in fitting]
    more = st.multiselect("Also on these data sets", fitting, key=key, max_selections=5, format_func=lambda one: DATASETS[one].label,
                          help="The whole race is run on each; a performance profile then says who is near the best how often.")  # fmt: skip
    known = {task.get("data.key", own): task for task in now["tasks"]}
    now["tasks"] = [known.get(one) or {"data.key": one} for one in (own, *more)] if more else [known.get(own, {})]


def _checked(document: dict[str, Any]) -> Race | None:
    try:
        race = parse_race(document)
        for task in range(len(race.tasks)):
            found = check_recipe(race, task)
            if found:
                raise BadInput(found)
        return race
    except RecipeError as error:
        lines = "\n".join(f"- **{plain(fault.path or 'race')}** {plain(fault.message)}" for fault in error.faults)
        st.error(f"**To mend before it can start**\n\n{lines}", icon=":material/rule:")
    except BadInput as error:
        st.error(failures.sentence(error), icon=":material/rule:")
    return None


def check_recipe(race: Race, task: int) -> str:
    """What is wrong with a lane's recipe once its data is known; empty when nothing is."""
    from core.recipe.codec import to_document

    for lane in race.lanes:
        found = check(to_document(race.recipe(lane, task)))
        if found.faults:
            return f"Lane {lane.name}: " + "; ".join(str(fault) for fault in found.faults)
    return ""


def _size(race: Race) -> None:
    """Members and steps, said before they are trained."""
    members = len(race.lanes) * race.seeds * len(race.tasks)
    trials = sum(lane.tuned for lane in race.lanes) * race.trials * len(race.tasks)
    swept = len(race.lanes) * race.seeds * race.sweep
    parts = [f"{count(len(race.lanes), 'lane')} × {count(race.seeds, 'seed')}"]
    parts += [count(len(race.tasks), "data set")] if len(race.tasks) > 1 else []
    facts = [f"{' × '.join(parts)} = {count(members, 'training')}"]
    facts += [f"{trials} trials"] if trials else []
    facts += [f"{swept} for the sensitivity curves"] if swept else []
    from core.recipe.codec import to_document

    found = check(to_document(race.recipe(race.lanes[0])))
    if found.total_steps is not None:
        facts.append(f"{count(found.total_steps, 'step')} each")
    st.caption(" · ".join(facts))
    if race.seeds < 3:
        st.warning(
            "With fewer than three seeds no winner is ever named: a difference may be luck.", icon=":material/casino:"
        )
    elif race.seeds < 5 and len(race.lanes) > 4:
        st.caption(":material/casino: So many lanes want five seeds: with three, only very large differences are told.")


def _start(race: Race) -> None:
    from core.runtime import jobs

    document = race.document()
    with failures.guard():
        run = jobs.start_document(state.workspace(), document, key=state.press_key(document))
        state.use_press()
        navigation.go("race", race=run.id)


def _recent() -> None:
    races = [race for race, _ in zip(state.workspace().races(), range(RECENT), strict=False)]
    if not races:
        return
    st.subheader("Races so far", anchor=False)
    for run in races:
        status = run_status(run)
        labels = run.control.labels()
        with st.container(horizontal=True, vertical_alignment="center"):
            status_badge(status.word)
            navigation.link("race", plain(labels.get("name", run.id)), icon="flag", race=run.id)
            st.caption(f"{duration(status.state.get('seconds'))} of training · {ago(labels.get('created'))}")
