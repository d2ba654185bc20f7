"""Metrics as a table: CSV, TSV, JSONL, JSON and exported charts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.diagnosis.diagnose import diagnose
from core.errors import BadInput
from core.logs.read import read_log
from tests.core.logs.logs_for_tests import curves, write_csv, write_jsonl


def found(path: Path, classes: int | None = None) -> set[str]:
    return {one.id for one in diagnose(read_log(path, classes).case).findings if one.severity != "info"}


def test_a_plain_csv(tmp_path: Path) -> None:
    log = read_log(write_csv(tmp_path / "a.csv", curves()))
    step = log.case.tables["step"]
    assert log.format == "csv"
    assert step.columns == ("loss", "lr")
    assert step.step[:3].tolist() == [10, 20, 30]
    assert log.case.tables["evaluation"].columns == ("val_loss", "val_accuracy", "train_loss_eval")
    assert log.case.tables["gradients"].columns == ("gradient_norm",)
    assert log.case.stride == 10
    assert log.understood["columns"]["step.loss"] == "loss"


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_and_decimal_commas(delimiter: str, tmp_path: Path) -> None:
    columns = {"Step": [1, 2, 3], "Train/Loss": ["2,5", "1,5", "0,5"] if delimiter == ";" else [2.5, 1.5, 0.5]}
    log = read_log(write_csv(tmp_path / "a.txt", columns, delimiter))
    assert log.case.tables["step"].column("loss").tolist() == [2.5, 1.5, 0.5]
    assert log.format == ("tsv" if delimiter == "\t" else "csv")


def test_empty_cells_are_missing_and_nan_is_real(tmp_path: Path) -> None:
    columns = {
        "step": range(1, 7),
        "loss": [1.0, None, "NaN", "Infinity", "-inf", "abc"],
        "val_loss": [None, 2.0, None, 3.0, None, ""],
    }
    case = read_log(write_csv(tmp_path / "a.csv", columns)).case
    assert case.tables["step"].step.tolist() == [1, 3, 4, 5]
    assert np.isnan(case.tables["step"].column("loss")[1])
    assert np.isposinf(case.tables["step"].column("loss")[2])
    assert case.tables["evaluation"].step.tolist() == [2, 4]
    assert "GR004" in {one.id for one in diagnose(case).findings}


def test_nan_that_stands_for_nothing_measured(tmp_path: Path) -> None:
    loss = [2.0 / (i + 1) if i % 2 else "nan" for i in range(60)]
    log = read_log(write_csv(tmp_path / "a.csv", {"step": range(60), "loss": loss}))
    assert len(log.case.tables["step"]) == 30
    assert any("taken as an empty cell" in note for note in log.understood["notes"])


def test_nan_loss_is_found(tmp_path: Path) -> None:
    assert "GR004" in found(write_csv(tmp_path / "a.csv", curves("nan")))


def test_an_overfitting_csv(tmp_path: Path) -> None:
    assert found(write_csv(tmp_path / "a.csv", curves("overfitting"))) == {"GR014"}


def test_epochs_number_the_rows_of_a_keras_log(tmp_path: Path) -> None:
    made = curves("overfitting", records=40)
    columns = {
        "epoch": range(40),
        "accuracy": np.linspace(0.2, 1, 40),
        "loss": made["loss"],
        "val_accuracy": made["val_accuracy"],
        "val_loss": made["val_loss"],
    }
    log = read_log(write_csv(tmp_path / "training.csv", columns))
    assert log.understood["unit"] == "epoch"
    assert "train_accuracy" in log.case.tables["evaluation"].columns
    assert "GR014" in {one.id for one in diagnose(log.case).findings}


def test_lightning_rows_of_different_kinds_share_a_file(tmp_path: Path) -> None:
    n = 40
    columns = {
        "epoch": [i // 10 for i in range(n)], "step": [50 * (i // 2) + 49 for i in range(n)],
        "lr-Adam": [0.1 if i % 2 == 0 else None for i in range(n)],
        "train_loss_step": [3.0 / (i + 1) if i % 2 == 0 else None for i in range(n)],
        "val_loss": [2.0 if i % 10 == 9 else None for i in range(n)],
    }  # fmt: skip
    case = read_log(write_csv(tmp_path / "metrics.csv", columns)).case
    assert len(case.tables["step"]) == 20
    assert case.tables["step"].columns == ("loss", "lr")
    assert len(case.tables["evaluation"]) == 4
    assert 200 <= case.steps_per_epoch <= 350
    assert read_log(tmp_path).format == "csv"


def test_steps_that_start_anew_with_each_epoch_are_counted_on(tmp_path: Path) -> None:
    columns = {"epoch": [i // 5 for i in range(20)], "iter": [i % 5 for i in range(20)], "loss": np.linspace(2, 1, 20)}
    case = read_log(write_csv(tmp_path / "a.csv", columns)).case
    assert case.tables["step"].step.tolist() == list(range(20))


@pytest.mark.parametrize("axis", [[0.1, 0.2, 0.3, 0.4], ["a", "b", "c", "d"], [None, None, None, 7]])
@pytest.mark.parametrize("name", ["epoch", "step"])
def test_an_axis_that_does_not_count_is_none(name: str, axis: list[object], tmp_path: Path) -> None:
    log = read_log(write_csv(tmp_path / "a.csv", {name: axis, "loss": [4, 3, 2, 1]}))
    assert log.case.tables["step"].step.tolist() == [1, 2, 3, 4]
    assert log.understood["unit"] == "row"


def test_a_resumed_run_supersedes_what_it_trained_again(tmp_path: Path) -> None:
    columns = {"step": [1, 2, 3, 4, 3, 4, 5], "loss": [9, 8, 7, 6, 5, 4, 3]}
    step = read_log(write_csv(tmp_path / "a.csv", columns)).case.tables["step"]
    assert step.step.tolist() == [1, 2, 3, 4, 5]
    assert step.column("loss").tolist() == [9, 8, 5, 4, 3]


def test_a_chart_exported_from_wandb(tmp_path: Path) -> None:
    columns = {
        "Step": range(0, 30, 10), "run a - _step": range(0, 30, 10), "run a - train/loss": [3, 2, 1],
        "run a - train/loss__MIN": [0, 0, 0], "run a - train/loss__MAX": [9, 9, 9], "run b - train/loss": [4, 4, 4],
    }  # fmt: skip
    log = read_log(write_csv(tmp_path / "wandb.csv", columns))
    assert log.case.tables["step"].column("loss").tolist() == [3, 2, 1]
    assert any("run b" in note for note in log.understood["notes"])


def test_a_curve_downloaded_from_tensorboard(tmp_path: Path) -> None:
    columns = {"Wall time": [1e9, 1e9 + 1], "Step": [10, 20], "Value": [2, 1]}
    log = read_log(write_csv(tmp_path / "run-exp-tag-Loss_train.csv", columns))
    assert log.understood["columns"]["step.loss"] == "Loss_train"
    assert log.case.tables["step"].seconds.tolist() == [0, 1]
    with pytest.raises(BadInput, match="no training loss"):
        read_log(write_csv(tmp_path / "run-exp-tag-bleu.csv", columns))


def test_columns_per_layer_do_not_claim_what_needs_activations(tmp_path: Path) -> None:
    made = curves()
    layers = {f"grad_norm/fc{i}": made["grad_norm"] * 10.0 ** -(9 - i) for i in range(8)}
    path = write_csv(tmp_path / "a.csv", {"step": made["step"], "loss": made["loss"], **layers})
    case = read_log(path).case
    assert case.tables["gradients"].layers("gradient_norm") == [f"fc{i}" for i in range(8)]
    assert not diagnose(case).findings
    layers["grad_norm/fc3"][30:] = np.nan
    made["loss"][40:] = np.nan
    case = read_log(write_csv(path, {"step": made["step"], "loss": made["loss"], **layers})).case
    layers_named = {one.id: one.layers for one in diagnose(case).findings}
    assert layers_named["GR004"] == ("fc3",)


def test_percent_and_unicode(tmp_path: Path) -> None:
    columns = {
        "step": range(1, 6),
        "Потери train/loss": [1] * 5,
        "train/loss": [5, 4, 3, 2, 1],
        "val_acc": [10, 20, 50, 60, 91.5],
    }
    log = read_log(write_csv(tmp_path / "журнал ü.csv", columns))
    assert log.case.tables["evaluation"].column("val_accuracy")[-1] == pytest.approx(0.915)
    data = (tmp_path / "журнал ü.csv").read_text(encoding="utf-8")
    for encoding in ("utf-8-sig", "utf-16"):
        (tmp_path / "b.csv").write_text(data, encoding=encoding)
        assert read_log(tmp_path / "b.csv").case.tables["step"].column("loss")[0] == 5


def test_jsonl_nested_cut_and_with_nan(tmp_path: Path) -> None:
    path = write_jsonl(
        tmp_path / "log.jsonl", [{"step": i, "train": {"loss": 2.0 / i}, "note": "x"} for i in range(1, 21)]
    )
    with path.open("a") as file:
        file.write('{"step": 21, "train": {"loss": NaN}}\n{"step": 22, "tra')
    log = read_log(path)
    assert log.format == "jsonl"
    assert len(log.case.tables["step"]) == 21
    assert log.case.status == "running"
    assert {one.id for one in diagnose(log.case).findings} == {"GR004"}


def test_json_lists_and_records(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    for document in (
        {"loss": [3, 2, 1], "val_loss": [3, 3, 3]},
        {"history": {"loss": [3, 2, 1]}},
        [{"loss": i} for i in (3, 2, 1)],
    ):
        path.write_text(json.dumps(document))
        log = read_log(path)
        assert log.case.tables["step"].column("loss").tolist() == [3, 2, 1]
        assert log.understood["unit"] == "row"


def test_classes_give_the_loss_of_guessing(tmp_path: Path) -> None:
    flat = np.full(60, 2.3) + 0.01 * np.sin(np.arange(60))
    path = write_csv(tmp_path / "a.csv", {"step": np.arange(1, 61) * 50, "loss": flat})
    assert found(path) == set()
    assert found(path, classes=10) == {"GR008"}
    with pytest.raises(BadInput, match="2 or more"):
        read_log(path, classes=1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n\n ", "blank lines"),
        (b"step,val_loss,bleu\n1,2,3\n", "'step', 'val_loss', 'bleu'"),
        (b"step,loss\n", "no rows"),
        (b"1,2,3\n4,5,6\n", "no header line"),
        (b"\x00\x01\x02 binary \xff", "binary"),
        (b"loss,\xff\xfe\xfa\n1,2\n1,2\n", "UTF-8"),
        (b"PK\x03\x04 zip", "zip archive"),
        (b"PAR1....", "Parquet"),
        (b'{"a": 1}', "no training loss"),
        (b"{}", "no log"),
        (b"[1, 2]", "no log"),
        (b'[{"loss": 1}, {"lo', "no whole JSON"),
        (b'{"a": "b"}\nnot json\nnot json\nnot json', "no JSONL"),
        (b"Dear diary, today my network did not learn.", "no rows"),
        (b"step,loss\n1,\n2,abc\n", "no training loss"),
        (b"[" * 100_000, "no whole JSON"),
    ],
)
def test_what_is_no_log_gets_a_sentence(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "given"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=said):
        read_log(path)


def test_too_large_missing_and_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="no file or folder"):
        read_log(tmp_path / "nothing.csv")
    with pytest.raises(BadInput, match="no event files"):
        read_log(tmp_path)
    path = write_csv(tmp_path / "a.csv", curves())
    monkeypatch.setattr("core.logs.read.MAX_BYTES", 100)
    with pytest.raises(BadInput, match="at most"):
        read_log(path)
