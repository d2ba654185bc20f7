"""What a batch saves: many learning rates x seeds as one computation, against the same runs one after the other.

A round is one epoch with its evaluation: of a sample of the runs through core.train.loop (bare, no recorder), scaled
up to all of them, and of all of them in one core.train.batched.Batch. Rounds of the two alternate in one process.
Each side has one thread or all cores, whichever a few trials show to be faster for it; on a machine that does other
work as well, that is one thread for both, and the batch can't show what it saves on idle cores.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from core.optim.catalogue import OPTIMIZERS
from core.recipe.codec import parse_recipe, with_changes
from core.recipe.parts import Recipe
from core.recipe.presets import PRESETS
from core.train.batched.batch import Batch
from core.train.batched.eligibility import why_alone
from core.train.batched.plans import make_plans
from core.train.batched.worth import why_too_large, work_of_a_step
from core.train.live_settings import LiveSettings
from core.train.loop import epoch_batches, evaluate_now, train_step
from core.train.plan import Plan, make_plan
from core.train.state import Progress

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "15"))
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
SAMPLE = 6


@dataclass(frozen=True)
class Case:
    """A recipe to be trained at `rates` learning rates with `seeds` seeds each."""

    label: str
    preset: str
    changes: dict[str, Any]
    rates: int = 16
    seeds: int = 3


CASES = (
    *(Case(f"digits MLP, {key}", "digits-mlp", {"optim.key": key}) for key in ("sgd", "momentum", "adam")),
    Case("spirals MLP, adam", "spirals-mlp", {}),
    Case("digits MLP, 384 wide, adam", "digits-mlp", {"model.width": 384}, rates=4),
    Case("digits MLP, 768 wide, adam", "digits-mlp", {"model.width": 768}, rates=4),
    Case("digits 8x8 CNN, adam", "digits28-cnn", {"data.key": "digits", "train.batch_size": 32}, rates=4),
    Case("digits 28x28 CNN, adam", "digits28-cnn", {"data.limit": 600}, rates=4),
)


class Bare:
    """An observer that looks away."""

    def step_begins(self, step: int) -> None: ...
    def gradients_ready(self, step: int, loss_scale: float = 1.0) -> None: ...
    def update_begins(self, step: int) -> None: ...
    def step_done(self, step: int, loss: torch.Tensor, lr: float, samples: int) -> bool:
        return False

    def evaluating(self, step: int) -> contextlib.AbstractContextManager[object]:
        return contextlib.nullcontext()


def recipes_of(case: Case, device: str) -> list[Recipe]:
    """Rates from a hundredth of the optimizer's suggested one to three times it; no dropout on an accelerator."""
    base = with_changes(parse_recipe(PRESETS[case.preset].document), {**case.changes, "train.device": device})
    if device != "cpu" and base.model.params.get("dropout"):
        base = with_changes(base, {"model.dropout": 0.0})
    suggested = OPTIMIZERS[base.optim.key].suggested_lr
    rates = np.geomspace(suggested / 100, 3 * suggested, case.rates)
    return [with_changes(base, {"seed": s, "optim.lr": float(lr)}) for s in range(case.seeds) for lr in rates]


def epoch_alone(plan: Plan, progress: Progress) -> None:
    """One epoch and its evaluation through the loop."""
    for rows in epoch_batches(plan, progress):
        train_step(plan, progress, Bare(), rows)
        progress.step += 1
    evaluate_now(plan, progress, Bare())


def epoch_together(batch: Batch) -> None:
    """One epoch and its evaluation of all members."""
    for _ in range(batch.steps_per_epoch):
        batch.train_step()
    batch.evaluate()


def seconds(work: Callable[[], object], threads: int) -> float:
    """Wall time of `work` with that many CPU threads."""
    torch.set_num_threads(threads)
    start = time.perf_counter()
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - start


def faster_threads(work: Callable[[], object]) -> int:
    """One or all cores: the number of threads that is faster for `work` in the best of three tries."""
    return min((1, CORES), key=lambda threads: min(seconds(work, threads) for _ in range(3)))


def measure(case: Case, device: str) -> str:
    """Time a case and return its row."""
    recipes = recipes_of(case, device)
    members = len(recipes)
    assert why_alone(recipes[0], device) is None
    make_plan(recipes[0])  # the first one imports the data's library
    set_up = seconds(lambda: Batch(make_plans(recipes)), 1)
    batch = Batch(make_plans(recipes))
    sample = [recipes[i] for i in np.linspace(0, members - 1, SAMPLE).round().astype(int)]
    runs = [(make_plan(recipe), Progress(LiveSettings.of(recipe))) for recipe in sample]

    def one_alone() -> None:
        epoch_alone(*runs[0])

    def alone() -> None:
        for plan, progress in runs:
            epoch_alone(plan, progress)

    def together() -> None:
        epoch_together(batch)

    threads = {alone: faster_threads(one_alone), together: faster_threads(together)}
    pairs = []
    for number in range(ROUNDS):
        order = (alone, together) if number % 2 else (together, alone)
        found = {work: seconds(work, threads[work]) for work in order}
        pairs.append((found[alone] * members / SAMPLE, found[together]))
    one, many = (min(column) for column in zip(*pairs, strict=True))
    median = statistics.median(a / b for a, b in pairs)
    judged = "; said to train as fast alone" if why_too_large(batch.plans[0]) else ""
    return (
        f"  {case.label:26} {members:2} runs  {one:7.3f} s (threads {threads[alone]})  {many:7.3f} s (threads "
        f"{threads[together]})  ratio {one / many:5.2f} (median {median:5.2f})  {work_of_a_step(batch.plans[0]) / 1e6:5.1f} M"
        f"  set-up {set_up:.2f} s{judged}"
    )


def main() -> None:
    """Print the table."""
    print(
        f"An epoch with its evaluation of learning rates x seeds: one after the other (n={SAMPLE} of them timed, scaled)\n"
        f"and in a batch, on {CORES} cores. Best of {ROUNDS} alternating rounds and their ratio (median of the rounds' own\n"
        "ratios); millions of multiplications in one run's step; seconds to make the batch."
    )
    for device in ("cpu", "cuda"):
        if device == "cuda" and not torch.cuda.is_available():
            print("cuda: this machine has none.")
            continue
        print(f"{device}:")
        for case in CASES:
            print(measure(case, device), flush=True)


if __name__ == "__main__":
    main()
