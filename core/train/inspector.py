"""The inspector process: answers questions that need torch, and stays warm between them.

One JSON document a line on standard input, {"ask": a key of QUESTIONS, ...}; one a line on standard output,
{"answer": ...} or {"error": sentence}.
"""

from __future__ import annotations

import base64
import json
import math
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Document = dict[str, Any]
LARGE = 5_000_000  # parameters; above it a network is looked at without memory for its weights


def preflight(question: Document) -> Document:
    """{"recipe", "uploads"}: the inspection of the first batch, the facts that the rules need with it, and the seconds."""
    from core.recipe.codec import parse_recipe
    from core.train.inspection import inspect_start
    from core.train.plan import make_plan

    begun = time.perf_counter()
    plan = make_plan(parse_recipe(question["recipe"]), Path(question["uploads"]))
    found = inspect_start(plan)
    facts = {
        "class_names": list(plan.data.class_names),
        "steps_per_epoch": plan.steps_per_epoch,
        "loss": plan.recipe.loss.key,
        "parameters": sum(p.numel() for p in plan.model.parameters()),
    }
    return {"inspection": found, "facts": facts, "seconds": time.perf_counter() - begun}


def depth(question: Document) -> Document:
    """{"recipes": [...], "uploads"}: signal and gradient over depth of each, on its first batch; they share their data."""
    from core.recipe.codec import parse_recipe
    from core.train.batched.plans import make_plans
    from core.train.inspection import signal_over_depth

    plans = make_plans(map(parse_recipe, question["recipes"]), Path(question["uploads"]))
    return {"networks": [signal_over_depth(plan) for plan in plans]}


def trace(question: Document) -> Document:
    """{"run", "step", "uploads"}: the fatal step of a run, taken apart."""
    from core.store.workspace import Run
    from core.train import forensics

    return forensics.trace(Run(Path(question["run"])), int(question["step"]), Path(question["uploads"]))


def outputs(question: Document) -> Document:
    """{"run", "step", "uploads"}: the outputs of a checkpoint for the validation rows, float32 in base64, and their shape."""
    from core.store.workspace import Run
    from core.train.outputs import validation_outputs

    found = validation_outputs(Run(Path(question["run"])), int(question["step"]), Path(question["uploads"]))
    return {"outputs": base64.b64encode(found.astype("<f4").tobytes()).decode(), "shape": list(found.shape)}


def keep_weights(question: Document) -> Document:
    """{"run", "step", "uploads"}: keep the weights of a checkpoint to start other runs from; their name."""
    from core.store.workspace import Run
    from core.train.transfer.keep import keep_weights as keep

    return {"name": keep(Run(Path(question["run"])), int(question["step"]), Path(question["uploads"])).name}


def augmented(question: Document) -> Document:
    """{"recipe", "uploads", "rows", "epochs"}: training rows as each epoch varies them, base64, and their shape and type."""
    from core.recipe.codec import parse_recipe
    from core.recipe.data import load_data
    from core.train.augment.of_recipe import varied

    recipe = parse_recipe(question["recipe"])
    data = load_data(recipe, Path(question["uploads"]))
    found = [one.numpy() for one in varied(recipe, data, question["rows"], int(question["epochs"]))]
    shape = [len(found), *found[0].shape]
    joined = b"".join(one.tobytes() for one in found)
    return {"values": base64.b64encode(joined).decode(), "shape": shape, "type": found[0].dtype.str}


def robustness(question: Document) -> Document:
    """{"run", "step", "uploads"}: the accuracy of a checkpoint under attacks."""
    from core.store.workspace import Run
    from core.train.robustness import robust_accuracy

    return robust_accuracy(Run(Path(question["run"])), int(question["step"]), Path(question["uploads"]))


def find_rate(question: Document) -> Document:
    """{"recipe", "uploads"}: the learning-rate range test of a recipe."""
    from core.recipe.codec import parse_recipe
    from core.train import rate_finder

    return rate_finder.find_rate(parse_recipe(question["recipe"]), Path(question["uploads"])).document()


def network(question: Document) -> Document:
    """{"model", "params", "kind", "shape", "vocabulary", "outputs"}: the layers of a network, as a Network document."""
    import torch

    from core.models.base import ModelInput
    from core.models.catalogue import ARCHITECTURES
    from core.models.summary import trace_network

    spec = ARCHITECTURES[question["model"]]
    model_input = ModelInput(question["kind"], tuple(question["shape"]), question["vocabulary"])
    large = spec.parameters(model_input, question["outputs"], question["params"]) > LARGE
    with torch.random.fork_rng(devices=[]), torch.device("meta" if large else "cpu"):
        model = spec.load()(model_input, question["outputs"], **question["params"])
        shape, whole = (2, *model_input.shape), torch.int64 if model_input.kind == "text" else torch.float32
        return trace_network(model, torch.ones(shape, dtype=whole)).document()


def trajectories(question: Document) -> Document:
    """{"query"}: the paths of the optimizers of a scene over its surface."""
    from core.surfaces.trajectories import trajectories as follow

    return follow(question["query"])


def loss_slice(question: Document) -> Document:
    """{"run", "directions", "seed", "size", "uploads", "first"}: a part of the loss around a run's final weights."""
    from core.surfaces.network.slice import part

    return part(question)


QUESTIONS: dict[str, Callable[[Document], Document]] = {
    "preflight": preflight,
    "depth": depth,
    "trace": trace,
    "outputs": outputs,
    "keep_weights": keep_weights,
    "augmented": augmented,
    "robustness": robustness,
    "find_rate": find_rate,
    "network": network,
    "trajectories": trajectories,
    "loss_slice": loss_slice,
}


def answer(question: Document) -> Document:
    """The answer to one question; what goes wrong is a sentence under "error"."""
    from core.errors import ClinicError

    try:
        return {"answer": QUESTIONS[question["ask"]](question)}
    except ClinicError as error:
        return {"error": str(error)}
    except (RuntimeError, MemoryError) as error:
        return {"error": f"The model can't be built or run ({type(error).__name__}: {str(error)[:200]})."}


def main() -> None:
    """Answer questions until the input ends."""
    for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    said = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints must not mix with the answers
    from core.train.process import warm_up

    if hasattr(os, "nice"):
        os.nice(5)
    warm_up()
    for line in sys.stdin:
        said.write(json.dumps(_jsonable(answer(json.loads(line)))) + "\n")
        said.flush()


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _jsonable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_jsonable(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value


if __name__ == "__main__":
    main()
