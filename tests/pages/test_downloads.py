"""Every download format makes a file of a finished run, and a sentence of one that recorded nothing."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from app.views.run.downloads import FORMATS
from core.errors import ClinicError
from core.store.workspace import Workspace
from tests.pages.conftest import finished

BY_LABEL = {offer.label: offer for offer in FORMATS}


@pytest.mark.parametrize("label", BY_LABEL)
def test_a_finished_run(label: str, workspace: Workspace) -> None:
    made = BY_LABEL[label].maker(finished(workspace))()
    content = made if isinstance(made, bytes) else made.encode()
    assert len(content) > 500
    if label == "CSV":
        assert content.count(b"\n") > 500
    elif label == "JSON":
        assert json.loads(content)["recipe"]["name"] == "one"
    elif label == "Web page":
        assert content.lstrip().lower().startswith(b"<!doctype html")
    else:
        assert "train.py" in zipfile.ZipFile(io.BytesIO(content)).namelist()


@pytest.mark.parametrize("label", ["CSV", "JSON", "Web page"])
def test_a_run_that_recorded_nothing_is_a_sentence(label: str, workspace: Workspace) -> None:
    run = workspace.create({"name": "empty"})
    with pytest.raises(ClinicError, match=r"[Rr]ecord|started"):
        BY_LABEL[label].maker(run)()
