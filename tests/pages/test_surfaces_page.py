"""The loss surfaces under AppTest: lessons, the address, faulty input, and the choice of a network."""

from __future__ import annotations

from app.views.surfaces.network import checkpoint_table, remarks
from core.store.workspace import Workspace
from core.surfaces.lessons import BY_KEY, LESSONS
from core.surfaces.network.landscape import Landscape
from core.surfaces.scene import parse_scene
from tests.pages.conftest import Open, calm


def address(at) -> dict[str, str]:
    return {name: value[0] if isinstance(value, list) else value for name, value in at.query_params.items()}


def test_it_opens_on_a_lesson_and_the_address_holds_it(open_page: Open) -> None:
    at = open_page("surfaces")
    calm(at)
    assert parse_scene(address(at)) == LESSONS[0].scene
    assert any("Nesterov" in info.value for info in at.info)


def test_a_lesson_is_one_press(open_page: Open) -> None:
    at = open_page("surfaces")
    pills = next(group for group in at.button_group if group.key == "surfaces.lesson")
    pills.set_value("saddle_escape").run()
    calm(at)
    assert parse_scene(address(at)) == BY_KEY["saddle_escape"].scene
    assert any("ridge" in info.value for info in at.info)


def test_an_address_is_shown_and_inputs_change_it(open_page: Open) -> None:
    at = open_page(
        "surfaces", surface="rosenbrock:steepness=50", start="-1,2", steps="40", lanes="adam:lr=0.2,beta1=0.5"
    )
    calm(at)
    rate = next(n for n in at.number_input if n.label == "lr")
    assert rate.value == 0.2
    rate.set_value(0.05).run()
    calm(at)
    found = parse_scene(address(at))
    assert (found.surface, found.start, found.steps) == ("rosenbrock", (-1.0, 2.0), 40)
    assert (found.lanes[0].lr, found.lanes[0].params["beta1"]) == (0.05, 0.5)
    next(s for s in at.selectbox if s.label == "Surface").set_value("beale").run()
    calm(at)
    assert parse_scene(address(at)).surface == "beale"
    next(b for b in at.button if b.label == "Add an optimizer").click().run()
    calm(at)
    assert len(parse_scene(address(at)).lanes) == 4


def test_a_faulty_address_is_explained(open_page: Open) -> None:
    at = open_page("surfaces", surface="rosenbrock", lanes="adma:lr=0.1", start="1,2")
    calm(at)
    assert any("did you mean" in warning.value for warning in at.warning)


def test_a_network_needs_a_run_with_checkpoints(open_page: Open, workspace: Workspace) -> None:
    at = open_page("surfaces", run="gone")
    calm(at)
    assert any("checkpoints" in info.value for info in at.info)


def test_remarks_tell_how_far_the_projection_lies() -> None:
    import numpy as np

    checkpoints = [
        {"step": 0, "a": -3.0, "b": 0.0, "off": 4.0, "away": 5.0, "loss": 2.0, "on_plane": 1.0},
        {"step": 9, "a": 0.0, "b": 0.0, "off": 0.0, "away": 0.0, "loss": 0.1, "on_plane": 0.1},
    ]
    facts = {
        "rows": 10,
        "modes_differ": True,
        "parameters": 1234,
        "loss": 0.1,
        "batch_norm": True,
        "explained": (0.9, 0.05),
    }
    found = Landscape(np.zeros(2), np.zeros(2), np.zeros((2, 2)), checkpoints, facts)
    told = " ".join(remarks(found, "path"))
    for words in (
        "80 % of its distance 5",
        "90.0 %",
        "5.0 %",
        "running statistics of the final weights",
        "1,234",
        "dropout off",
    ):
        assert words in told
    assert "Li et al. 2018" in " ".join(remarks(found, "random"))
    assert list(checkpoint_table(found)["Distance from the plane"]) == ["4", "0"]
