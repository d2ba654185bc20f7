"""The trainer_state.json of Hugging Face's Trainer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.diagnosis.diagnose import diagnose
from core.errors import BadInput
from core.logs.read import read_log
from tests.core.logs.logs_for_tests import curves, trainer_state


def write(path: Path, state: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(state))
    return path


def test_what_is_understood(tmp_path: Path) -> None:
    log = read_log(write(tmp_path / "trainer_state.json", trainer_state(curves(every=50))))
    case = log.case
    assert log.format == "huggingface"
    assert log.understood["columns"]["step.loss"] == "loss"
    assert log.understood["rows"] == {"step": 60, "evaluation": 12, "gradients": 60}
    assert case.steps_per_epoch == 1000
    assert case.facts["total_steps"] == 3000
    assert case.facts["batch_size"] == 8
    assert case.status == "done"
    assert read_log(write(tmp_path / "b.json", trainer_state(curves(), global_step=100))).case.status == "stopped"


def test_a_diverging_run(tmp_path: Path) -> None:
    for every in (1, 10, 50, 500):
        path = write(tmp_path / "trainer_state.json", trainer_state(curves("diverging", every=every)))
        found = diagnose(read_log(path).case)
        assert found.cause
        assert found.cause.id == "GR005"
        assert "at a learning rate of" in found.cause.sentence


def test_nan_and_a_loss_of_zero_that_stands_for_nan(tmp_path: Path) -> None:
    path = tmp_path / "trainer_state.json"
    assert "GR004" in {one.id for one in diagnose(read_log(write(path, trainer_state(curves("nan")))).case).findings}
    made = curves()
    made["loss"][30:], made["grad_norm"][30:] = 0.0, np.nan
    log = read_log(write(path, trainer_state(made)))
    assert {one.id for one in diagnose(log.case).findings} == {"GR004"}
    assert any("logging_nan_inf_filter" in note for note in log.understood["notes"])


def test_single_skipped_gradients_of_a_loss_scaler_are_no_fault(tmp_path: Path) -> None:
    made = curves()
    made["grad_norm"][[0, 1, 30]] = np.inf
    assert not diagnose(read_log(write(tmp_path / "trainer_state.json", trainer_state(made))).case).findings


def test_the_newest_checkpoint_of_a_folder(tmp_path: Path) -> None:
    for step in (500, 1000, 90):
        write(tmp_path / f"checkpoint-{step}" / "trainer_state.json", trainer_state(curves(records=step // 10)))
    assert len(read_log(tmp_path).case.tables["step"]) == 100


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"log_history": []}, "empty log_history"),
        ({"log_history": [None, 3]}, "empty log_history"),
        ({"log_history": [{"eval_loss": 1.0, "step": 1}]}, "'eval_loss', 'step'"),
        ({"log_history": [{"loss": "high", "step": "soon"}]}, "no training loss"),
    ],
)
def test_nothing_to_judge_gets_a_sentence(state: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=said):
        read_log(write(tmp_path / "trainer_state.json", state))


def test_odd_values_do_no_harm(tmp_path: Path) -> None:
    odd = [True, None, "x", -1, 0, 1e300, 1e-300, 10**400, [], {"a": 1}]
    for value in odd:
        state = trainer_state(
            curves(), max_steps=value, num_train_epochs=value, global_step=value, train_batch_size=value
        )
        state["log_history"][3] = {
            "loss": value,
            "step": value,
            "epoch": value,
            "grad_norm": value,
            "learning_rate": value,
        }
        diagnose(read_log(write(tmp_path / "trainer_state.json", state), classes=3).case)


def test_a_cut_file_gets_a_sentence(tmp_path: Path) -> None:
    path = write(tmp_path / "trainer_state.json", trainer_state(curves()))
    path.write_text(path.read_text()[:2000])
    with pytest.raises(BadInput, match="cut or damaged"):
        read_log(path)
