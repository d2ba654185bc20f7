"""What the browser shows when something goes wrong: one calm sentence, never a traceback."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from app.words import plain
from core.errors import ClinicError, RecipeError

log = logging.getLogger("gradclinic.app")
REFERENCE = "reference code"


def sentence(error: Exception) -> str:
    """The words for `error`: its own where it has some for the user, else a reference to the log."""
    if isinstance(error, RecipeError) and len(error.faults) > 1:
        return "\n".join(
            [f"The recipe has {len(error.faults)} faults:", "", *(f"- {plain(str(f))}" for f in error.faults)]
        )
    if isinstance(error, ClinicError):
        return plain(str(error))
    code = secrets.token_hex(3)
    log.error("%s %s", REFERENCE, code, exc_info=error)
    return (
        f"Something went wrong that was not foreseen. Nothing that was recorded is lost; reload the page, and if it "
        f"comes back, look for the {REFERENCE} **{code}** in the server's log."
    )


@contextmanager
def guard() -> Iterator[None]:
    """Show any error of the block as a sentence at this place of the page, and go on after the block."""
    try:
        yield
    except Exception as error:
        st.error(sentence(error), icon=":material/error:")
