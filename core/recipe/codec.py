"""Recipes to and from plain documents, JSON and YAML; every fault found is reported at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, cast

import yaml

from core.errors import BadInput, Fault, RecipeError, suggestion
from core.recipe.base import ChosenPart, Entries, Params, Part, SeveralPart
from core.recipe.catalogues import CATALOGUES
from core.recipe.check import cross_faults, default_loss
from core.recipe.parts import FORMAT, PARTS, SEED, Recipe
from core.registry import Param

MAX_TEXT = 100_000
LEFT_OUT = (None, False, "none", "off", "")
TAKEN = (True, "on")
Document = dict[str, Any]


def parse_recipe(document: object) -> Recipe:
    """Return the recipe that `document` (a mapping as read from JSON or YAML) describes.

    Whatever is left out takes its default; a missing loss follows the task of the data.

    Raises:
        RecipeError: with every fault found.
    """
    if not isinstance(document, Mapping):
        raise RecipeError([Fault("", f"a recipe is a table of sections, but this is {type(document).__name__}")])
    faults: list[Fault] = []
    known = ("format", "name", "seed", *PARTS)
    faults += [Fault(str(key), f"unknown section{suggestion(str(key), known)}") for key in document if key not in known]
    if document.get("format", FORMAT) != FORMAT:
        faults.append(Fault("format", f"is {document['format']!r}; this version reads format {FORMAT}"))
    values: dict[str, Any] = {"name": _name(document.get("name", "Untitled"))}
    values["seed"] = _value(SEED, document.get("seed", SEED.default), "seed", faults)
    for section, kind in PARTS.items():
        given = document.get(section, {})
        if not isinstance(given, Mapping):
            faults.append(Fault(section, f"is {given!r}; give a table of settings"))
            continue
        if section == "loss" and "key" not in given and "data" in values:
            given = {"key": default_loss(values["data"]), **given}
        values[section] = _part(section, kind, given, faults)
    if not faults:
        recipe = Recipe(**values)
        faults = cross_faults(recipe)
    if faults:
        raise RecipeError(faults)
    return recipe


def _name(given: object) -> str:
    text = " ".join(str(given).replace("<", "").replace(">", "").split())
    return text[:120] or "Untitled"


def _value(param: Param, given: object, path: str, faults: list[Fault]) -> Any:
    try:
        return param.parse(given)
    except ValueError as error:
        faults.append(Fault(path, str(error)))
        return param.default


def _part(section: str, kind: type[Part], given: Mapping[str, Any], faults: list[Fault]) -> Part:
    if issubclass(kind, SeveralPart):
        return kind(entries=_entries(section, given, faults))
    own = {param.name: param for param in kind.settings()}
    values: dict[str, Any] = {}
    extra: dict[str, Param] = {}
    if issubclass(kind, ChosenPart):
        catalogue = CATALOGUES[section]
        default_key = next(f.default for f in fields(kind) if f.name == "key")
        key = str(given.get("key", default_key))
        if key not in catalogue:
            faults.append(Fault(f"{section}.key", f"is {key!r}{suggestion(key, catalogue)}"))
            return kind(key=str(default_key))
        extra = {param.name: param for param in catalogue[key].params}
        values = {
            "key": key,
            "params": Params(
                {n: _value(p, given.get(n, p.default), f"{section}.{n}", faults) for n, p in extra.items()}
            ),
        }
    known = [*own, *extra, *(["key"] if "key" in values else [])]
    faults += [
        Fault(f"{section}.{name}", f"unknown setting{suggestion(str(name), known)}")
        for name in given
        if name not in known
    ]
    values |= {n: _value(p, given.get(n, p.default), f"{section}.{n}", faults) for n, p in own.items()}
    return kind(**values)


def _entries(section: str, given: Mapping[str, Any], faults: list[Fault]) -> Entries:
    """The entries that `given` names, {key: table of params}; None, false or "off" leaves one out, true or "on" takes it."""
    catalogue, found = CATALOGUES[section], {}
    faults += [
        Fault(f"{section}.{key}", f"unknown{suggestion(str(key), catalogue)}") for key in given if key not in catalogue
    ]
    for key, spec in catalogue.items():
        table = given.get(key)
        if table in LEFT_OUT:
            continue
        table = {} if table in TAKEN else table
        if not isinstance(table, Mapping):
            faults.append(Fault(f"{section}.{key}", f"is {table!r}; give a table of settings, on or off"))
            continue
        known = {param.name: param for param in spec.params}
        faults += [
            Fault(f"{section}.{key}.{name}", f"unknown setting{suggestion(str(name), known)}")
            for name in table
            if name not in known
        ]
        found[key] = Params(
            {n: _value(p, table.get(n, p.default), f"{section}.{key}.{n}", faults) for n, p in known.items()}
        )
    return Entries(found)


def to_document(recipe: Recipe) -> Document:
    """The whole recipe as a plain document: `parse_recipe(to_document(r)) == r`."""
    document: Document = {"format": FORMAT, "name": recipe.name, "seed": recipe.seed}
    for section, kind in PARTS.items():
        part = getattr(recipe, section)
        if isinstance(part, SeveralPart):
            document[section] = {key: dict(params) for key, params in part.entries.items()}
            continue
        chosen = {"key": part.key, **part.params} if isinstance(part, ChosenPart) else {}
        document[section] = chosen | {param.name: getattr(part, param.name) for param in kind.settings()}
    return document


def to_json(recipe: Recipe) -> str:
    """The recipe as indented JSON."""
    return json.dumps(to_document(recipe), indent=2)


def to_yaml(recipe: Recipe) -> str:
    """The recipe as YAML in the order a person would read it."""
    return cast(str, yaml.safe_dump(to_document(recipe), sort_keys=False, allow_unicode=True))


def from_text(text: str) -> Recipe:
    """Read a recipe from JSON or YAML text.

    Raises:
        BadInput: when the text is neither, or too long.
        RecipeError: when it is, but describes no valid recipe.
    """
    return parse_recipe(read_text(text))


def read_text(text: str, noun: str = "recipe") -> object:
    """What JSON or YAML text holds; `noun` is what it was meant to be.

    Raises:
        BadInput: when the text is neither, or too long.
    """
    if len(text) > MAX_TEXT:
        raise BadInput(
            f"The {noun} has {len(text):,} characters; at most {MAX_TEXT:,} are read. Remove what is not a setting."
        )
    try:
        return json.loads(text) if text.lstrip().startswith("{") else yaml.load(text, Loader=_PlainLoader)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        where = getattr(error, "problem_mark", None)
        place = f" near line {where.line + 1}" if where else ""
        raise BadInput(
            f"The {noun} is neither valid JSON nor YAML{place}; check quotes, colons and indentation."
        ) from None


class _PlainLoader(yaml.SafeLoader):
    """A safe loader that refuses aliases: a few lines of them can unfold into gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not allowed")
        return super().compose_node(parent, index)


