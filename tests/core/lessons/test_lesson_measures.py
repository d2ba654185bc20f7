"""Measures, claims and the answer's numbers on records written by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from lessons_for_tests import document, small

from core.diagnosis.case import Case, Table
from core.evaluation.predictions import Predictions
from core.lessons.codec import parse_lesson
from core.lessons.evidence import Evidence
from core.lessons.judge import claim_sentence, figure, filled, holds, judge, kept, reached, shown, values_of
from core.lessons.measures import MEASURES
from core.lessons.schema import Claim
from core.recipe.codec import with_changes
from core.store.rows import Event
from core.store.workspace import Run


def table(**columns: list[float]) -> Table:
    n = len(next(iter(columns.values())))
    names = tuple(name.replace("__", "/") for name in columns)
    return Table(names, np.arange(1, n + 1), np.zeros(n), np.array(list(columns.values()), np.float32).T)


def evidence(
    arm: str = "Some", seed: int = 0, over: bool = True, events: tuple[Event, ...] = (), **tables: Table
) -> Evidence:
    return Evidence(arm, seed, Case(tables, facts={"steps_per_epoch": 2}, events=events), over)


def measured(key: str, found: Evidence) -> float:
    return MEASURES[key].of(found)


def test_the_last_evaluation_counts_unless_training_went_astray() -> None:
    marks = table(val_accuracy=[0.1, 0.8], train_accuracy=[0.1, 0.95])
    fine = evidence(evaluation=marks, step=table(loss=[2.0, 1.0]))
    assert measured("val_accuracy", fine) == pytest.approx(0.8)
    assert measured("accuracy_gap", fine) == pytest.approx(0.15)
    assert math.isnan(measured("val_accuracy", evidence(evaluation=marks, step=table(loss=[2.0, math.nan]))))
    assert math.isnan(measured("val_r2", fine))


def test_the_rise_is_counted_from_the_lowest_point() -> None:
    found = evidence(evaluation=table(val_loss=[1.0, 0.25, 0.75]), step=table(loss=[1.0]))
    assert measured("lowest_val_loss", found) == 0.25
    assert measured("val_loss_rise", found) == 0.5


def test_how_far_the_gradient_reaches_back() -> None:
    layers = {f"pre_activation_gradient_rms__{name}": values for name, values in (("a", [1e-6, 2e-6]), ("b", [1.0, 1.0]), ("c", [0.1, 0.1]), ("output", [9.0, 9.0]))}  # fmt: skip
    assert measured("gradient_reach", evidence(activations=table(**layers))) == pytest.approx(1.5e-5)
    assert math.isnan(measured("gradient_reach", evidence()))


def test_noise_leaves_out_the_trend() -> None:
    trend = np.linspace(10, 0, 4000)
    noise = np.random.default_rng(0).normal(0, 0.3, 4000)
    assert measured("loss_noise", evidence(step=table(loss=list(trend)))) == pytest.approx(0, abs=1e-4)
    assert measured("loss_noise", evidence(step=table(loss=list(trend + noise)))) == pytest.approx(0.3, rel=0.05)


def test_the_worst_step_of_a_race_is_the_highest_loss() -> None:
    assert measured("highest_loss", evidence(step=table(loss=[1, 2], loss_worst=[5, 3]))) == 5
    assert measured("highest_loss", evidence(step=table(loss=[1, 2]))) == 2
    assert measured("highest_loss", evidence(step=table(loss=[1, math.nan]))) == math.inf


def test_around_the_change_an_epoch_before_and_the_second_after() -> None:
    change = Event(1, 1, 4, 0.0, "changed", {"setting": "optim.lr"})
    found = evidence(step=table(loss=[9, 9, 4, 6, 3, 3, 1, 3, 0, 0]), events=(change,))
    assert measured("loss_before_change", found) == 5
    assert measured("loss_after_change", found) == 2
    assert measured("loss_drop", found) == 2.5
    assert math.isnan(measured("loss_drop", evidence(step=table(loss=[1, 2]))))


def test_of_the_rarest_class_the_share_found() -> None:
    said = Predictions(np.array([[2.0, 0], [2, 0], [2, 0], [0, 2]]), np.array([0, 0, 1, 1]), ("yes", "no"))
    few = Predictions(np.vstack([said.outputs, [[2.0, 0]]]), np.array([0, 0, 1, 1, 0]), ("yes", "no"))
    found = Evidence("Some", 0, Case({}), True, Run.__new__(Run), lambda run: few)
    assert measured("rare_recall", found) == 0.5
    assert measured("mean_confidence", found) == pytest.approx(1 / (1 + math.exp(-2)))
    assert measured("calibration_error", found) == pytest.approx(1 / (1 + math.exp(-2)) - 0.8)
    assert math.isnan(measured("rare_recall", evidence()))


@pytest.mark.parametrize(
    ("relation", "value", "other", "held"),
    [
        ("above", 0.5, 0.2, True),
        ("above", 0.3, 0.2, False),
        ("above", 0.5, math.nan, True),
        ("above", math.nan, 0.2, False),
        ("above", math.nan, math.nan, False),
        ("at_least", 0.25, 0.0, True),
        ("at_least", math.nan, 0.0, False),
        ("at_most", 0.25, 0.0, True),
        ("at_most", 0.3, 0.0, False),
    ],
)
def test_when_a_claim_holds(relation: str, value: float, other: float, held: bool) -> None:
    assert holds(Claim("val_accuracy", "A", relation, 0.25, "B"), value, other) is held


def test_a_loss_that_went_to_nan_is_the_highest() -> None:
    assert holds(Claim("val_loss", "A", "above", 5, "B"), math.nan, 1.0)
    assert not holds(Claim("val_loss", "A", "at_most", 5), math.nan)
    assert not holds(Claim("gradient_reach", "A", "times", 5, "B"), math.nan, 1.0)


def test_times_is_a_factor() -> None:
    claim = Claim("gradient_reach", "A", "times", 10, "B")
    assert holds(claim, 1.0, 0.1)
    assert holds(claim, 1.0, 0.0)
    assert not holds(claim, 0.0, 0.0)
    assert not holds(claim, 0.5, 0.1)


def test_claims_in_words() -> None:
    assert claim_sentence(Claim("val_accuracy", "A", "above", 0.25, "B")) == (
        "validation accuracy: that of A is higher than that of B by at least 25 percentage points"
    )
    assert claim_sentence(Claim("loss_noise", "A", "times", 4, "B")).endswith("is at least 4 times that of B")
    assert claim_sentence(Claim("val_r2", "A", "at_least", 0.4)) == "validation R² of A: at least 0.4"


def found_for(*some: float, none: tuple[float, ...] = (0.1, 0.1)) -> list[Evidence]:
    def one(arm: str, seed: int, value: float) -> Evidence:
        return evidence(arm, seed, evaluation=table(val_accuracy=[value]), step=table(loss=[1.0]))

    return [one("Some", i, v) for i, v in enumerate(some)] + [one("None", i, v) for i, v in enumerate(none)]


def test_claims_are_judged_seed_by_seed() -> None:
    made = small()
    (judged,) = judge(made, values_of(made, found_for(0.9, 0.2)))
    assert (judged.held, judged.of, judged.holds) == (1, 2, False)
    (judged,) = judge(made, values_of(made, found_for(0.9, 0.8)))
    assert judged.holds
    (judged,) = judge(made, values_of(made, []))
    assert not judged.holds


def test_what_is_not_over_is_not_measured() -> None:
    made = small()
    early = evidence("Some", over=False, evaluation=table(val_accuracy=[0.5]), step=table(loss=[1.0]))
    assert values_of(made, [early])["val_accuracy"]["Some"] == {}


@pytest.mark.parametrize(
    ("placeholder", "told"),
    [
        ("{val_accuracy: Some}", "85.0 %"),
        ("{val_accuracy: Some - None}", "75.0 points"),
        ("{val_accuracy: Some / None}", "8.5"),
    ],
)
def test_the_answer_takes_means_over_seeds(placeholder: str, told: str) -> None:
    made = small(answer=placeholder)
    assert filled(made, values_of(made, found_for(0.9, 0.8))) == told


def test_the_answer_says_when_a_seed_went_astray() -> None:
    made = small()
    said = filled(made, values_of(made, found_for(0.9, math.nan)))
    assert "90.0 % (and NaN on 1 of 2 seeds)" in said
    assert "With steps NaN," in filled(made, values_of(made, found_for(math.nan, math.nan)))


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.48213, "0.482"), (2.1e-8, "2.1 · 10⁻⁸"), (0.0, "0"), (12345.6, "12,346"), (5.9e8, "5.9 · 10⁸"), (math.inf, "infinite"),
        (math.nan, "NaN"), (-3e-7, "-3.0 · 10⁻⁷"),
    ],
)  # fmt: skip
def test_figures_are_short(value: float, told: str) -> None:
    assert figure(value) == told


def test_shares_are_shown_in_percent() -> None:
    assert shown(MEASURES["val_accuracy"], 0.9311) == "93.1 %"
    assert shown(MEASURES["val_accuracy"], math.nan) == "NaN"


def test_what_an_exercise_keeps_and_wants() -> None:
    made = small()
    start = made.experiment.recipe(made.experiment.arms[1])
    assert kept(made.exercise, start, with_changes(start, {"optim.lr": 0.01})) == []
    assert kept(made.exercise, start, with_changes(start, {"model.key": "cnn"})) == ["model.key"]
    assert reached(made.exercise, 0.5)
    assert not reached(made.exercise, 0.49)
    changed: dict[str, Any] = {**document()["exercise"], "at_most": 0.5}
    del changed["at_least"]
    low = parse_lesson("low", document(exercise=changed)).exercise
    assert reached(low, 0.4)
    assert not reached(low, math.nan)
