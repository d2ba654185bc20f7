"""Contracts of every schedule, and agreement with torch.optim.lr_scheduler step by step."""

import json
import math
import random
import re
import warnings

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from core.optim.schedules.around import cycled_momentum, warm_up
from core.optim.schedules.catalogue import SCHEDULES
from core.optim.schedules.composition import BY_KEY
from core.optim.schedules.points import check_milestones, check_points
from core.recipe.parts import SchedulePart

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
    for param in spec.params:
        extremes = {"float": (1e-9, 0.5, 1 - 1e-9), "int": (1, 2, 5), "choice": param.choices, "text": (param.default,)}
        for extreme in extremes[param.kind]:
            for total in LENGTHS:
                values = factors(key, total, **{param.name: extreme})
                assert all(0 <= value <= 1 for value in values), (param.name, extreme, total)


@pytest.mark.parametrize("key", ["exponential", "polynomial", "linear", "cosine", "warmup_cosine", "wsd", "one_cycle"])
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
        (factors("linear", total, final=0.02), lambda o: lr_scheduler.LinearLR(o, 1.0, 0.02, last)),
        (factors("polynomial", total, power=1.7, final=0), lambda o: lr_scheduler.PolynomialLR(o, last, 1.7)),
        (
            factors("multistep", total, milestones="0.3, 0.65, 0.9", factor=0.2),
            lambda o: lr_scheduler.MultiStepLR(o, [max(1, round(share * total)) for share in (0.3, 0.65, 0.9)], 0.2),
        ),
        (
            factors("inverse_sqrt", total, warmup=0.1),  # the formula of the paper, whose steps count from 1
            lambda o: lr_scheduler.LambdaLR(
                o, lambda t: min((t + 1) ** -0.5, (t + 1) * (w := max(1, round(0.1 * total))) ** -1.5) * w**0.5
            ),
        ),
        (
            factors("custom", total, points="0:0.1, 0.3:1, 0.8:0.5, 1:0.01"),
            lambda o: lr_scheduler.LambdaLR(
                o, lambda t: float(np.interp(t / last, (0, 0.3, 0.8, 1), (0.1, 1, 0.5, 0.01)))
            ),
        ),
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


@pytest.mark.parametrize("mode", ["triangular", "triangular2", "exp_range"])
@pytest.mark.parametrize("total", [40, 100, 333])
def test_cyclic_agrees_with_torch(total, mode):
    ours = factors("cyclic", total, period=0.25, low=0.1, mode=mode, end=0.2)
    half = round(0.25 * total) / 2
    gamma = 0.2 ** (1 / (total - 1))
    theirs = torch_factors(
        total,
        lambda o: lr_scheduler.CyclicLR(o, 0.1, 1.0, step_size_up=half, mode=mode, gamma=gamma, cycle_momentum=False),
    )
    assert ours == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize(("first", "cycles", "multiply"), [(10, 3, 2), (7, 4, 1), (5, 3, 3)])
def test_restarts_agree_with_torch(first, cycles, multiply):
    total = first * sum(multiply**cycle for cycle in range(cycles))
    ours = factors("cosine_restarts", total, cycles=cycles, multiply=multiply, final=0.02)
    theirs = torch_factors(total, lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, first, multiply, 0.02))
    assert ours == pytest.approx(theirs, rel=1e-9)
    assert SCHEDULES["cosine_restarts"].load()(5 * total, total, final=0.02) == 0.02


def in_sequence(total, *phases):
    """torch's SequentialLR of (make, steps) pairs."""
    ends = [sum(steps for _, steps in phases[: place + 1]) for place in range(len(phases))]

    def make(optimizer):
        return lr_scheduler.SequentialLR(optimizer, [build(optimizer) for build, _ in phases], ends[:-1])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch_factors(total, make)


@pytest.mark.parametrize("total", [50, 101])
def test_wsd_agrees_with_torch(total):
    rising, falling = round(0.1 * total), round(0.2 * total)
    level = total - falling - 1 - rising
    phases = (
        (lambda o: lr_scheduler.LinearLR(o, 1 / (rising + 1), total_iters=rising), rising),
        (lambda o: lr_scheduler.ConstantLR(o, 1.0), level),
    )
    straight = (lambda o: lr_scheduler.LinearLR(o, 1.0, 0.02, falling), falling + 1)
    curved = (lambda o: lr_scheduler.ExponentialLR(o, 0.02 ** (1 / falling)), falling + 1)
    for last, shape in ((straight, "linear"), (curved, "exponential")):
        ours = factors("wsd", total, warmup=0.1, decay=0.2, final=0.02, shape=shape)
        assert ours == pytest.approx(in_sequence(total, *phases, last), rel=1e-9)


