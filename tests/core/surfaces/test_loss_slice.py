"""Slices of a network's loss: the centre is the final weights, directions are what they are said to be, parts make the whole."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from core.errors import BadInput
from core.recipe.codec import parse_recipe
from core.store.checkpoints import Checkpoints
from core.store.workspace import Run, Workspace
from core.surfaces.network import slice as module
from core.surfaces.network.landscape import known, measure, question
from core.surfaces.network.plane import flatten, path_plane, random_plane
from core.train import checkpointing, state
from core.train.evaluate import evaluate
from core.train.inspector import answer
from core.train.plan import make_plan
from core.train.process import train_run
from tests.core.train.runs_for_tests import create

torch.set_num_threads(1)
SIZE = 5


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A finished run with batch norm and dropout, and a checkpoint after each of its epochs."""
    workspace = Workspace(tmp_path_factory.mktemp("slice") / "home")
    made = create(workspace, train={"epochs": 4})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpointing, "LEAST_SECONDS", 0.0)
        patch.setattr(checkpointing, "LARGEST_SHARE", 1e9)
        patch.setattr(Checkpoints, "thin", lambda self, keep: None)
        assert train_run(made.path, log_to_file=False, uploads=workspace.home) == "done"
    assert len(made.checkpoints.list()) >= 4
    return made


def direct_loss(run: Run, seed: int) -> float:
    """The loss at the final weights without any of the code of slices."""
    plan = make_plan(parse_recipe(run.document()))
    newest = run.checkpoints.latest()
    assert newest
    plan.model.load_state_dict(state.load(run.checkpoints.path(newest.step), plan.device)["model"])
    rows = torch.randperm(len(plan.x_train), generator=torch.Generator().manual_seed(seed))[: module.ROWS]
    x, y = plan.batch(rows)
    return evaluate(plan.model, plan.loss, x, y, plan.classes, plan.autocast)["loss"]


@pytest.mark.parametrize("directions", ["random", "path"])
def test_the_centre_is_the_loss_at_the_final_weights(run: Run, directions: str) -> None:
    made = module.prepare(run, run.path, directions, seed=1, size=SIZE)
    wanted = direct_loss(run, 1)
    assert made.facts["rows"] == len(made.x)
    assert made.measure(made.plane.at(0.0, 0.0)) == wanted == made.facts["loss"]
    assert 0.0 in made.a
    assert 0.0 in made.b
    assert made.facts["batch_norm"]
    last = made.checkpoints[-1]
    assert (last["a"], last["b"], last["off"], last["away"]) == (0.0, 0.0, 0.0, 0.0)
    assert last["loss"] == last["on_plane"] == wanted
    buffers = {name: value.clone() for name, value in made.model.named_buffers()}
    made.measure(made.plane.at(0.7, -0.4))
    assert all(torch.equal(value, buffers[name]) for name, value in made.model.named_buffers())


def test_random_directions_have_the_norm_of_every_filter(run: Run) -> None:
    model = make_plan(parse_recipe(run.document())).model
    parameters = list(model.parameters())
    plane = random_plane(parameters, seed=0)
    at = 0
    for one in parameters:
        for direction in plane.directions:
            part = direction[at : at + one.numel()].reshape(one.shape)
            if one.ndim < 2:
                assert not part.any()
            else:
                assert part.flatten(1).norm(dim=1) == pytest.approx(one.detach().double().flatten(1).norm(dim=1))
        at += one.numel()
    assert plane.centre == pytest.approx(flatten(parameters))
    assert torch.equal(plane.directions, random_plane(parameters, seed=0).directions)
    assert not torch.equal(plane.directions, random_plane(parameters, seed=1).directions)


def test_path_directions_are_the_principal_ones_and_projections_say_how_far_off_they_are() -> None:
    generator = torch.Generator().manual_seed(0)
    final, spread = torch.randn(40, generator=generator).double(), torch.linspace(3, 0.1, 40).double()
    others = [final + spread * torch.randn(40, generator=generator).double() for _ in range(6)]
    plane = path_plane(final, others)
    away = torch.stack([one - final for one in others])
    _, values, vectors = torch.linalg.svd(away, full_matrices=False)
    assert (plane.directions @ vectors[:2].T).abs() == pytest.approx(np.eye(2), abs=1e-9)
    assert plane.explained == pytest.approx((values[:2] ** 2 / (values**2).sum()).tolist())
    for one in others:
        a, b, off, distance = plane.project(one)
        nearest = plane.at(a, b)
        assert off == pytest.approx((one - nearest).norm().item())
        assert a**2 + b**2 + off**2 == pytest.approx(distance**2)
    with pytest.raises(BadInput, match="three checkpoints"):
        path_plane(final, others[:1])
    with pytest.raises(BadInput, match="on one line"):
        path_plane(final, [final + 1, final + 2])


class Here:
    """An inspector without a process."""

    def __init__(self) -> None:
        self.kept: dict[str, object] = {}
        self.asked = 0

    def ask(self, what, details, read, key=None):
        self.asked += 1
        said = json.loads(json.dumps(answer({"ask": what, **details})))
        if "error" in said:
            raise BadInput(said["error"])
        return read(said["answer"])

    def recall(self, key):
        return self.kept.get(key)

    def keep(self, key, value):
        self.kept[key] = value


def test_parts_make_the_whole(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PART_SECONDS", 0.0)
    inspector, workspace = Here(), Workspace(run.path.parent.parent)
    asked = question(workspace, run, "path", seed=2, size=SIZE)
    assert known(inspector, asked) is None
    shares = list(measure(inspector, run, asked))
    assert inspector.asked == SIZE**2
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    found = known(inspector, asked)
    made = module.prepare(run, workspace.home, "path", seed=2, size=SIZE)
    for row, column in ((0, 0), (2, 4), (4, 1)):
        assert found.z[row, column] == made.measure(made.plane.at(made.a[column], made.b[row]))
    centre = found.z[list(found.b).index(0.0), list(found.a).index(0.0)]
    assert centre == found.facts["loss"]


def test_what_can_not_be_measured_is_said(workspace: Workspace) -> None:
    bare = create(workspace)
    with pytest.raises(BadInput, match="has no checkpoint"):
        question(workspace, bare, "random", 0)
    said = answer(
        {
            "ask": "loss_slice",
            "run": str(bare.path),
            "uploads": "",
            "directions": "path",
            "seed": 0,
            "size": 5,
            "first": 0,
        }
    )
    assert "has no checkpoint" in said["error"]
