"""The Data page: every data set shows itself, and can be taken to the form."""

from __future__ import annotations

import pytest

from core.data.catalogue import DATASETS
from tests.pages.conftest import Open, calm

ONE_OF_A_KIND = ("digits", "wine", "diabetes", "vowels", "tweets", "citations")


@pytest.mark.parametrize(
    "key",
    [key if key in ONE_OF_A_KIND else pytest.param(key, marks=pytest.mark.slow) for key in DATASETS if key != "upload"],
)
def test_every_data_set_shows_itself(key: str, open_page: Open) -> None:
    at = open_page("data")
    next(s for s in at.selectbox if s.label == "Data set").set_value(key).run()
    calm(at)
    assert {m.label for m in at.metric} >= {"Training rows", "Validation rows", "One sample"}
    assert any("Licence" in text.value for text in at.markdown)


def test_a_data_set_is_taken_to_the_form_with_its_settings(open_page: Open) -> None:
    at = open_page("data")
    next(s for s in at.selectbox if s.label == "Data set").set_value("spirals").run()
    next(n for n in at.number_input if n.label == "Noise").set_value(0.3).run()
    next(b for b in at.button if b.label == "Use this data").click().run()
    calm(at)
    assert at.title[0].value == "New run"
    draft = at.session_state["draft"]
    assert draft["keys"]["data"] == "spirals"
    assert draft["params"]["data"]["spirals"]["noise"] == 0.3


def test_the_kind_filter(open_page: Open) -> None:
    at = open_page("data")
    at.button_group[0].set_value("text").run()
    calm(at)
    assert next(s for s in at.selectbox if s.label == "Data set").value == "tweets"
