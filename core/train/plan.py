"""From a recipe to checked, ready objects: data on the device, an initialised model, optimizer, loss and schedule."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import nn

from core.data.balance.catalogue import BALANCES
from core.data.base import Prepared
from core.errors import BadInput
from core.models.base import ModelInput
from core.models.catalogue import ARCHITECTURES, model_fault
from core.optim.catalogue import OPTIMIZERS, OptimizerSpec
from core.optim.schedules.around import cycled_momentum, warm_up
from core.optim.schedules.catalogue import SCHEDULES
from core.recipe.data import load_data
from core.recipe.parts import Recipe
from core.train import devices, seeds
from core.train.augment.augment import Augmenter
from core.train.augment.of_recipe import make_augmenter
from core.train.averages import keeps_average
from core.train.faults import break_loop
from core.train.first_weights import draw_first_weights
from core.train.live_settings import LiveSettings
from core.train.loss_catalogue import LOSSES
from core.train.loss_fit import loss_arguments, loss_fault
from core.train.optimizer import make_optimizer
from core.train.regularise.base import Regulariser
from core.train.regularise.catalogue import REGULARISATIONS
from core.train.seeds import epoch_order
from core.train.transfer.freezing import Freezing
from core.train.transfer.start import start_from

DEVICE_DATA_BYTES = 2 * 2**30
FIXED_TRAIN_ROWS = 1024


@dataclass
class Plan:
    """Everything the loop needs. Tensors: x (rows, ...), y (rows,) on `device`, or pinned on the CPU if too large.

    `schedule` (step, total_steps) is all of the factor on the base learning rate but what `plateau` follows, if there is one.
    `stream` is the state of torch's random stream after the initial weights, which dropout goes on from.
    `averages`: the weights to evaluate are an average, which the optimizer keeps.
    """

    recipe: Recipe
    data: Prepared
    device: torch.device
    model: nn.Module
    forward: Callable[[torch.Tensor], torch.Tensor]
    loss: nn.Module
    optimizer: torch.optim.Optimizer
    scaler: torch.amp.GradScaler
    schedule: Callable[[int, int], float]
    plateau: Any | None
    regularisers: tuple[Regulariser, ...]
    augmenter: Augmenter | None
    freezing: Freezing
    x_train: torch.Tensor
    y_train: torch.Tensor
    x_val: torch.Tensor
    y_val: torch.Tensor
    steps_per_epoch: int
    stream: torch.Tensor
    averages: bool

    @property
    def classes(self) -> int:
        """Number of classes; 0 for regression."""
        return len(self.data.class_names)

    def total_steps(self, settings: LiveSettings) -> int:
        """How many steps the run has with these settings."""
        return settings.steps or settings.epochs * self.steps_per_epoch

    @cached_property
    def optimizer_spec(self) -> OptimizerSpec:
        """The catalogue entry of the optimizer: how the loop must call it."""
        return OPTIMIZERS[self.recipe.optim.key]

    def autocast(self) -> AbstractContextManager[object]:
        """The context the forward pass runs in."""
        precision = self.recipe.train.precision
        if precision == "fp32":
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16 if precision == "bf16" else torch.float16)

    def factor(self, step: int, settings: LiveSettings) -> float:
        """What the schedule multiplies the base learning rate by at `step`."""
        follows = 1.0 if self.plateau is None else float(self.plateau.current)
        return follows * self.schedule(step, self.total_steps(settings))

    def objective(self, loss: torch.Tensor, rows: int) -> torch.Tensor:
        """What a step on a batch of `rows` rows minimises, given the mean `loss` over them (0-d, or one per member)."""
        return loss * rows if self.recipe.loss.reduction == "sum" else loss

    def lr_in_force(self, lr: float) -> float:
        """`lr` times the factor on it that the optimizer has learned itself, where it learns one."""
        learned = self.optimizer_spec.learned_scale
        return lr * float(self.optimizer.param_groups[0][learned]) if learned else lr

    def apply(self, settings: LiveSettings, step: int) -> float:
        """Put learning rate, weight decay and momentum into the optimizer; returns the learning rate."""
        factor = self.factor(step, settings)
        lr, momentum, lowest = settings.lr * factor, settings.momentum, self.recipe.schedule.cycle_momentum
        if momentum is not None and lowest is not None:
            momentum = cycled_momentum(momentum, lowest, factor)
        for group in self.optimizer.param_groups:
            group["lr"] = lr * group.get("lr_scale", 1.0)
            group["weight_decay"] = settings.weight_decay
            if momentum is not None and "momentum" in group:
                group["momentum"] = momentum
            elif momentum is not None and "betas" in group:
                group["betas"] = (momentum, group["betas"][1])
        return lr

    def batch(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The training rows of those indices, on the device."""
        if self.x_train.device == self.device:
            return self.x_train.index_select(0, rows), self.y_train.index_select(0, rows)
        x = self.x_train.index_select(0, rows).pin_memory().to(self.device, non_blocking=True)
        return x, self.y_train.index_select(0, rows).pin_memory().to(self.device, non_blocking=True)

    def epoch_order(self, epoch: int) -> torch.Tensor:
        """The training rows of `epoch` in the order in which its batches take them, int64 (rows,), on the CPU."""
        return row_order(self.recipe, self.y_train, epoch)

    def training_batch(self, rows: torch.Tensor, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Those training rows as the step after `step` trains on them: varied where the recipe augments."""
        if self.augmenter is None:
            return self.batch(rows)
        epoch = step // self.steps_per_epoch
        return self.augmenter(self.x_train, self.y_train, rows, epoch, self.device)

    def example(self) -> torch.Tensor:
        """Two training rows on the device, to look at shapes with."""
        return self.x_train[:2].to(self.device)


def make_plan(recipe: Recipe, uploads: Path | None = None, data: Prepared | None = None) -> Plan:
    """Load the data, build and initialise everything `recipe` names, all draws from its seed.

    `data` spares the loading where `load_data` has already returned it for this recipe.

    Raises:
        BadInput: when the parts do not fit each other or this machine, in a sentence that says what to do.
    """
    device = devices.choose(recipe.train.device)
    if recipe.train.precision == "amp" and device.type != "cuda":
        raise BadInput(
            f"amp needs a CUDA device, but this run uses {device.type}; set train.precision to bf16 or fp32."
        )
    torch.set_num_threads(recipe.train.threads)
    data = data or load_data(recipe, uploads)
    _check_fit(recipe, data)
    if recipe.train.fault == "sorted_rows":
        order = data.y_train.argsort(kind="stable")
        made_up = None if data.made_up is None else data.made_up[order]
        data = replace(data, x_train=data.x_train[order], y_train=data.y_train[order], made_up=made_up)
    seeds.seed_everything(recipe.seed)
    model_input = ModelInput(data.kind, data.input_shape, len(data.vocabulary), data.graph)
    model = ARCHITECTURES[recipe.model.key].load()(model_input, data.outputs, **recipe.model.params)
    draw_first_weights(model, recipe, data.x_train)
    if recipe.transfer.weights:
        start_from(
            model,
            recipe.transfer.weights,
            recipe.model.key,
            uploads,
            fresh_output=recipe.transfer.fresh_output,
            vocabulary=data.vocabulary,
        )
    model = model.to(device).train()
    regularisers = tuple(REGULARISATIONS[key].load()(**params) for key, params in recipe.regularise.entries.items())
    steps = recipe.train.steps_per_epoch(len(data.x_train))
    optimizer = make_optimizer(recipe, model, regularisers, steps)
    break_loop(recipe.train.fault, model, optimizer)
    schedule_spec = SCHEDULES[recipe.schedule.key]
    build_schedule = schedule_spec.load()
    plateau = build_schedule(**recipe.schedule.params) if schedule_spec.reactive else None

    def schedule(step: int, total: int) -> float:
        chosen = 1.0 if plateau is not None else float(build_schedule(step, total, **recipe.schedule.params))
        return chosen * warm_up(step, total, recipe.schedule.linear_warmup)

    on_device = data.x_train.nbytes + data.x_val.nbytes <= DEVICE_DATA_BYTES

    def tensor(array: Any, here: bool) -> torch.Tensor:
        return torch.from_numpy(array).to(device if here else "cpu")

    return Plan(
        recipe=recipe,
        data=data,
        device=device,
        model=model,
        forward=torch.compile(model) if recipe.train.compile else model,
        loss=LOSSES[recipe.loss.key].load()(**loss_arguments(recipe.loss, data)).to(device),
        optimizer=optimizer,
        scaler=torch.amp.GradScaler(device.type, enabled=recipe.train.precision == "amp"),
        schedule=schedule,
        plateau=plateau,
        regularisers=regularisers,
        augmenter=make_augmenter(recipe, data, device),
        freezing=Freezing(model, recipe.transfer.frozen, recipe.transfer.thaw, recipe.transfer.thaw_after),
        x_train=tensor(data.x_train, on_device),
        y_train=tensor(data.y_train, on_device),
        x_val=tensor(data.x_val, True),
        y_val=tensor(data.y_val, True),
        steps_per_epoch=steps,
        stream=torch.get_rng_state(),
        averages=keeps_average(recipe),
    )


def row_order(recipe: Recipe, y: torch.Tensor, epoch: int) -> torch.Tensor:
    """The order, int64 (rows,), in which `recipe` takes training rows of classes or targets `y` (rows,), on the CPU.

    A pure function, so a resume needs no stored order.
    """
    balance = BALANCES[recipe.balance.key]
    shuffle = recipe.train.shuffle and recipe.train.fault != "sorted_rows"
    if balance.acts == "batches":
        order: torch.Tensor = balance.load()(recipe.seed, epoch, y.cpu(), shuffle, **recipe.balance.params)
        return order
    return epoch_order(recipe.seed, epoch, len(y), shuffle)


def _check_fit(recipe: Recipe, data: Prepared) -> None:
    """What only the loaded data can tell: an uploaded table's task, and whether its targets suit the loss."""
    if fault := loss_fault(recipe.loss, data):
        raise BadInput(f"The loss {fault}.")
    if fault := model_fault(recipe.model.key, data.kind, data.task):
        raise BadInput(f"The model {fault}.")
