"""Each rule on a made-up case: it says these words when its fault is there, and keeps quiet where a trap lies."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from cases import LAYERS, STEPS, healthy, stuck, with_column, with_table

from core.diagnosis.base import Finding
from core.diagnosis.case import Case
from core.diagnosis.catalogue import RULES
from core.diagnosis.diagnose import diagnose
from core.store.rows import Event


def find(case: Case, name: str) -> Finding | None:
    return next((f for f in diagnose(case).findings if f.name == name), None)


def vanished() -> Case:
    case = stuck(healthy())
    activations = case.tables["activations"]
    for depth, layer in enumerate(LAYERS[:3]):
        activations = with_column(
            activations,
            f"pre_activation_gradient_rms/{layer}",
            lambda v, depth=depth: np.full(len(v), 1e-2 * 1e-2 ** (2 - depth)),
        )
    return with_table(case, "activations", activations)


def diverged() -> Case:
    case = stuck(healthy())
    return with_table(
        case, "step", with_column(case.tables["step"], "loss", lambda v: np.where(np.arange(len(v)) < 30, 2.3, 60.0))
    )


def nan_from(step: int) -> Case:
    case = healthy()
    return with_table(
        case,
        "step",
        with_column(case.tables["step"], "loss", lambda v: np.where(np.arange(len(v)) >= step - 1, np.nan, v)),
    )


def slow() -> Case:
    case = stuck(healthy())
    updates = case.tables["updates"]
    for layer in LAYERS:
        updates = with_column(updates, f"update_ratio/{layer}", lambda v: np.full(len(v), 4e-7))
    return with_table(case, "updates", updates)


def all_layers(case: Case, name: str, family: str, value: float) -> Case:
    found = case.tables[name]
    for layer in LAYERS:
        found = with_column(found, f"{family}/{layer}", lambda v: np.full(len(v), value))
    return with_table(case, name, found)


def one_column(case: Case, name: str, column: str, value: float) -> Case:
    return with_table(case, name, with_column(case.tables[name], column, lambda v: np.full(len(v), value)))


def overfitted() -> Case:
    case = healthy()
    evaluation = with_column(
        case.tables["evaluation"],
        "val_loss",
        lambda v: np.where(np.arange(len(v)) < 3, v, 0.6 + 0.08 * np.arange(len(v))),
    )
    evaluation = with_column(evaluation, "val_accuracy", lambda v: np.where(np.arange(len(v)) == 2, 0.8, 0.7))
    evaluation = with_column(evaluation, "train_loss_eval", lambda v: 1.5 * 0.5 ** np.arange(len(v)))
    return with_table(case, "evaluation", evaluation)


def unmoved_layer() -> Case:
    case = healthy()
    updates = with_column(case.tables["updates"], "update_norm/hidden2", lambda v: np.zeros(len(v)))
    return with_table(case, "updates", updates)


def piled_up() -> Case:
    case = one_column(stuck(healthy()), "updates", "gradient_persistence", 0.99)
    grown = with_column(case.tables["gradients"], "gradient_norm", lambda v: 0.5 + 0.1 * np.arange(len(v)))
    return with_table(case, "gradients", grown)


def sawing() -> Case:
    case = one_column(stuck(healthy(seen={"baselines": {"linear": 0.4}})), "evaluation", "train_accuracy", 0.5)
    saw = 1.2 + 0.5 * np.sign(np.sin(np.arange(STEPS) * np.pi / 20 + 0.1))
    case = with_table(case, "step", with_column(case.tables["step"], "loss", lambda v: saw))
    return case


WEIGHT_DECAY = {"optim": {"key": "sgd", "lr": 0.1, "weight_decay": 1.0}}
CLIPPED = {"clip": {"mode": "norm", "limit": 0.001}}

# rule, a case that has the fault, words that its sentence must hold
SICK: list[tuple[str, Callable[[], Case], str]] = [
    ("vanishing-gradient", vanished, "The gradient is 1e+04 times smaller at hidden1 than at hidden3 (4.0 decades over 3 layers)"),
    ("exploding-gradient", lambda: stuck(healthy(seen={"loss": 500.0, "activation_std": [1, 10, 100, 400.0], "activation_mean": [0.0] * 4, "output_rms": 400.0})), "The signal grows 100 times from hidden1 to hidden3, and the first loss is 500 where guessing gives 2.3."),
    ("non-finite", lambda: nan_from(200), "The loss is NaN from step 200 on (201 of 400 losses are not finite)."),
    ("learning-rate-too-high", diverged, "The loss began at 2.4 and rose to 60"),
    ("learning-rate-too-low", slow, "A step moves the weights by 4e-07 of their size"),
    ("update-ratio-too-high", lambda: all_layers(stuck(healthy()), "updates", "update_ratio", 0.4), "A step changes the weights by 0.4 of their size"),
    ("over-clipping", lambda: stuck(healthy(CLIPPED)), "100 % of the gradients are cut"),
    ("dead-relu", lambda: all_layers(stuck(healthy()), "units", "dead_units", 0.7), "70 % of the units of hidden1 give zero for every sample; more than half are dead in hidden1, hidden2, hidden3."),
    ("saturated-activation", lambda: all_layers(stuck(healthy()), "units", "saturated_units", 0.8), "80 % of the units of hidden1 are saturated for nearly every sample."),
    ("symmetric-initialisation", lambda: stuck(healthy(seen={"alike_rows": [1.0, 1.0, 1.0, 0.0]})), "All units of hidden1, hidden2, hidden3 start with the same weights"),
    ("bad-initial-scale", lambda: stuck(healthy(seen={"loss": 23.0})), "The first loss is 23, 9.99 times that of guessing (2.3)."),
    ("overfitting", overfitted, "The validation loss was lowest at step 80"),
    ("class-imbalance", lambda: one_column(healthy(seen={"class_counts": [3, 900] + [100] * 8}), "predictions", "least_recall", 0.0), "The rarest class has 3 of 1,703 training rows, and the least-known class is found in only 0 % of its cases."),
    ("prediction-collapse", lambda: one_column(stuck(healthy()), "predictions", "top_class_share", 1.0), "The network gives one and the same class to 100 % of the rows; the largest class has 10 %."),
    ("unscaled-input", lambda: stuck(healthy(seen={"inputs": {"scale_ratio": 5e4, "largest_spread": 500.0}})), "one input column spreads 5e+04 times as wide as another."),
    ("unscaled-target", lambda: stuck(healthy(seen={"target_std": 1e3, "target_mean": 5e3, "loss": 1e6})), "The target has mean 5e+03 and standard deviation 1e+03; the first loss is 1e+06."),
    ("double-softmax", lambda: stuck(healthy(seen={"output_is_probability": True, "last_module": "Softmax"})), "it can't go below 1.46 with 10 classes."),
    ("missing-zero-grad", piled_up, "gradients pile up from step to step"),
    ("frozen-parameters", unmoved_layer, "hidden2 did not move at all in 40 records. It gets a gradient, so it was not given to the optimizer."),
    ("wrong-direction", lambda: one_column(stuck(healthy()), "updates", "descent_cosine", -0.9), "The updates point uphill (cosine with the downhill direction -0.9)"),
    ("unshuffled-data", lambda: stuck(healthy({"train": {"shuffle": False}}, seen={"label_mixing": 0.1})), "The labels within a batch are 10 % as mixed as those of all rows: the rows are sorted."),
    ("batch-norm-misuse", lambda: stuck(healthy(seen={"batch_norms": 3, "rows": 2})), "Batch norm takes its statistics from 2 rows"),
    ("over-regularisation", lambda: _shrunk(), "Weight decay 1 has shrunk the weights to 10 %"),
    ("loss-oscillation", sawing, "of the half-epochs"),
    ("loss-plateau", lambda: stuck(healthy()), "After 400 steps the training loss is 2.3; guessing gives 2.3."),
    ("vanishing-over-time", lambda: stuck(healthy(seen={"time_gradient": -5.0})), "The gradient is 1e+05 times smaller at the first time steps than at the last"),
    ("underfitting", lambda: _too_small(), "Training has levelled off at a score of 0.60 on its own rows, where a simple model reaches 0.95."),
    ("evaluated-in-training-mode", lambda: _event("evaluated_in_training_mode"), "The model was in training mode when it was evaluated"),
    ("gradient-spike", lambda: _spiky(), "3 gradients were more than 8 times as long as usual, the largest"),
    ("premature-decay", lambda: _decayed(), "From step 101 on the learning rate is below 1 % of its peak, though the loss was still falling"),
    ("label-noise", lambda: _noisy(), "Only 60 % of the rows agree with their nearest neighbours, yet the network fits 95 % of them, and 58 % of the unseen ones."),
    ("rank-collapse", lambda: all_layers(stuck(healthy()), "units", "participation_ratio", 0.01), "hidden1, hidden2, hidden3 put all samples on nearly one line"),
    ("target-leak", lambda: healthy(seen={"baselines": {"best_column": 0.999}}), "A single input column separates the target almost perfectly (0.999)."),
]  # fmt: skip


def _shrunk() -> Case:
    case = stuck(healthy(WEIGHT_DECAY))
    updates = case.tables["updates"]
    for layer in LAYERS:
        updates = with_column(updates, f"weight_norm/{layer}", lambda v: np.linspace(5.0, 0.5, len(v)))
    return with_table(case, "updates", updates)


def _too_small() -> Case:
    case = stuck(healthy(), 1.1)
    return one_column(case, "evaluation", "train_accuracy", 0.6)


def _spiky() -> Case:
    case = stuck(healthy())
    jump = np.isin(np.arange(STEPS), [150, 220, 300])
    norm = with_column(case.tables["gradients"], "gradient_norm", lambda v: np.where(jump, 40 * v, v))
    loss = with_column(case.tables["step"], "loss", lambda v: np.where(jump, 5 * v, v))
    return with_table(with_table(case, "gradients", norm), "step", loss)


def _decayed() -> Case:
    case = healthy()
    early = np.arange(STEPS) < 100
    step = with_column(case.tables["step"], "lr", lambda v: np.where(early, 0.1, 1e-5))
    step = with_column(step, "loss", lambda v: np.where(early, 2.3 - 0.008 * np.arange(STEPS), 1.5))
    return with_table(one_column(case, "evaluation", "train_accuracy", 0.5), "step", step)


def _noisy() -> Case:
    case = healthy(seen={"baselines": {"linear": 0.6, "neighbours_left_out": 0.6}})
    case = one_column(case, "evaluation", "train_accuracy", 0.95)
    return one_column(case, "evaluation", "val_accuracy", 0.58)


def test_every_rule_has_its_words_here() -> None:
    assert {name for name, _, _ in SICK} == set(RULES)


def _event(kind: str) -> Case:
    case = healthy()
    return Case(case.tables, case.recipe, case.facts, (Event(1, 1, 40, 0.0, kind, {}),), case.status)


@pytest.mark.parametrize(("name", "make", "words"), SICK, ids=[name for name, _, _ in SICK])
def test_the_fault_is_found_and_said_in_these_words(name: str, make: Callable[[], Case], words: str) -> None:
    found = find(make(), name)
    assert found is not None
    assert words in found.sentence
    assert found.id == RULES[name].id


def test_nothing_is_found_in_a_healthy_run() -> None:
    assert diagnose(healthy()).findings == ()


NOT_A_CAUSE = (
    "loss-plateau", "prediction-collapse", "target-leak", "label-noise", "rank-collapse", "gradient-spike", "non-finite",
)  # fmt: skip
SERIOUS_CAUSES = [one for one in SICK if one[0] not in NOT_A_CAUSE]


@pytest.mark.parametrize(("name", "make", "words"), SERIOUS_CAUSES, ids=[name for name, _, _ in SERIOUS_CAUSES])
def test_it_is_the_one_cause_that_is_named(name: str, make: Callable[[], Case], words: str) -> None:
    cause = diagnose(make()).cause
    assert cause is not None
    assert cause.name == name


# A trap: looks like the fault named, and is none.
TRAPS: list[tuple[str, str, Callable[[], Case]]] = [
    ("vanishing-gradient", "converged: all gradients tiny alike", lambda: all_layers(healthy(), "activations", "pre_activation_gradient_rms", 1e-9)),
    ("vanishing-gradient", "any loss scale", lambda: all_layers(healthy(), "activations", "pre_activation_gradient_rms", 1e4)),
    ("vanishing-gradient", "nothing flows at all", lambda: all_layers(healthy(), "activations", "pre_activation_gradient_rms", 0.0)),
    ("learning-rate-too-low", "a converged network hardly moves", lambda: all_layers(healthy(), "updates", "update_ratio", 1e-6)),
    ("update-ratio-too-high", "it learns all the same", lambda: all_layers(healthy(), "updates", "update_ratio", 0.4)),
    ("over-clipping", "Adam does not mind", lambda: stuck(healthy({**CLIPPED, "optim": {"key": "adam", "lr": 0.01}}))),
    ("symmetric-initialisation", "a zero-initialised head", lambda: healthy(seen={"alike_rows": [0.0, 0.0, 0.0, 1.0]})),
    ("unscaled-input", "one-hot columns", lambda: healthy(seen={"inputs": {}})),
    ("unscaled-target", "counts stay as they are", lambda: stuck(healthy({"data": {"key": "arrivals"}, "loss": {"key": "poisson"}}, {"target_std": 30.0, "target_mean": 50.0, "loss": 300.0}))),
    ("unshuffled-data", "it shuffles", lambda: healthy(seen={"label_mixing": 0.1})),
    ("loss-plateau", "converged", lambda: healthy()),
    ("class-imbalance", "rare but found", lambda: one_column(healthy(seen={"class_counts": [3, 900] + [100] * 8}), "predictions", "least_recall", 0.9)),
    ("dead-relu", "a quarter dead is usual", lambda: all_layers(stuck(healthy()), "units", "dead_units", 0.3)),
    ("saturated-activation", "saturated at the end of learning", lambda: all_layers(healthy(), "units", "saturated_units", 0.9)),
    ("missing-zero-grad", "a full batch repeats its gradient", lambda: one_column(healthy(), "updates", "gradient_persistence", 0.99)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "why", "make"), TRAPS, ids=[f"{name}: {why}" for name, why, _ in TRAPS])
def test_traps_are_no_faults(name: str, why: str, make: Callable[[], Case]) -> None:
    found = find(make(), name)
    assert found is None or found.severity == "info"


def test_a_nan_while_the_loss_scaler_settles_is_no_fault() -> None:
    case = healthy({"train": {"precision": "amp"}})
    early = with_column(case.tables["gradients"], "gradient_norm", lambda v: np.where(np.arange(len(v)) < 5, np.inf, v))
    early = with_column(early, "gradient_norm/hidden1", lambda v: np.where(np.arange(len(v)) < 5, np.inf, v))
    assert find(with_table(case, "gradients", early), "non-finite") is None


def test_consequences_are_folded_under_their_cause() -> None:
    case = all_layers(diverged(), "units", "dead_units", 0.97)
    found = diagnose(one_column(case, "predictions", "top_class_share", 1.0))
    assert found.cause is not None
    assert found.cause.name == "learning-rate-too-high"
    assert {f.name for f in found.consequences} >= {"dead-relu", "prediction-collapse"}
    assert found.others == ()


def test_a_diagnosis_can_be_made_for_any_earlier_moment() -> None:
    case = nan_from(200)
    assert diagnose(case.until(150)).cause is None
    cause = diagnose(case.until(260)).cause
    assert cause is not None
    assert cause.first_step == 200


def test_every_advice_fits_its_recipe() -> None:
    from core.recipe.codec import with_changes

    for _, make, _ in SICK:
        case = make()
        for found in diagnose(case).findings:
            for remedy in found.remedies:
                assert case.recipe is not None
                assert with_changes(case.recipe, remedy.changes) != case.recipe, remedy.label


def test_a_vanishing_gradient_is_foreseen_on_the_first_batch_but_not_behind_a_zero_head() -> None:
    def before_step_1(gradient: list[float]) -> Case:
        case = healthy(seen={"pre_activation_gradient_rms": gradient})
        return Case({}, case.recipe, case.facts, (), "new")

    found = find(before_step_1([1e-9, 1e-6, 1e-3, 1e-2]), "vanishing-gradient")
    assert found is not None
    assert found.sentence.startswith(
        "On the first batch the gradient is 1e+06 times smaller at hidden1 than at hidden3"
    )
    assert find(before_step_1([0.0, 0.0, 0.0, 1e-2]), "vanishing-gradient") is None
    assert find(before_step_1([0.001, 0.001, 0.002, 1e-2]), "vanishing-gradient") is None
