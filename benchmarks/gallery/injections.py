"""What is done to a plan before training: faults of loop, model and data that no recipe can make; and a transformer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from torch import nn

from benchmarks.gallery.transformer import Transformer
from core.optim.catalogue import OPTIMIZERS
from core.probes.layers import find_layers
from core.recipe.parts import Recipe
from core.train import seeds
from core.train.first_weights import draw_first_weights
from core.train.plan import Plan, make_plan


def transformer(plan: Plan) -> Plan:
    """A transformer in place of the MLP, of the same depth, width, activation, norm and dropout."""
    recipe, params = plan.recipe, plan.recipe.model.params
    seeds.seed_everything(recipe.seed)
    model = Transformer(
        plan.data.input_shape,
        plan.data.outputs,
        depth=int(params["depth"] or 1),
        width=int(params["width"] or 1),
        activation=str(params["activation"]),
        norm=str(params["norm"]),
        dropout=float(params["dropout"] or 0.0),
    )
    draw_first_weights(model, recipe, plan.data.x_train)
    return _with_model(plan, model.train())


def _with_model(plan: Plan, model: nn.Module) -> Plan:
    """The plan with another model and an optimizer of its own."""
    optim = plan.recipe.optim
    optimizer = OPTIMIZERS[optim.key].load()(model.parameters(), optim.lr, optim.weight_decay, **optim.params)
    return replace(plan, model=model, forward=model, optimizer=optimizer)


def keep_gradients(plan: Plan) -> Plan:
    """zero_grad is forgotten."""
    plan.optimizer.zero_grad = lambda set_to_none=True: None  # type: ignore[method-assign]
    return plan


def maximise(plan: Plan) -> Plan:
    """The optimizer goes uphill."""
    for group in plan.optimizer.param_groups:
        group["maximize"] = True
    return plan


def forget_hidden(plan: Plan) -> Plan:
    """The optimizer is given the output layer only."""
    return _forget(plan, find_layers(plan.model)[:-1])


def forget_output(plan: Plan) -> Plan:
    """The optimizer is given all but the last two layers."""
    return _forget(plan, find_layers(plan.model)[-2:])


def _forget(plan: Plan, layers: list[Any]) -> Plan:
    left_out = {id(p) for layer in layers for p in (*layer.weights, *layer.biases)}
    for group in plan.optimizer.param_groups:
        group["params"] = [p for p in group["params"] if id(p) not in left_out]
    return plan


def detach(plan: Plan) -> Plan:
    """The output of the last hidden layer is detached, so nothing before the output layer learns."""
    layer = find_layers(plan.model)[-2]
    (layer.activation or layer.module).register_forward_hook(lambda m, i, output: output.detach())
    return plan


def freeze_first(plan: Plan) -> Plan:
    """The first layer is frozen on purpose."""
    layer = find_layers(plan.model)[0]
    for parameter in (*layer.weights, *layer.biases):
        parameter.requires_grad_(False)
    return plan


def zero_head(plan: Plan) -> Plan:
    """The output layer starts at zero, as it may."""
    layer = find_layers(plan.model)[-1]
    with torch.no_grad():
        for parameter in (*layer.weights, *layer.biases):
            parameter.zero_()
    return plan


def softmax(plan: Plan) -> Plan:
    """A softmax after the output layer, before the cross-entropy."""
    return _with_model(plan, nn.Sequential(plan.model, nn.Softmax(dim=1)).train())


def negative_bias(plan: Plan) -> Plan:
    """Every hidden bias starts at -20."""
    with torch.no_grad():
        for layer in find_layers(plan.model)[:-1]:
            for bias in layer.biases:
                bias.fill_(-20.0)
    return plan


class NaiveEntropy(nn.Module):
    """-mean(y log p + (1 - y) log(1 - p)) without care for p = 0 or 1."""

    def forward(self, output: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Logits (batch, classes) and labels (batch,) to a number."""
        p = output.softmax(dim=1)
        hot = (y if y.is_floating_point() else nn.functional.one_hot(y, output.shape[1])).to(p.dtype)
        return -(hot * p.log() + (1 - hot) * (1 - p).log()).sum(dim=1).mean()


