"""The Catalogue page: every family and entry with its help, parameters and ranges."""

from __future__ import annotations

import functools

import pandas as pd
import streamlit as st

from app.forms.recipe_form import article_text
from app.views import share
from app.views.start import start_run
from app.words import count, plain
from core.diagnosis.base import Rule
from core.diagnosis.catalogue import RULES
from core.diagnosis.examples import WITHOUT, example
from core.evaluation.metrics.spec import MetricSpec
from core.explain.base import ExplainSpec
from core.families import FAMILIES
from core.optim.search_space import SearchSpace
from core.optim.spec import OptimizerSpec
from core.recipe.parts import PARTS
from core.registry import Param, Spec
from core.showcases import Showcase, showcases

TITLES = {
    "datasets": "Data sets",
    "augmentations": "Augmentation",
    "balances": "Balance of classes",
    "architectures": "Models",
    "activations": "Activations",
    "norms": "Norms",
    "initialisations": "Initial weights",
    "losses": "Losses",
    "optimizers": "Optimizers",
    "schedules": "Schedules",
    "clippings": "Gradient clipping",
    "regularisations": "Regularisation",
    "metrics": "Metrics",
    "explanations": "Explanations",
    "surfaces": "Loss surfaces",
    "rules": "Faults",
    "presets": "Presets",
    "races": "Ready-made races",
    "claims": "Claims",
}
ADDRESSES = {"preset": "train?preset=", "race": "race?preset=", "lesson": "lessons?lesson=", "claim": "claims?claim="}
MOST_PLACES = 4
NOT_IN_RECIPES = ("surfaces", "rules", "presets", "races", "claims")
SETTINGS = "Other settings"


def page() -> None:
    """Draw the page."""
    st.title("Catalogue")
    st.caption(
        "Everything a recipe can name: what it does, its formula, its parameters with their ranges, and the source."
    )
    names = [*TITLES.values(), SETTINGS]
    asked = share.arrives("catalogue", "find", "families")
    if "find" in asked:
        st.session_state["reference.find"] = asked["find"][:100]
    if "families" in asked:
        st.session_state["reference.families"] = [one for one in names if one in asked["families"].split(",")]
    text = st.text_input(
        "Find", placeholder="momentum, vanishing, Adam, …", key="reference.find", persist_state="session"
    )
    picked = st.pills("Families", names, selection_mode="multi", key="reference.families")
    share.keeps("catalogue", find=text or None, families=",".join(picked) or None)
    shown = 0
    for family, title in TITLES.items():
        if not picked or title in picked:
            shown += _family(family, title, text or "")
    if not picked or SETTINGS in picked:
        shown += _settings(text or "")
    if not shown:
        st.info("Nothing fits these words. Try one of them alone, or clear the search.", icon=":material/search_off:")


def _family(family: str, title: str, text: str) -> int:
    entries = [spec for spec in FAMILIES[family].values() if fits(spec, text)]
    if not entries:
        return 0
    st.subheader(f"{title} ({len(entries)})", anchor=False)
    for spec in entries:
        with st.expander(f"**{plain(spec.label)}**: {plain(spec.summary)}"):
            if isinstance(spec, Rule):
                _rule(spec)
            else:
                st.markdown(entry(family, spec.key))
    return len(entries)


@functools.cache
def entry(family: str, key: str) -> str:
    """Everything about one entry as one piece of Markdown: hundreds of them stand on one page."""
    spec = FAMILIES[family][key]
    parts = [article_text(spec)]
    if isinstance(spec, OptimizerSpec):
        parts += _optimizer(spec)
    if isinstance(spec, ExplainSpec):
        parts.append(f"For {', '.join(spec.kinds)} data: `gradclinic explain RUN --method {spec.key}`")
    elif isinstance(spec, MetricSpec):
        better = "more" if spec.higher_is_better else "less"
        parts.append(f"On the Errors page of a {spec.task}; {better} is better.")
    elif family not in NOT_IN_RECIPES:
        parts.append(f"Key in a recipe: `{spec.key}`")
    parts.append(_places(family, key))
    if spec.params:
        parts.append(table(params_table(spec.params)))
    return "\n\n".join(part for part in parts if part)


def _places(family: str, key: str) -> str:
    """Links to where an entry can be tried, those that show its effect first."""
    singular = family.removesuffix("s")
    if singular in ADDRESSES:
        return f"[Open it]({ADDRESSES[singular]}{key})"
    found = showcases().get((family, key), ())[:MOST_PLACES]
    return f"**Try it.** {' · '.join(_link(place) for place in found)}" if found else ""


def _link(place: Showcase) -> str:
    return f"[{place.kind.capitalize()}: {plain(place.label)}]({ADDRESSES[place.kind]}{place.key})"


def _optimizer(spec: OptimizerSpec) -> list[str]:
    """The update as a formula, the paper it comes from, and where its settings are looked for."""
    paper, space = spec.reference, spec.search_space
    return [
        f"$$\n{spec.update_rule.strip()}\n$$",
        "Here w are the weights, η the learning rate, λ the weight decay and t the step.",
        f"**Paper.** {plain(paper.authors)} ({paper.year}): [{plain(paper.title)}]({paper.url})",
        f"**Search space.** What a tuned run draws from; {plain(space.source)}.",
        table(search_table(space)),
    ]


def table(frame: pd.DataFrame) -> str:
    """A small table as Markdown that shows its cells exactly; empty columns are left out."""
    kept = frame.loc[:, (frame != "").any()]
    rows = [[plain(cell) for cell in row] for row in kept.itertuples(index=False)]
    lines = [list(map(str, kept.columns)), ["---"] * len(kept.columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _rule(rule: Rule) -> None:
    """Draw what a rule measures and why its fault happens, and a run that shows it."""
    st.markdown(rule_text(rule.key))
    if rule.key not in WITHOUT and st.button(
        "See it happen",
        icon=":material/play_arrow:",
        key=f"see.{rule.key}",
        help="Trains a small run that has this fault.",
    ):
        start_run(example(rule.key))


@functools.cache
def rule_text(key: str) -> str:
    """What a rule measures and why its fault happens, as one piece of Markdown."""
    rule = RULES[key]
    parts = [f"`{rule.id}` `{rule.key}`, usually a {rule.severity}."]
    parts += [f"**{heading}.** {plain(text)}" for heading, text in rule.sections.items()]
    return "\n\n".join([*parts, plain(WITHOUT.get(key, ""))])


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
