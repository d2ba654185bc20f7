"""The New run page: what is typed stays, faults are listed, one press is one run."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import BadInput
from core.models.network import Network, read_network
from core.optim.rate_range import RangeTest
from core.recipe.codec import from_text, parse_recipe, to_document
from core.recipe.parts import Recipe
from core.runtime.inspector import Inspector, _network_key
from core.store.workspace import Workspace
from tests.pages.conftest import Open, answered, calm


def number(at: AppTest, label: str):
    return next(found for found in at.number_input if found.label == label)


def select(at: AppTest, label: str):
    return next(found for found in at.selectbox if found.label == label)


def button(at: AppTest, label: str):
    return next(found for found in at.button if found.label == label)


def draft_document(at: AppTest) -> dict:
    from app.forms.draft import document_of

    return document_of(at.session_state["draft"])


def test_the_form_begins_with_the_defaults(open_page: Open) -> None:
    at = open_page("train")
    calm(at)
    assert draft_document(at) == to_document(parse_recipe({}))


def test_what_is_typed_reaches_the_recipe_and_outlives_a_visit_elsewhere(open_page: Open) -> None:
    at = open_page("train")
    number(at, "Learning rate").set_value(0.025).run()
    select(at, "Optimizer").set_value("momentum").run()
    number(at, "Momentum").set_value(0.7).run()
    select(at, "Optimizer").set_value("adam").run()
    assert number(at, "Learning rate").value == 0.025
    at.switch_page("../pages/runs.py").run()
    at.switch_page("../pages/train.py").run()
    calm(at)
    assert number(at, "Learning rate").value == 0.025
    select(at, "Optimizer").set_value("momentum").run()
    assert number(at, "Momentum").value == 0.7
    document = draft_document(at)
    assert (document["optim"]["key"], document["optim"]["momentum"], document["optim"]["lr"]) == (
        "momentum",
        0.7,
        0.025,
    )


def test_other_data_changes_model_and_loss_with_a_word(open_page: Open) -> None:
    at = open_page("train")
    select(at, "Model").set_value("cnn").run()
    select(at, "Data set").set_value("diabetes").run()
    calm(at)
    document = draft_document(at)
    assert (document["model"]["key"], document["loss"]["key"]) == ("mlp", "mse")
    assert any("in place of CNN" in caption.value for caption in at.caption)


def test_faults_are_listed_together_and_block_training(open_page: Open) -> None:
    at = open_page("train")
    number(at, "Clip limit").set_value(0.0).run()
    select(at, "Model").set_value("cnn").run()
    number(at, "Dropout").set_value(1.0).run()
    calm(at)
    text = at.error[0].value
    assert "2 things to mend" in text
    assert "clip" in text
    assert "dropout" in text
    assert button(at, "Train").disabled


def test_a_model_that_can_not_be_built_is_said_before_training(open_page: Open) -> None:
    at = open_page("train")
    select(at, "Model").set_value("cnn").run()
    number(at, "Blocks").set_value(9).run()
    calm(at)
    assert "halved" in at.error[0].value
    assert button(at, "Train").disabled


def test_a_press_starts_one_run_and_a_double_press_no_second(
    open_page: Open, workspace: Workspace, monkeypatch
) -> None:
    monkeypatch.setattr("app.state.DOUBLE_CLICK_SECONDS", 600.0)  # however busy the machine is
    at = open_page("train")
    number(at, "Learning rate").set_value(0.02).run()
    press = button(at, "Train")
    press.click().run()
    calm(at)
    (run,) = workspace.runs()
    assert run.document()["optim"]["lr"] == 0.02
    assert run.document()["name"] == "MLP on Digits 8x8, Adam 0.02"
    at.switch_page("../pages/train.py").run()
    button(at, "Train").click().run()
    assert len(list(workspace.runs())) == 1


def test_a_later_press_and_another_recipe_start_another_run(open_page: Open, workspace: Workspace, monkeypatch) -> None:
    at = open_page("train")
    button(at, "Train").click().run()
    at.switch_page("../pages/train.py").run()
    number(at, "Epochs").set_value(3).run()
    button(at, "Train").click().run()
    assert len(list(workspace.runs())) == 2
    monkeypatch.setattr("app.state.DOUBLE_CLICK_SECONDS", -1.0)
    at.switch_page("../pages/train.py").run()
    button(at, "Train").click().run()
    assert len(list(workspace.runs())) == 3


def test_two_tabs_are_two_presses(open_page: Open, workspace: Workspace) -> None:
    for _ in range(2):
        button(open_page("train"), "Train").click().run()
    assert len(list(workspace.runs())) == 2


def test_presets_load(open_page: Open) -> None:
    at = open_page("train")
    select(at, "Start from").set_value("vanishing-sigmoid")
    button(at, "Load").click().run()
    calm(at)
    document = draft_document(at)
    assert (document["model"]["depth"], document["model"]["activation"]) == (20, "sigmoid")
    assert number(at, "Hidden layers (layers)").value == 20


def text_tab(at: AppTest) -> AppTest:
    at.session_state["recipe_tabs"] = "Recipe as text"
    return at.run()


def test_a_loss_on_counts_is_offered_with_standardised_inputs(open_page: Open) -> None:
    at = open_page("train")
    select(at, "Start from").set_value("arrivals-poisson")
    button(at, "Load").click().run()
    calm(at)
    assert draft_document(at)["data"]["standardise"] is True
    assert any("the logarithm of arrivals" in caption.value for caption in at.caption)
    assert not button(at, "Train").disabled
    select(at, "Loss").set_value("mse").run()
    calm(at)
    assert any("the standardised scale of the target" in caption.value for caption in at.caption)


def test_recipe_as_text_reads_back_what_the_form_holds(open_page: Open) -> None:
    at = open_page("train")
    number(at, "Learning rate").set_value(0.004).run()
    text_tab(at)
    calm(at)
    assert from_text(at.text_area[0].value).optim.lr == 0.004


@pytest.mark.parametrize("as_json", [False, True])
def test_text_replaces_the_form(open_page: Open, as_json: bool) -> None:
    at = text_tab(open_page("train"))
    document = {"optim": {"key": "sgd", "lr": 0.3}, "train": {"epochs": 4}}
    text = json.dumps(document) if as_json else "optim: {key: sgd, lr: 0.3}\ntrain: {epochs: 4}\n"
    at.text_area[0].set_value(text)
    button(at, "Use this text").click().run()
    calm(at)
    assert draft_document(at) == to_document(parse_recipe(document))


def test_faulty_text_is_refused_with_every_fault_and_the_form_stays(open_page: Open) -> None:
    at = text_tab(open_page("train"))
    before = draft_document(at)
    at.text_area[0].set_value("optim: {lr: fast}\nmodle: {}\n")
    button(at, "Use this text").click().run()
    calm(at)
    assert "2 faults" in at.error[0].value
    assert draft_document(at) == before


def test_one_click_from_home(open_page: Open, workspace: Workspace) -> None:
    at = open_page("home")
    button(at, "Start a first run").click().run()
    calm(at)
    assert len(list(workspace.runs())) == 1


def test_session_state_is_plain_data(open_page: Open) -> None:
    at = open_page("train")
    number(at, "Learning rate").set_value(0.02).run()
    json.dumps(at.session_state["draft"])


def test_the_page_does_not_wait_for_the_check(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()

    def slow(self: Inspector, recipe: Recipe, uploads: Path) -> None:
        gate.wait(30)
        raise BadInput("The check ends here.")

    monkeypatch.setattr(Inspector, "preflight", slow)
    monkeypatch.setattr(Inspector, "known", lambda self, recipe: None)
    try:
        at = open_page("train")
        calm(at)
        assert any("One batch forward" in caption.value for caption in at.caption)
        assert any("Learning rate: Constant" in markdown.value for markdown in at.markdown)
        number(at, "Learning rate").set_value(0.02).run()
        assert draft_document(at)["optim"]["lr"] == 0.02
    finally:
        gate.set()
    answered(at, "The check ends here")


def test_a_found_learning_rate_is_taken_with_one_click(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    lrs = [1e-3, 1e-2, 1e-1]
    found = RangeTest(lrs, [[2.0, 1.0, None]], [2.0, 1.0], 1e-3, 5e-3, 1e-2, 0.1, 0.03, "The loss falls fastest there.")
    asked: list[Recipe] = []
    monkeypatch.setattr(Inspector, "find_rate", lambda self, recipe, uploads: asked.append(recipe) or found)
    at = open_page("train")
    button(at, "Find a learning rate").click().run()
    answered(at, "The loss falls fastest there")
    button(at, "Use 0.03").click().run()
    calm(at)
    assert draft_document(at)["optim"]["lr"] == 0.03
    answered(at, "is in the form")  # the answer stays: it does not depend on the rate in the form
    assert len(asked) == 1
    select(at, "Optimizer").set_value("sgd").run()
    assert button(at, "Find a learning rate")


def test_a_search_that_fails_can_be_tried_again(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    found = RangeTest(
        [1e-3, 1e-2], [[2.0, 2.0]], [2.0, 2.0], None, None, None, None, None, "No suggestion: it is flat."
    )
    answers: list[RangeTest | None] = [found, None]

    def search(self: Inspector, recipe: Recipe, uploads: Path) -> RangeTest:
        answer = answers.pop()
        if answer is None:
            raise BadInput("It takes too long.")
        return answer

    monkeypatch.setattr(Inspector, "find_rate", search)
    at = open_page("train")
    button(at, "Find a learning rate").click().run()
    answered(at, "It takes too long")
    button(at, "Try again").click().run()
    answered(at, "No suggestion")


def test_no_suggestion_offers_no_button(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    found = RangeTest(
        [1e-3, 1e-2], [[2.0, 2.0]], [2.0, 2.0], None, None, None, None, None, "No suggestion: it is flat."
    )
    monkeypatch.setattr(Inspector, "find_rate", lambda self, recipe, uploads: found)
    at = open_page("train")
    button(at, "Find a learning rate").click().run()
    answered(at, "No suggestion")
    assert not any(one.label.startswith("Use ") for one in at.button)


def test_a_custom_schedule_is_drawn_and_its_text_checked(open_page: Open) -> None:
    at = open_page("train")
    at.selectbox(key="form1.schedule.key").set_value("custom").run()
    calm(at)
    assert any("Drag the points" in caption.value for caption in at.caption)
    at.text_input(key="form1.schedule.custom.points").set_value("0:1, 0.5").run()
    calm(at)
    assert any("can't be read" in caption.value for caption in at.caption)
    assert "give 2 to 50 points" in at.error[0].value
    at.text_input(key="form1.schedule.custom.points").set_value("0:1,0.5:.2").run()
    calm(at)
    assert not at.error


def test_a_cycled_momentum_is_drawn_below_the_rate(open_page: Open) -> None:
    at = open_page("train")
    at.selectbox(key="form1.schedule.key").set_value("one_cycle").run()
    at.number_input(key="form1.schedule.cycle_momentum").set_value(0.85).run()
    at.number_input(key="form1.schedule.linear_warmup").set_value(0.2).run()
    calm(at)
    assert any("Momentum moves against the rate" in caption.value for caption in at.caption)
    figures = [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]
    lines = {line.get("name"): line for figure in figures for line in figure["data"]}
    assert {"learning rate", "momentum"} <= set(lines)


def test_the_network_is_shown_with_its_layers_and_totals(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.train.inspector import network

    def answer(self: Inspector, question: dict) -> Network:
        found = read_network(network(question))
        self.keep(_network_key(question), found)
        return found

    monkeypatch.setattr(Inspector, "network", answer)
    at = open_page("train")
    answered(at, "FLOPs a sample")
    expander = next(found for found in at.expander if found.label == "The network")
    assert any("13,130 parameters" in caption.value for caption in expander.caption)
    layers = expander.dataframe[0].value
    assert list(layers["Layer"])[-1] == "output"
    assert layers["Parameters"].sum() == 13_130
    calm(at)
