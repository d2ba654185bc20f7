"""Uploading a table: what was understood is shown, problems are sentences, the data reaches the form."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.data.files import sample_file
from core.store.workspace import Workspace
from tests.pages.conftest import Open, calm


def upload_tab(open_page: Open) -> AppTest:
    at = open_page("data")
    at.session_state["data_tabs"] = "Your own table"
    return at.run()


def upload(at: AppTest, name: str, data: bytes) -> AppTest:
    at.get("file_uploader")[0].upload(name, data, "text/csv")
    return at.run()


def pick(at: AppTest, label: str):
    return next(found for found in at.selectbox if found.label == label)


def table(rows: int = 40) -> bytes:
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"a": random.normal(size=rows), "b": random.choice(["x", "y"], rows), "y": range(rows)})
    return frame.to_csv(index=False).encode()


def test_penguins_from_file_to_form(open_page: Open, workspace: Workspace) -> None:
    at = upload_tab(open_page)
    calm(at)
    assert "Nothing has been uploaded" in at.info[0].value
    at = upload(at, "penguins.csv", sample_file("penguins.csv").read_bytes())
    calm(at)
    pick(at, "Target column").set_value("species").run()
    calm(at)
    assert any("classification" in caption.value for caption in at.caption)
    next(b for b in at.button if b.label == "Use this data").click().run()
    calm(at)
    assert at.title[0].value == "New run"
    assert not at.error
    assert pick(at, "Target column").value == "species"
    at.switch_page("../pages/train.py").run()  # AppTest itself stays on the page it was told to open
    next(b for b in at.button if b.label == "Train").click().run()
    calm(at)
    (run,) = workspace.runs()
    assert run.document()["data"]["target"] == "species"


def test_a_number_to_predict_brings_a_loss_for_numbers(open_page: Open) -> None:
    at = upload(upload_tab(open_page), "t.csv", table())
    assert pick(at, "Target column").value == "y"
    next(b for b in at.button if b.label == "Use this data").click().run()
    calm(at)
    assert not at.error
    assert at.session_state["draft"]["keys"]["loss"] == "mse"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("empty.csv", b"", "empty"),
        ("one.csv", b"a\n1\n2\n", "one column"),
        ("wide.csv", (",".join(f"c{i}" for i in range(2500)) + "\n").encode(), "2,500 columns"),
        ("noise.csv", bytes(range(256)) * 50, "not text"),
        ("head.csv", b"a,b,c\n", "no rows"),
    ],
)
def test_a_bad_file_is_a_sentence(name: str, data: bytes, words: str, open_page: Open) -> None:
    at = upload(upload_tab(open_page), name, data)
    calm(at)
    assert words in at.error[0].value.replace("\\", "")


def test_a_target_with_one_class_is_a_sentence(open_page: Open) -> None:
    at = upload(upload_tab(open_page), "t.csv", b"a,b\n" + b"1,x\n2,x\n" * 20)
    pick(at, "Target column").set_value("b").run()
    calm(at)
    assert "one class" in at.error[0].value


def test_a_table_can_be_deleted(open_page: Open) -> None:
    at = upload(upload_tab(open_page), "t.csv", table())
    next(b for b in at.button if b.label == "Delete this table").click().run()
    calm(at)


def test_the_form_without_any_upload_says_where_to_go(open_page: Open) -> None:
    at = open_page("train")
    pick(at, "Data set").set_value("upload").run()
    calm(at)
    assert any("No table has been uploaded" in info.value for info in at.info)
    assert next(b for b in at.button if b.label == "Train").disabled
