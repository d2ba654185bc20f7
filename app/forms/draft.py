"""The recipe that is being written: plain data that keeps what was typed for entries not chosen at the moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any

from core.data.base import KINDS, TASKS
from core.recipe.base import ChosenPart, Part, SeveralPart
from core.recipe.catalogues import CATALOGUES
from core.recipe.check import DEFAULT_LOSS, task_of
from core.recipe.parts import FORMAT, PARTS, SEED
from core.registry import Catalogue, Param, ParamValue, Spec

Draft = dict[str, Any]
Document = dict[str, Any]


def blank() -> Draft:
    """A draft with every default."""
    draft: Draft = {"name": "Untitled", "seed": SEED.default, "keys": {}, "several": {}, "own": {}, "params": {}}
    for section, kind in PARTS.items():
        draft["own"][section] = {param.name: param.default for param in kind.settings()}
        if issubclass(kind, ChosenPart):
            draft["keys"][section] = next(f.default for f in fields(kind) if f.name == "key")
            draft["params"][section] = {}
        if issubclass(kind, SeveralPart):
            draft["several"][section] = []
            draft["params"][section] = {}
    return draft


def draft_of(document: Document, keep: Draft | None = None) -> Draft:
    """The draft of a complete document (as `to_document` writes it); what `keep` holds for other entries stays."""
    draft = keep if keep is not None else blank()
    draft["name"] = document.get("name", "Untitled")
    draft["seed"] = document.get("seed", SEED.default)
    for section, kind in PARTS.items():
        given = dict(document.get(section, {}))
        if section in draft["several"]:
            draft["several"][section] = list(given)
            draft["params"][section] |= {key: dict(table) for key, table in given.items()}
            continue
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
        if section in draft["several"]:
            keys = (key for key in CATALOGUES[section] if key in draft["several"][section])
            document[section] = {key: params_of(draft, section, key) for key in keys}
            continue
        document[section] = dict(draft["own"][section])
        if section in draft["keys"]:
            document[section] = {"key": draft["keys"][section], **params(draft, section), **document[section]}
    return document


def params(draft: Draft, section: str) -> dict[str, ParamValue]:
    """The values of the chosen entry's parameters: what was typed, else the defaults."""
    spec = chosen(draft, section)
    if spec is None:
        return {}
    return params_of(draft, section, spec.key)


def params_of(draft: Draft, section: str, key: str) -> dict[str, ParamValue]:
    """The values of that entry's parameters: what was typed, else the defaults."""
    typed = draft["params"][section].get(key, {})
    return {name: typed.get(name, value) for name, value in CATALOGUES[section][key].defaults().items()}


def chosen(draft: Draft, section: str) -> Spec | None:
    """The catalogue entry chosen in `section`; None when the catalogue has lost it."""
    catalogue: Catalogue[Any] = CATALOGUES[section]
    key = draft["keys"][section]
    if key not in catalogue:
        return None
    return catalogue[key]


def set_param(draft: Draft, section: str, name: str, value: ParamValue, entry: str = "") -> None:
    """Keep a value typed for a parameter of `entry`, or of the chosen one."""
    draft["params"][section].setdefault(entry or draft["keys"][section], {})[name] = value


def fitting(draft: Draft, section: str) -> list[str]:
    """The keys of `section` that fit the chosen data: those for its kind and its task."""
    catalogue = CATALOGUES[section]
    data = chosen(draft, "data")
    if data is None or section == "data":
        return list(catalogue)
    kind: str = data.kind  # type: ignore[attr-defined]
    task = draft_task(draft)
    return [
        key
        for key, spec in catalogue.items()
        if kind in getattr(spec, "kinds", KINDS) and _suits(getattr(spec, "tasks", TASKS), task)
    ]


def _suits(tasks: tuple[str, ...], task: str | None) -> bool:
    """Whether an entry for `tasks` suits `task`; None stands for the unknown one of a table, which is no reconstruction."""
    return task in tasks if task else tasks != ("reconstruction",)


def draft_task(draft: Draft) -> str | None:
    """The task of the chosen data, as far as it is known without reading it."""
    return task_of(draft["keys"]["data"], {**params(draft, "data"), **draft["own"]["data"]})


def settle(draft: Draft, sections: Collection[str] = tuple(PARTS)) -> list[str]:
    """Replace a model or loss that does not fit the data by one that does; return a sentence for each change.

    Only `sections` are changed: what is locked stays, and is reported as a fault of the recipe instead.
    """
    said = []
    data = chosen(draft, "data")
    for section, noun in (("model", "reads"), ("loss", "fits"), ("balance", "fits")):
        if section not in sections:
            continue
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
    for section in (name for name in draft["several"] if name in sections):
        keys = fitting(draft, section)
        for gone in [key for key in draft["several"][section] if key not in keys]:
            draft["several"][section].remove(gone)
            said.append(f"{CATALOGUES[section][gone].label} was left out, because it does not suit this data.")
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
            flat |= {f"{section}.{name}": found for name, found in flatten(value).items()}
            flat |= {f"{section}.{name}": "on" for name, found in value.items() if found == {}}
        else:
            flat[section] = value
    return flat
