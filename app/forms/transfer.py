"""The settings of the transfer section that matter now, with the weights there are to choose from."""

from __future__ import annotations

from dataclasses import replace

from app import state
from app.forms import draft as drafts
from app.forms.draft import Draft
from core.data.base import DatasetSpec
from core.models.base import ArchitectureSpec
from core.registry import Param
from core.store.weights import list_weights

NONE = "none"


def shown(draft: Draft) -> tuple[Param, ...]:
    """The weights as a choice; what belongs to them or to frozen layers only where it does something."""
    own = draft["own"]["transfer"]
    model = drafts.chosen(draft, "model")
    brought: tuple[str, ...] = ("pretrained",) if isinstance(model, ArchitectureSpec) and model.pretrained else ()
    data = drafts.chosen(draft, "data")
    if isinstance(data, DatasetSpec) and data.kind == "text":
        brought += ("embeddings",)
    kept = tuple(found.name for found in list_weights(state.workspace().home))
    found = []
    for param in drafts.own_params("transfer"):
        if param.name == "weights":
            found.append(replace(param, choices=(NONE, *brought, *kept), default=NONE))
        elif (
            (param.name == "fresh_output" and own["weights"] not in (None, NONE))
            or param.name in ("frozen", "layer_decay")
            or (param.name == "thaw" and own["frozen"] != "none")
            or (param.name == "thaw_after" and own["frozen"] != "none" and own["thaw"] != "never")
        ):
            found.append(param)
    return tuple(found)
