"""The recipe as a form: one bordered section per part, one input per Param, generated from the catalogues."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from app.forms import draft as drafts
from app.forms import transfer, uploads
from app.forms.draft import Draft
from app.forms.drawn import drawn_points
from app.forms.widgets import param_input, start
from app.words import plain
from core.recipe.catalogues import CATALOGUES
from core.recipe.parts import SEED
from core.registry import Param, Spec

COLUMNS = 3
NOUNS = {
    "data": "Data set",
    "model": "Model",
    "init": "Initial weights",
    "loss": "Loss",
    "optim": "Optimizer",
    "schedule": "Schedule",
    "balance": "Classes of unequal size",
    "augment": "Augmentation",
    "regularise": "Regularisation",
}
ELSEWHERE = (
    "Also holding back: weight decay and SAM (Optimizer), dropout and norms (Model), label smoothing (Loss), augmentation, "
    "early stopping (Training)."
)
GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Data", "dataset", ("data",)),
    ("Balance and augmentation", "blur_on", ("balance", "augment")),
    ("Model", "hub", ("model", "init")),
    ("Transfer", "conversion_path", ("transfer",)),
    ("Loss and optimizer", "trending_down", ("loss", "optim", "clip")),
    ("Learning-rate schedule", "show_chart", ("schedule",)),
    ("Regularisation", "compress", ("regularise",)),
    ("Training", "timer", ("train",)),
    ("What is recorded", "monitor_heart", ("record",)),
)


def recipe_form(
    draft: Draft,
    version: int | str,
    groups: Sequence[tuple[str, str, tuple[str, ...]]] = GROUPS,
    is_open: Callable[[str], bool] = lambda path: True,
    columns: int = COLUMNS,
) -> None:
    """Draw the whole form, or some of its `groups`; what is typed goes straight into `draft`.

    `version` is part of every input's key: change it when the draft was replaced from outside. `is_open` says of a dotted
    path, such as optim.lr or model.key, whether it may be changed; what may not is left out. `columns` inputs stand in a row.
    """
    for title, icon, sections in groups:
        if not any(_offers(draft, section, is_open) for section in sections):
            continue
        with st.container(border=True):
            st.markdown(f"##### :material/{icon}: {title}")
            folded: list[tuple[str, Param]] = []
            for section in sections:
                if _offers(draft, section, is_open):
                    folded += _section(draft, section, version, is_open, columns)
            if sections == ("data",):
                for sentence in drafts.settle(draft):
                    st.caption(f":material/info: {plain(sentence)}")
            if sections == ("train",):
                _seed(draft, version, columns)
            if folded:
                with st.expander("More settings", type="compact"):
                    _grid(draft, folded, version, columns)


def _offers(draft: Draft, section: str, is_open: Callable[[str], bool]) -> bool:
    """Whether anything of a section may be changed."""
    spec = drafts.chosen(draft, section) if section in draft["keys"] else None
    names = ["key", *(param.name for param in (*drafts.own_params(section), *(spec.params if spec else ())))]
    return any(is_open(f"{section}.{name}") for name in names)


def _section(
    draft: Draft, section: str, version: int | str, is_open: Callable[[str], bool], columns: int
) -> list[tuple[str, Param]]:
    """Draw the choice and the plain settings of one section; return the advanced ones, to be folded."""
    if section in draft["several"]:
        several(draft, section, version, columns)
        return []
    params: list[tuple[str, Param]] = []
    spec = drafts.chosen(draft, section) if section in draft["keys"] else None
    if section in draft["keys"] and is_open(f"{section}.key"):
        spec = choose(draft, section, f"form{version}.{section}.key")
    if spec is not None:
        tables = spec.key == uploads.KEY and is_open("data.file")
        shown = uploads.with_choices(spec.params, draft) if tables else spec.params
        params += [(section, param) for param in shown]
        if (section, spec.key) == ("schedule", "custom") and is_open("schedule.points"):
            drawn_points(draft, version)
    own = [(section, param) for param in drafts.own_params(section)]
    if section == "transfer":
        own = [(section, param) for param in transfer.shown(draft)]
    params = own + params if section == "optim" else params + own  # the learning rate comes first
    params = [(section, param) for section, param in params if is_open(f"{section}.{param.name}")]
    _grid(draft, [item for item in params if not item[1].advanced], version, columns)
    return [item for item in params if item[1].advanced]


def several(draft: Draft, section: str, version: int | str, columns: int = COLUMNS) -> None:
    """Draw the choice of any number of catalogue entries, each with its settings and its article."""
    catalogue, key = CATALOGUES[section], f"form{version}.{section}.entries"
    options = drafts.fitting(draft, section)
    if not options:
        return
    start(key, [entry for entry in draft["several"][section] if entry in options])
    st.session_state[key] = [entry for entry in st.session_state[key] if entry in options]
    found = st.multiselect(
        NOUNS[section], options, key=key, format_func=lambda entry: catalogue[entry].label, placeholder="none"
    )
    draft["several"][section] = found
    if section == "regularise":
        st.caption(ELSEWHERE)
    for entry in catalogue:
        if entry in found:
            _entry(draft, section, catalogue[entry], version, columns)


def _entry(draft: Draft, section: str, spec: Spec, version: int | str, columns: int) -> None:
    st.caption(f"**{plain(spec.label)}** {plain(spec.summary)}")
    values = drafts.params_of(draft, section, spec.key)
    for begin in range(0, len(spec.params), columns):
        row = spec.params[begin : begin + columns]
        for column, param in zip(st.columns(columns, vertical_alignment="bottom"), row, strict=False):
            with column:
                place = f"form{version}.{section}.{spec.key}.{param.name}"
                drafts.set_param(draft, section, param.name, param_input(param, values[param.name], place), spec.key)
    with st.expander(f"About {plain(spec.label)}", type="compact"):
        article(spec)


def choose(draft: Draft, section: str, key: str) -> Spec:
    """Draw the choice of a catalogue entry with its article; the draft takes the choice."""
    catalogue = CATALOGUES[section]
    options = drafts.fitting(draft, section) or list(catalogue)
    now = draft["keys"][section]
    if st.session_state.get(key) not in options:
        st.session_state[key] = now if now in options else options[0]
    found = st.selectbox(NOUNS[section], options, key=key, format_func=lambda entry: catalogue[entry].label)
    draft["keys"][section] = found
    spec: Spec = catalogue[found]
    st.caption(plain(spec.summary))
    with st.expander(f"About {plain(spec.label)}", type="compact"):
        article(spec)
    return spec


def article(spec: Spec) -> None:
    """Draw the help text of a catalogue entry."""
    st.markdown(article_text(spec))


def article_text(spec: Spec) -> str:
    """The help text of a catalogue entry as Markdown, with source and licence where it has them."""
    facts = [
        f"{label}: {plain(getattr(spec, name))}"
        for name, label in (("source", "Source"), ("licence", "Licence"), ("suggested_lr", "Usual learning rate"))
        if getattr(spec, name, None)
    ]
    return plain(spec.article) + (f"\n\n:small[{' · '.join(facts)}]" if facts else "")


def _grid(draft: Draft, items: list[tuple[str, Param]], version: int | str, columns: int) -> None:
    """Draw the inputs in rows, and the checkboxes below them side by side."""
    boxes = [item for item in items if item[1].kind == "bool"]
    inputs = [item for item in items if item[1].kind != "bool"]
    for begin in range(0, len(inputs), columns):
        for column, (section, param) in zip(
            st.columns(columns, vertical_alignment="bottom"), inputs[begin : begin + columns], strict=False
        ):
            with column:
                _setting(draft, section, param, version)
    if boxes:
        with st.container(horizontal=True):
            for section, param in boxes:
                _setting(draft, section, param, version)


def _setting(draft: Draft, section: str, param: Param, version: int | str) -> None:
    own: dict[str, Any] = draft["own"][section]
    if param.name in own:
        found = param_input(param, own[param.name], f"form{version}.{section}.{param.name}")
        own[param.name] = None if param.optional and found == transfer.NONE else found
        return
    entry = draft["keys"][section]
    value = drafts.params(draft, section).get(param.name, param.default)
    drafts.set_param(
        draft, section, param.name, param_input(param, value, f"form{version}.{section}.{entry}.{param.name}")
    )


def _seed(draft: Draft, version: int | str, columns: int) -> None:
    with st.columns(columns)[0]:
        found = param_input(SEED, draft["seed"], f"form{version}.seed")
        draft["seed"] = SEED.default if found is None else found


def name_input(draft: Draft, version: int | str) -> None:
    """Draw the input for the run's name."""
    key = f"form{version}.name"
    start(key, draft["name"])
    draft["name"] = st.text_input("Name of the run", key=key, max_chars=120) or "Untitled"
