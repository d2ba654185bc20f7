"""Many runs of one model as one computation: every member has its own seed, rows, weights and hyper-parameters."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from core.errors import BadInput
from core.optim.catalogue import OPTIMIZERS
from core.optim.schedules.around import cycled_momentum
from core.train.batched.clipping import clip, joint_norm
from core.train.batched.eligibility import batch_key, hyper_parameters, variant, why_alone
from core.train.batched.layers import keep_members, stack_models
from core.train.batched.rows import EVALUATION_ROWS, Rows
from core.train.batched.streams import Streams
from core.train.batched.updates import UPDATES, Numbers
from core.train.evaluate import answer, run_metrics, scores_of_members
from core.train.live_settings import LiveSettings
from core.train.plan import Plan


@dataclass(frozen=True)
class StepFigures:
    """Of one step, tensors (members,) on the device: the loss before the update and, where measured, the global L2
    norm of the unclipped gradient and ||update|| / ||weights before|| over all weights."""

    loss: torch.Tensor
    gradient_norm: torch.Tensor | None = None
    update_ratio: torch.Tensor | None = None


class Batch:
    """`plans` trained together; each member's numbers are those it would have alone, to float tolerance.

    The loss is averaged within each member and the members' losses are independent, so one backward pass through
    all of them gives every member its own gradient; a member that turns NaN goes on alone as such.

    Raises:
        BadInput: when a recipe must train alone, or two of them can't share a batch.
    """

    def __init__(self, plans: Sequence[Plan]) -> None:
        first = plans[0]
        for plan in plans:
            if reason := why_alone(plan.recipe, first.device.type):
                raise BadInput(f"{plan.recipe.name} can't share a batch: {reason}")
            if batch_key(plan.recipe) != batch_key(first.recipe):
                raise BadInput(
                    f"{plan.recipe.name} and {first.recipe.name} can't share a batch: data, model, optimizer, loss, "
                    "batch size and length must agree."
                )
        self.plans, self.members = list(plans), len(plans)
        self.device, self.step = first.device, 0
        self.total_steps, self.steps_per_epoch = first.total_steps(LiveSettings.of(first.recipe)), first.steps_per_epoch
        self.best_val_loss: list[float | None] = [None] * self.members
        self.best_step = [0] * self.members
        self._rows = Rows(plans)
        self._streams = Streams([plan.stream for plan in plans])
        self._model = stack_models([plan.model for plan in plans], self._streams).train()
        self._weights = list(self._model.parameters())
        self._loss = _loss_by_row(first.loss)
        self._update = UPDATES[variant(first.recipe.optim)]
        self._decoupled = OPTIMIZERS[first.recipe.optim.key].decay == "weights"
        self._gather_hyper()
        self._carried: Numbers = {}
        self._slots = [
            {name: self._start(weight, start) for name, start in self._update.slots.items()} for weight in self._weights
        ]
        self._spares = [torch.empty_like(weight) for weight in self._weights]

    def train_step(self, measure: bool = False) -> StepFigures:
        """One optimizer step of every member, on its own rows of the epoch."""
        x, y = self._rows.batch(*divmod(self.step, self.steps_per_epoch))
        losses = self._losses(self._model(x), y)
        minimised = self.plans[0].objective(losses, y.shape[1])
        gradients = list(torch.autograd.grad(minimised, self._weights, torch.ones_like(losses)))
        losses = losses.detach()
        with torch.no_grad():
            mode = self.plans[0].recipe.clip.mode
            norm = joint_norm(gradients) if measure or mode == "norm" else None
            before = [weight.clone() for weight in self._weights] if measure else []
            self._move(gradients, mode, norm)
            self.step += 1
            if not measure:
                return StepFigures(losses)
            moved = torch._foreach_sub(self._weights, before)
            return StepFigures(losses, norm, joint_norm(moved) / joint_norm(before))

    def next_rows(self) -> dict[int, torch.Tensor]:
        """The numbers of the training rows that the next step takes, (rows,), by seed."""
        return self._rows.numbers(*divmod(self.step, self.steps_per_epoch))

    def evaluate(self) -> list[dict[str, float]]:
        """The metrics of every member, as core.train.loop.evaluate_now gives them; keeps count of the best."""
        y_std = None if self.plans[0].classes else [plan.data.y_std for plan in self.plans]
        on_val, on_train = (self._evaluate(*part) for part in (self._rows.validation(), self._rows.fixed_sample()))
        metrics = [
            run_metrics(val, train, y_std[member] if y_std else None)
            for member, (val, train) in enumerate(zip(on_val, on_train, strict=True))
        ]
        for member, found in enumerate(metrics):
            best = self.best_val_loss[member]
            if math.isfinite(found["val_loss"]) and (best is None or found["val_loss"] < best):
                self.best_val_loss[member], self.best_step[member] = found["val_loss"], self.step
        return metrics

    def drop(self, indices: Sequence[int]) -> None:
        """Take these members out; those left keep their order and close up."""
        stay = [member for member in range(self.members) if member not in set(indices)]
        if not stay:
            raise BadInput("A batch needs at least one member; end it instead of dropping them all.")
        kept = torch.tensor(stay, device=self.device)
        self.plans, self.members = [self.plans[member] for member in stay], len(stay)
        self.best_val_loss = [self.best_val_loss[member] for member in stay]
        self.best_step = [self.best_step[member] for member in stay]
        self._rows.keep(kept)
        self._streams.keep(stay)
        keep_members(self._model, kept)
        self._weights = list(self._model.parameters())
        self._gather_hyper()
        self._carried = {name: values[stay] for name, values in self._carried.items()}
        self._slots = [{name: slot[kept] for name, slot in slots.items()} for slots in self._slots]
        self._spares = [torch.empty_like(weight) for weight in self._weights]

    def weights(self, member: int) -> dict[str, torch.Tensor]:
        """A copy of one member's state dict, as its model alone would have it."""
        return {name: value[member].detach().clone() for name, value in self._model.state_dict().items()}

    def optimizer_bytes(self) -> int:
        """What the optimizer keeps per member beside the weights, in bytes."""
        return sum(slot.nbytes for slots in self._slots for slot in slots.values()) // self.members

    def capture(self) -> dict[str, Any]:
        """Everything that decides the rest of the batch, in types that torch.load(weights_only=True) reads."""
        return {
            "format": 1,
            "members": self.members,
            "step": self.step,
            "model": {name: value.clone() for name, value in self._model.state_dict().items()},
            "slots": [{name: slot.clone() for name, slot in slots.items()} for slots in self._slots],
            "carried": {name: torch.from_numpy(values.copy()) for name, values in self._carried.items()},
            "streams": self._streams.states(),
            "best_val_loss": list(self.best_val_loss),
            "best_step": list(self.best_step),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Put back what `capture` returned, into a batch of the same members.

        Raises:
            BadInput: when it comes from a batch of another size.
        """
        if state["members"] != self.members:
            raise BadInput(
                f"The saved batch has {state['members']} members and this one {self.members}; "
                "make this one from the recipes that were left when it was saved."
            )
        self._model.load_state_dict(state["model"])
        self._slots = [
            {name: slot.to(self.device, copy=True) for name, slot in slots.items()} for slots in state["slots"]
        ]
        self._carried = {name: values.numpy().copy() for name, values in state["carried"].items()}
        self._streams.restore(state["streams"])
        self.step = int(state["step"])
        self.best_val_loss, self.best_step = list(state["best_val_loss"]), list(state["best_step"])

    def _gather_hyper(self) -> None:
        """Put each hyper-parameter into one table, (members,) float64, and find the schedules that differ."""
        tables = [{**self._update.defaults, **hyper_parameters(plan.recipe)} for plan in self.plans]
        self._hyper: Numbers = {name: np.array([table[name] for table in tables]) for name in tables[0]}
        parts = [plan.recipe.schedule for plan in self.plans]
        known = {part: plan.schedule for part, plan in zip(parts, self.plans, strict=True)}
        self._schedules, self._schedule_of = list(known.values()), [list(known).index(part) for part in parts]
        lowest = [1.0 if part.cycle_momentum is None else part.cycle_momentum for part in parts]  # 1: it stays
        self._lowest_momentum = lowest if min(lowest) < 1 else None

    def _start(self, weight: torch.Tensor, name: str | None) -> torch.Tensor:
        slot = torch.zeros_like(weight)
        return slot if name is None else slot + self._broadcast({"start": self._hyper[name]}, weight.ndim)["start"]

    def _broadcast(self, numbers: Numbers, ndim: int) -> dict[str, torch.Tensor]:
        """Numbers (members,) as float32 tensors (members, 1, ..., 1) of `ndim` axes."""
        table = torch.from_numpy(np.stack(list(numbers.values())).astype(np.float32)).to(self.device)
        return dict(zip(numbers, table.reshape(len(numbers), -1, *[1] * (ndim - 1)).unbind(), strict=True))

    def _move(self, gradients: list[torch.Tensor], mode: str, norm: torch.Tensor | None) -> None:
        """Clip, decay and update, with the rates of this step; `gradients` are used up."""
        factors = np.array([schedule(self.step, self.total_steps) for schedule in self._schedules])[self._schedule_of]
        hyper = {**self._hyper, "lr": self._hyper["lr"] * factors}
        if self._lowest_momentum is not None:
            own = "momentum" if "momentum" in hyper else "beta1"
            hyper[own] = np.array(list(map(cycled_momentum, hyper[own], self._lowest_momentum, factors)))
        numbers = self._update.coefficients(hyper, self.step + 1, self._carried)
        shrink = 1 - hyper["lr"] * hyper["weight_decay"]
        numbers |= {"decay": hyper["weight_decay"], "shrink": shrink, "clip": hyper["clip"]}
        of_ndim = {ndim: self._broadcast(numbers, ndim) for ndim in {weight.ndim for weight in self._weights}}
        decays = bool(hyper["weight_decay"].any())
        for weight, gradient, slots, spare in zip(self._weights, gradients, self._slots, self._spares, strict=True):
            c = of_ndim[weight.ndim]
            clip(mode, gradient, weight, c["clip"], norm)
            if decays and self._decoupled:
                weight.mul_(c["shrink"])
            elif decays:
                gradient.addcmul_(weight, c["decay"])
            self._update.move(weight, gradient, slots, c, spare)

    def _losses(self, output: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """The mean loss of every member, (members,)."""
        by_row: torch.Tensor = self._loss(output.flatten(0, 1), y.flatten())
        return by_row.unflatten(0, y.shape).mean(1)

    @torch.no_grad()
    def _evaluate(self, x: torch.Tensor, y: torch.Tensor) -> list[dict[str, float]]:
        """Loss and scores on `x` (seeds, n, ...) and `y` (seeds, n), in eval mode."""
        self._model.eval()
        try:
            size, chosen = max(1, EVALUATION_ROWS // self.members), self._rows.of_member
            output = torch.cat([self._model(part.index_select(0, chosen)) for part in x.split(size, dim=1)], dim=1)
        finally:
            self._model.train()
        targets = y.index_select(0, chosen)
        losses = self._losses(output, targets).tolist()
        found = scores_of_members(answer(self._loss, output), targets, self.plans[0].classes)
        return [{"loss": loss} | scores for loss, scores in zip(losses, found, strict=True)]


def _loss_by_row(loss: nn.Module) -> nn.Module:
    """The same loss without the mean over rows."""
    loss = copy.deepcopy(loss)
    for module in loss.modules():
        if hasattr(module, "reduction"):
            module.reduction = "none"
    return loss
