"""Contracts of every surface: minima, gradients, first scenes; and what an address can hold."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from core.errors import BadInput
from core.optim.catalogue import OPTIMIZERS
from core.surfaces.catalogue import SURFACES
from core.surfaces.grid import surface_grid
from core.surfaces.lessons import LESSONS
from core.surfaces.scene import MAX_LANES, Scene, first_lanes, first_lr, lane, parse_scene, scene

torch.set_num_threads(1)


def slope(key: str, point: tuple[float, float], **shape: object) -> torch.Tensor:
    place = torch.tensor(point, dtype=torch.float64, requires_grad=True)
    SURFACES[key].load()(*place.unbind(), **shape).backward()
    assert place.grad is not None
    return place.grad


def test_every_surface_is_explained_and_its_first_look_lies_in_the_picture() -> None:
    for spec in SURFACES.values():
        assert re.search(r"\b(19|20)\d\d\b", spec.article)
        assert spec.formula
        left, right, bottom, top = spec.domain
        for x, y in (spec.start, *spec.minima):
            assert left < x < right
            assert bottom < y < top
        assert {"sgd", "momentum", "adam"} <= {key for key, _ in spec.lanes} <= set(OPTIMIZERS)
        assert all(param.parse(param.default) == param.default for param in spec.params)


@pytest.mark.parametrize("key", SURFACES)
def test_minima_are_flat_and_lowest(key: str) -> None:
    spec = SURFACES[key]
    shape = spec.shape(spec.defaults())
    grid = surface_grid(spec, scene(key).params)
    for point in spec.minima:
        assert float(spec.load()(*map(np.float64, point), **shape)) == pytest.approx(spec.lowest, abs=1e-12)
        assert slope(key, point, **shape).abs().max() < 1e-6
        assert grid.z.min() >= spec.lowest - 1e-12
    assert spec.minima or spec.lowest is None


@pytest.mark.parametrize(("key", "shape"), [*((key, {}) for key in SURFACES), ("saddle", {"shape": "three ways down"}),
                                            ("quadratic", {"condition": 7.0, "angle": 30.0})])  # fmt: skip
def test_gradients_agree_with_finite_differences_of_the_numpy_values(key: str, shape: dict[str, object]) -> None:
    spec = SURFACES[key]
    shape = spec.shape(spec.defaults()) | shape
    left, right, bottom, top = spec.domain
    rng, small = np.random.default_rng(0), 1e-5
    for x, y in zip(rng.uniform(left, right, 20), rng.uniform(bottom, top, 20), strict=True):
        f = lambda a, b: float(spec.load()(np.asarray(a), np.asarray(b), **shape))  # noqa: E731
        numeric = [(f(x + small, y) - f(x - small, y)) / (2 * small), (f(x, y + small) - f(x, y - small)) / (2 * small)]
        assert slope(key, (x, y), **shape).tolist() == pytest.approx(numeric, rel=1e-5, abs=1e-4)


def test_the_condition_number_is_the_ratio_of_the_curvatures_whatever_the_angle() -> None:
    for angle in (0.0, 30.0, -75.0):
        place = torch.tensor([0.3, -0.2], dtype=torch.float64)
        hessian = torch.autograd.functional.hessian(
            lambda p, angle=angle: SURFACES["quadratic"].load()(p[0], p[1], condition=40.0, angle=angle), place
        )
        low, high = torch.linalg.eigvalsh(hessian).tolist()
        assert (low, high) == pytest.approx((1.0, 40.0))


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.key)
def test_an_address_holds_the_whole_scene(lesson: object) -> None:
    made: Scene = lesson.scene  # type: ignore[attr-defined]
    assert parse_scene(made.query()) == made
    changed = scene(
        "noisy_bowl", lane("adamw", 0.25, 0.01, beta1=0.5, amsgrad=True), start=(-1.25, 0.5), steps=7, seed=3, noise=0.5
    )
    assert parse_scene(changed.query()) == changed


def test_what_an_address_leaves_out_takes_its_default() -> None:
    assert parse_scene({}) == scene("quadratic", *first_lanes(SURFACES["quadratic"]))
    found = parse_scene({"surface": "beale", "lanes": "adam"})
    assert found.lanes == (lane("adam", OPTIMIZERS["adam"].suggested_lr),)
    assert found.start == SURFACES["beale"].start


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"surface": "rosenbruck"}, "did you mean 'rosenbrock'"),
        ({"surface": "quadratic:condition=-3"}, "condition is -3"),
        ({"surface": "quadratic:slope=3"}, "no setting 'slope'"),
        ({"start": "1"}, "give two numbers"),
        ({"start": "nan,2"}, "start's x"),
        ({"steps": "100000"}, "at most 500"),
        ({"lanes": "momentun"}, "did you mean 'momentum'"),
        ({"lanes": "adam:lr=fast"}, "lr is 'fast'"),
        ({"lanes": ";".join(["sgd"] * (MAX_LANES + 1))}, "7 optimizers were given"),
    ],
)
def test_a_faulty_address_is_refused_with_a_sentence(query: dict[str, str], says: str) -> None:
    with pytest.raises(BadInput, match=re.escape(says)):
        parse_scene(query)


def test_every_optimizer_has_a_learning_rate_to_begin_with_on_every_surface() -> None:
    for spec in SURFACES.values():
        for key in OPTIMIZERS:
            assert 0 < first_lr(spec, key) <= 10
