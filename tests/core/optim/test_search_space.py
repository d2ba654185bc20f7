"""Search spaces: what is drawn is allowed, repeatable, fair between optimizers and spread as it says."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadInput
from core.optim.catalogue import OPTIMIZERS
from core.optim.search_space import Choice, LogUniform, OneMinusLogUniform, SearchSpace, Uniform, sample
from core.recipe.codec import parse_recipe
from core.recipe.parts import OptimPart


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_every_space_is_drawn_within_the_catalogue(key: str) -> None:
    spec = OPTIMIZERS[key]
    known = {param.name: param for param in (*OptimPart.settings(), *spec.params)}
    assert spec.search_space.source
    assert ("lr" in spec.search_space.settings) != spec.lr_free
    for trial in sample(spec.search_space, 200, seed=1):
        for name, value in trial.items():
            assert known[name].parse(value) == value
    recipe = parse_recipe({"optim": {"key": key, **sample(spec.search_space, 1, seed=0)[0]}})
    assert recipe.optim.key == key


@pytest.mark.parametrize("key", [key for key, spec in OPTIMIZERS.items() if not spec.lr_free])
def test_the_suggested_rate_lies_in_the_space(key: str) -> None:
    spec = OPTIMIZERS[key]
    rates = spec.search_space.settings["lr"]
    scale = 0.1 if key == "sam" else 1.0  # which is tuned with Adam inside
    assert isinstance(rates, LogUniform)
    assert rates.low <= scale * spec.suggested_lr <= rates.high


def test_the_same_number_stands_behind_every_optimizers_rate() -> None:
    """Trial i of a log-uniform rate lies at the same share of the way from low to high in every space."""
    shares = []
    for spec in OPTIMIZERS.values():
        rates = spec.search_space.settings.get("lr")
        if isinstance(rates, LogUniform):
            drawn = [float(str(trial["lr"])) for trial in sample(spec.search_space, 20, seed=3)]
            shares.append(np.log(np.array(drawn) / rates.low) / np.log(rates.high / rates.low))
    assert len(shares) > 20
    assert np.allclose(shares, shares[0], atol=1e-3)


def test_draws_are_repeatable_and_a_larger_budget_begins_with_the_smaller() -> None:
    space = SearchSpace(settings={"lr": LogUniform(1e-4, 1.0), "base": Choice(("a", "b"))}, source="here")
    assert sample(space, 8, seed=5) == sample(space, 16, seed=5)[:8]
    assert sample(space, 8, seed=5) != sample(space, 8, seed=6)
    alone = SearchSpace(settings={"lr": LogUniform(1e-4, 1.0)}, source="here")
    assert [t["lr"] for t in sample(alone, 8, seed=5)] == [t["lr"] for t in sample(space, 8, seed=5)]


def test_distributions_by_hand() -> None:
    assert [LogUniform(1e-4, 1.0).at(u) for u in (0.0, 0.25, 0.5)] == [1e-4, 1e-3, 1e-2]
    assert [Uniform(1.0, 3.0).at(u) for u in (0.0, 0.5)] == [1.0, 2.0]
    assert [OneMinusLogUniform(0.01, 0.1).at(u) for u in (0.0, 0.5)] == [0.99, 0.96838]
    assert [Choice((5, 10)).at(u) for u in (0.0, 0.49, 0.5, 0.999)] == [5, 5, 10, 10]
    assert LogUniform(1e-4, 1.0).words() == "log-uniform from 0.0001 to 1"


def test_half_of_the_draws_lie_below_the_geometric_middle() -> None:
    space = SearchSpace(settings={"lr": LogUniform(1e-5, 1e2)}, source="here")
    below = np.mean([float(str(trial["lr"])) < 10**-1.5 for trial in sample(space, 4000, seed=0)])
    assert below == pytest.approx(0.5, abs=0.03)


def test_wrong_budgets_are_refused() -> None:
    space = OPTIMIZERS["sgd"].search_space
    with pytest.raises(BadInput, match="at least 1"):
        sample(space, 0, seed=0)
    with pytest.raises(BadInput, match="at least 0"):
        sample(space, 1, seed=-1)
