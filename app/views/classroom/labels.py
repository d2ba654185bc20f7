"""Settings of an exercise in words: what can be left open, what is locked, what is wrong with a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.forms.recipe_form import FAULT, NOUNS
from app.views.run.recipe import from_defaults
from app.words import plain
from core.classroom.events import Exercise
from core.classroom.locks import opened
from core.diagnosis.catalogue import RULES
from core.recipe.catalogues import CATALOGUES
from core.recipe.parts import PARTS
from core.recipe.paths import is_open
from core.registry import Param

TITLES = {
    **NOUNS,
    "clip": "Gradient clipping",
    "transfer": "Transfer",
    "train": "Training",
    "record": "What is recorded",
}

MAIN = ("data.key", "model.key", "loss.key", "optim.key")
"""Locked choices that a student is told even where they are the usual ones."""


def open_choices(document: Mapping[str, Any]) -> list[str]:
    """What can be left open in this recipe: whole sections, settings of their own, and those of the chosen entries."""
    found = []
    for section, kind in PARTS.items():
        found.append(section)
        found += [f"{section}.{param.name}" for param in (*_entry_params(section, document), *kind.settings())]
    return found


def _entry_params(section: str, document: Mapping[str, Any]) -> tuple[Param, ...]:
    key = document.get(section, {}).get("key")
    catalogue = CATALOGUES.get(section)
    return catalogue[key].params if catalogue is not None and key in catalogue else ()


def setting_label(path: str) -> str:
    """A path such as optim.lr in words: Optimizer: Learning rate; a whole section is called everything."""
    section, _, name = path.partition(".")
    title = TITLES.get(section, section)
    if not name:
        return f"{title}: everything"
    if name == "key":
        return title
    entries = CATALOGUES[section].values() if section in CATALOGUES else ()
    known = [*PARTS[section].settings(), *(param for entry in entries for param in entry.params)]
    return f"{title}: {next((param.label for param in known if param.name == name), name)}"


def short_label(path: str) -> str:
    """The label of a single setting without its section, for an axis."""
    return setting_label(path).rpartition(": ")[2]


def locked_words(exercise: Exercise) -> str:
    """What is locked and not at its default, and the main choices, as Markdown; the fault put in stays unsaid."""
    document = dict(exercise.recipe)
    values = {row["Setting"]: row["Value"] for row in from_defaults(document)}
    for path in reversed(MAIN):
        section = path.partition(".")[0]
        values = {path: str(document[section]["key"])} | {name: value for name, value in values.items() if name != path}
    shown = []
    for path, value in values.items():
        section, _, name = path.partition(".")
        if is_open(path, opened(exercise)) or path == FAULT:
            continue
        if name == "key" and value in CATALOGUES[section]:
            value = CATALOGUES[section][value].label
        shown.append(f"{plain(setting_label(path))} **{plain(value)}**")
    return " · ".join(shown)


def fault_name(fault: str) -> str:
    """A fault of the training loop in words."""
    return fault.replace("_", " ")


def matter_label(finding: str) -> str:
    """What a finding is called; nothing for none."""
    return RULES[finding].label if finding in RULES else finding
