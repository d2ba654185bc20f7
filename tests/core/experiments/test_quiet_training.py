"""A quiet training gives a run's own numbers, leaves the process as it was, and takes a divergence as an outcome."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import Cancelled
from core.experiments.arms import Arm, run_arms, training_key
from core.experiments.outcome import Outcome
from core.experiments.training import train_quietly
from core.store.workspace import Workspace

MOONS = {
    "data": {"key": "moons", "samples": 120},
    "model": {"key": "mlp", "depth": 1, "width": 8, "dropout": 0.2},
    "optim": {"key": "adam", "lr": 0.02},
    "train": {"epochs": 3, "batch_size": 32},
}


def test_the_numbers_are_those_of_a_run(tmp_path: Path) -> None:
    from core.train.process import train_run

    run = Workspace(tmp_path).create({**MOONS, "seed": 4})
    assert train_run(run.path, log_to_file=False) == "done"
    quiet = train_quietly(MOONS, seed=4, evaluate_every=2)
    last = torch.load(run.checkpoints.path(quiet.steps), weights_only=True)
    assert quiet.metrics == last["progress"]["metrics"]


def test_it_leaves_the_process_as_it_was() -> None:
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    threads = torch.get_num_threads()
    train_quietly(MOONS, seed=0)
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads


def test_more_evaluations_change_nothing_else() -> None:
    few = train_quietly(MOONS, seed=0)
    many = train_quietly(MOONS, seed=0, evaluate_every=1)
    assert [moment.step for moment in few.history] == [0, 3, 6, 9]
    assert [moment.step for moment in many.history] == list(range(10))
    assert few.history == many.history[::3]
    assert np.array_equal(few.outputs, many.outputs)


def test_a_divergence_is_an_outcome() -> None:
    wild = {**MOONS, "optim": {"key": "sgd", "lr": 1e6}, "loss": {"key": "cross_entropy"}, "train": {"epochs": 200}}
    wild["model"] = {"key": "mlp", "depth": 6, "width": 32}
    outcome = train_quietly(wild, seed=0)
    assert outcome.diverged
    assert outcome.steps < 200 * outcome.steps_per_epoch
    assert np.isnan(outcome.metrics["val_loss"])
    assert outcome.steps_to("val_accuracy", 1.01) is None
    assert np.isnan(outcome.calibration_error)


def test_early_stopping_keeps_the_best() -> None:
    document = {**MOONS, "train": {"epochs": 200, "batch_size": 16, "patience": 2}, "optim": {"key": "adam", "lr": 0.5}}
    outcome = train_quietly(document, seed=0)
    assert outcome.stopped_early
    assert outcome.metrics["val_loss"] == outcome.best("val_loss")


def test_an_outcome_survives_its_file() -> None:
    outcome = train_quietly(MOONS, seed=2)
    again = Outcome.from_bytes(outcome.to_bytes())
    assert again == outcome
    assert np.array_equal(again.outputs, outcome.outputs)
    assert again.calibration_error == outcome.calibration_error


def test_steps_to_knows_which_way_is_better() -> None:
    outcome = train_quietly(MOONS, seed=0)
    first, last = outcome.history[0], outcome.history[-1]
    assert outcome.steps_to("val_loss", first.metrics["val_loss"]) == 0
    assert outcome.steps_to("val_loss", last.metrics["val_loss"]) in (3, 6, 9)
    assert outcome.steps_to("val_accuracy", 0.0) == 0


ARMS = (Arm("adam", "Adam"), Arm("sgd", "SGD", {"optim.key": "sgd", "optim.lr": 0.1}))


def test_arms_share_their_seeds_and_the_cache_spares_their_training(tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    table = run_arms(MOONS, ARMS, (0, 1), cache=tmp_path, progress=lambda *said: told.append(said))
    assert told == [(0, 4, "Adam"), (1, 4, "SGD"), (2, 4, "Adam"), (3, 4, "SGD"), (4, 4, "")]
    first = [table.outcomes[arm.key][0].history[0].metrics for arm in ARMS]
    assert first[0] == first[1]  # the same weights before the first step
    assert table.values("adam", lambda outcome: outcome.metrics["val_loss"]).shape == (2,)
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert len(stamps) == 4
    again = run_arms(MOONS, ARMS, (0, 1), cache=tmp_path)
    assert again.outcomes == table.outcomes
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == stamps


def test_a_broken_cache_file_is_trained_again(tmp_path: Path) -> None:
    arm = ARMS[:1]
    table = run_arms(MOONS, arm, (0,), cache=tmp_path)
    file = tmp_path / f"{training_key(arm[0].recipe(MOONS), 0, None)}.npz"
    file.write_bytes(file.read_bytes()[:100])
    assert run_arms(MOONS, arm, (0,), cache=tmp_path).outcomes == table.outcomes


def test_a_cancelled_experiment_ends_between_two_steps() -> None:
    asked: list[int] = []

    def after_five() -> bool:
        asked.append(1)
        return len(asked) > 5

    with pytest.raises(Cancelled):
        run_arms(MOONS, ARMS, (0, 1), should_stop=after_five)
    assert len(asked) == 6