def log_of_zero(plan: Plan) -> Plan:
    """A cross-entropy that takes the logarithm of a probability that rounds to 0 or 1."""
    return replace(plan, loss=NaiveEntropy())


def norm_without_eps(plan: Plan) -> Plan:
    """A hand-written batch norm after the first activation that divides by a spread of 0 once a unit is silent."""

    def normalise(module: nn.Module, inputs: Any, output: torch.Tensor) -> torch.Tensor:
        over = [d for d in range(output.ndim) if d != 1]
        return (output - output.mean(over, keepdim=True)) / output.std(over, keepdim=True, correction=0)

    layer = find_layers(plan.model)[0]
    (layer.activation or layer.module).register_forward_hook(normalise)
    return plan


def sorted_rows(plan: Plan) -> Plan:
    """The training rows are sorted by class, as a file may be; harmless where they are shuffled."""
    order = torch.argsort(plan.y_train, stable=True)
    return replace(plan, x_train=plan.x_train[order], y_train=plan.y_train[order])


def imbalance(plan: Plan) -> Plan:
    """Of class 1, one training row in 25 is kept."""
    rare = torch.nonzero(plan.y_train == 1).flatten()
    keep = torch.ones(len(plan.y_train), dtype=torch.bool)
    keep[rare] = False
    keep[rare[::25]] = True
    x, y = plan.x_train[keep], plan.y_train[keep]
    batch = min(plan.recipe.train.batch_size, len(x))
    return replace(plan, x_train=x, y_train=y, steps_per_epoch=max(1, len(x) // batch))


def class_weights(plan: Plan) -> Plan:
    """Each class has the same say in the loss."""
    counts = torch.bincount(plan.y_train, minlength=plan.classes).clamp_min(1)
    return replace(plan, loss=nn.CrossEntropyLoss(weight=len(plan.y_train) / (plan.classes * counts)))


def raw_target(plan: Plan) -> Plan:
    """Inputs are standardised by hand, and the target, unless the recipe standardises it, is in thousands."""
    if plan.recipe.data.standardise:
        return plan
    mean, std = plan.x_train.mean(dim=0), plan.x_train.std(dim=0).clamp_min(1e-6)
    centre, spread = plan.y_train.mean(), plan.y_train.std()
    scaled = [(y - centre) / spread * 1000 + 3000 for y in (plan.y_train, plan.y_val)]
    inputs = [(x - mean) / std for x in (plan.x_train, plan.x_val)]
    return replace(plan, x_train=inputs[0], x_val=inputs[1], y_train=scaled[0], y_val=scaled[1])


def memory(plan: Plan) -> Plan:
    """Series of noise whose class is the sign of their first value; half as long again as a plain RNN remembers."""
    random = np.random.default_rng([plan.recipe.seed, 77])
    tensors = []
    for like in (plan.x_train, plan.x_val):
        x = random.normal(0, 0.3, (len(like), like.shape[1], like.shape[2]))
        y = random.integers(0, 2, len(like))
        x[:, 0] = np.where(y == 1, 1.0, -1.0)[:, None]
        tensors.append((torch.tensor(x, dtype=torch.float32), torch.tensor(y)))
    (x_train, y_train), (x_val, y_val) = tensors
    return replace(plan, x_train=x_train, y_train=y_train, x_val=x_val, y_val=y_val)


INJECTIONS: dict[str, Callable[[Plan], Plan]] = {
    f.__name__: f
    for f in (
        transformer, keep_gradients, maximise, forget_hidden, forget_output, detach, freeze_first, zero_head, softmax,
        negative_bias, log_of_zero, norm_without_eps, sorted_rows, imbalance, class_weights, raw_target, memory,
    )
}  # fmt: skip


@contextmanager
def injected(names: Iterable[str]) -> Iterator[None]:
    """Sessions opened inside train plans that were changed by the injections `names`, in order."""

    def make(recipe: Recipe, uploads: Path | None = None) -> Plan:
        plan = make_plan(recipe, uploads)
        for name in names:
            plan = INJECTIONS[name](plan)
        return plan

    with mock.patch("core.train.session.make_plan", make):
        yield
