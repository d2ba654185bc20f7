"""What the explanation worker saves, and what its way costs: each figure with n, a ratio where there is something to compare with.

1. The first call of shap's Permutation in a process of its own, cold and after the worker's chores: seconds.
2. Thirty who ask the same at once against one: CPU seconds of the worker and of the asking process.
3. Methods of the class "instant" from the question to the answer in the asking process, on small networks: seconds, and
   CPU seconds of both processes, which a busy machine does not stretch.
4. An answer that is known already, from memory and from the disk: milliseconds.
"""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from core.explain.base import Question, Sound
from core.explain.catalogue import EXPLANATIONS
from core.recipe.base import Params
from core.recipe.codec import parse_recipe, to_document
from core.runtime.explainer import QUICK, SLOW, Explainer
from core.store.workspace import Run, Workspace

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
QUESTIONS = int(os.environ.get("BENCH_QUESTIONS", "20"))
VIEWERS, ROWS = 30, 20
PATIENCE = 600.0
NETWORKS: dict[str, dict[str, Any]] = {
    "MLP, breast cancer": {"data": {"key": "breast_cancer"}, "model": {"key": "mlp", "depth": 2, "width": 64}},
    "CNN, digits 8 x 8": {"data": {"key": "digits"}, "model": {"key": "cnn", "channels": 16}},
}


def trained(home: Path, document: dict[str, Any]) -> Run:
    """A run of a small network, trained for an epoch."""
    run = Workspace(home).create(to_document(parse_recipe({"train": {"epochs": 1}, **document})))
    subprocess.run([sys.executable, "-m", "core.train.process", str(run.path)], check=True)
    return run


def first_call(run: Path, warm: bool) -> None:
    """In a process of its own: print the seconds of the first Permutation of one row, libraries loaded and run opened."""
    import torch

    from core.explain.explain import answer
    from core.explain.prepare import open_run
    from core.explain.worker.warming import chores

    torch.set_num_threads(1)
    opened = open_run(Run(run))
    answer(opened, Question(method="shap_deep", rows=(0,)))
    for chore in chores(compiled=True) if warm else ():
        chore()
    begun = time.perf_counter(), time.process_time()
    answer(opened, Question(method="shap_permutation", rows=(0,)))
    print(time.perf_counter() - begun[0], time.process_time() - begun[1])


