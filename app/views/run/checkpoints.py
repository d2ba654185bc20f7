"""The checkpoints of a run, and forking a new run from one of them with a changed recipe."""

from __future__ import annotations

import time
from typing import Any

import pandas as pd
import streamlit as st

from app import failures, navigation, state
from app.forms import current
from app.forms.draft import differences, flatten
from app.forms.text import as_yaml
from app.forms.widgets import param_input
from app.inspector import inspector
from app.views.run.history import CHECKPOINT_KINDS
from app.words import size
from core.errors import BadInput
from core.optim.catalogue import OPTIMIZERS
from core.recipe.codec import from_text, to_document, with_changes
from core.recipe.parts import OptimPart, Recipe, TrainPart
from core.registry import Param
from core.store.checkpoints import Checkpoint
from core.store.run import KEPT_BACK
from core.store.status import RunStatus
from core.store.workspace import Run


def checkpoints(run: Run, status: RunStatus) -> None:
    """Draw the table of checkpoints and the fork form."""
    found = run.checkpoints.list()
    if not found:
        st.info(
            "No checkpoint yet. One is written before the first step, then after epochs and when you press "
            "**Checkpoint now**; from each you can fork a new run.",
            icon=":material/bookmark:",
        )
        return
    if status.state.get("disk_full"):
        st.warning("The disk is full: no further checkpoints are written. Training goes on; free some space.")
    st.dataframe(pd.DataFrame([row(c) for c in reversed(found)]), hide_index=True, placeholder="")
    if not run.read_only:
        _fork(run, found)


def row(checkpoint: Checkpoint) -> dict[str, Any]:
    """One line of the table."""
    return {
        "Step": checkpoint.step,
        "Epoch": round(checkpoint.epoch, 2),
        "Kind": CHECKPOINT_KINDS.get(checkpoint.kind, checkpoint.kind),
        "Validation loss": checkpoint.val_loss,
        "Saved": time.strftime("%H:%M:%S", time.localtime(checkpoint.time)),
        "Size": size(checkpoint.bytes),
        "State hash": checkpoint.state_hash[:16],
    }


def _fork(run: Run, found: list[Checkpoint]) -> None:
    from core.runtime import jobs

    st.markdown("##### Fork: go on from a checkpoint with a changed recipe")
    st.caption("The new run starts with these weights. Data set and architecture stay; the rest may change.")
    by_step = {c.step: c for c in found}
    steps = sorted(by_step, reverse=True)
    step = st.selectbox(
        "Checkpoint",
        steps,
        format_func=lambda s: f"step {s:,} ({CHECKPOINT_KINDS.get(by_step[s].kind, by_step[s].kind)})",
        key=f"fork.{run.id}.step",
    )
    recipe = jobs.settings_at(run, step)
    if run.kept_back:
        st.info(f"{KEPT_BACK} Until then a fork can change a few settings.", icon=":material/visibility_off:")
    else:
        _keep(run, step, recipe)
    way = (
        "A few settings"
        if run.kept_back
        else st.segmented_control(
            "What to change",
            ["A few settings", "Whole recipe"],
            default="A few settings",
            key=f"fork.{run.id}.way",
            required=True,
        )
    )
    with st.form(f"fork.{run.id}.{step}.{way}"):
        name = st.text_input("Name of the fork", f"{recipe.name} (fork at {step:,})", max_chars=120)
        key = f"fork.{run.id}.{step}"
        if way == "Whole recipe":
            text = st.text_area("Recipe", as_yaml(to_document(recipe)), height=380, key=f"{key}.text")
            wanted: dict[str, object] | None = None
        else:
            text, wanted = "", _few(recipe, key)
        if st.form_submit_button("Fork", type="primary", icon=":material/fork_right:"):
            with failures.guard():
                changes = changed(recipe, wanted, text)
                press = state.press_key({"fork": run.id, "step": step, "changes": str(changes), "name": name})
                child = jobs.fork(state.workspace(), run, step, changes, name=name, key=press)
                state.use_press()
                state.notify("toast", f"Forked with {len(changes)} changed setting(s).")
                navigation.go("run", run=child.id)


def _keep(run: Run, step: int, recipe: Recipe) -> None:
    if st.button(
        "Keep these weights for new runs",
        icon=":material/conversion_path:",
        key=f"keep.{run.id}",
        help="A new run, on other data too, can then start from them: New run, Transfer.",
    ):
        with failures.guard():
            name = inspector().keep_weights(run, step, state.workspace().home)
            current.load(to_document(with_changes(recipe, {"transfer.weights": name})))
            state.notify("toast", f"Kept as {name}. The form starts from them.")
            navigation.go("train")


def _few(recipe: Recipe, key: str) -> dict[str, object]:
    """Inputs for the settings that a fork changes most often."""
    settings = {p.name: p for p in (*OptimPart.settings(), *TrainPart.settings())}
    left, right = st.columns(2)
    with left:
        lr = param_input(settings["lr"], recipe.optim.lr, f"{key}.lr")
        optimizer = st.selectbox(
            "Optimizer",
            list(OPTIMIZERS),
            index=list(OPTIMIZERS).index(recipe.optim.key),
            format_func=lambda entry: OPTIMIZERS[entry].label,
            key=f"{key}.optim",
            help="Another optimizer starts with empty moments.",
        )
    with right:
        decay = param_input(settings["weight_decay"], recipe.optim.weight_decay, f"{key}.wd")
        epochs = param_input(_epochs(settings["epochs"]), recipe.train.epochs, f"{key}.epochs")
    return {"optim.lr": lr, "optim.key": optimizer, "optim.weight_decay": decay, "train.epochs": epochs}


def _epochs(param: Param) -> Param:
    from dataclasses import replace

    return replace(param, label="Epochs, from the very start")


def changed(recipe: Recipe, wanted: dict[str, object] | None, text: str) -> dict[str, object]:
    """The settings that differ from `recipe`: those in `wanted`, or those of the recipe written as `text`.

    Raises:
        BadInput: when the text is not a recipe.
    """
    document = to_document(recipe)
    if wanted is not None:
        flat = flatten(document)
        return {path: value for path, value in wanted.items() if value != flat.get(path)}
    other = to_document(from_text(text))
    found = {path: right for path, (_, right) in differences(document, other).items() if path != "name"}
    fixed = [path for path in found if path in ("data.key", "model.key")]
    if fixed:
        raise BadInput(
            f"A fork keeps its data set and architecture, but {' and '.join(fixed)} changed; start a new run."
        )
    gone = {path for path in found if path not in flatten(other)}
    left_out: dict[str, object] = {
        f"{section}.{entry}": "off"
        for section in ("augment", "regularise")
        for entry in document[section]
        if entry not in other[section]
    }
    return {path: value for path, value in found.items() if path not in gone} | left_out
