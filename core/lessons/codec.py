"""Lessons from plain documents; every fault found is reported at once. No torch."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import Fault, RecipeError, suggestion
from core.lessons.measures import MEASURES
from core.lessons.schema import (
    KINDS,
    PANELS,
    PLACEHOLDER,
    RELATIONS,
    Action,
    Arm,
    Claim,
    Exercise,
    Experiment,
    Lesson,
    Prediction,
)
from core.recipe.base import Params
from core.recipe.codec import parse_recipe, with_changes
from core.recipe.parts import Recipe
from core.train.live_settings import CHANGEABLE

_SECTIONS = ("title", "minutes", "asks", "background", "predict", "experiment", "claims", "watch", "answer", "exercise")

WITHOUT_ATTRIBUTIONS = {"record": {"attributions": "off"}}
"""What a lesson's recipe says of records where it says nothing: attributions would take longer than these networks train."""


class _Reader:
    """Takes values out of tables, and gathers what is wrong with them."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, path: str, message: str) -> None:
        self.faults.append(Fault(path, message))

    def table(self, given: object, path: str, known: Sequence[str], needed: Sequence[str]) -> Mapping[str, Any]:
        if not isinstance(given, Mapping):
            self.fault(path, f"is {type(given).__name__}; give a table of {', '.join(needed)}")
            return {}
        for key in given:
            if key not in known:
                self.fault(f"{path}.{key}".lstrip("."), f"unknown setting{suggestion(str(key), known)}")
        for key in needed:
            if key not in given:
                self.fault(f"{path}.{key}".lstrip("."), "is missing")
        return given

    def tables(self, given: object, path: str, least: int) -> list[Any]:
        if not isinstance(given, Sequence) or isinstance(given, str) or len(given) < least:
            self.fault(path, f"give a list of at least {least}")
            return []
        return list(given)

    def text(self, table: Mapping[str, Any], key: str, path: str = "") -> str:
        given = table.get(key, "")
        if key in table and (not isinstance(given, str) or not given.strip()):
            self.fault(f"{path}.{key}".lstrip("."), f"is {given!r}; give a text")
            return ""
        return str(given).strip()

    def one_of(self, given: object, path: str, known: Sequence[str]) -> str:
        if given is not None and given not in known:
            self.fault(path, f"is {str(given)!r}{suggestion(str(given), known)}")
        return str(given)

    def number(self, table: Mapping[str, Any], key: str, path: str, default: float = 0.0) -> float:
        given = table.get(key, default)
        if isinstance(given, bool) or not isinstance(given, int | float):
            self.fault(f"{path}.{key}".lstrip("."), f"is {given!r}; give a number")
            return default
        return float(given)


def parse_lesson(key: str, document: object) -> Lesson:
    """The lesson that `document` describes.

    Raises:
        RecipeError: with every fault, those of its recipes among them.
    """
    read = _Reader()
    whole = read.table(document, "", _SECTIONS, _SECTIONS)
    if not whole:
        raise RecipeError(read.faults, "lesson")
    minutes = read.number(whole, "minutes", "")
    experiment = _experiment(read, whole.get("experiment"))
    names = [arm.name for arm in experiment.arms] if experiment else []
    claims = tuple(
        _claim(read, one, f"claim {i}", names) for i, one in enumerate(read.tables(whole.get("claims"), "claims", 1), 1)
    )
    lesson = Lesson(
        key,
        read.text(whole, "title"),
        int(minutes),
        read.text(whole, "asks"),
        read.text(whole, "background"),
        _prediction(read, whole.get("predict", {})),
        experiment or Experiment("race", Recipe(), ()),
        claims,
        tuple(_watched(read, one, f"watch {i}", experiment) for i, one in enumerate(read.tables(whole.get("watch"), "watch", 1), 1)),
        read.text(whole, "answer"),
        _exercise(read, whole.get("exercise", {}), experiment),
    )  # fmt: skip
    _check_answer(read, lesson.answer, names)
    if read.faults:
        raise RecipeError(read.faults, "lesson")
    return lesson


def _prediction(read: _Reader, given: object) -> Prediction:
    table = read.table(given, "predict", ("asks", "options", "right"), ("asks", "options", "right"))
    options = tuple(str(one) for one in read.tables(table.get("options"), "predict.options", 2))
    if len(options) > 4:
        read.fault("predict.options", f"has {len(options)}; give 2 to 4")
    right = read.number(table, "right", "predict", 1.0)
    if options and right not in range(1, len(options) + 1):
        read.fault("predict.right", f"is {right:g}; give the number of an option, 1 to {len(options)}")
    return Prediction(read.text(table, "asks", "predict"), options, int(right) - 1)


def _experiment(read: _Reader, given: object) -> Experiment | None:
    table = read.table(given, "experiment", ("kind", "base", "arms", "score", "action"), ("kind", "base", "arms"))
    kind = read.one_of(table.get("kind"), "experiment.kind", KINDS)
    score = read.one_of(table.get("score", "metric"), "experiment.score", ("metric", "loss"))
    before = len(read.faults)
    arms = tuple(
        _arm(read, one, f"experiment.arm {i}")
        for i, one in enumerate(read.tables(table.get("arms"), "experiment.arms", 1 if kind == "live" else 2), 1)
    )
    action = _action(read, table["action"]) if "action" in table else None
    if (kind == "live") != (action is not None):
        read.fault("experiment.action", "a live experiment needs one, and no other has one")
    if kind == "live" and len(arms) > 1:
        read.fault("experiment.arms", "a live experiment is one run, so it has one arm")
    try:
        given = table.get("base", {})
        base = parse_recipe({**WITHOUT_ATTRIBUTIONS, **given} if isinstance(given, Mapping) else given)
    except RecipeError as error:
        read.faults += [Fault(f"experiment.base.{fault.path}".rstrip("."), fault.message) for fault in error.faults]
        return None
    if len(read.faults) > before:
        return None
    made = Experiment(kind, base, arms, score, action)
    try:
        made.race("lesson") if kind == "race" else [made.recipe(arm) for arm in arms]
    except RecipeError as error:
        read.faults += [Fault(f"experiment.{fault.path}", fault.message) for fault in error.faults]
        return None
    return made


def _arm(read: _Reader, given: object, path: str) -> Arm:
    table = read.table(given, path, ("name", "changes"), ("name",))
    name = read.text(table, "name", path)
    if re.search(r" [/-] |[{}]", name):
        read.fault(f"{path}.name", f"is {name!r}; leave out braces, and / and - between spaces")
    return Arm(name, _changes(read, table.get("changes", {}), f"{path}.changes"))


def _changes(read: _Reader, given: object, path: str) -> Params:
    if not isinstance(given, Mapping):
        read.fault(path, "give a table such as {optim.lr: 0.1}")
        return Params()
    return Params(given)


def _action(read: _Reader, given: object) -> Action:
    table = read.table(
        given, "experiment.action", ("setting", "value", "label", "after"), ("setting", "value", "label")
    )
    setting = read.one_of(table.get("setting"), "experiment.action.setting", list(CHANGEABLE))
    after = int(read.number(table, "after", "experiment.action", 10))
    if setting in CHANGEABLE:
        try:
            CHANGEABLE[setting].parse(table.get("value"))
        except ValueError as error:
            read.fault("experiment.action.value", str(error))
    return Action(setting, table.get("value"), read.text(table, "label", "experiment.action"), after)


def _claim(read: _Reader, given: object, path: str, names: Sequence[str]) -> Claim:
    """{measure, arm, and one of RELATIONS}; above and times are tables {arm: amount}, the others numbers."""
    table = read.table(given, path, ("measure", "arm", *RELATIONS), ("measure", "arm"))
    measure = read.one_of(table.get("measure"), f"{path}.measure", list(MEASURES))
    arm = read.one_of(table.get("arm"), f"{path}.arm", names) if names else ""
    relations = [name for name in RELATIONS if name in table]
    if len(relations) != 1:
        read.fault(path, f"give one of {', '.join(RELATIONS)}")
        return Claim(measure, arm, "at_least", 0.0)
    (relation,) = relations
    if relation in ("at_least", "at_most"):
        return Claim(measure, arm, relation, read.number(table, relation, path))
    against = table[relation]
    if not isinstance(against, Mapping) or len(against) != 1:
        read.fault(f"{path}.{relation}", "give a table of one arm and an amount, such as {Sigmoid: 10}")
        return Claim(measure, arm, relation, 0.0)
    (other,) = against
    if read.number(against, other, f"{path}.{relation}") <= 0:
        read.fault(f"{path}.{relation}", f"is {against[other]!r}; give a number above 0")
    named = read.one_of(other, f"{path}.{relation}", names) if names else ""
    return Claim(measure, arm, relation, read.number(against, other, f"{path}.{relation}"), named)


def _watched(read: _Reader, given: object, path: str, experiment: Experiment | None) -> tuple[str, str]:
    table = read.table(given, path, ("panel", "see"), ("panel", "see"))
    known = PANELS["race" if experiment and experiment.kind == "race" else "runs"]
    panel = read.one_of(table.get("panel"), f"{path}.panel", list(known)) if experiment else ""
    return panel, read.text(table, "see", path)


def _exercise(read: _Reader, given: object, experiment: Experiment | None) -> Exercise:
    known = ("task", "arm", "measure", "at_least", "at_most", "keep", "solution")
    table = read.table(given, "exercise", known, ("task", "arm", "measure", "keep", "solution"))
    if ("at_least" in table) == ("at_most" in table):
        read.fault("exercise", "give either at_least or at_most")
    at_least = "at_least" in table
    limit = read.number(table, "at_least" if at_least else "at_most", "exercise")
    names = [arm.name for arm in experiment.arms] if experiment else []
    arm = read.one_of(table.get("arm"), "exercise.arm", names) if experiment else ""
    keep = tuple(str(one) for one in read.tables(table.get("keep"), "exercise.keep", 1))
    solution = _changes(read, table.get("solution", {}), "exercise.solution")
    for path in keep:
        if path in solution:
            read.fault("exercise.solution", f"changes {path}, which is to be kept")
    measure = read.one_of(table.get("measure"), "exercise.measure", list(MEASURES))
    if measure in MEASURES and MEASURES[measure].needs == "change":
        read.fault("exercise.measure", f"{measure} can't be taken of a plain run")
    if experiment and arm in names:
        try:
            with_changes(experiment.recipe(experiment.arms[names.index(arm)]), solution)
        except RecipeError as error:
            read.faults += [Fault(f"exercise.solution.{fault.path}", fault.message) for fault in error.faults]
    return Exercise(read.text(table, "task", "exercise"), arm, measure, limit, at_least, keep, solution)


def _check_answer(read: _Reader, answer: str, names: Sequence[str]) -> None:
    """Every {...} of the answer must name a measure and arms: {measure: arm}, {measure: arm / arm} or {measure: arm - arm}."""
    for measure, left, _, right in PLACEHOLDER.findall(answer):
        read.one_of(measure, "answer", list(MEASURES))
        for name in filter(None, (left, right)):
            if names:
                read.one_of(name, "answer", names)
    if "{" in PLACEHOLDER.sub("", answer):
        read.fault(
            "answer",
            "has a brace that is no placeholder; write {measure: arm}, {measure: arm / arm} or {measure: arm - arm}",
        )
    if not PLACEHOLDER.search(answer):
        read.fault("answer", "holds no measured number; name one as {measure: arm}")
