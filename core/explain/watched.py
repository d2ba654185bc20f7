"""A model that somebody else's program trains, opened to be explained: its class from a module, its weights and rows from files.

It runs the user's own code, so it is for the command line and for Python, never for the server.
"""

from __future__ import annotations

import contextlib
import copy
import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from core.data.base import TASKS
from core.errors import BadInput, suggestion
from core.explain.given_rows import GivenRows, as_prepared, kind_of, read_rows
from core.explain.prepare import EVALUATION_ROWS, Opened, Subject, not_finite, prepare
from core.store.workspace import Run
from core.train import state

NESTED = ("state_dict", "model_state_dict", "model")
UNKNOWN_STEP = -1


def open_model(
    model: str | nn.Module | Callable[[], nn.Module],
    data: Path | GivenRows,
    *,
    weights: Path | None = None,
    run: Run | None = None,
    task: str = "",
) -> Opened:
    """A model with weights and rows from files, ready to be explained; `model` itself is not touched.

    `model` is a module, a function without arguments that returns one, or where to import either: "package.module:name".
    `weights` is a state dict that torch.save wrote, read with weights_only=True; without it the model is explained as it
    comes. `data` is a file for `read_rows`. With a watched `run`, the model must be of the class and size that was
    watched. `task` is by default that of the run, else regression for one output. The step is UNKNOWN_STEP.

    Raises:
        BadInput: when they can't be had, or do not fit each other.
    """
    found = load_model(model)
    if run is not None:
        _same_as_watched(found, run)
    notes = []
    if weights is not None:
        load_weights(found, weights)
    elif not isinstance(model, nn.Module):
        notes.append("No weights file was given: the model is explained with the weights that it is imported with.")
    if broken := not_finite(found):
        raise BadInput(
            f"The weights are not finite numbers (first in {broken}), so nothing can be explained; give earlier weights."
        )
    given = data if isinstance(data, GivenRows) else read_rows(data)
    if given.x_train is None:
        notes.append("The data has no x_train, so rows are compared with rows of the same file.")
    kind = kind_of(given.x, any(isinstance(module, nn.Embedding) for module in found.modules()))
    x = given.x.astype(np.int64 if kind == "text" else np.float32)
    subject = _readied(found, x, kind)
    others = x if given.x_train is None else given.x_train.astype(x.dtype)
    outputs = subject.predict(others)
    task = _task(task, run, outputs.shape[1])
    predicted = outputs.argmax(axis=1) if task == "classification" else outputs[:, 0]
    name = data.stem if isinstance(data, Path) else "rows"
    prepared = as_prepared(given, kind, task, outputs.shape[1], predicted, name)
    subject = replace(subject, notes=(*subject.notes, *notes))
    return Opened(subject, prepared, UNKNOWN_STEP, state.tensors_hash(found.state_dict()))


def load_model(given: str | nn.Module | Callable[[], nn.Module]) -> nn.Module:
    """A copy of the module that is given, imported or made, on the processor in float32 and eval mode.

    Raises:
        BadInput: when it can't be had.
    """
    what = repr(given) if isinstance(given, str) else "The given function"
    with _importing_from_here():
        found: Any = _imported(given) if isinstance(given, str) else given
        found = _called(found, what) if not isinstance(found, nn.Module) and callable(found) else found
    if not isinstance(found, nn.Module):
        raise BadInput(
            f"{what} gives a {type(found).__name__}, not a torch.nn.Module; give a module or a function that returns one."
        )
    return copy.deepcopy(found).cpu().float().eval()


@contextlib.contextmanager
def _importing_from_here() -> Iterator[None]:
    """What stands in the current folder can be imported inside, after all that is installed."""
    here = str(Path.cwd())
    sys.path.append(here)
    try:
        yield
    finally:
        sys.path.reverse()
        sys.path.remove(here)  # the last of its kind
        sys.path.reverse()


