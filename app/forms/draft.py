"""The recipe that is being written: plain data that keeps what was typed for entries not chosen at the moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from core.recipe.catalogues import CATALOGUES
from core.recipe.check import DEFAULT_LOSS, task_of
from core.recipe.parts import FORMAT, PARTS, SEED, ChosenPart, Part
from core.registry import Catalogue, Param, ParamValue, Spec

Draft = dict[str, Any]
Document = dict[str, Any]


def blank() -> Draft:
    """A draft with every default."""
    draft: Draft = {"name": "Untitled", "seed": SEED.default, "keys": {}, "own": {}, "params": {}}
    for section, kind in PARTS.items():
        draft["own"][section] = {param.name: param.default for param in kind.settings()}
        if issubclass(kind, ChosenPart):
            draft["keys"][section] = next(f.default for f in fields(kind) if f.name == "key")
            draft["params"][section] = {}
    return draft


def draft_of(document: Document, keep: Draft | None = None) -> Draft:
    """The draft of a complete document (as `to_document` writes it); what `keep` holds for other entries stays."""
    draft = keep if keep is not None else blank()
    draft["name"] = document.get("name", "Untitled")
    draft["seed"] = document.get("seed", SEED.default)
    for section, kind in PARTS.items():
        given = dict(document.get(section, {}))
        own = {param.name for param in kind.settings()}
        draft["own"][section] |= {name: value for name, value in given.items() if name in own}
        if section in draft["keys"]:
            key = draft["keys"][section] = given.pop("key", draft["keys"][section])
            draft["params"][section][key] = {name: value for name, value in given.items() if name not in own}
    return draft


def document_of(draft: Draft) -> Document:
    """The document that the draft stands for now."""
    document: Document = {"format": FORMAT, "name": draft["name"], "seed": draft["seed"]}
    for section in PARTS:
        document[section] = dict(draft["own"][section])
        if section in draft["keys"]:
            document[section] = {"key": draft["keys"][section], **params(draft, section), **document[section]}
    return document


def params(draft: Draft, section: str) -> dict[str, ParamValue]:
    """The values of the chosen entry's parameters: what was typed, else the defaults."""
    spec = chosen(draft, section)
    if spec is None:
        return {}
    typed = draft["params"][section].get(spec.key, {})
    return {name: typed.get(name, value) for name, value in spec.defaults().items()}


def chosen(draft: Draft, section: str) -> Spec | None:
    """The catalogue entry chosen in `section`; None when the catalogue has lost it."""
    catalogue: Catalogue[Any] = CATALOGUES[section]
    key = draft["keys"][section]
    if key not in catalogue:
        return None
    return catalogue[key]


def set_param(draft: Draft, section: str, name: str, value: ParamValue) -> None:
    """Keep a value typed for a parameter of the chosen entry."""
    draft["params"][section].setdefault(draft["keys"][section], {})[name] = value


def fitting(draft: Draft, section: str) -> list[str]:
    """The keys of `section` that fit the chosen data: architectures of its kind, losses of its task."""
    catalogue = CATALOGUES[section]
    data = chosen(draft, "data")
    if data is None or section not in ("model", "loss"):
        return list(catalogue)
    task = draft_task(draft)
    if section == "model":
        return [key for key, spec in catalogue.items() if data.kind in spec.kinds and (task or "classification") in spec.tasks]  # type: ignore[attr-defined]
    return [key for key, spec in catalogue.items() if task is None or task in spec.tasks]  # type: ignore[attr-defined]


def draft_task(draft: Draft) -> str | None:
    """The task of the chosen data, as far as it is known without reading it."""
    return task_of(draft["keys"]["data"], {**params(draft, "data"), **draft["own"]["data"]})


def settle(draft: Draft) -> list[str]:
    """Replace a model or loss that does not fit the data by one that does; return a sentence for each change."""
    said = []
    data = chosen(draft, "data")
    for section, noun in (("model", "reads"), ("loss", "fits")):
        keys = fitting(draft, section)
        now = draft["keys"][section]
        if now in keys or not keys or data is None:
            continue
        task = draft_task(draft)
        preferred = DEFAULT_LOSS.get(task or "") if section == "loss" else None
        draft["keys"][section] = new = preferred if preferred in keys else keys[0]
        catalogue = CATALOGUES[section]
        old = catalogue[now].label if now in catalogue else now
        said.append(f"{catalogue[new].label} was chosen in place of {old}, because it {noun} {data.label}.")
    return said


def own_params(section: str) -> tuple[Param, ...]:
    """The settings that `section` has whatever entry is chosen."""
    kind: type[Part] = PARTS[section]
    return kind.settings()


def differences(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Dotted settings in which two documents differ, with both values (None where one lacks it)."""
    flat_left, flat_right = flatten(left), flatten(right)
    return {
        path: (flat_left.get(path), flat_right.get(path))
        for path in [*flat_left, *(p for p in flat_right if p not in flat_left)]
        if flat_left.get(path) != flat_right.get(path)
    }


def flatten(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document as {"optim.lr": 0.1, ...}."""
    flat: dict[str, Any] = {}
    for section, value in document.items():
        if isinstance(value, Mapping):
            flat |= {f"{section}.{name}": found for name, found in value.items()}
        else:
            flat[section] = value
    return flat
