"""The Signals page under AppTest: networks compared over depth, taken into the form, and the activations."""

from __future__ import annotations

import numpy as np
import pytest

from app.charts.signals import activation_curves, depth_comparison
from core.models.parts.catalogue import ACTIVATIONS
from core.runtime.inspected import Depth
from tests.pages.conftest import Open, answered, calm

SAID = "one batch of 64 rows"


def table(at) -> dict[str, dict[str, str]]:
    frame = at.dataframe[0].value
    return {row["Initial weights"]: row for row in frame.to_dict("records")}


@pytest.mark.slow
def test_twenty_layers_under_five_starts_and_one_taken_into_the_form(open_page: Open) -> None:
    at = answered(open_page("signals"), SAID)
    found = table(at)
    assert len(found) == 5
    assert found["PyTorch's own"]["Gradient"] == "vanishes"
    assert found["Xavier (Glorot) normal"]["Signal"] == "vanishes"
    for good in ("He (Kaiming) normal", "Orthogonal", "LSUV (looks at data)"):
        assert found[good]["Signal"] == found[good]["Gradient"] == "steady", good
    take = next(box for box in at.selectbox if box.label == "Train it with")
    assert take.value == "he_normal"
    take.set_value("lsuv").run()
    next(button for button in at.button if button.label == "Open in New run").click().run()
    calm(at)
    assert at.title[0].value == "New run"
    assert at.session_state["draft"]["keys"]["init"] == "lsuv"
    assert any("has no activation" in caption.value for caption in at.caption)


def test_a_start_that_does_not_suit_the_network_is_named(open_page: Open) -> None:
    at = open_page("signals")
    starts = next(box for box in at.multiselect if box.label.startswith("Initial weights"))
    starts.set_value(["he_normal", "zero_residual"]).run()
    assert any("switch model" in caption.value for caption in at.caption)
    assert list(table(answered(at, SAID))) == ["He (Kaiming) normal"]
    next(box for box in at.multiselect if box.label.startswith("Initial weights")).set_value([]).run()
    calm(at)
    assert any("Choose initial weights" in info.value for info in at.info)


def test_activations_stand_side_by_side(open_page: Open) -> None:
    at = open_page("signals")
    at.session_state["signals_tabs"] = "Activations"
    at.run()
    calm(at)
    chosen = next(box for box in at.multiselect if box.label.startswith("Compare"))
    chosen.set_value(["sigmoid", "maxout"]).run()
    calm(at)
    shown = at.dataframe[0].value
    assert list(shown["Gain"]) == ["1.8462", "1.0000"]
    assert shown["Output"][0] == "0 … 1"
    assert shown["Gradient per layer"][0] == "× 0.391"
    assert len(at.dataframe[1].value) == len(ACTIVATIONS)


def test_the_charts_show_ratios_and_no_line_across_a_jump() -> None:
    steady = Depth(["hidden1", "hidden2", "output"], [2.0, 4.0, 1.0], [0.1, 0.2, 9.0], 2.3)
    nothing = Depth(["hidden1", "hidden2", "output"], [0.0, 0.0, 0.0], [0.0, 0.0, float("nan")], 2.3)
    figure = depth_comparison({"one": steady, "none": nothing})
    assert list(figure.data[0].y) == [1.0, 2.0]
    assert list(figure.data[1].y) == [0.5, 1.0]
    assert list(figure.data[2].y) == list(figure.data[3].y) == [None, None]
    slopes = activation_curves({"relu": "ReLU"}).data[1].y
    assert np.isnan(slopes).sum() == 1
    assert set(slopes[~np.isnan(slopes)]) == {0.0, 1.0}