def with_changes(recipe: Recipe, changes: Mapping[str, object]) -> Recipe:
    """Return `recipe` with dotted settings replaced, e.g. {"optim.lr": 0.1, "regularise.l1.strength": 0.01}.

    A change of `section.key` drops the old entry's parameters; {"regularise.l1": "off"} leaves that entry out.

    Raises:
        RecipeError: with every fault of the result.
    """
    document = to_document(recipe)
    ordered = sorted(changes.items(), key=lambda item: not item[0].endswith(".key"))
    for path, value in ordered:
        section, _, name = path.partition(".")
        if not name:
            document[section] = value
            continue
        target = document.setdefault(section, {})
        if not isinstance(target, dict):
            raise RecipeError([Fault(path, f"{section} has no settings inside; set {section} itself")])
        if name == "key" and target.get("key") != value:
            kept = {param.name for param in PARTS[section].settings()} if section in PARTS else set()
            document[section] = target = {n: v for n, v in target.items() if n in kept}
        entry, _, inner = name.partition(".")
        if inner:
            table = target.get(entry)
            target[entry] = {**(table if isinstance(table, dict) else {}), inner: value}
        else:
            target[name] = value
    if not changes.keys().isdisjoint(("data.key", "data.predict")) and "loss.key" not in changes:
        document["loss"] = _loss_still_fits(document)
    return parse_recipe(document)


def _loss_still_fits(document: Document) -> Document:
    """Drop a loss that does not fit the new data's task, so that the default for that task is taken."""
    from core.recipe.check import task_of

    loss = document.get("loss", {})
    catalogue = CATALOGUES["loss"]
    key = loss.get("key", "")
    task = task_of(str(document["data"].get("key", "")), document["data"])
    return loss if key in catalogue and (task is None or task in catalogue[key].tasks) else {}


def parse_assignments(pairs: Iterable[str]) -> dict[str, object]:
    """Read "optim.lr=0.1" style assignments.

    Raises:
        BadInput: when one has no "=".
    """
    changes: dict[str, object] = {}
    for pair in pairs:
        path, equals, value = pair.partition("=")
        if not equals or not path.strip():
            raise BadInput(f"{pair!r} is not a setting; write it as section.name=value, for example optim.lr=0.1.")
        changes[path.strip()] = value.strip()
    return changes
