"""Contracts of every schedule, and agreement with torch.optim.lr_scheduler step by step."""

import json
import math
import random
import re
import warnings

import pytest
import torch
from torch.optim import lr_scheduler

from core.optim.schedules.catalogue import SCHEDULES

PURE = [key for key, spec in SCHEDULES.items() if not spec.reactive]
LENGTHS = (1, 2, 3, 7, 100, 1001)


def factors(key, total, **params):
    schedule = SCHEDULES[key].load()
    return [schedule(step, total, **params) for step in range(total)]


def torch_factors(total, make):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = make(optimizer)
    found = []
    for step in range(total):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step + 1 < total:
            scheduler.step()
    return found


@pytest.mark.parametrize("key", SCHEDULES)
def test_entry(key):
    spec = SCHEDULES[key]
    assert re.search(r"\b(19|20)\d\d\b", spec.article)
    assert "factor" in spec.article
    for param in spec.params:
        assert param.parse(param.default) == param.default
        assert not param.log or (param.minimum or param.above is not None)


@pytest.mark.parametrize("total", LENGTHS)
@pytest.mark.parametrize("key", PURE)
def test_factors_lie_in_0_to_1_at_every_length(key, total):
    spec = SCHEDULES[key]
    found = factors(key, total)
    assert found == factors(key, total, **spec.defaults())
    assert all(0 < value <= 1 for value in found)
    assert 0 <= spec.load()(3 * total + 1, total) <= 1


@pytest.mark.parametrize("key", PURE)
def test_extreme_params_stay_in_range(key):
    spec = SCHEDULES[key]
    for extreme in (1e-9, 0.5, 1 - 1e-9):
        for param in spec.params:
            for total in LENGTHS:
                values = factors(key, total, **{param.name: extreme})
                assert all(0 <= value <= 1 for value in values), (param.name, extreme, total)


@pytest.mark.parametrize("key", ["exponential", "cosine", "warmup_cosine", "one_cycle"])
def test_the_last_step_takes_the_final_factor_and_keeps_it(key):
    schedule = SCHEDULES[key].load()
    for step in (99, 100, 500):
        assert schedule(step, 100, final=0.02) == pytest.approx(0.02)
    assert max(factors(key, 100)) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("total", [2, 10, 101])
def test_agreement_with_torch(total):
    last = max(total - 1, 1)
    gamma = 0.02 ** (1 / last)
    pairs = [
        (factors("exponential", total, final=0.02), lambda o: lr_scheduler.ExponentialLR(o, gamma)),
        (factors("cosine", total, final=0.02), lambda o: lr_scheduler.CosineAnnealingLR(o, last, 0.02)),
        (
            factors("step", total, every=0.3, factor=0.2),
            lambda o: lr_scheduler.StepLR(o, max(1, round(0.3 * total)), 0.2),
        ),
        (factors("constant", total), lambda o: lr_scheduler.ConstantLR(o, 1.0)),
    ]
    for ours, make in pairs:
        assert ours == pytest.approx(torch_factors(total, make), rel=1e-9)


@pytest.mark.parametrize("peak", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("total", [20, 101, 333])
def test_one_cycle_agrees_with_torch(total, peak):
    ours = factors("one_cycle", total, peak=peak, start=0.04, final=1e-4)
    theirs = torch_factors(
        total,
        lambda o: lr_scheduler.OneCycleLR(
            o, 1.0, total, pct_start=peak, div_factor=25, final_div_factor=400, cycle_momentum=False
        ),
    )
    assert ours == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("total", [40, 100, 333])
def test_cyclic_agrees_with_torch(total):
    ours = factors("cyclic", total, period=0.25, low=0.1)
    half = round(0.25 * total) / 2
    theirs = torch_factors(total, lambda o: lr_scheduler.CyclicLR(o, 0.1, 1.0, step_size_up=half, cycle_momentum=False))
    assert ours == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("total", [20, 101])
def test_warmup_cosine_agrees_with_torch(total):
    warmup = round(0.2 * total)

    def make(optimizer):
        rise = lr_scheduler.LinearLR(optimizer, 1 / (warmup + 1), total_iters=warmup)
        fall = lr_scheduler.CosineAnnealingLR(optimizer, total - 1 - warmup, 0.01)
        return lr_scheduler.SequentialLR(optimizer, [rise, fall], [warmup])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = torch_factors(total, make)
    assert factors("warmup_cosine", total, warmup=0.2) == pytest.approx(theirs, rel=1e-9)


def metrics(seed):
    generator = random.Random(seed)
    values = [2 / (1 + step) + 0.1 * generator.random() for step in range(80)]
    values[5], values[30], values[31] = math.nan, math.inf, 1e9
    return values


@pytest.mark.parametrize("patience", [0, 1, 4])
@pytest.mark.parametrize("seed", range(5))
def test_plateau_agrees_with_torch(seed, patience):
    ours = SCHEDULES["reduce_on_plateau"].load()(factor=0.3, patience=patience, threshold=0.01, minimum=1e-3)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    theirs = lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.3, patience=patience, threshold=0.01, threshold_mode="rel", min_lr=1e-3
    )
    for metric in metrics(seed):
        theirs.step(metric)
        assert ours.update(metric) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12)
    assert ours.current < 1


def test_plateau_goes_on_from_a_saved_state():
    build = SCHEDULES["reduce_on_plateau"].load()
    for cut in (0, 1, 6, 40):
        whole, first, second = (build(patience=2) for _ in range(3))
        values = metrics(1)
        expected = [whole.update(value) for value in values]
        found = [first.update(value) for value in values[:cut]]
        second.load_state_dict(json.loads(json.dumps(first.state_dict(), allow_nan=False)))
        assert found + [second.update(value) for value in values[cut:]] == expected
