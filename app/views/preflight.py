"""The check before training: one batch forward and backward, judged by the rules, with fixes that take one click."""

from __future__ import annotations

import math
from concurrent.futures import Future
from typing import Any

import streamlit as st

from app import failures, state
from app.charts.depth import depth_figure
from app.charts.figures import draw
from app.forms import current
from app.inspector import inspector, later, open_after, part, settled
from app.words import number, plain
from core.diagnosis.base import Finding
from core.diagnosis.catalogue import RULES
from core.recipe.codec import to_document, with_changes
from core.recipe.parts import Recipe
from core.runtime.inspected import Preflight

MOST_FIXES = 2


def preflight(recipe: Recipe) -> None:
    """Draw what one batch tells about `recipe` as soon as it is known; the page does not wait for it."""
    waits = inspector().known(recipe) is None and open_after(_question(recipe))
    part(_preflight, recipe, waits=waits)


def _question(recipe: Recipe) -> Future[Preflight]:
    home = state.workspace().home
    return later("preflight", recipe, lambda: inspector().preflight(recipe, home))


def _preflight(recipe: Recipe, waits: bool) -> None:
    with st.container(border=True, key="preflight"):
        st.markdown("**Check before training**")
        found = inspector().known(recipe)
        if found is None:
            found = settled(_question(recipe), waits, "One batch forward and backward")
            if found is None:
                return
        elif waits:
            st.rerun()
        _verdict(recipe, found)
        _figures(found)


def _verdict(recipe: Recipe, found: Preflight) -> None:
    serious = [f for f in found.diagnosis.findings if f.severity != "info"]
    if not serious:
        st.markdown(f":green-badge[:material/task_alt: nothing wrong] {_first_loss(found)}")
    for finding in serious:
        colour = "red" if finding.severity == "critical" else "orange"
        st.markdown(
            f":{colour}-badge[{finding.id} {finding.severity}] **{plain(RULES[finding.name].label)}.** {plain(finding.sentence)}"
        )
        if finding not in found.diagnosis.consequences:
            _fixes(recipe, finding)
    for sentence in notes(found.inspection):
        st.caption(f":material/info: {plain(sentence)}")
    for finding in found.diagnosis.notes:
        st.caption(f"{finding.id} {plain(RULES[finding.name].label)}: {plain(finding.sentence)}")


def notes(seen: dict[str, Any]) -> list[str]:
    """What one batch shows that only training can call a fault: silent units, rare classes."""
    found = []
    silent = [(share, name) for name, share in zip(seen["layers"], seen["dead_units"], strict=True) if share > 0.5]
    if silent:
        share, name = max(silent)
        found.append(
            f"{100 * share:.0f} % of the units of {name} are silent for all {seen['rows']} rows of the first batch."
        )
    counts = [count for count in seen.get("class_counts") or [] if count]
    if len(counts) > 1 and max(counts) > 10 * min(counts):
        found.append(
            f"The rarest class has {min(counts):,} of {sum(counts):,} rows: accuracy alone will look good without it."
        )
    return found


def _first_loss(found: Preflight) -> str:
    chance = found.inspection.get("chance_loss", math.nan)
    return f"The first loss is {plain(number(found.inspection['loss'], 3))}; guessing gives {plain(number(chance, 3))}."


def _fixes(recipe: Recipe, finding: Finding) -> None:
    with st.container(horizontal=True):
        for remedy in finding.remedies[:MOST_FIXES]:
            if st.button(
                remedy.label, icon=":material/build:", key=f"fix.{finding.id}.{remedy.label}", help="Changes the form."
            ):
                with failures.guard():
                    current.load(to_document(with_changes(recipe, remedy.changes)), origin=current.origin())
                    state.notify("toast", f"Changed: {plain(remedy.label)}.")
                    st.rerun()


def _figures(found: Preflight) -> None:
    seen: dict[str, Any] = found.inspection
    with st.expander("Signal and gradient over depth", icon=":material/stacked_line_chart:"):
        draw(
            depth_figure(seen["layers"], seen["activation_std"], seen["pre_activation_gradient_rms"]),
            "preflight.depth",
            "Spread of the activations and size of the gradient at each layer, on one batch before training.",
        )
        error = seen.get("gradient_check", math.nan)
        checked = (
            f"autograd agrees with finite differences in float64 to {error:.0e}; "
            if error is not None and math.isfinite(error)
            else ""
        )
        best = max(
            (v for k, v in (seen.get("baselines") or {}).items() if k != "best_column" and v is not None),
            default=math.nan,
        )
        simple = f"a simple model reaches {best:.2f} on the training rows; " if math.isfinite(best) else ""
        st.caption(plain(f"{checked}{simple}looked at {seen['rows']} rows in {1000 * found.seconds:.0f} ms."))
