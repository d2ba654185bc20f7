"""Cadences keep the measured cost inside the budget, react to changes and come back."""

from __future__ import annotations

import pytest

from core.probes.when import Cadence


def simulate(cadence: Cadence, bare: float, costs: dict[str, float], steps: int, start: int = 1) -> float:
    """Run `steps` steps with these true costs; returns the share of recording in the last half."""
    spent = 0.0
    for number in range(start, start + steps):
        mine = 0.0
        for name, cost in costs.items():
            if cadence.due(name, number):
                cadence.spend(name, cost, record=True)
                mine += cost
        cadence.step_took(bare + mine, mine)
        spent += mine if number >= start + steps // 2 else 0.0
    return spent / (bare * (steps - steps // 2))


WISHES = {"step": 1, "gradients": 1, "updates": 10, "activations": 10}
COSTS = {"step": 10e-6, "gradients": 80e-6, "updates": 150e-6, "activations": 600e-6}


@pytest.mark.parametrize("bare", [0.6e-3, 1e-3, 5e-3, 50e-3])
def test_cost_settles_inside_the_budget(bare: float) -> None:
    assert simulate(Cadence(WISHES, 5.0), bare, COSTS, 4000) <= 0.05


def test_without_a_budget_every_wish_is_granted() -> None:
    cadence = Cadence(WISHES, None)
    simulate(cadence, 1e-4, COSTS, 500)
    assert cadence.in_force == WISHES


def test_slow_steps_need_no_thinning() -> None:
    cadence = Cadence(WISHES, 5.0)
    simulate(cadence, 0.1, COSTS, 300)
    assert cadence.in_force == WISHES


def test_cadence_tightens_again_when_steps_get_slower() -> None:
    cadence = Cadence(WISHES, 5.0)
    simulate(cadence, 0.5e-3, COSTS, 2000)
    thinned = cadence.in_force["gradients"]
    simulate(cadence, 20e-3, COSTS, 4000, start=2001)
    assert thinned > 3
    assert cadence.in_force["gradients"] == 1


def test_one_hiccup_changes_nothing() -> None:
    cadence = Cadence(WISHES, 5.0)
    simulate(cadence, 20e-3, COSTS, 500)
    cadence.spend("gradients", 0.5, record=True)
    simulate(cadence, 20e-3, COSTS, 100, start=501)
    assert cadence.in_force == WISHES


def test_loss_is_never_thinned() -> None:
    cadence = Cadence(WISHES, 0.1)
    simulate(cadence, 1e-4, COSTS, 1000)
    assert cadence.in_force["step"] == 1


def test_first_step_is_always_measured() -> None:
    cadence = Cadence({"updates": 10}, 5.0)
    assert [step for step in range(1, 31) if cadence.due("updates", step)] == [1, 10, 20, 30]
