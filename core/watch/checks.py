"""What `watch` can be given: every wrong use gets one sentence that says what to do instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import torch
from torch import nn

from core.errors import BadInput, suggestion

TASKS = ("classification", "regression", "other")
WRAPPERS = (nn.DataParallel, nn.parallel.DistributedDataParallel)
NORMS_AND_DROPOUTS = (
    nn.modules.batchnorm._BatchNorm, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout,
)  # fmt: skip


@dataclass(frozen=True)
class Watched:
    """A checked model with its optimizers. `compiled` says that hooks in its forward pass would not be seen."""

    model: nn.Module
    optimizers: tuple[torch.optim.Optimizer, ...]
    compiled: bool

    @property
    def mode_matters(self) -> bool:
        """Whether the model computes something else in training mode."""
        return any(isinstance(module, NORMS_AND_DROPOUTS) for module in self.model.modules())


def check_model(model: object) -> tuple[nn.Module, bool]:
    """The module without the wrappers of torch.compile and data parallelism, and whether it is compiled.

    Raises:
        BadInput: when it is no module, or one whose weights can't be looked at.
    """
    if not isinstance(model, nn.Module):
        raise BadInput(f"watch() needs a torch.nn.Module as its first argument, but got {_kind(model)}.")
    compiled = any(_is_compiled(module) for module in model.modules())
    while isinstance(model, WRAPPERS) or hasattr(model, "_orig_mod"):
        model = model.module if isinstance(model, WRAPPERS) else model._orig_mod
        assert isinstance(model, nn.Module)
    parameters = [p for p in model.parameters() if p.requires_grad]
    if not parameters:
        raise BadInput("The model has no parameter that is trained; set requires_grad on those to watch.")
    if any(isinstance(p, nn.parameter.UninitializedParameter) for p in parameters):
        raise BadInput("The model has lazy layers without weights yet; run one batch through it, then call watch().")
    if any(type(p).__name__ == "DTensor" or p.device.type == "meta" for p in parameters):
        raise BadInput(
            "The model's weights are sharded or not materialised; watch() needs whole weights on one device."
        )
    kinds = sorted({f"{p.dtype}".removeprefix("torch.") + f" on {p.device}" for p in parameters})
    if len(kinds) > 1:
        raise BadInput(
            f"The trained parameters are of several kinds ({', '.join(kinds)}); watch() needs one number type on one device."
        )
    if any(isinstance(m, (nn.Embedding, nn.EmbeddingBag)) and m.sparse for m in model.modules()):
        raise BadInput("The model has an embedding with sparse gradients; build it with sparse=False to watch it.")
    return model, compiled


def _is_compiled(module: nn.Module) -> bool:
    return hasattr(module, "_orig_mod") or getattr(module, "_compiled_call_impl", None) is not None


def check_optimizers(optimizer: object, model: nn.Module) -> tuple[torch.optim.Optimizer, ...]:
    """One or several optimizers as a tuple.

    Raises:
        BadInput: when one is no optimizer, or moves nothing of `model`.
    """
    given: Iterable[Any] = (
        (optimizer,)
        if isinstance(optimizer, torch.optim.Optimizer)
        else optimizer.values()
        if isinstance(optimizer, Mapping)
        else optimizer
        if isinstance(optimizer, (list, tuple))
        else (optimizer,)
    )
    found = tuple(given)
    own = {id(p) for p in model.parameters()}
    if not found:
        raise BadInput("watch() needs the optimizer, or a list of them; the list is empty.")
    for one in found:
        if not isinstance(one, torch.optim.Optimizer):
            raise BadInput(f"watch() needs a torch.optim.Optimizer, or a list of them, but got {_kind(one)}.")
        if not any(id(p) in own for group in one.param_groups for p in group["params"]):
            raise BadInput(
                f"The {type(one).__name__} optimizer holds no parameter of this model; build it from model.parameters() of "
                "the model you watch, after the model was moved or replaced."
            )
    if len({id(one) for one in found}) < len(found):
        raise BadInput("The same optimizer was given twice; give each one once.")
    return found


def check_task(task: object, num_classes: object) -> tuple[str, int]:
    """The task and the number of classes, 0 when unknown.

    Raises:
        BadInput: when one of them is not allowed.
    """
    if task not in TASKS:
        raise BadInput(f"task is {task!r}{suggestion(str(task), TASKS)}.")
    if num_classes is None:
        return str(task), 0
    if isinstance(num_classes, bool) or not isinstance(num_classes, int) or num_classes < 2:
        raise BadInput(f"num_classes is {num_classes!r}; give a whole number of at least 2, or leave it out.")
    if task != "classification":
        raise BadInput(f"num_classes was given, but the task is {task}; leave it out or set task='classification'.")
    return str(task), num_classes


def check_budget(budget: object) -> float | None:
    """The budget in percent of the step time; None for no limit.

    Raises:
        BadInput: when it is not a share between 0.001 and 1.
    """
    if budget is None:
        return None
    if isinstance(budget, bool) or not isinstance(budget, Real) or not 0.001 <= float(budget) <= 1:
        raise BadInput(
            f"budget is {budget!r}; give a share of the step time between 0.001 and 1 (0.05 is 5 %), or None."
        )
    return 100 * float(budget)


def check_loss(loss: object) -> torch.Tensor:
    """The loss as a 0-d tensor that is not part of a graph.

    Raises:
        BadInput: when it is not one number.
    """
    if isinstance(loss, torch.Tensor):
        if loss.ndim == 0:
            return loss.detach()
        if loss.numel() != 1:
            raise BadInput(
                f"doctor.step() needs the loss as one number, but got a tensor of shape {tuple(loss.shape)}; give its mean."
            )
        return loss.detach().reshape(())
    if isinstance(loss, Real) and not isinstance(loss, bool):
        return torch.tensor(float(loss))
    raise BadInput(f"doctor.step() needs the loss as a tensor with one number or a float, but got {_kind(loss)}.")


def check_pair(outputs: object, targets: object) -> None:
    """Outputs and targets of one batch.

    Raises:
        BadInput: when one is no tensor, or they have different numbers of rows.
    """
    for name, value in (("outputs", outputs), ("targets", targets)):
        if value is not None and not isinstance(value, torch.Tensor):
            raise BadInput(f"{name} must be a tensor, but got {_kind(value)}; give what the loss function was given.")
    if isinstance(outputs, torch.Tensor) and isinstance(targets, torch.Tensor):
        rows = [value.shape[0] if value.ndim else 0 for value in (outputs, targets)]
        if rows[0] != rows[1]:
            raise BadInput(f"outputs have {rows[0]} rows and targets {rows[1]}; give both of the same batch.")


def check_figure(name: str, value: object) -> float:
    """A metric as a float.

    Raises:
        BadInput: when it is not one number.
    """
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        return float(value.detach())
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise BadInput(f"{name} must be one number, but got {_kind(value)}; give its mean over the rows.") from None


def _kind(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
