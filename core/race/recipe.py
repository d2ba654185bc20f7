"""A race as a typed document: a base recipe, the lanes that change it, and the seeds that all lanes share. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import yaml

from core.errors import Fault, RecipeError, suggestion
from core.optim.catalogue import OPTIMIZERS
from core.race.scores import OF_CLASSES
from core.recipe.base import Params, SeveralPart
from core.recipe.check import task_of
from core.recipe.codec import parse_recipe, read_text, to_document, with_changes
from core.recipe.parts import PARTS, Recipe
from core.registry import Param, ParamValue

KIND = "race"
FORMAT = 1
LEAST_LANES, MOST_LANES, MOST_TASKS = 2, 8, 6
FIXED = ("seed", "name", "data", "record")
"""What all lanes share, so that they can be compared."""
BUDGET = ("train.epochs", "train.steps")

SETTINGS: tuple[Param, ...] = (
    Param("seeds", 3, "Seeds", "How often each lane runs, each time from other weights and with other batches. One seed "
          "proves nothing; three show large differences; small ones need more.", minimum=1, maximum=20),
    Param("score", "metric", "Judged by", "metric: validation accuracy (R² for a regression); loss: validation loss; f1: the mean "
          "F1 of the classes; balanced_accuracy: the mean recall of the classes. Where a class is rare, take one of the last two.",
          choices=("metric", "loss", *OF_CLASSES)),
    Param("trials", 8, "Trials per tuned lane", "How many settings drawn from an optimizer's published search space are "
          "tried, the same number for each tuned lane, each with the whole budget and a seed of their own.",
          minimum=2, maximum=64),
    Param("sweep", 0, "Learning rates swept", "After the race every lane is trained at this many learning rates over "
          "its optimizer's range; 0 leaves that out.", minimum=0, maximum=32),
)  # fmt: skip
_KNOWN = {param.name: param for param in SETTINGS}


@dataclass(frozen=True)
class Lane:
    """One competitor: what it changes in the base recipe. A `tuned` one takes the best of its trials."""

    name: str
    changes: Mapping[str, ParamValue] = field(default_factory=Params)
    tuned: bool = False

    def document(self) -> dict[str, Any]:
        """As it stands in a race's document."""
        return {"name": self.name, **({"tuned": True} if self.tuned else {}), "changes": dict(self.changes)}


@dataclass(frozen=True)
class Race:
    """Lanes that train the same thing from the same weights on the same batches, `seeds` times, for the same budget.

    `tasks` are changes of the base recipe, one for each data set; all lanes run on each of them.
    """

    name: str
    base: Recipe
    lanes: tuple[Lane, ...]
    tasks: tuple[Mapping[str, ParamValue], ...] = (Params(),)
    seeds: int = 3
    score: str = "metric"
    trials: int = 8
    sweep: int = 0

    @property
    def seed_numbers(self) -> list[int]:
        """The seeds of the race, from the base recipe's on."""
        return [self.base.seed + i for i in range(self.seeds)]

    @property
    def tuning_seed(self) -> int:
        """The seed of the trials: none of those that are judged."""
        return self.base.seed + 1_000

    def recipe(self, lane: Lane, task: int = 0, seed: int | None = None, more: Mapping[str, object] = {}) -> Recipe:
        """What `lane` trains on `task` with `seed`, with `more` settings replaced.

        Raises:
            RecipeError: with every fault.
        """
        changes: dict[str, object] = {
            **lane_changes(lane, self.tasks[task]),
            **more,
            "train.patience": None,
            "name": f"{self.name}: {lane.name}",
        }
        return with_changes(self.base, {**changes, "seed": self.base.seed if seed is None else seed})

    def task_name(self, task: int) -> str:
        """The label of the task's data set."""
        from core.data.catalogue import DATASETS

        return DATASETS[with_changes(self.base, self.tasks[task]).data.key].label

    def document(self) -> dict[str, Any]:
        """The whole race as a plain document: `parse_race(race.document()) == race`."""
        base = to_document(self.base)
        base.pop("name")
        return {
            "kind": KIND,
            "format": FORMAT,
            "name": self.name,
            **{param.name: getattr(self, param.name) for param in SETTINGS},
            "lanes": [lane.document() for lane in self.lanes],
            "tasks": [dict(task) for task in self.tasks],
            "base": base,
        }


