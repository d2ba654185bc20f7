"""Train what is missing, two processes at a time."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from benchmarks.gallery.case import GalleryCase, training_key
from benchmarks.gallery.training import trained
from core.recipe.parts import Recipe

Work = tuple[Recipe, tuple[str, ...]]
PROCESSES = 2


def runs_of_cases(cases: Iterable[GalleryCase]) -> list[Work]:
    """Every case's run, and the repaired twins of the sick ones."""
    found: list[Work] = []
    for case in cases:
        found.append((case.recipe, case.inject))
        if case.sick:
            found.append((case.twin, case.twin_inject))
    return found


def train_missing(cache: Path, work: Iterable[Work], processes: int = PROCESSES) -> list[str]:
    """Train whatever has no records in `cache` yet; returns what failed, in words."""
    cache.mkdir(parents=True, exist_ok=True)
    missing = {key: one for one in work if not (cache / (key := training_key(*one))).exists()}
    if not missing:
        return []
    failed, began = [], time.monotonic()
    with ProcessPoolExecutor(processes, get_context("spawn"), initializer=_prepare) as pool:
        waiting = {pool.submit(_one, cache, one): key for key, one in missing.items()}
        for done, future in enumerate(as_completed(waiting), 1):
            if error := future.exception():
                failed.append(f"{waiting[future]}: {type(error).__name__}: {error}"[:300])
            if done % 25 == 0 or done == len(waiting):
                print(f"trained {done} of {len(waiting)} in {time.monotonic() - began:.0f} s", flush=True)
    return failed


def _prepare() -> None:
    import torch

    os.nice(15)
    torch.set_num_threads(1)


def _one(cache: Path, one: Work) -> None:
    trained(cache, *one)
