"""The fatal step of a run, taken apart: which tensor was the first that is not a number, and which batch made it so."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app import failures, state
from app.inspector import inspector
from app.words import number, plain
from core.store.forensics import kept_trace
from core.store.workspace import Run


def forensics(run: Run, step: int) -> None:
    """Draw what is known of the first non-finite step, or the button that finds out."""
    found = kept_trace(run)
    if found is None and run.read_only:
        return
    if found is None:
        pressed = st.button(
            "Find the first tensor that is not a number",
            icon=":material/biotech:",
            key=f"forensics.{run.id}",
            help="Trains the steps since the last checkpoint again, exactly, and looks at every module in the fatal one.",
        )
        if not pressed:
            return
        with failures.guard(), st.spinner(f"Repeating the run up to step {step:,} …"):
            found = inspector().trace(run, step, state.workspace().home)
            st.rerun()
        return
    _report(run, found)


def _report(run: Run, found: dict[str, Any]) -> None:
    where = f"**{plain(found['module'])}**" if found["module"] else "nowhere"
    st.markdown(
        f"Repeated from step {found['repeated_from']:,}, step {found['step']:,} first goes wrong in {where}: "
        f"{plain(found['what'])}{' is ' + plain(found['kind']) if found['kind'] else ''}."
    )
    with st.expander("Module by module, and the batch", type="compact"):
        table = pd.DataFrame(found["modules"])
        table["largest"] = [number(value) for value in table["largest"]]
        st.dataframe(
            table.rename(columns={"module": "Module", "type": "Type", "largest": "Largest output"}), hide_index=True
        )
        shown = ", ".join(map(str, found["rows"][:20]))
        st.caption(
            f"The batch of {found['batch_size']} training rows (indices {shown} …) and the weights before the step:"
        )
        path = run.path / str(found["file"])
        if path.is_file() and not run.shown:
            st.download_button(
                "Download the batch (.pt)", path.read_bytes, file_name=f"{run.id}-{path.name}", icon=":material/download:",
                on_click="ignore", key=f"forensics.file.{run.id}",
            )  # fmt: skip
