"""The recipe as a form: one bordered section per part, one input per Param, generated from the catalogues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.forms import draft as drafts
from app.forms import transfer, uploads
from app.forms.draft import Draft
from app.forms.drawn import drawn_points
from app.forms.widgets import label_of, param_input, start
from app.words import number, plain
from core.recipe.catalogues import CATALOGUES
from core.recipe.parts import PARTS, SEED
from core.recipe.paths import Opened, brought, has_open, is_open
from core.registry import Param, Spec

COLUMNS, COLUMNS_OF_FEW = 3, 2
DECISIVE = ("data", "model", "loss", "optim")
FAULT = "train.fault"
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
    open_: Opened = None,
    given: Mapping[str, Any] | None = None,
) -> None:
    """Draw the whole form, or some of its `groups`; what is typed goes straight into `draft`.

    `version` is part of every input's key: change it when the draft was replaced from outside. `open_` are the settings
    that may be changed ("optim", "optim.lr", "optim.key", "regularise.l1", "seed", ...); the others have no input then, and
    one caption below the form says what they are. None: all are open. With the document `given` of what this is a copy of,
    another choice than there brings its own settings along (core.recipe.paths.brought).
    """
    columns = COLUMNS if open_ is None else COLUMNS_OF_FEW  # a form of few settings stands beside something else
    for title, icon, sections in groups:
        if not any(has_open(section, open_) for section in (*sections, *(("seed",) if "train" in sections else ()))):
            continue
        with st.container(border=True):
            st.markdown(f"##### :material/{icon}: {title}")
            folded: list[tuple[str, Param]] = []
            for section in sections:
                folded += _section(draft, section, version, open_, columns, given)
            if sections == ("data",):
                choice = {section: f"{section}.key" if section in draft["keys"] else section for section in PARTS}
                for sentence in drafts.settle(draft, [one for one in PARTS if is_open(choice[one], open_)]):
                    st.caption(f":material/info: {plain(sentence)}")
            if sections == ("train",) and is_open("seed", open_):
                _seed(draft, version, columns)
            if folded:
                with st.expander("More settings", type="compact"):
                    _grid(draft, folded, version, columns)
    if (opened := _opened(draft, open_, given)) is not None:
        st.caption(f":material/lock: Locked: {' · '.join(map(plain, locked_words(draft, opened)))}")


def _opened(draft: Draft, open_: Opened, given: Mapping[str, Any] | None) -> Opened:
    """What is open now, with the settings that the draft's own choices have brought."""
    if open_ is None or given is None:
        return open_
    return (*open_, *brought(given, {section: {"key": key} for section, key in draft["keys"].items()}, open_))


def locked_words(draft: Draft, open_: Sequence[str]) -> list[str]:
    """What is locked, in words: data, model, loss and optimizer, and of all else what is not at its default.

    A fault put into the loop stays unsaid: it may be there to be found.
    """
    said, untouched = [], drafts.blank()["keys"]
    for section in PARTS:
        own: list[tuple[str, Param, Any]] = [
            (f"{section}.{param.name}", param, draft["own"][section][param.name])
            for param in drafts.own_params(section)
        ]
        spec = drafts.chosen(draft, section) if section in draft["keys"] else None
        if spec is not None:
            values = drafts.params(draft, section)
            own += [(f"{section}.{param.name}", param, values[param.name]) for param in spec.params]
            usual = spec.key == untouched[section] and section not in DECISIVE
            if not usual and not is_open(f"{section}.key", open_):
                said.append(f"{NOUNS[section]}: {spec.label}")
        for entry in draft["several"].get(section, ()):
            found, values = CATALOGUES[section][entry], drafts.params_of(draft, section, entry)
            own += [(f"{section}.{entry}.{param.name}", param, values[param.name]) for param in found.params]
            if not is_open(f"{section}.{entry}", open_):
                said.append(f"{NOUNS[section]}: {found.label}")
        said += [
            f"{label_of(param)}: {number(value)}"
            for path, param, value in own
            if value != param.default and path != FAULT and not is_open(path, open_)
        ]
    return said


def _section(
    draft: Draft, section: str, version: int | str, open_: Opened, columns: int, given: Mapping[str, Any] | None
) -> list[tuple[str, Param]]:
    """Draw the choice and the plain settings of one section; return the advanced ones, to be folded."""
    if section in draft["several"]:
        several(draft, section, version, open_, columns)
        return []
    params: list[tuple[str, Param]] = []
    if section in draft["keys"]:
        free = is_open(f"{section}.key", open_)
        spec = choose(draft, section, f"form{version}.{section}.key") if free else drafts.chosen(draft, section)
        open_ = _opened(draft, open_, given)
        shown = spec.params if spec is not None else ()
        if spec is not None and spec.key == uploads.KEY and any(is_open(f"data.{p.name}", open_) for p in shown):
            shown = uploads.with_choices(shown, draft)
        params += [(section, param) for param in shown]
        if spec is not None and (section, spec.key) == ("schedule", "custom") and is_open("schedule.points", open_):
            drawn_points(draft, version)
    own = [(section, param) for param in drafts.own_params(section)]
    if section == "transfer":
        own = [(section, param) for param in transfer.shown(draft)]
    params = own + params if section == "optim" else params + own  # the learning rate comes first
    params = [item for item in params if is_open(f"{section}.{item[1].name}", open_)]
    _grid(draft, [item for item in params if not item[1].advanced], version, columns)
    return [item for item in params if item[1].advanced]


def several(draft: Draft, section: str, version: int | str, open_: Opened = None, columns: int = COLUMNS) -> None:
    """Draw the choice of any number of catalogue entries, each with its settings and its article.

    Entries that are not open stay as they are; of an entry in which only some settings are open, those can be changed.
    """
    catalogue, key = CATALOGUES[section], f"form{version}.{section}.entries"
    fitting = drafts.fitting(draft, section)
    options = [entry for entry in fitting if is_open(f"{section}.{entry}", open_)]
    kept = [entry for entry in draft["several"][section] if entry in fitting and entry not in options]
    if options:
        start(key, [entry for entry in draft["several"][section] if entry in options])
        st.session_state[key] = [entry for entry in st.session_state[key] if entry in options]
        found = st.multiselect(
            NOUNS[section], options, key=key, format_func=lambda entry: catalogue[entry].label, placeholder="none"
        )
        draft["several"][section] = [*found, *kept]
        if section == "regularise" and open_ is None:
            st.caption(ELSEWHERE)
    for entry in catalogue:
        if entry in draft["several"][section] and entry in fitting and has_open(f"{section}.{entry}", open_):
            _entry(draft, section, catalogue[entry], version, open_, columns)


def _entry(draft: Draft, section: str, spec: Spec, version: int | str, open_: Opened, columns: int) -> None:
    st.caption(f"**{plain(spec.label)}** {plain(spec.summary)}")
    values = drafts.params_of(draft, section, spec.key)
    params = [param for param in spec.params if is_open(f"{section}.{spec.key}.{param.name}", open_)]
    for begin in range(0, len(params), columns):
        row = params[begin : begin + columns]
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
    """Draw the inputs, `columns` in a row, and the checkboxes below them side by side."""
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
