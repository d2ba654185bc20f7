"""Each page of the navigation table opens calmly, in an empty workspace and in a full one, and is never empty."""

from __future__ import annotations

import pytest

from app.navigation import PAGES
from core.store.workspace import Workspace
from tests.pages.conftest import Open, calm

KEYS = [entry.key for entry in PAGES]


def words_on(at) -> str:
    kinds = ("title", "header", "subheader", "markdown", "caption", "info", "warning", "error", "button")
    return " ".join(str(getattr(e, "value", "")) + str(getattr(e, "label", "")) for k in kinds for e in at.get(k))


@pytest.mark.parametrize("key", KEYS)
def test_in_an_empty_workspace(key: str, open_page: Open) -> None:
    at = open_page(key)
    calm(at)
    assert at.title
    assert len(words_on(at)) > 60


@pytest.mark.parametrize("key", KEYS)
def test_in_a_full_workspace(key: str, open_page: Open, full: Workspace) -> None:
    at = open_page(key)
    calm(at)
    assert at.title
    assert "<script>" not in words_on(at).replace("\\<script\\>", "")


@pytest.mark.parametrize("entry", PAGES, ids=KEYS)
def test_the_table_is_sound(entry) -> None:
    assert entry.path.is_file()
    assert len(entry.path.read_text().splitlines()) <= 80
    assert entry.summary.endswith(".")


def test_every_kind_of_run_opens(open_page: Open, full: Workspace) -> None:
    for run in full.runs():
        calm(open_page("run", run=run.id))


def test_runs_that_are_not_there_are_explained(open_page: Open, full: Workspace) -> None:
    for asked in ("nothing-like-it", "../../etc/passwd", "<b>x</b>", "x" * 5000):
        at = open_page("run", run=asked)
        calm(at)
        assert at.title[0].value == "No such run"


def test_a_deleted_run_can_be_brought_back_from_its_old_link(open_page: Open, full: Workspace) -> None:
    run = next(full.runs())
    full.trash(run.id)
    at = open_page("run", run=run.id)
    next(b for b in at.button if "Bring it back" in b.label).click().run()
    calm(at)
    assert full.trashed() == []


def test_compare_takes_runs_from_the_address_and_says_which_are_gone(open_page: Open, full: Workspace) -> None:
    ids = [run.id for run in full.runs()][:2]
    at = open_page("compare", runs=",".join([*ids, "gone"]))
    calm(at)
    assert at.multiselect[0].value == ids
    assert any("gone" in warning.value for warning in at.warning)
