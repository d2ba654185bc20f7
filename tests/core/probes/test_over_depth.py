"""Changes over depth, by hand."""

from __future__ import annotations

import math

import pytest

from core.probes.over_depth import FAR, change, relative
from core.train.inspector import answer


@pytest.mark.parametrize(
    ("sizes", "word", "per_layer"),
    [
        ([1.0, 0.5, 0.25], "steady", 0.5),
        ([4.0, 4.0 / FAR], "vanishes", 1 / FAR),
        ([1e-3, 1.0, 1e3], "explodes", 1e3),
        ([1.0, 0.0, 0.0], "is zero", 0.0),
        ([3.0], "steady", 1.0),
    ],
)
def test_change_has_a_word(sizes: list[float], word: str, per_layer: float) -> None:
    found = change(sizes)
    assert found.word == word
    assert found.per_layer == pytest.approx(per_layer)
    assert (found.start, found.end) == (sizes[0], sizes[-1])


def test_what_is_not_finite_is_said() -> None:
    assert change([1.0, math.inf]).word == change([math.nan, 1.0]).word == "is not finite"


def test_relative_leaves_out_what_a_log_axis_cannot_show() -> None:
    assert relative([2.0, 0.0, 4.0, math.nan], 0) == [1.0, None, 2.0, None]
    assert relative([0.0, 1.0], 0) == [None, None]


def test_the_inspector_compares_networks_and_names_a_fault(tmp_path) -> None:
    def recipe(init: str) -> dict:
        return {"model": {"key": "mlp", "depth": 4, "width": 16}, "init": {"key": init}}

    asked = {"ask": "depth", "recipes": [recipe("he_normal"), recipe("zeros")], "uploads": str(tmp_path)}
    he, zeros = answer(asked)["answer"]["networks"]
    assert he["layers"] == ["hidden1", "hidden2", "hidden3", "hidden4", "output"]
    assert all(0.1 < value < 10 for value in he["signal"])
    assert he["loss"] == pytest.approx(2.3, abs=1)
    assert change(zeros["signal"][:-1]).word == "is zero"
    assert zeros["loss"] == pytest.approx(math.log(10), abs=1e-5)
    assert "init.key" in answer({**asked, "recipes": [recipe("nothing")]})["error"]
