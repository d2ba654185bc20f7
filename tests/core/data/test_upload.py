"""Uploaded tables: what can be used is used, and everything else is refused in one clear sentence."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.data.prepare import prepare
from core.data.upload import limits
from core.data.upload.dataset import uploaded
from core.data.upload.read import read_table
from core.data.upload.store import delete_upload, list_uploads, load_upload, save_upload
from core.errors import DataError

ROWS = 40


@pytest.fixture
def parsed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Good tables are parsed in this process, for what is asked of them afterwards."""

    def parse(source: Path, kind: str, target: Path, filename: str) -> None:
        read_table(source, kind).to_parquet(target)

    monkeypatch.setattr("core.data.upload.store.parse_in_child", parse)


def table(**columns: list[object]) -> bytes:
    return pd.DataFrame(columns).to_csv(index=False).encode()


def good() -> bytes:
    return table(
        id=list(range(ROWS)),
        age=[20 + i if i % 7 else None for i in range(ROWS)],
        city=["Rome", "Oslo", "Lima", None] * (ROWS // 4),
        member=["yes", "no"] * (ROWS // 2),
        since=[f"2024-01-{1 + i % 28:02d}" for i in range(ROWS)],
        note=[f"a long free text number {i} with words" for i in range(ROWS)],
        always=[1] * ROWS,
        nothing=[None] * ROWS,
        label=["good", "bad"] * (ROWS // 2),
        price=[i * 1.5 for i in range(ROWS)],
    )


def test_types_are_inferred_and_every_usable_column_becomes_numbers(tmp_path: Path) -> None:
    stored = save_upload(tmp_path, "My data (1).csv", good())
    types = {column.name: column.type for column in stored.columns}
    assert types == {
        "id": "identifier", "age": "number", "city": "category", "member": "boolean", "since": "date",
        "note": "text", "always": "constant", "nothing": "empty", "label": "category", "price": "number",
    }  # fmt: skip
    data = uploaded(0, file=stored.name, target="label", uploads=tmp_path)
    assert data.task == "classification"
    assert data.class_names == ("bad", "good")
    assert data.feature_names == (
        "age", "city = Lima", "city = Oslo", "city = Rome", "city = missing", "member", "since (days)", "price",
    )  # fmt: skip
    assert np.isnan(data.x[0, 0])
    assert data.x[1, 6] - data.x[0, 6] == 1
    assert len([note for note in data.notes if "left out" in note]) == 4


def test_a_regression_target_and_training(tmp_path: Path) -> None:
    stored = save_upload(tmp_path, "t.csv", good())
    arguments = {"file": stored.name, "target": "price", "task": "auto"}
    found = prepare("upload", arguments, seed=0, validation_fraction=0.25, standardise=True, uploads=tmp_path)
    assert found.task == "regression"
    assert np.isfinite(found.x_train).all()
    restored = np.sort(np.concatenate([found.y_train, found.y_val]) * found.y_std + found.y_mean)
    assert restored == pytest.approx([i * 1.5 for i in range(ROWS)], abs=1e-3)


@pytest.mark.usefixtures("parsed_here")
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_delimiters_and_encodings(tmp_path: Path, delimiter: str, encoding: str) -> None:
    lines = [f"größe{delimiter}y"] + [f"{i}{delimiter}{'é' if i % 2 else 'a'}" for i in range(20)]
    stored = save_upload(tmp_path, "t.csv", "\n".join(lines).encode(encoding))
    assert [column.name for column in stored.columns] == ["größe", "y"]
    assert uploaded(0, file=stored.name, target="y", uploads=tmp_path).class_names == ("a", "é")


def test_parquet_is_read_and_the_same_bytes_are_stored_once(tmp_path: Path) -> None:
    out = io.BytesIO()
    pd.DataFrame(
        {"x": np.arange(30.0), "tags": [["a", str(i)] for i in range(30)], "y": [True, False] * 15}
    ).to_parquet(out)
    first, second = (save_upload(tmp_path, "t.parquet", out.getvalue()) for _ in range(2))
    assert first == second
    assert [t.name for t in list_uploads(tmp_path)] == [first.name]
    assert uploaded(0, file=first.name, target="y", uploads=tmp_path).x.shape[0] == 30
    delete_upload(tmp_path, first.name)
    assert list_uploads(tmp_path) == []


@pytest.mark.usefixtures("parsed_here")
def test_names_are_cleaned_and_made_distinct(tmp_path: Path) -> None:
    header = "a,a,<script>alert(1)</script>,,y"
    stored = save_upload(
        tmp_path, "../../etc/passwd.csv", "\n".join([header] + [f"{i},1,2,3,{i % 2}" for i in range(12)]).encode()
    )
    names = [column.name for column in stored.columns]
    assert len(set(names)) == 5
    assert not any("<" in name or ">" in name for name in names)
    assert (tmp_path / "uploads" / stored.name).is_dir()
    assert stored.filename == "passwd.csv"


def bomb() -> bytes:
    out = io.BytesIO()
    pd.DataFrame({f"c{i}": np.zeros(300_000) for i in range(80)}).to_parquet(out, compression="gzip")
    return out.getvalue()


@pytest.mark.parametrize(
    ("filename", "data", "said"),
    [
        ("t.csv", b"", "is empty"),
        ("t.csv", b"  \n\n ", "is empty"),
        ("t.xlsx", b"x", "save as CSV"),
        ("t", b"a,b", "ends in nothing"),
        ("t.csv", b"a,b\n", "no rows"),
        ("t.csv", b"a\n1\n2\n", "one column"),
        ("t.csv", ",".join(f"c{i}" for i in range(2001)).encode() + b"\n", "2,001 columns"),
        ("t.csv", b"\x00\x01\x02" * 100, "binary"),
        ("t.csv", b"x" * (limits.MAX_BYTES + 1), "at most 20 MB"),
        ("t.csv", b'a,b\n"1,2\n3,4\n', "Check quotes"),
        ("t.parquet", b"PAR1 not really", "not a readable Parquet"),
        ("t.parquet", bomb(), "cells"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, filename: str, data: bytes, said: str) -> None:
    with pytest.raises(DataError, match=said):
        save_upload(tmp_path, filename, data)
    assert list_uploads(tmp_path) == []
    assert not list((tmp_path / "uploads").glob(".new-*")) if (tmp_path / "uploads").exists() else True


@pytest.mark.usefixtures("parsed_here")
@pytest.mark.parametrize(
    ("columns", "target", "task", "said"),
    [
        ({"x": range(20), "y": [0, 1] * 10}, "", "auto", "No target"),
        ({"x": range(20), "price": [0, 1] * 10}, "prise", "auto", "did you mean 'price'"),
        ({"x": range(20), "y": ["a"] * 20}, "y", "auto", "one class only"),
        ({"x": range(20), "y": [None] * 20}, "y", "auto", "no usable value"),
        ({"x": range(20), "y": [1.5] * 20}, "y", "regression", "nothing to predict"),
        ({"x": range(5), "y": [0, 1, 0, 1, 0]}, "y", "auto", "at least 10"),
        ({"x": [1] * 20, "y": [0, 1] * 10}, "y", "auto", "No column"),
        ({"x": range(20), "y": ["a", "b"] * 10}, "y", "regression", "holds text"),
        ({"x": range(2400), "y": [f"c{i // 2}" for i in range(2400)]}, "y", "classification", "1,200 classes"),
    ],
)
def test_targets_that_cannot_be_used(
    tmp_path: Path, columns: dict[str, list[object]], target: str, task: str, said: str
) -> None:
    stored = save_upload(tmp_path, "t.csv", table(**columns))
    with pytest.raises(DataError, match=said):
        uploaded(0, file=stored.name, target=target, task=task, uploads=tmp_path)


@pytest.mark.usefixtures("parsed_here")
def test_rare_classes_missing_targets_and_infinities_are_left_out_with_a_note(tmp_path: Path) -> None:
    stored = save_upload(
        tmp_path, "t.csv", table(x=[*range(18), float("inf"), 5], y=["a", "b"] * 9 + ["once", None]) + b"inf,a\n"
    )
    data = uploaded(0, file=stored.name, target="y", uploads=tmp_path)
    assert len(data.y) == 19
    assert data.class_names == ("a", "b")
    assert np.isnan(data.x[-1, 0])
    assert len(data.notes) == 3


@pytest.mark.parametrize("name", ["../../etc", "/etc/passwd", "nothing-12345678", ""])
def test_unknown_names_never_become_paths(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError):
        load_upload(tmp_path, name)


@pytest.mark.usefixtures("parsed_here")
def test_a_damaged_upload_is_not_listed(tmp_path: Path) -> None:
    stored = save_upload(tmp_path, "t.csv", good())
    (tmp_path / "uploads" / stored.name / "columns.json").write_text("{")
    assert list_uploads(tmp_path) == []
    with pytest.raises(DataError, match="damaged"):
        load_upload(tmp_path, stored.name)