def cold_and_warm(run: Run) -> None:
    """Part 1."""
    found: dict[str, list[tuple[float, float]]] = {"cold": [], "warm": []}
    for _ in range(ROUNDS):
        for state, figures in found.items():
            command = [sys.executable, "-m", "benchmarks.explain_worker", state, str(run.path)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            wall, cpu = map(float, done.stdout.split()[-2:])
            figures.append((wall, cpu))
    print(
        f"First shap Permutation of a process, 1 row, n={ROUNDS} processes each: median seconds (CPU seconds)",
        flush=True,
    )
    medians = {state: np.median(figures, axis=0) for state, figures in found.items()}
    for state, (wall, cpu) in medians.items():
        print(f"  {state}   {wall:8.3f} ({cpu:.3f})")
    print(f"  cold / warm {medians['cold'][1] / medians['warm'][1]:.0f} (CPU)", flush=True)


def ask(explainer: Explainer, run: Run, question: Question, checks: tuple[str, ...] | None, asker: str = "a") -> float:
    """Seconds from the question to its answer."""
    begun = time.perf_counter()
    ticket = explainer.explanation(run, run.checkpoints.list()[-1], question, checks, asker=asker)
    if not ticket.wait(PATIENCE) or ticket.state != "done":
        raise RuntimeError(ticket.sentence)
    ticket.answer  # noqa: B018
    return time.perf_counter() - begun


def settle(worker: psutil.Process) -> None:
    """Wait until the worker has done its chores."""
    before = -1.0
    while (now := sum(worker.cpu_times()[:2])) > before:
        before = now
        time.sleep(2)


def thirty_and_one(explainer: Explainer, run: Run) -> None:
    """Part 2."""
    validation = Question(method="integrated_gradients", rows=tuple(range(ROWS)), params=Params({"steps": 500}))
    ask(explainer, run, validation, None)
    pid = explainer.lines[SLOW].pid
    assert pid is not None
    worker = psutil.Process(pid)
    settle(worker)
    found: dict[int, list[tuple[float, float]]] = {1: [], VIEWERS: []}
    for number in range(2 * ROUNDS):
        count = VIEWERS if number % 2 else 1
        question = dataclasses.replace(validation, seed=number + 1)
        before = sum(worker.cpu_times()[:2]), time.process_time()
        viewers = [
            threading.Thread(target=ask, args=(explainer, run, question, None, f"viewer {viewer}"))
            for viewer in range(count)
        ]
        for viewer in viewers:
            viewer.start()
        for viewer in viewers:
            viewer.join()
        found[count].append((sum(worker.cpu_times()[:2]) - before[0], time.process_time() - before[1]))
    medians = {count: np.median(figures, axis=0) for count, figures in found.items()}
    print(f"Integrated gradients of {ROWS} rows, 500 steps, with the usual checks, n={ROUNDS} each: median CPU seconds")
    for count, (theirs, ours) in medians.items():
        print(f"  {count:2} asking   worker {theirs:.2f}   asking process {ours:.3f}")
    ratio = medians[VIEWERS].sum() / medians[1].sum()
    print(f"  {VIEWERS} / 1 {ratio:.2f}; without sharing it would be {VIEWERS}", flush=True)


def instant(explainer: Explainer, name: str, run: Run) -> None:
    """Part 3."""
    verdicts = explainer.verdicts(run, run.checkpoints.list()[-1], asker="a")
    if not verdicts.wait(PATIENCE):
        raise RuntimeError(verdicts.sentence)
    print(
        f"{name}: question to answer, {ROWS} rows, n={QUESTIONS} questions; median seconds [95th percentile] (mean CPU)"
    )
    pid = explainer.lines[QUICK].pid
    assert pid is not None
    worker = psutil.Process(pid)
    for key, spec in EXPLANATIONS.items():
        if spec.cost != "instant" or not isinstance(verdicts.answer[key], Sound):
            continue
        line = f"  {key:18}"
        for said, checks in (("unchecked", ()), ("usual checks", None)):
            asked = [Question(method=key, rows=tuple(range(first, first + ROWS))) for first in range(QUESTIONS + 1)]
            ask(explainer, run, asked[0], checks)  # may load the method
            before = sum(worker.cpu_times()[:2]) + time.process_time()
            took = [ask(explainer, run, question, checks) for question in asked[1:]]
            cpu = (sum(worker.cpu_times()[:2]) + time.process_time() - before) / len(took)
            middle, most = np.quantile(took, [0.5, 0.95])
            line += f"   {said} {middle:.3f} [{most:.3f}] ({cpu:.3f})"
        print(line, flush=True)


def known(explainer: Explainer, run: Run) -> None:
    """Part 4."""
    question = Question(method="saliency", rows=tuple(range(ROWS)))
    ask(explainer, run, question, None)
    memory = [ask(explainer, run, question, None) for _ in range(QUESTIONS)]
    disk = []
    for _ in range(QUESTIONS):
        other = Explainer(run.path.parents[1])
        disk.append(ask(other, run, question, None))
        other.close()
    print(f"A known answer, n={QUESTIONS}: median ms")
    print(f"  from memory {1000 * np.median(memory):.2f}   from the disk {1000 * np.median(disk):.2f}")


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        runs = {name: trained(home, document) for name, document in NETWORKS.items()}
        table, pictures = runs.values()
        cold_and_warm(table)
        explainer = Explainer(home)
        try:
            thirty_and_one(explainer, pictures)
            for name, run in runs.items():
                instant(explainer, name, run)
            known(explainer, table)
        finally:
            explainer.close()


if __name__ == "__main__":
    if len(sys.argv) == 3:
        first_call(Path(sys.argv[2]), sys.argv[1] == "warm")
    else:
        main()
