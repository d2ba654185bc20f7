"""The recipe form with only some settings open: no input for the others, which stay as they are."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from app.forms.draft import blank, document_of, draft_of, settle
from app.forms.recipe_form import locked_words
from core.recipe.codec import parse_recipe, to_document
from core.recipe.paths import has_open, is_open
from core.store.workspace import Workspace
from tests.pages.conftest import calm


def _form() -> None:
    import streamlit as st

    from app.forms.draft import draft_of
    from app.forms.recipe_form import recipe_form
    from core.recipe.codec import parse_recipe, to_document

    if "draft" not in st.session_state:
        st.session_state["draft"] = draft_of(to_document(parse_recipe(st.session_state["given"])))
    given = st.session_state["given"] if st.session_state["copy"] else None
    recipe_form(st.session_state["draft"], 1, open_=st.session_state["open"], given=given)


def form(open_: tuple[str, ...] | None, given: dict | None = None, *, copy: bool = False) -> AppTest:
    at = AppTest.from_function(_form, default_timeout=30)
    at.session_state["given"] = given or {}
    at.session_state["open"] = open_
    at.session_state["copy"] = copy
    at.run()
    calm(at)
    return at


def inputs(at: AppTest) -> list[str]:
    return [
        one.label
        for kind in ("number_input", "selectbox", "checkbox", "text_input", "multiselect")
        for one in at.get(kind)
    ]


def test_another_choice_brings_its_own_settings(workspace: Workspace) -> None:
    given = to_document(parse_recipe({"optim": {"key": "momentum"}}))
    at = form(("optim.key",), given, copy=True)
    assert inputs(at) == ["Optimizer"]
    at.selectbox[0].set_value("rmsprop").run()
    calm(at)
    assert {"Optimizer", "Momentum"} <= set(inputs(at))
    assert "Learning rate" not in inputs(at)
    at.selectbox[0].set_value("momentum").run()
    assert inputs(at) == ["Optimizer"]


@pytest.mark.parametrize(
    ("open_", "wanted"),
    [
        (("optim.lr", "optim.key"), ["Learning rate", "Optimizer"]),
        (("seed",), ["Seed"]),
        (("train.epochs",), ["Epochs"]),
        (("model.depth",), ["Hidden layers (layers)"]),
        (("regularise.l1.strength",), ["Strength"]),
        ((), []),
    ],
)
def test_only_what_is_open_has_an_input(workspace: Workspace, open_: tuple[str, ...], wanted: list[str]) -> None:
    at = form(open_, {"regularise": {"l1": {"strength": 0.002}}})
    assert sorted(inputs(at)) == sorted(wanted)
    assert sum(one.value.startswith("#####") for one in at.markdown) == len(
        open_[:1]
    )  # parts with nothing open are left out


def test_the_locked_is_said_and_stays_while_the_open_changes(workspace: Workspace) -> None:
    given = {"model": {"key": "mlp", "depth": 4}, "optim": {"key": "sgd", "lr": 0.3}}
    at = form(("optim.lr",), given)
    at.number_input[0].set_value(0.07).run()
    calm(at)
    now = document_of(at.session_state["draft"])
    wanted = to_document(parse_recipe(given))
    assert now == {**wanted, "optim": {**wanted["optim"], "lr": 0.07}}
    (said,) = [one.value for one in at.caption if "Locked" in one.value]
    assert "Model: MLP" in said.replace("\\", "").replace("\u2060", "")
    assert "Learning rate" not in said


def test_one_entry_of_several_can_be_open_alone(workspace: Workspace) -> None:
    given = {"regularise": {"l1": {"strength": 0.002}, "ema": {}}}
    at = form(("regularise.l1",), given)
    assert len(at.multiselect[0].options) == 1
    at.multiselect[0].set_value([]).run()
    calm(at)
    assert list(document_of(at.session_state["draft"])["regularise"]) == ["ema"]


def test_everything_is_open_by_default(workspace: Workspace) -> None:
    at = form(None)
    assert len(inputs(at)) > 40
    assert not any("Locked" in one.value for one in at.caption)


def test_a_locked_model_that_does_not_fit_new_data_stays() -> None:
    draft = draft_of(to_document(parse_recipe({"model": {"key": "cnn"}, "data": {"key": "digits"}})))
    draft["keys"]["data"] = "diabetes"
    assert settle(draft, ("loss",))
    assert draft["keys"]["model"] == "cnn"


def test_words_of_the_locked_leave_out_the_open() -> None:
    draft = draft_of(to_document(parse_recipe({"clip": {"mode": "norm"}, "schedule": {"key": "cosine"}})))
    said = locked_words(draft, ("schedule",))
    assert any("clipping" in one for one in said)
    assert not any("Cosine" in one for one in said)
    assert any("Cosine" in one for one in locked_words(draft, ()))
    assert locked_words(blank(), ()) != locked_words(blank(), ("model",))


def test_paths_nest() -> None:
    assert is_open("optim.lr", ("optim",))
    assert is_open("optim.lr", ("optim.lr",))
    assert not is_open("optim.lr_end", ("optim.lr",))
    assert not is_open("optim", ("optim.lr",))
    assert has_open("optim", ("optim.lr",))
    assert not has_open("opt", ("optim.lr",))
    assert is_open("anything", None)
