"""A run's name, tags and note: words for people, changed at any time without touching what was recorded."""

from __future__ import annotations

import re
from typing import Any

import streamlit as st

from app import failures, state
from core.store.workspace import Run

MAX_TAGS, MAX_TAG, MAX_NOTE = 20, 40, 5_000


def clean_tags(text: str) -> list[str]:
    """Tags from a comma-separated text: trimmed, without doubles, at most MAX_TAGS of MAX_TAG characters."""
    tags = (" ".join(part.replace("<", "").replace(">", "").split())[:MAX_TAG] for part in re.split(r"[,;\n]", text))
    return list(dict.fromkeys(tag for tag in tags if tag))[:MAX_TAGS]


def clean_name(text: str) -> str:
    """A name in one line, without angle brackets, at most 120 characters."""
    return " ".join(text.replace("<", "").replace(">", "").split())[:120]


def editor(run: Run) -> None:
    """Draw the form for name, tags and note."""
    found: dict[str, Any] = run.control.labels()
    with st.form(f"labels.{run.id}"):
        name = st.text_input("Name", str(found.get("name", run.id)), max_chars=120)
        tags = st.text_input("Tags", ", ".join(found.get("tags", [])), help="Separated by commas.", max_chars=900)
        note = st.text_area(
            "Note", str(found.get("note", "")), height=140, max_chars=MAX_NOTE, placeholder="What did you try, and why?"
        )
        if st.form_submit_button("Save", type="primary", icon=":material/save:"):
            with failures.guard():
                save(run, name=name, tags=tags, note=note)
                state.notify("toast", "Saved.")
                st.rerun()


def save(run: Run, *, name: str, tags: str, note: str) -> None:
    """Write cleaned labels; an empty name keeps the old one, an empty note removes it."""
    labels: dict[str, Any] = {"tags": clean_tags(tags) or None, "note": note.strip()[:MAX_NOTE] or None}
    if clean_name(name):
        labels["name"] = clean_name(name)
    run.control.set_labels(**labels)
