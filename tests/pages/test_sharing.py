"""Sharing by link: the address that is offered opens the same thing in a fresh browser; demos show that and nothing else."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from app.forms.draft import document_of
from app.navigation import PAGES as ALL
from app.views.share import PAGES
from core.recipe.codec import parse_recipe, to_document
from core.recipe.links import pack, recipe_to_link
from core.recipe.presets import PRESETS
from core.store.workspace import Workspace
from tests.pages.conftest import ROOT, Open, calm, finished


def offered(at: AppTest) -> tuple[str, dict[str, str]]:
    """The page and the query of the link that the page offers."""
    link = urlsplit(at.code[0].value)
    return link.path.strip("/"), dict(parse_qsl(link.query))


def fresh(at: AppTest, open_page: Open) -> AppTest:
    """The offered link in another browser."""
    page, query = offered(at)
    found = open_at(page, **query)
    calm(found)
    return found


def open_at(page: str, **query: str) -> AppTest:
    """A browser that opens the address at once, as somebody who got the link does."""
    at = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    at.switch_page(f"../pages/{page}.py")
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def one(elements, label: str):
    return next(found for found in elements if found.label == label)


def draft(at: AppTest) -> dict:
    return document_of(at.session_state["draft"])


def test_a_changed_recipe_is_shared_whole(open_page: Open, workspace: Workspace) -> None:
    at = open_page("train")
    one(at.number_input, "Learning rate").set_value(0.0375).run()
    one(at.selectbox, "Optimizer").set_value("momentum").run()
    assert list(offered(at)[1]) == ["recipe"]
    assert draft(fresh(at, open_page)) == draft(at)


def test_an_unchanged_preset_is_shared_by_its_name(open_page: Open, workspace: Workspace) -> None:
    key = next(iter(PRESETS))
    at = open_at("train", preset=key)
    calm(at)
    assert offered(at) == ("train", {"preset": key})
    one(at.number_input, "Learning rate").set_value(0.0375).run()
    assert list(offered(at)[1]) == ["recipe"]


@pytest.mark.parametrize("bad", ["garbage!", recipe_to_link(parse_recipe({}))[:-6], pack({"optim": {"lr": -1}})])
def test_a_bad_recipe_in_the_address_is_said_and_the_form_stays(bad: str, workspace: Workspace) -> None:
    at = open_at("train", recipe=bad)
    calm(at)
    assert any("whole recipe" in error.value or "lr" in error.value for error in at.error)
    assert draft(at) == to_document(parse_recipe({}))


def test_runs_and_comparisons_are_shared_by_their_ids(open_page: Open, workspace: Workspace) -> None:
    runs = [finished(workspace, name).id for name in ("one", "two")]
    assert offered(open_page("run", run=runs[0])) == ("run", {"run": runs[0]})
    at = open_at("compare", runs=",".join(runs))
    calm(at)
    assert offered(at) == ("compare", {"runs": ",".join(runs)})


def test_signals_data_and_catalogue_are_in_their_address(open_page: Open, workspace: Workspace) -> None:
    at = open_page("signals")
    assert offered(at)[1] == {}
    one(at.slider, "Hidden layers").set_value(7).run()
    one(at.selectbox, "Activation").set_value("tanh").run()
    again = fresh(at, open_page)
    assert one(again.slider, "Hidden layers").value == 7
    assert one(again.selectbox, "Activation").value == "tanh"
    one(again.slider, "Hidden layers").set_value(9).run()  # what is set by hand is not undone by the address
    assert one(again.slider, "Hidden layers").value == 9

    at = open_page("data")
    one(at.selectbox, "Data set").set_value("moons").run()
    noise = next(found for found in at.number_input if found.key == "data.moons.noise")
    noise.set_value(0.31).run()
    again = fresh(at, open_page)
    assert one(again.selectbox, "Data set").value == "moons"
    assert next(found for found in again.number_input if found.key == "data.moons.noise").value == 0.31

    at = open_page("catalogue")
    at.text_input[0].set_value("momentum").run()
    again = fresh(at, open_page)
    assert again.text_input[0].value == "momentum"


def test_nonsense_in_an_address_is_left_out(workspace: Workspace) -> None:
    for page, query in (
        ("signals", {"depth": "9999", "norm": "<b>", "inits": "x,y", "view": "?"}),
        ("data", {"data": "nothing", "noise": "loud"}),
        ("catalogue", {"find": "x" * 3000, "families": "Nobody"}),
    ):
        calm(open_at(page, **query))


def test_pages_without_something_to_share_offer_nothing(open_page: Open, workspace: Workspace) -> None:
    assert set(PAGES) < {entry.key for entry in ALL}
    for page in ("runs", "class", "accuracy"):
        assert not any("?" in found.value for found in open_page(page).code)


def test_a_demo_of_training_has_only_the_open_settings(workspace: Workspace) -> None:
    at = open_at(
        "train",
        preset=next(iter(PRESETS)),
        demo="1",
        open="optim.lr,optim.key",
    )
    calm(at)
    assert [found.label for found in at.number_input] == ["Learning rate"]
    assert [found.label for found in at.selectbox] == ["Optimizer"]
    assert [found.label for found in at.button] == ["Train"]
    assert not at.tabs
    one(at.number_input, "Learning rate").set_value(0.02).run()
    one(at.button, "Train").click().run()
    calm(at)
    (run,) = workspace.runs()
    assert run.document()["optim"]["lr"] == 0.02
    assert at.session_state["here"] == "train"
    assert at.session_state["demo.run"] == run.id


def test_a_demo_is_not_left(workspace: Workspace) -> None:
    run, other = finished(workspace, "one"), finished(workspace, "two")
    at = open_at("run", run=run.id, demo="1")
    calm(at)
    assert not at.tabs
    assert not at.button
    at.switch_page("../pages/runs.py").run()
    calm(at)
    assert at.session_state["here"] == "run"
    assert at.query_params["run"] == [run.id] or at.query_params["run"] == run.id
    at.query_params["run"] = other.id
    at.run()
    assert at.query_params["run"] in (run.id, [run.id])
    assert at.query_params["demo"] in ("1", ["1"])


def test_a_lesson_as_a_demo_goes_on_and_leads_nowhere_else(workspace: Workspace) -> None:
    at = open_at("lessons", lesson="momentum", demo="1")
    calm(at)
    assert [found.label for found in at.button] == ["Commit to it"]
    at.radio[0].set_value(1).run()
    one(at.button, "Commit to it").click().run()
    calm(at)
    assert at.query_params["guess"] in ("1", ["1"])
    assert at.query_params["demo"] in ("1", ["1"])
    assert any(found.label == "Train it" for found in at.button)


@pytest.mark.slow
@pytest.mark.parametrize("page", sorted(PAGES))
def test_every_page_that_can_be_shared_can_be_a_demo(page: str, full: Workspace) -> None:
    at = open_at(page, demo="1")
    calm(at)
    assert at.session_state["demo"]["page"] == page
    assert not any("/" in found.value and "demo=1" in found.value for found in at.code)  # no Share inside a demo


def test_home_is_no_demo(workspace: Workspace) -> None:
    at = open_at("home", demo="1")
    calm(at)
    assert "demo" not in at.session_state