@pytest.mark.parametrize("total", [20, 101])
def test_a_sequence_agrees_with_torch(total):
    cut = round(0.4 * total)
    theirs = in_sequence(
        total,
        (lambda o: lr_scheduler.LinearLR(o, 1.0, 0.01, cut - 1), cut),
        (lambda o: lr_scheduler.CosineAnnealingLR(o, total - cut - 1, 0.01), total - cut),
    )
    assert factors("sequence", total, first="linear", share=0.4, second="cosine") == pytest.approx(theirs, rel=1e-9)


def test_a_sequence_offers_every_schedule_fixed_in_advance():
    offered = {name: param.choices for param in SCHEDULES["sequence"].params for name in [param.name]}
    assert set(offered["first"]) == set(offered["second"]) == set(BY_KEY) == set(PURE) - {"custom", "sequence"}
    for key in BY_KEY:
        assert BY_KEY[key] is SCHEDULES[key].load()


@pytest.mark.parametrize("total", [20, 101])
def test_a_warm_up_multiplies_as_in_torch(total):
    rising, gamma = round(0.3 * total), 0.01 ** (1 / (total - 1))
    ours = [factor * warm_up(step, total, 0.3) for step, factor in enumerate(factors("exponential", total))]
    theirs = torch_factors(
        total,
        lambda o: lr_scheduler.ChainedScheduler(
            [lr_scheduler.LinearLR(o, 1 / (rising + 1), total_iters=rising), lr_scheduler.ExponentialLR(o, gamma)]
        ),
    )
    assert ours == pytest.approx(theirs, rel=1e-9)
    assert [warm_up(step, total, 0.0) for step in range(total)] == [1.0] * total


def torch_momenta(total, make):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.95)
    scheduler = make(optimizer)
    found = []
    for step in range(total):
        found.append(optimizer.param_groups[0]["momentum"])
        optimizer.step()
        if step + 1 < total:
            scheduler.step()
    return found


def test_momentum_moves_against_the_rate_as_in_torch():
    total = 100
    one = torch_momenta(
        total,
        lambda o: lr_scheduler.OneCycleLR(
            o, 1.0, total, pct_start=0.3, div_factor=1e12, final_div_factor=1, base_momentum=0.85, max_momentum=0.95
        ),
    )
    ours = [cycled_momentum(0.95, 0.85, f) for f in factors("one_cycle", total, peak=0.3, start=0.0, final=0.0)]
    assert ours == pytest.approx(one, abs=1e-9)
    back = torch_momenta(
        total, lambda o: lr_scheduler.CyclicLR(o, 0.0, 1.0, step_size_up=12.5, base_momentum=0.85, max_momentum=0.95)
    )
    ours = [cycled_momentum(0.95, 0.85, f) for f in factors("cyclic", total, period=0.25, low=0.0)]
    assert ours == pytest.approx(back, abs=1e-9)
    assert cycled_momentum(0.5, 0.85, 1.0) == 0.5  # lowered by hand while it trains


@pytest.mark.parametrize(
    ("read", "text", "said"),
    [
        (check_points, "0:0.1, 0.1:1, 1:0.01", None),
        (check_points, " 0.10:1,0.5 : .5,1:0", None),
        (check_points, "0:1", "2 to 50 points"),
        (check_points, "0:1, 1", "is '0:1, 1'"),
        (check_points, "0:1, 1:2", "from 0 to 1"),
        (check_points, "0:1, 0.5:nan", "from 0 to 1"),
        (check_points, "0.5:1, 0.5:0.1", "shares do not rise"),
        (check_milestones, "0.5,  0.75", None),
        (check_milestones, "0.5, x", "is '0.5, x'"),
        (check_milestones, "", "such as"),
        (check_milestones, "0.7, 0.5", "does not rise"),
        (check_milestones, "0.5, 1", "below 1"),
    ],
)
def test_texts_are_read_or_refused_in_a_sentence(read, text, said):
    if said is None:
        assert read(read(text)) == read(text)
        return
    with pytest.raises(ValueError, match=re.escape(said)) as caught:
        read(text)
    assert "; give " in str(caught.value)


def test_steps_between_points_hold_the_last_factor():
    found = factors("custom", 11, points="0.1:1, 0.5:0.2, 0.9:0.1", between="steps")
    assert found == [1.0] * 5 + [0.2] * 4 + [0.1] * 2


def test_own_settings_have_names_of_their_own():
    own = {param.name for param in SchedulePart.settings()}
    assert not any(param.name in own for spec in SCHEDULES.values() for param in spec.params)


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
