"""The whole state of a run at a step boundary: what a checkpoint holds, its hash, and putting it back."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import IO, Any

import torch

from core.errors import BadInput
from core.optim.evaluation import evaluation_weights, keeps_average
from core.recipe.parts import Recipe
from core.train import seeds
from core.train.averages import optimizer_state_key
from core.train.live_settings import LiveSettings
from core.train.optimizer import make_optimizer
from core.train.plan import Plan


@dataclass
class Progress:
    """Where a run stands. `step` counts finished optimizer steps; `last_command` the last command that was applied."""

    settings: LiveSettings
    step: int = 0
    best_val_loss: float | None = None
    best_step: int = 0
    epochs_since_best: int = 0
    best_weights: dict[str, torch.Tensor] | None = None
    last_command: int = 0
    stopped_early: bool = False
    metrics: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0


def capture(plan: Plan, progress: Progress) -> dict[str, Any]:
    """Everything that decides the rest of the run, in types that torch.load(weights_only=True) reads.

    "model" is the model to use. Where that is an average, the weights it trains with stand in "training_model".
    """
    training = {"training_model": plan.model.state_dict()} if keeps_average(plan.optimizer) else {}
    return {
        "format": 1,
        "model": weights_to_use(plan),
        **training,
        "optimizer": plan.optimizer.state_dict(),
        "keys": _keys(plan.recipe),
        "scaler": plan.scaler.state_dict(),
        "plateau": plan.plateau.state_dict() if plan.plateau is not None else None,
        "random": seeds.capture_streams(),
        "progress": {
            "settings": asdict(progress.settings),
            "step": progress.step,
            "best_val_loss": progress.best_val_loss,
            "best_step": progress.best_step,
            "epochs_since_best": progress.epochs_since_best,
            "best_weights": progress.best_weights,
            "last_command": progress.last_command,
            "metrics": dict(progress.metrics),
            "seconds": progress.seconds,
        },
        "environment": environment(plan),
    }


def weights_to_use(plan: Plan) -> dict[str, Any]:
    """The state dict of the model to use: its own tensors, or copies where the optimizer keeps an average of them."""
    if not keeps_average(plan.optimizer):
        return plan.model.state_dict()
    with evaluation_weights(plan.optimizer):
        return {name: value.clone() for name, value in plan.model.state_dict().items()}


def _keys(recipe: Recipe) -> dict[str, str]:
    """What must be the same for a saved optimizer, schedule or loss to be gone on with."""
    return {"optim": optimizer_state_key(recipe), "schedule": recipe.schedule.key, "loss": recipe.loss.key}


def environment(plan: Plan) -> dict[str, Any]:
    """What bit-exactness depends on beside the recipe."""
    return {
        "torch": str(torch.__version__),
        "device": plan.device.type,
        "machine": platform.machine(),
        "threads": torch.get_num_threads(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "tf32": torch.backends.cuda.matmul.allow_tf32,
    }


def state_hash(state: Mapping[str, Any]) -> str:
    """sha256 over every tensor and value of a captured state; bookkeeping that decides nothing is left out."""
    digest = hashlib.sha256()
    decisive = {key: value for key, value in state.items() if key not in ("environment", "format")}
    decisive["progress"] = {k: v for k, v in state["progress"].items() if k not in ("last_command", "seconds")}
    _feed(digest, decisive)
    return digest.hexdigest()


def tensors_hash(tensors: Mapping[str, Any]) -> str:
    """sha256 over named tensors, such as a model's state dict."""
    digest = hashlib.sha256()
    _feed(digest, tensors)
    return digest.hexdigest()


def _feed(digest: Any, value: Any) -> None:
    if isinstance(value, torch.Tensor):
        digest.update(f"{value.dtype}{tuple(value.shape)}".encode())
        digest.update(value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    elif isinstance(value, Mapping):
        for key in sorted(value, key=str):
            digest.update(f"|{key}:".encode())
            _feed(digest, value[key])
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        digest.update(f"[{len(value)}".encode())
        for one in value:
            _feed(digest, one)
    else:
        digest.update(repr(value).encode())


def save(state: dict[str, Any], file: IO[bytes]) -> None:
    """Write a captured state."""
    torch.save(state, file)


def load(path: Any, device: torch.device) -> dict[str, Any]:
    """Read a captured state, tensors only.

    Raises:
        BadInput: when the file is not a whole checkpoint.
    """
    try:
        state = torch.load(path, map_location=device, weights_only=True)
        if state["format"] != 1:
            raise KeyError
        return dict(state)
    except Exception as error:
        raise BadInput(
            f"The checkpoint {getattr(path, 'name', path)} can't be read ({type(error).__name__}); resume from an older one."
        ) from None


def load_weights(model: torch.nn.Module, state: Mapping[str, Any]) -> None:
    """Put the weights to use from a captured state into `model`: averaged ones where its optimizer keeps an average.

    Raises:
        BadInput: when they do not fit.
    """
    try:
        model.load_state_dict(state["model"])
    except RuntimeError as error:
        reason = (str(error).splitlines()[1:] or [str(error)])[0].strip()
        raise BadInput(
            f"The checkpoint does not fit this model ({reason}). Keep the architecture when forking, or start a new run."
        ) from None


def changed_settings(plan: Plan, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For each group of the plan's fresh optimizer, the entries that another with `params` would start with otherwise.

    What an optimizer learns or counts lies in its groups too; it is the same in two fresh ones, and so left out.
    """
    other = make_optimizer(plan.recipe, plan.model, plan.regularisers, plan.steps_per_epoch, params)
    return [
        {name: value for name, value in group.items() if name != "params" and value != theirs.get(name)}
        for group, theirs in zip(plan.optimizer.param_groups, other.param_groups, strict=True)
    ]


def restore(
    plan: Plan,
    progress: Progress,
    state: Mapping[str, Any],
    *,
    forked: bool = False,
    parent_params: Mapping[str, Any] | None = None,
) -> None:
    """Put a captured state into `plan` and `progress`.

    A fork keeps its own recipe's settings; an optimizer, schedule or loss that it changed starts afresh. Of an optimizer
    that it keeps, the parameters that differ from the parent's, `parent_params`, are the fork's own.

    Raises:
        BadInput: when the weights do not fit the model.
    """
    load_weights(plan.model, state)
    keys = _keys(plan.recipe)
    same = {part: keys[part] == key for part, key in state["keys"].items()}
    saved = state["progress"]
    if same["optim"]:
        own = changed_settings(plan, parent_params) if forked and parent_params is not None else []
        plan.optimizer.load_state_dict(state["optimizer"])
        for group, changes in zip(plan.optimizer.param_groups, own, strict=False):
            group.update(changes)
        if "training_model" in state:
            plan.model.load_state_dict(state["training_model"])
    if plan.plateau is not None and same["schedule"] and state["plateau"] is not None:
        plan.plateau.load_state_dict(state["plateau"])
    if state["scaler"] and plan.scaler.is_enabled():
        plan.scaler.load_state_dict(state["scaler"])
    seeds.restore_streams(state["random"])
    progress.step, progress.metrics = saved["step"], dict(saved["metrics"])
    if same["loss"]:
        for name in ("best_val_loss", "best_step", "epochs_since_best", "best_weights"):
            setattr(progress, name, saved[name])
    if not forked:
        progress.settings = LiveSettings(**saved["settings"])
        progress.last_command, progress.seconds = saved["last_command"], saved["seconds"]
