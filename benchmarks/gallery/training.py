"""Train a recipe of the gallery once and keep its records; a second call finds them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from benchmarks.gallery.case import training_key
from core.diagnosis.case import Case, case_of
from core.recipe.codec import to_document
from core.recipe.parts import Recipe
from core.store.workspace import Run, Workspace


def trained(cache: Path, recipe: Recipe, inject: Iterable[str] = ()) -> Case:
    """The records of `recipe` under the injections `inject`, from `cache` or trained now (a second or two)."""
    inject = tuple(inject)
    folder = cache / training_key(recipe, inject)
    if not folder.exists():
        _train(folder, recipe, inject)
    case = case_of(Run(folder))
    assert case is not None
    return case


def _train(folder: Path, recipe: Recipe, inject: tuple[str, ...]) -> None:
    from benchmarks.gallery.injections import injected
    from core.train.process import train_run

    with tempfile.TemporaryDirectory() as home:
        run = Workspace(Path(home)).create(to_document(recipe))
        with injected(inject):
            train_run(run.path, log_to_file=False)
        staging = folder.with_name(f".{folder.name}.{os.getpid()}")
        staging.mkdir(parents=True, exist_ok=True)
        for name in ("recipe.json", "run.db", "control.db"):
            shutil.copy(run.path / name, staging / name)
        if folder.exists():
            shutil.rmtree(staging)
        else:
            os.replace(staging, folder)