def lane_changes(lane: Lane, task: Mapping[str, ParamValue]) -> dict[str, ParamValue]:
    """Changes of the base recipe; an optimizer without a learning rate of its own takes its usual one."""
    changes = {**task, **lane.changes}
    key = changes.get("optim.key")
    if key in OPTIMIZERS and "optim.lr" not in changes:
        changes["optim.lr"] = OPTIMIZERS[str(key)].suggested_lr
    return changes


def parse_race(document: object) -> Race:
    """Return the race that `document` describes.

    Raises:
        RecipeError: with every fault of the race, of the base recipe and of each lane.
    """
    if not isinstance(document, Mapping):
        raise RecipeError([Fault("", f"a race is a table of sections, but this is {type(document).__name__}")])
    known = ("kind", "format", "name", "base", "lanes", "tasks", *_KNOWN)
    faults = [Fault(str(key), f"unknown section{suggestion(str(key), known)}") for key in document if key not in known]
    if document.get("format", FORMAT) != FORMAT:
        faults.append(Fault("format", f"is {document['format']!r}; this version reads format {FORMAT}"))
    values: dict[str, Any] = {}
    for param in SETTINGS:
        try:
            values[param.name] = param.parse(document.get(param.name, param.default))
        except ValueError as error:
            faults.append(Fault(param.name, str(error)))
    base = None
    try:
        base = parse_recipe(document.get("base", {}))
    except RecipeError as error:
        faults += [Fault(f"base.{fault.path}".rstrip("."), fault.message) for fault in error.faults]
    lanes = _lanes(document.get("lanes"), faults)
    tasks = _tasks(document.get("tasks") or [{}], faults)
    if base is None or faults:
        raise RecipeError(faults, KIND)
    race = Race(_name(document.get("name"), "Untitled race"), base, lanes, tasks, **values)
    faults = [fault for lane in lanes for fault in lane_faults(race, lane)]
    if faults:
        raise RecipeError(faults, KIND)
    return race


def lane_faults(race: Race, lane: Lane) -> list[Fault]:
    """What is wrong with one lane of `race`, on any of its tasks."""
    place = f"lane {lane.name}"
    faults = [
        Fault(place, f"changes {path}, which all lanes share; change it in the base recipe")
        for path in lane.changes
        if path.partition(".")[0] in FIXED or path in BUDGET
    ]
    if race.score == "loss" and any(path.startswith("loss.") for path in lane.changes):
        faults.append(Fault(place, "changes the loss, so losses can't be compared; set score to metric"))
    if faults:
        return faults
    for task in range(len(race.tasks)):
        try:
            recipe = race.recipe(lane, task)
        except RecipeError as error:
            named = f"{place} on {race.tasks[task]['data.key']}" if "data.key" in race.tasks[task] else place
            return [Fault(f"{named}: {fault.path}", fault.message) for fault in error.faults]
        if race.score in OF_CLASSES and task_of(recipe.data.key, recipe.data.params) == "regression":
            return [
                Fault(
                    "score", f"is {race.score}, but {race.task_name(task)} has no classes; set score to metric or loss"
                )
            ]
        if lane.tuned and not OPTIMIZERS[recipe.optim.key].search_space.settings:
            return [Fault(place, f"{recipe.optim.key} has no published search space to tune over; set tuned to false")]
    return []


