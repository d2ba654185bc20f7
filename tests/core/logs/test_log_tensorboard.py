"""TensorBoard event files: made by hand with struct, and by torch's SummaryWriter where tensorboard is installed."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from core.diagnosis.diagnose import diagnose
from core.errors import BadInput
from core.logs.read import read_log
from core.logs.tensorboard import masked_crc32c, scalars
from tests.core.logs.logs_for_tests import curves, event, framed, part, varint, write_events


def test_the_checksum_is_castagnoli_masked() -> None:
    crc = 0xE3069283  # of b"123456789", RFC 3720
    assert masked_crc32c(b"123456789") == (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def test_scalars_of_a_file_made_by_hand(tmp_path: Path) -> None:
    made = curves()
    tags = {"train/loss": made["loss"], "train/learning_rate": made["lr"], "потери": made["loss"]}
    log = read_log(write_events(tmp_path, tags, made["step"]))
    step = log.case.tables["step"]
    assert log.format == "tensorboard"
    np.testing.assert_allclose(step.column("loss"), made["loss"], rtol=1e-6)
    np.testing.assert_allclose(step.column("lr"), made["lr"], rtol=1e-6)
    assert step.step.tolist() == made["step"].tolist()
    assert step.seconds[:2].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("tensor", "value"),
    [
        (b"\x08\x01" + part(4, struct.pack("<f", 1.5)), 1.5),
        (b"\x08\x01\x2d" + struct.pack("<f", 1.5), 1.5),
        (b"\x08\x01" + part(5, struct.pack("<f", 1.5)), 1.5),
        (b"\x08\x02" + part(4, struct.pack("<d", 2.5)), 2.5),
        (b"\x08\x02" + part(6, struct.pack("<d", 2.5)), 2.5),
        (b"\x08\x03\x38" + varint(-7), -7.0),
        (b"\x08\x09" + part(10, varint(9)), 9.0),
        (b"\x08\x09" + part(4, struct.pack("<q", 9)), 9.0),
        (b"\x08\x07" + part(8, b"text"), None),
        (b"\x08\x01" + part(4, struct.pack("<2f", 1, 2)), None),
        (b"", None),
    ],
)
def test_tensors_of_one_element_are_scalars(tensor: bytes, value: float | None) -> None:
    found = list(scalars(event(5, 1.0, {"x": tensor})))
    assert found == ([("x", 5, 1.0, value)] if value is not None else [])


def test_a_cut_last_record_is_left_out(tmp_path: Path) -> None:
    made = curves()
    path = write_events(tmp_path, {"loss": made["loss"]}, made["step"])
    data = path.read_bytes()
    for cut in (1, 5, 20, 30):
        path.write_bytes(data[:-cut])
        log = read_log(path)
        assert len(log.case.tables["step"]) == 59
        assert log.case.status == "running"
        assert "1 record" in log.understood["notes"][0]


def test_any_cut_or_flipped_byte_gives_a_log_or_a_sentence(tmp_path: Path) -> None:
    path = write_events(tmp_path, {"loss": [1, 2, 3], "val/loss": [1, 2, 3]}, [1, 2, 3])
    data = path.read_bytes()
    for at in range(len(data)):
        for changed in (data[:at], data[:at] + bytes([data[at] ^ 0x5A]) + data[at + 1 :]):
            path.write_bytes(changed)
            with suppress(BadInput):  # any other exception fails the test
                diagnose(read_log(path).case)


def test_keras_writes_two_folders_and_counts_epochs(tmp_path: Path) -> None:
    made = curves("overfitting", records=30, every=1)
    write_events(tmp_path / "train", {"epoch_loss": made["loss"], "epoch_accuracy": made["val_accuracy"]}, range(30))
    write_events(tmp_path / "validation", {"epoch_loss": made["val_loss"]}, range(30))
    log = read_log(tmp_path)
    assert log.understood["columns"]["evaluation.val_loss"] == "validation/epoch_loss"
    assert log.understood["unit"] == "epoch"
    assert "GR014" in {one.id for one in diagnose(log.case).findings}


def test_a_newer_file_supersedes_what_it_trained_again(tmp_path: Path) -> None:
    write_events(tmp_path, {"loss": [5, 4, 3, 2]}, [1, 2, 3, 4], "100")
    write_events(tmp_path, {"loss": [30, 20]}, [3, 5], "200")
    step = read_log(tmp_path).case.tables["step"]
    assert step.step.tolist() == [1, 2, 3, 5]
    assert step.column("loss").tolist() == [5, 4, 30, 20]


def test_nan_and_histograms(tmp_path: Path) -> None:
    path = write_events(tmp_path, {"loss": [1, 2, np.nan, np.inf]}, [1, 2, 3, 4])
    histogram = event(1, 1.0, {"gradients/fc1": b"\x08\x07"})
    path.write_bytes(path.read_bytes() + framed(histogram) + framed(b"\xff\xff not protobuf"))
    log = read_log(path)
    assert "GR004" in {one.id for one in diagnose(log.case).findings}
    assert "gradients" not in log.case.tables


def test_wrong_files_get_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "events.out.tfevents.1.host").write_bytes(b"this is no event file at all")
    with pytest.raises(BadInput, match="does not begin like one"):
        read_log(tmp_path / "events.out.tfevents.1.host")
    with pytest.raises(BadInput, match="no whole record"):
        read_log(tmp_path)
    path = write_events(tmp_path / "b", {"val_loss": [1.0], "bleu": [2.0]}, [1])
    with pytest.raises(BadInput, match="'val_loss', 'bleu'"):
        read_log(path)
    write_events(tmp_path / "c" / "one", {"loss": [1.0]}, [1])
    assert len(read_log(tmp_path / "c").case.tables["step"]) == 1
    write_events(tmp_path / "c" / "two", {"loss": [1.0]}, [1])
    with pytest.raises(BadInput, match="one, two"):
        read_log(tmp_path / "c")


def test_what_torch_writes(tmp_path: Path) -> None:
    pytest.importorskip(
        "tensorboard", reason="tensorboard is an optional extra (bench); the hand-made file is tested always"
    )
    from torch.utils.tensorboard import SummaryWriter

    made = curves()
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_text("config", "lr: 0.1")
        for i, step in enumerate(made["step"]):
            writer.add_scalar("Loss/train", made["loss"][i], int(step))
            writer.add_scalar("Loss/valid", made["val_loss"][i], int(step), new_style=True)
            writer.add_histogram("gradients/fc1", made["loss"], int(step))
    case = read_log(tmp_path).case
    np.testing.assert_allclose(case.tables["step"].column("loss"), made["loss"], rtol=1e-6)
    np.testing.assert_allclose(case.tables["evaluation"].column("val_loss"), made["val_loss"], rtol=1e-6)
    assert not diagnose(case).findings
