"""Paths are torch's own, and the worked arithmetic leads to torch's next place."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from core.optim.catalogue import OPTIMIZERS
from core.surfaces import trajectories as module
from core.surfaces.arithmetic import ARITHMETIC, worked
from core.surfaces.catalogue import SURFACES
from core.surfaces.lessons import BY_KEY, LESSONS
from core.surfaces.paths import Path
from core.surfaces.scene import Lane, Scene, first_lr, lane, scene
from core.surfaces.trajectories import trajectories

torch.set_num_threads(1)

VARIANTS = [
    *(lane(key, 0.05) for key in ARITHMETIC),
    *(lane(key, 0.05, 0.1) for key in ARITHMETIC),
    lane("momentum", 0.05, momentum=0.5, dampening=0.3),
    lane("adam", 0.05, amsgrad=True, beta1=0.0),
    lane("adamw", 0.05, 0.2, amsgrad=True),
    lane("rmsprop", 0.05, momentum=0.7, alpha=0.5),
    lane("adagrad", 0.05, initial_accumulator=0.5),
]


def walk(made: Scene) -> list[Path]:
    return [Path.of(one) for one in trajectories(made.query())["lanes"]]


@pytest.mark.parametrize("one", VARIANTS, ids=lambda one: one.label)
def test_the_arithmetic_leads_to_torchs_next_place_and_state(one: Lane) -> None:
    (path,) = walk(scene("noisy_bowl", one, steps=12, condition=5.0))
    assert path.steps == 12
    for step in range(1, path.steps + 1):
        update = path.update(step)
        rows = worked(one.optimizer, update)
        assert rows
        assert rows[-1].value == pytest.approx(tuple(path.points[step]), abs=1e-6)
        kept = [row for row in rows if row.state in update.after]
        assert one.optimizer == "sgd" or kept
        for row in kept:
            assert row.value == pytest.approx(tuple(update.after[row.state]), abs=1e-6)
        assert all(row.latex().count(r"\begin{pmatrix}") == row.latex().count(r"\end{pmatrix}") for row in rows)


def test_a_path_is_that_of_a_plain_loop_with_the_same_optimizer() -> None:
    (path,) = walk(scene("rosenbrock", lane("adam", 0.05), steps=40))
    place = torch.tensor(SURFACES["rosenbrock"].start, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([place], lr=0.05)
    for step in range(40):
        x, y = place.unbind()
        loss = (1 - x) ** 2 + 100 * (y - x**2) ** 2
        assert path.losses[step] == pytest.approx(loss.item())
        optimizer.zero_grad()
        loss.backward()
        assert path.gradients[step] == pytest.approx(place.grad.numpy())
        optimizer.step()
    assert path.points[-1] == pytest.approx(place.detach().numpy(), abs=1e-12)


def test_the_noise_is_one_for_all_seeded_and_not_in_the_loss() -> None:
    same, other = (walk(scene("noisy_bowl", lane("sgd", 0.1), lane("sgd", 0.1), steps=30, seed=s)) for s in (1, 2))
    assert np.array_equal(same[0].points, same[1].points)
    assert not np.allclose(same[0].points, other[0].points)
    x, y = same[0].points.T
    assert same[0].losses == pytest.approx(0.5 * (x**2 + y**2))
    drawn = same[0].gradients - same[0].points
    assert 0.5 < drawn.std() < 1.5
    (calm,) = walk(scene("noisy_bowl", lane("sgd", 0.1), steps=30, noise=0.0))
    assert calm.gradients == pytest.approx(calm.points)


def test_one_that_flies_off_is_ended_and_told_of() -> None:
    made = BY_KEY["edge_of_stability"].scene
    below, at, above = walk(made)
    assert below.fate(made.spec) == at.fate(made.spec) == ""
    assert abs(below.points[-1, 1]) < 0.01
    assert np.abs(at.points[:, 1]) == pytest.approx(abs(made.start[1]))
    assert above.ended == "far"
    assert above.fate(made.spec) == f"left the picture at step {above.left_at(made.spec)}"
    (wild,) = walk(scene("rosenbrock", lane("sgd", 1e6), steps=20))
    assert (wild.ended, wild.steps, wild.fate(SURFACES["rosenbrock"])) == ("far", 0, "left the picture at step 1")
    (outside,) = walk(scene("quadratic", lane("sgd", 0.001), start=(90.0, 0.0), steps=5))
    assert outside.fate(SURFACES["quadratic"]) == "is outside of the picture"
    assert module._lost([float("nan"), 0.0], made) == "not finite"


def test_optimizers_that_ask_for_the_loss_again_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def build(parameters: list[torch.Tensor], lr: float, weight_decay: float) -> torch.optim.Optimizer:
        return torch.optim.LBFGS(parameters, lr=lr, line_search_fn="strong_wolfe")

    spec = SimpleNamespace(load=lambda: build, label="LBFGS")
    monkeypatch.setattr(module, "OPTIMIZERS", {"lbfgs": spec})
    made = scene("rosenbrock", Lane("lbfgs", 1.0), steps=5)
    found = module.follow(made, made.lanes[0], torch.zeros(6, 2, dtype=torch.float64))
    assert found["points"][-1] == pytest.approx([1.0, 1.0], abs=1e-4)
    assert found["states"]["func_evals"][0] > 1


def test_a_closure_can_be_differentiated_twice() -> None:
    place = torch.tensor([0.5, -0.3], dtype=torch.float64, requires_grad=True)
    look = module._Look(place, SURFACES["rosenbrock"].load(), {}, torch.tensor([0.1, 0.2], dtype=torch.float64))
    (gradient,) = torch.autograd.grad(look.closure(backward=False), place, create_graph=True)
    assert gradient.tolist() == pytest.approx(look.gradient.tolist())
    (curvature,) = torch.autograd.grad(gradient.sum(), place)
    assert curvature.tolist() == pytest.approx([2 - 400 * (-0.3 - 3 * 0.25) - 400 * 0.5, 200 - 400 * 0.5])
    assert place.grad is None


def test_one_that_does_not_suit_says_so_and_the_others_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> torch.optim.Optimizer:
        raise ValueError("needs matrices")

    kept = dict(OPTIMIZERS.items())
    monkeypatch.setattr(module, "OPTIMIZERS", {**kept, "adam": SimpleNamespace(load=lambda: refuse, label="Matrix")})
    refused, ran = walk(scene("quadratic", lane("adam"), lane("sgd", 0.01), steps=3))
    assert "Matrix can't run on two coordinates (needs matrices)" in refused.refused
    assert ran.steps == 3


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_every_optimizer_of_the_catalogue_walks_or_is_refused_in_words(key: str) -> None:
    made = scene("quadratic", lane(key, first_lr(SURFACES["quadratic"], key)), steps=25)
    (path,) = walk(made)
    assert path.refused.endswith(".") or (len(path.points) == len(path.losses) == path.steps + 1)
    assert path.refused or path.losses[-1] < path.losses[0] or path.ended


@pytest.mark.slow
@pytest.mark.parametrize("key", SURFACES)
def test_the_first_look_at_a_surface_goes_downhill_within_the_picture(key: str) -> None:
    spec = SURFACES[key]
    for path in walk(scene(key, *(lane(*one) for one in spec.lanes))):
        assert path.losses[-1] < path.losses[0]
        assert key == "saddle" or not path.fate(spec)


@pytest.mark.slow
def test_the_lessons_show_what_they_say() -> None:
    def by_step(lesson: str) -> list[Path]:
        return walk(BY_KEY[lesson].scene)

    sgd, momentum, nesterov = (path.losses[-1] for path in by_step("momentum"))
    assert max(momentum, nesterov) < 1e-3 * sgd
    adam, adagrad, rmsprop, _ = (np.abs(path.points[1] - path.points[0]) for path in by_step("adam_first_step"))
    assert adam == pytest.approx([0.1, 0.1], rel=1e-6)
    assert adagrad == pytest.approx([0.1, 0.1], rel=1e-6)
    assert rmsprop == pytest.approx([1.0, 1.0], rel=1e-6)
    spec = SURFACES["saddle"]
    slow, *fast, first = (path.left_at(spec) for path in by_step("saddle_escape"))
    assert all(2 * one < slow for one in fast)
    assert first < 10
    wide, middle, narrow = (np.linalg.norm(path.points[-100:], axis=1).mean() for path in by_step("noise_ball"))
    assert wide > 1.5 * middle > 1.5 * narrow
    ends = {tuple(np.round(path.points[-1])) for path in by_step("many_minima")}
    assert len(ends) >= 3
    assert (0.0, 0.0) not in ends
    assert all(lesson.look_for.endswith(".") for lesson in LESSONS)
