"""The exported script runs on its own, without a line of ours on its path, and gives the same losses."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.export.script import script_zip
from core.optim.catalogue import OPTIMIZERS
from core.recipe.codec import parse_recipe, to_document, with_changes
from core.recipe.presets import PRESETS
from core.runtime import jobs
from core.store.workspace import Run, Workspace
from core.train.process import train_run
from tests.core.scripts_for_tests import run_alone, run_forked

DIFFERENT = ("vowels-gru", "diabetes-mlp", "zero-init")
SHORT = {"train.steps": 12, "train.batch_size": 16, "data.limit": 120}


def run_script(run: Run, folder: Path, start: Callable[[Path], None] = run_forked) -> list[float]:
    with zipfile.ZipFile(io.BytesIO(script_zip(run))) as archive:
        archive.extractall(folder)
    start(folder)
    assert "core." not in (folder / "train.py").read_text().split("# ---- training")[1]
    with (folder / "losses.csv").open() as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


def recorded(run: Run) -> np.ndarray:
    reader = run.reader()
    assert reader is not None
    try:
        return reader.rows("step").newest().values[:, 0]
    finally:
        reader.close()


def assert_same(script: list[float], run: Run) -> None:
    ours = recorded(run)
    assert len(script) == len(ours)
    assert np.array_equal(np.array(script, np.float32), ours, equal_nan=True)


@pytest.mark.parametrize("preset", [k if k in DIFFERENT else pytest.param(k, marks=pytest.mark.slow) for k in PRESETS])
def test_every_preset_is_reproduced_bit_by_bit(preset: str, workspace: Workspace, tmp_path: Path) -> None:
    recipe = with_changes(parse_recipe(PRESETS[preset].document), SHORT)
    run = workspace.create(to_document(recipe))
    assert train_run(run.path, log_to_file=False) == "done"
    assert_same(run_script(run, tmp_path / "script"), run)


@pytest.mark.slow
def test_live_changes_are_part_of_the_script(workspace: Workspace, tmp_path: Path) -> None:
    document: dict[str, Any] = {"model": {"key": "mlp", "depth": 1, "width": 8, "dropout": 0.3}, "train": {"epochs": 2}}
    run = workspace.create(to_document(parse_recipe({**document, "data": {"key": "digits", "limit": 200}})))
    for name, args in (
        ("set", {"setting": "optim.lr", "value": 0.05}),
        ("set", {"setting": "optim.momentum", "value": 0.5}),
        ("set", {"setting": "clip.mode", "value": "norm"}),
        ("set", {"setting": "clip.limit", "value": 0.1}),
        ("extend", {"epochs": 1}),
    ):
        run.control.send(name, args)
    assert train_run(run.path, log_to_file=False) == "done"
    assert len(recorded(run)) == 9
    assert_same(run_script(run, tmp_path / "script", run_alone), run)


def test_a_fork_is_reproduced_from_its_checkpoint(workspace: Workspace, tmp_path: Path) -> None:
    recipe = parse_recipe({"data": {"key": "digits", "limit": 200}, "model": {"dropout": 0.2}, "train": {"epochs": 3}})
    parent = workspace.create(to_document(recipe))
    train_run(parent.path, log_to_file=False)
    last = parent.checkpoints.latest()
    assert last is not None
    child = jobs.fork(workspace, parent, last.step, {"optim.lr": 0.01, "train.epochs": 5})
    assert train_run(child.path, log_to_file=False) == "done"
    assert_same(run_script(child, tmp_path / "script"), child)


FAULTS = ["no_zero_grad", "uphill", "left_out_layer", "double_softmax", "training_mode", "sorted_rows"]


@pytest.mark.parametrize(
    "fault", [f if i > 3 else pytest.param(f, marks=pytest.mark.slow) for i, f in enumerate(FAULTS)]
)
def test_faults_on_purpose_are_in_the_script(fault: str, workspace: Workspace, tmp_path: Path) -> None:
    recipe = with_changes(parse_recipe(PRESETS["digits-mlp"].document), {**SHORT, "train.fault": fault})
    run = workspace.create(to_document(recipe))
    assert train_run(run.path, log_to_file=False) == "done"
    assert_same(run_script(run, tmp_path / "script"), run)


STARTS: dict[str, dict[str, Any]] = {
    "lsuv": {"model": {"key": "mlp", "depth": 3, "width": 8, "activations": "maxout, prelu, celu", "norm": "batch"}},
    "fixup": {"model": {"key": "residual_cnn", "width": 2, "norm": "none"}, "data": {"key": "digits28", "limit": 120}},
    "t_fixup": {"model": {"key": "transformer", "width": 8, "heads": 2, "norm_place": "none"}},
    "sparse": {"model": {"key": "cnn", "channels": 2, "activation": "hard_swish"}},
    "zero_residual": {"model": {"key": "mlp", "skip": True, "activation": "mish", "width": 8}},
}


@pytest.mark.parametrize("init", [k if k == "lsuv" else pytest.param(k, marks=pytest.mark.slow) for k in STARTS])
def test_initialisations_and_activations_are_reproduced_bit_by_bit(
    init: str, workspace: Workspace, tmp_path: Path
) -> None:
    """With rows sorted on purpose, so that what LSUV sees must be sorted in the script too."""
    recipe = parse_recipe(
        {
            "data": {"key": "digits", "limit": 120},
            **STARTS[init],
            "init": {"key": init},
            "train": {"epochs": 2, "batch_size": 16, "fault": "sorted_rows"},
        }
    )
    run = workspace.create(to_document(recipe))
    assert train_run(run.path, log_to_file=False) == "done"
    assert_same(run_script(run, tmp_path / "script"), run)


HARDEST = ("sophia", "schedule_free")


@pytest.mark.parametrize("key", [k if k in HARDEST else pytest.param(k, marks=pytest.mark.slow) for k in OPTIMIZERS])
def test_every_optimizer_is_reproduced_bit_by_bit(key: str, workspace: Workspace, tmp_path: Path) -> None:
    """With batch norm and dropout, clipping, early stopping, and a fork of the run on top."""
    recipe = parse_recipe(
        {
            "data": {"key": "digits", "limit": 120},
            "model": {"key": "mlp", "depth": 2, "width": 8, "dropout": 0.2, "norm": "batch"},
            "optim": {"key": key, "lr": OPTIMIZERS[key].suggested_lr, "weight_decay": 1e-3},
            "clip": {"mode": "norm", "limit": 0.5},
            "train": {"epochs": 3, "batch_size": 16, "patience": 2},
        }
    )
    run = workspace.create(to_document(recipe))
    assert train_run(run.path, log_to_file=False) == "done"
    assert_same(run_script(run, tmp_path / "script"), run)
    last = run.checkpoints.latest()
    assert last is not None
    child = jobs.fork(workspace, run, last.step, {"train.epochs": 5})
    assert train_run(child.path, log_to_file=False) == "done"
    assert_same(run_script(child, tmp_path / "fork"), child)
    with zipfile.ZipFile(io.BytesIO(script_zip(run))) as archive:
        named = "pytorch-optimizer" in archive.read("README.txt").decode()
    assert named == (key in ("lion", "soap", "sophia", "prodigy", "schedule_free"))