def _called(factory: Callable[[], Any], what: str) -> Any:
    try:
        return factory()
    except Exception as error:  # whatever the user's own code raises
        raise BadInput(
            f"{what} can't be called without arguments ({_said(error)}); give a function that returns the model."
        ) from None


def _imported(text: str) -> object:
    name, sign, attribute = text.partition(":")
    if not (name and sign and attribute):
        raise BadInput(f"{text!r} is not package.module:name, for example my_project.models:make_model.")
    try:
        found: Any = importlib.import_module(name)
    except Exception as error:  # whatever the user's own code raises while it is imported
        raise BadInput(
            f"{name} can't be imported ({_said(error)}); go to the folder from which `import {name}` works."
        ) from None
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise BadInput(
                f"{name} has no {attribute!r}{suggestion(part, dir(found))}; name a module or a function that returns one."
            )
        found = getattr(found, part)
    return found


def load_weights(model: nn.Module, path: Path) -> None:
    """Load a state dict, or the one kept under one of NESTED in a checkpoint, all names fitting.

    Raises:
        BadInput: when it can't be read or does not fit.
    """
    if not path.is_file():
        raise BadInput(f"There is no file {path}; give the state dict that torch.save(model.state_dict(), path) wrote.")
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds
        raise BadInput(
            f"{path.name} can't be read as weights alone ({_said(error)}); write it with torch.save(model.state_dict(), path)."
        ) from None
    if isinstance(saved, Mapping):
        saved = next((saved[key] for key in NESTED if isinstance(saved.get(key), Mapping)), saved)
    if not isinstance(saved, Mapping) or not all(isinstance(value, torch.Tensor) for value in saved.values()):
        raise BadInput(f"{path.name} holds no state dict; write it with torch.save(model.state_dict(), path).")
    own = model.state_dict()
    faults = [f"it lacks {name}" for name in own if name not in saved]
    faults += [f"the model has no {name}" for name in saved if name not in own]
    faults += [
        f"{name} has shape {tuple(value.shape)} instead of {tuple(own[name].shape)}"
        for name, value in saved.items()
        if name in own and value.shape != own[name].shape
    ]
    if faults:
        more = f" and {len(faults) - 3} more" if len(faults) > 3 else ""
        raise BadInput(
            f"{path.name} does not fit {type(model).__name__}: {', '.join(faults[:3])}{more}; give the weights of this model."
        )
    model.load_state_dict(saved)


def _same_as_watched(model: nn.Module, run: Run) -> None:
    if not run.watched:
        raise BadInput(f"{run.id} was trained here and brings its own model; leave the model out.")
    known = run.document().get("model", {})
    parameters = sum(parameter.numel() for parameter in model.parameters())
    if (known.get("key"), known.get("parameters")) != (type(model).__name__, parameters):
        raise BadInput(
            f"{run.id} watched a {known.get('key')} with {known.get('parameters'):,} parameters, but this is a {type(model).__name__} "
            f"with {parameters:,}; give the model that was watched."
        )


def _readied(model: nn.Module, x: np.ndarray, kind: str) -> Subject:
    try:
        subject = prepare(model, x, kind)
        shape = subject.predict(x[: min(2, EVALUATION_ROWS)]).shape
    except BadInput:
        raise
    except Exception as error:  # whatever the user's own forward raises
        raise BadInput(
            f"The model can't read rows of shape {x.shape[1:]} ({_said(error)}); give rows as its forward takes them."
        ) from None
    if len(shape) != 2 or shape[0] != min(2, len(x)):
        raise BadInput(
            f"The model puts out {shape} for {min(2, len(x))} rows; it must give one row of outputs for each."
        )
    return subject


def _task(asked: str, run: Run | None, outputs: int) -> str:
    known = asked or ("" if run is None else str(run.document().get("task", "")))
    if known not in TASKS:
        known = "regression" if outputs == 1 else "classification"
    if known == "regression" and outputs > 1:
        raise BadInput(
            f"A regression of {outputs} numbers can't be explained at once; wrap the model to put out one of them."
        )
    return known


def _said(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:160]}" if lines else type(error).__name__