def parse_lane(document: object, place: str = "lane") -> Lane:
    """Return the lane that `document` describes.

    Raises:
        RecipeError: when it describes none.
    """
    faults: list[Fault] = []
    if not isinstance(document, Mapping) or not isinstance(document.get("changes", {}), Mapping):
        raise RecipeError([Fault(place, "a lane is a table with name and changes, such as {optim.key: adam}")])
    faults += [
        Fault(f"{place}.{key}", f"unknown setting{suggestion(str(key), ('name', 'changes', 'tuned'))}")
        for key in document
        if key not in ("name", "changes", "tuned")
    ]
    changes = _flat(document.get("changes", {}))
    faults += [
        Fault(f"{place}.changes", f"{p!r} is not section.name") for p in changes if p.count(".") not in _depths(p)
    ]
    if faults:
        raise RecipeError(faults, KIND)
    name = _name(document.get("name"), str(changes.get("optim.key", place)))[:40]
    return Lane(name, Params(changes), document.get("tuned") in (True, "true", "True", 1))


def from_text(text: str) -> Race:
    """Read a race from JSON or YAML text.

    Raises:
        BadInput: when the text is neither, or too long.
        RecipeError: when it describes no valid race.
    """
    return parse_race(read_text(text, "race"))


def to_yaml(race: Race) -> str:
    """The race as YAML in the order a person would read it."""
    return cast(str, yaml.safe_dump(race.document(), sort_keys=False, allow_unicode=True))


def _name(given: object, default: str) -> str:
    text = " ".join(str(given or "").replace("<", "").replace(">", "").split())
    return text[:80] or default


def _depths(path: str) -> tuple[int, ...]:
    """How many dots a setting's path may have: one more for the settings of an entry where a section takes several."""
    kind = PARTS.get(path.partition(".")[0])
    return (1, 2) if kind is not None and issubclass(kind, SeveralPart) else (1,)


def _flat(changes: Mapping[Any, Any]) -> dict[str, Any]:
    """Changes with dots, whether they were written so or as tables in tables."""
    flat: dict[str, Any] = {}
    for key, value in changes.items():
        flat |= (
            {f"{key}.{name}": one for name, one in value.items()} if isinstance(value, Mapping) else {str(key): value}
        )
    return flat


def _lanes(given: object, faults: list[Fault]) -> tuple[Lane, ...]:
    if not isinstance(given, Sequence) or isinstance(given, str) or not LEAST_LANES <= len(given) <= MOST_LANES:
        found = (
            f"{len(given)} are given" if isinstance(given, Sequence) and not isinstance(given, str) else "none is given"
        )
        faults.append(Fault("lanes", f"a race has {LEAST_LANES} to {MOST_LANES} lanes, but {found}"))
        return ()
    lanes: list[Lane] = []
    for number, one in enumerate(given, start=1):
        try:
            lanes.append(parse_lane(one, f"lane {number}"))
        except RecipeError as error:
            faults += error.faults
    names = [lane.name for lane in lanes]
    faults += [Fault("lanes", f"{name!r} stands twice; each lane needs a name of its own")
               for name in dict.fromkeys(names) if names.count(name) > 1]  # fmt: skip
    return tuple(lanes)


def _tasks(given: object, faults: list[Fault]) -> tuple[Params, ...]:
    if not isinstance(given, Sequence) or isinstance(given, str) or not 1 <= len(given) <= MOST_TASKS:
        faults.append(Fault("tasks", f"give a list of 1 to {MOST_TASKS} tables, such as {{data.key: wine}}"))
        return ()
    tasks = []
    for number, one in enumerate(given, start=1):
        changes = _flat(one) if isinstance(one, Mapping) else {"": one}
        wrong = [path for path in changes if path.partition(".")[0] not in ("data", "model", "loss", "train")]
        if wrong:
            faults.append(
                Fault(f"task {number}", f"{wrong[0]!r} can't differ between tasks; data, model, loss and train can")
            )
        tasks.append(Params(changes))
    return tuple(tasks)
