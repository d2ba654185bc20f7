"""Is this recipe fit to train? Every fault at once, and what the data and the model come to. No torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from app import state
from core.data.base import Prepared
from core.errors import BadInput, Fault, RecipeError
from core.models.base import ModelInput
from core.models.catalogue import ARCHITECTURES, model_fault
from core.recipe.codec import parse_recipe, to_document
from core.recipe.parts import Recipe
from core.train.loss_fit import loss_fault

LARGE_MODEL = 5_000_000


@dataclass(frozen=True)
class Checked:
    """What is known of a recipe before it is trained; `data` and the counts are None where a fault hides them."""

    recipe: Recipe | None
    faults: tuple[Fault, ...] = ()
    data: Prepared | None = None
    parameters: int | None = None
    total_steps: int | None = None


def check(document: dict[str, Any]) -> Checked:
    """Parse `document`, load its data (cached) and see whether the model can read it."""
    try:
        recipe = parse_recipe(document)
    except RecipeError as error:
        return Checked(None, error.faults)
    try:
        data = prepared(recipe)
    except BadInput as error:
        return Checked(recipe, (Fault("data", str(error)),))
    faults: list[Fault] = []
    model = ARCHITECTURES[recipe.model.key]
    model_input = ModelInput(data.kind, data.input_shape, len(data.vocabulary), data.graph)
    if found := model_fault(recipe.model.key, data.kind, data.task):
        faults.append(Fault("model.key", found))
    model_faults = model.faults(model_input, recipe.model.params)
    faults += [Fault("model", fault) for fault in model_faults]
    if found := loss_fault(recipe.loss, data):
        faults.append(Fault("loss.key", found))
    parameters = None if model_faults else model.parameters(model_input, data.outputs, recipe.model.params)
    return Checked(recipe, tuple(faults), data, parameters, recipe.train.total_steps(len(data.x_train)))


def prepared(recipe: Recipe, uploads: Path | None = None) -> Prepared:
    """The recipe's data, split and scaled; the last few are kept for all sessions.

    `uploads` is the folder of the workspace whose tables it names (`Run.home` for a run); without it, that of this page's.

    Raises:
        BadInput: when the data can't be used.
    """
    from core.recipe.data import DECISIVE, keeps_target

    document = to_document(recipe)
    decisive = {section: document[section] for section in DECISIVE}
    if keeps_target(recipe):
        decisive["loss"] = document["loss"]
    return _prepared(
        json.dumps(decisive, sort_keys=True), str(uploads or uploads_folder()) if recipe.data.key == "upload" else ""
    )


def uploads_folder() -> Path:
    """The folder under which uploaded tables of this workspace are kept."""
    return state.workspace().home


@st.cache_resource(max_entries=6, show_spinner="Reading the data…")
def _prepared(decisive: str, uploads: str) -> Prepared:
    from core.recipe.data import load_data

    return load_data(parse_recipe(json.loads(decisive)), Path(uploads))
