"""What is asked: the method and what it compares with, which output, how thoroughly it is checked."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from app import state
from app.forms.widgets import param_input
from app.views.explain.waiting import known_verdicts
from app.words import count, plain
from core.data.base import Prepared
from core.explain.base import ExplainSpec, Question, Refused, Sound, Verdict
from core.explain.baselines import BACKGROUND_ROWS, BASELINES, baseline
from core.explain.catalogue import ATTRIBUTIONS, DEFAULTS, EXPLANATIONS
from core.recipe.base import Params
from core.recipe.codec import parse_recipe
from core.store.checkpoints import Checkpoint
from core.store.workspace import Run
from core.train.loss_catalogue import LOSSES

LOOKING = "2s"
USUAL_CHECKS = ("completeness", "faithfulness", "dependence")
BACKGROUNDS, CENTRES = (10, 20, 50, BACKGROUND_ROWS, 200, 500), (5, 10, 20, 50)
COSTS = {"instant": "at once", "seconds": "seconds", "minutes": "up to minutes"}


@dataclass(frozen=True)
class Asked:
    """The choices on the page: a checkpoint of a run, its data, and all of a question but the rows."""

    run: Run
    checkpoint: Checkpoint
    data: Prepared
    spec: ExplainSpec
    question: Question
    checks: tuple[str, ...] = USUAL_CHECKS

    @property
    def link(self) -> str:
        """What makes answers of the model's outputs (core.evaluation.links)."""
        return LOSSES[parse_recipe(self.run.document()).loss.key].link

    def of(self, rows: tuple[int, ...], part: str = "validation") -> Question:
        """The question about those rows."""
        return replace(self.question, rows=rows, part=part)


def settings(run: Run, checkpoint: Checkpoint, data: Prepared) -> Asked:
    """Draw the choices and return them."""
    verdicts = known_verdicts(run, checkpoint)
    offered = [key for key in ATTRIBUTIONS if data.kind in EXPLANATIONS[key].kinds]
    sound = [key for key in offered if verdicts is None or isinstance(verdicts.get(key), Sound)] or offered
    usual, second, _ = DEFAULTS[data.kind]
    sound.sort(key=lambda key: (key != usual, key != second))
    wanted = state.query("method")
    left, middle, right = st.columns(3)
    with left:
        key = st.selectbox(
            "Method",
            sound,
            index=sound.index(wanted) if wanted in sound else 0,
            format_func=lambda one: f"{EXPLANATIONS[one].label} ({COSTS[EXPLANATIONS[one].cost]})",
            key=f"explain.method.{run.id}",
            help="Those that are sound on this model; the first is the usual one for this kind of data.",
        )
    spec = EXPLANATIONS[key]
    with middle:
        target = _target(run, data)
    with right:
        compared = _compared_with(run, data, spec)
    params, layer, seed, checks = _more(run, checkpoint, data, spec)
    st.caption(plain(spec.summary))
    if verdicts is None:
        st.fragment(_looking, run_every=LOOKING)(run, checkpoint)
    else:
        _refused(verdicts, data)
    question = Question(
        method=key, rows=(), params=params, target=target, layer=layer, seed=seed, background=compared[1], baseline=compared[0],
        background_kind=compared[2],
    )  # fmt: skip
    return Asked(run, checkpoint, data, spec, question, checks)


def _looking(run: Run, checkpoint: Checkpoint) -> None:
    if known_verdicts(run, checkpoint) is not None:
        st.rerun()  # the whole page, with the methods that are sound
    st.caption(":material/hourglass_top: Looking at which methods are sound on this model …")


def _target(run: Run, data: Prepared) -> int | str:
    if data.task == "regression":
        st.selectbox("Explained output", [data.target_name], disabled=True, key=f"explain.target.{run.id}")
        return "predicted"
    choices: list[int | str] = ["predicted", "true", *range(len(data.class_names))]
    words = {"predicted": "the class it names", "true": "the true class"}
    return st.selectbox(
        "Explained output",
        choices,
        format_func=lambda one: words.get(str(one), "") or data.class_names[int(one)],
        key=f"explain.target.{run.id}",
        help="Of each row, the output for this class is explained: what spoke for it and what against it.",
    )


def _compared_with(run: Run, data: Prepared, spec: ExplainSpec) -> tuple[str, int, str]:
    """(baseline key, background rows, background kind), as far as the method has them."""
    key, label = f"explain.compared.{run.id}", "Compared with"
    help = "An attribution says what made the output differ from the output on this. More rows: steadier, slower."
    if spec.needs_background and data.kind != "text":
        offered = [(count, "rows") for count in BACKGROUNDS]
        if data.kind == "tabular":
            offered += [(count, "kmeans") for count in CENTRES]
        words = {"rows": "training rows", "kmeans": "k-means centres, weighted"}
        rows, kind = st.selectbox(
            label, offered, index=offered.index((BACKGROUND_ROWS, "rows")), key=f"{key}.background", help=help,
            format_func=lambda one: f"{one[0]} {words[one[1]]}",
        )  # fmt: skip
        return "", rows, kind
    if spec.needs_baseline:
        baseline_key = st.selectbox(
            label,
            list(BASELINES[data.kind]),
            format_func=lambda one: baseline(data, one).words,
            key=f"{key}.baseline",
            help=help,
        )
        return baseline_key, BACKGROUND_ROWS, "rows"
    st.selectbox(label, ["padding only" if spec.needs_background else "nothing: a slope at the sample"], disabled=True)
    return "", BACKGROUND_ROWS, "rows"


def _more(
    run: Run, checkpoint: Checkpoint, data: Prepared, spec: ExplainSpec
) -> tuple[Params, str, int, tuple[str, ...]]:
    checks: tuple[str, ...] = USUAL_CHECKS
    with st.expander("More settings, and how it is worked out", icon=":material/tune:"):
        st.markdown(f"**{plain(spec.label)}.** {plain(spec.article)}")
        columns = st.columns(3)
        values = {}
        for place, param in enumerate(spec.params):
            with columns[place % 3]:
                values[param.name] = param_input(param, param.default, f"explain.{spec.key}.{param.name}")
        with columns[len(spec.params) % 3]:
            seed = st.number_input("Seed", 0, 2**31 - 1, 0, key="explain.seed", help="Of every random draw.")
        layer = ""
        if spec.needs_layer:
            with columns[(len(spec.params) + 1) % 3]:
                layer = st.text_input(
                    "Layer", key=f"explain.layer.{run.id}", placeholder="the usual one", max_chars=200,
                    help="Path of a layer of the model, as on the Run page; empty takes the usual one.",
                )  # fmt: skip
        if data.kind != "text" and st.checkbox(
            "Also check how stable it is (max-sensitivity; takes eleven explanations)", key="explain.stability"
        ):
            checks = (*USUAL_CHECKS, "stability")
    changed = {name: value for name, value in values.items() if value is not None}
    return Params(changed), layer.strip(), int(seed), checks


def _refused(verdicts: dict[str, Verdict], data: Prepared) -> None:
    refused = {
        key: verdict.reason
        for key, verdict in verdicts.items()
        if isinstance(verdict, Refused) and data.kind in EXPLANATIONS[key].kinds
    }
    if not refused:
        return
    with st.expander(f"Not offered here, since misleading: {count(len(refused), 'method')}", icon=":material/block:"):
        for key, reason in refused.items():
            st.markdown(f"**{plain(EXPLANATIONS[key].label)}.** {plain(reason)}")
