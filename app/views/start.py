"""Starting a run: once per press, then on to its page."""

from __future__ import annotations

from typing import Any

from app import failures, navigation, state
from core.recipe.codec import parse_recipe


def start_run(document: dict[str, Any]) -> None:
    """Start a run of this recipe and open its page; a double click starts one run. A fault is said in words."""
    from core.runtime import jobs

    with failures.guard():
        run = jobs.start(state.workspace(), parse_recipe(document), key=state.press_key(document))
        state.use_press()
        navigation.go("run", run=run.id)
