"""Healthy logs give no warning, however sparsely they were written; faults are still found in them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.diagnosis.diagnose import diagnose
from core.logs.assemble import assemble
from core.logs.read import read_log
from core.logs.series import Metrics, make_series
from tests.core.logs.logs_for_tests import curves, trainer_state, write_csv, write_events, write_jsonl

EVERY = (1, 10, 50, 500)


def write(format: str, folder: Path, made: dict[str, np.ndarray]) -> Path:
    if format == "csv":
        return write_csv(folder / "log.csv", made)
    if format == "jsonl":
        return write_jsonl(
            folder / "log.jsonl", [{k: float(v[i]) for k, v in made.items()} for i in range(len(made["step"]))]
        )
    if format == "huggingface":
        (folder / "trainer_state.json").write_text(json.dumps(trainer_state(made)))
        return folder
    return write_events(folder, {k: v for k, v in made.items() if k != "step"}, made["step"])


@pytest.mark.parametrize("every", EVERY)
@pytest.mark.parametrize("format", ["csv", "jsonl", "huggingface", "tensorboard"])
def test_healthy_logs_give_no_warning(format: str, every: int, tmp_path: Path) -> None:
    for seed, records in enumerate((8, 15, 60, 400)):
        log = read_log(write(format, tmp_path, curves(records=records, every=every, seed=seed)), classes=10)
        assert not [one for one in diagnose(log.case).findings if one.severity != "info"], (records, format)


@pytest.mark.parametrize("every", EVERY)
def test_faults_are_found_however_sparse_the_log(every: int, tmp_path: Path) -> None:
    for kind, id in (("diverging", "GR005"), ("overfitting", "GR014"), ("nan", "GR004")):
        case = read_log(write("csv", tmp_path, curves(kind, every=every))).case
        assert id in {one.id for one in diagnose(case).findings}


def noisy(seed: int, every: int, level: np.ndarray, noise: float = 0.05, **columns: np.ndarray) -> Metrics:
    records = len(level)
    at = np.arange(1, records + 1) * every
    series = {"loss": level * np.exp(noise * np.random.default_rng(seed).standard_normal(records)), **columns}
    return Metrics("csv", "made up", {name: make_series(at, at * 0.0, values) for name, values in series.items()})


@pytest.mark.parametrize("every", EVERY)
def test_noise_around_a_converged_loss_is_no_divergence(every: int) -> None:
    for seed in range(40):
        records = (12, 40, 200, 1000)[seed % 4]
        noise = (0.05, 0.3, 0.8)[seed % 3]
        metrics = noisy(seed, every, np.full(records, 0.05), noise, grad_norm=np.ones(records))
        assert not [one for one in diagnose(assemble(metrics).case).findings if one.severity != "info"], seed


def test_a_cyclic_rate_is_no_oscillation_and_a_loss_below_zero_no_divergence() -> None:
    p = np.arange(800) / 16 % 1
    swinging = np.where(p < 0.5, 1.0, 2.0)
    assert "GR009" in ids(noisy(1, 10, swinging))
    assert "GR009" not in ids(noisy(1, 10, swinging, lr=1.1 - p))
    reward = noisy(0, 10, np.linspace(1, 9, 200))
    reward.series["loss"] = make_series(np.arange(200), np.arange(200), -5 + np.linspace(0, 9, 200))
    assert not ids(reward)


@pytest.mark.parametrize("every", EVERY)
def test_a_rate_that_decays_too_early_is_told_in_steps(every: int) -> None:
    lr, level = np.where(np.arange(200) < 60, 0.1, 1e-5), 0.5 + 2 * np.exp(-np.minimum(np.arange(200), 60) / 30)
    found = diagnose(assemble(noisy(0, every, level, lr=lr)).case)
    early = [one for one in found.findings if one.id == "GR028"]
    assert early
    assert early[0].first_step == 61 * every


def ids(metrics: Metrics) -> set[str]:
    return {one.id for one in diagnose(assemble(metrics).case).findings if one.severity != "info"}
