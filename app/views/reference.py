"""The Catalogue page: every family and entry with its help, parameters and ranges."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from app.forms.recipe_form import article
from app.views.start import start_run
from app.words import count, plain
from core.diagnosis.base import Rule
from core.diagnosis.catalogue import RULES
from core.diagnosis.examples import WITHOUT, example
from core.evaluation.metrics.catalogue import METRICS
from core.evaluation.metrics.spec import MetricSpec
from core.explain.base import ExplainSpec
from core.explain.catalogue import EXPLANATIONS
from core.models.parts.catalogue import ACTIVATIONS, NORMS
from core.optim.clippings import CLIPPINGS
from core.optim.search_space import SearchSpace
from core.optim.spec import OptimizerSpec
from core.recipe.catalogues import CATALOGUES
from core.recipe.parts import PARTS
from core.registry import Param, Spec
from core.surfaces.catalogue import SURFACES

FAMILIES: Mapping[str, Mapping[str, Spec]] = {
    "Data sets": CATALOGUES["data"],
    "Models": CATALOGUES["model"],
    "Activations": ACTIVATIONS,
    "Norms": NORMS,
    "Gradient clipping": CLIPPINGS,
    "Initial weights": CATALOGUES["init"],
    "Balance of classes": CATALOGUES["balance"],
    "Losses": CATALOGUES["loss"],
    "Optimizers": CATALOGUES["optim"],
    "Schedules": CATALOGUES["schedule"],
    "Metrics": METRICS,
    "Explanations": EXPLANATIONS,
    "Loss surfaces": SURFACES,
    "Faults": RULES,
}
SETTINGS = "Other settings"


def page() -> None:
    """Draw the page."""
    st.title("Catalogue")
    st.caption(
        "Everything a recipe can name: what it does, its formula, its parameters with their ranges, and the source."
    )
    text = st.text_input(
        "Find", placeholder="momentum, vanishing, Adam, …", key="reference.find", persist_state="session"
    )
    names = [*FAMILIES, SETTINGS]
    picked = st.pills("Families", names, selection_mode="multi", key="reference.families")
    shown = 0
    for family, catalogue in FAMILIES.items():
        if not picked or family in picked:
            shown += _family(family, catalogue, text or "")
    if not picked or SETTINGS in picked:
        shown += _settings(text or "")
    if not shown:
        st.info("Nothing fits these words. Try one of them alone, or clear the search.", icon=":material/search_off:")


def _family(family: str, catalogue: Mapping[str, Spec], text: str) -> int:
    entries = [spec for spec in catalogue.values() if fits(spec, text)]
    if not entries:
        return 0
    st.subheader(f"{family} ({len(entries)})", anchor=False)
    for spec in entries:
        with st.expander(f"**{plain(spec.label)}**: {plain(spec.summary)}"):
            if isinstance(spec, Rule):
                _rule(spec)
                continue
            article(spec)
            if isinstance(spec, OptimizerSpec):
                _optimizer(spec)
            if isinstance(spec, ExplainSpec):
                st.caption(f"For {', '.join(spec.kinds)} data: `gradclinic explain RUN --method {spec.key}`")
            elif isinstance(spec, MetricSpec):
                st.caption(
                    f"On the Errors page of a {spec.task}; {'more' if spec.higher_is_better else 'less'} is better."
                )
            else:
                st.caption(f"Key in a recipe: `{spec.key}`")
            if spec.params:
                st.dataframe(params_table(spec.params), hide_index=True, placeholder="")
    return len(entries)


def _optimizer(spec: OptimizerSpec) -> None:
    """Draw the update as a formula, the paper it comes from, and where its settings are looked for."""
    st.latex(spec.update_rule)
    st.caption("Here w are the weights, η the learning rate, λ the weight decay and t the step.")
    paper = spec.reference
    st.markdown(f"**Paper.** {plain(paper.authors)} ({paper.year}): [{plain(paper.title)}]({paper.url})")
    space = spec.search_space
    st.markdown(f"**Search space.** What a tuned run draws from; {plain(space.source)}.")
    st.dataframe(search_table(space), hide_index=True)


def _rule(rule: Rule) -> None:
    """Draw what a rule measures and why its fault happens, and a run that shows it."""
    st.markdown(f"`{rule.id}` `{rule.key}`, usually a {rule.severity}.")
    for heading, text in rule.sections.items():
        st.markdown(f"**{heading}.** {plain(text)}")
    if rule.key in WITHOUT:
        st.caption(plain(WITHOUT[rule.key]))
    elif st.button(
        "See it happen",
        icon=":material/play_arrow:",
        key=f"see.{rule.key}",
        help="Trains a small run that has this fault.",
    ):
        start_run(example(rule.key))


def fits(spec: Spec, text: str) -> bool:
    """Whether every word of `text` occurs in the entry's words, key or parameters."""
    hay = " ".join(
        (spec.key, spec.label, spec.summary, spec.article, *(f"{p.name} {p.label} {p.help}" for p in spec.params))
    ).lower()
    return all(word in hay for word in text.lower().split())


def search_table(space: SearchSpace) -> pd.DataFrame:
    """The distribution of each setting that is tuned."""
    return pd.DataFrame({"Setting": list(space.settings), "Drawn": [how.words() for how in space.settings.values()]})


def params_table(params: tuple[Param, ...]) -> pd.DataFrame:
    """Parameters with default, what is allowed, and help."""
    return pd.DataFrame(
        {
            "Setting": [param.name for param in params],
            "Label": [param.label for param in params],
            "Default": ["none" if param.default is None else str(param.default) for param in params],
            "Allowed": [param.allowed() for param in params],
            "Unit": [param.unit for param in params],
            "What it does": [param.help for param in params],
        }
    )


def _settings(text: str) -> int:
    words = text.lower().split()
    rows = []
    for section, kind in PARTS.items():
        for param in kind.settings():
            if all(word in f"{section} {param.name} {param.label} {param.help}".lower() for word in words):
                rows.append(params_table((param,)).assign(Setting=f"{section}.{param.name}"))
    if not rows:
        return 0
    st.subheader(f"{SETTINGS} ({count(len(rows), 'setting')})", anchor=False)
    st.dataframe(pd.concat(rows), hide_index=True, placeholder="")
    return len(rows)
