"""What a regularisation may do in a training step: hooks that do nothing here, in the order in which the loop calls them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import nn

Forward = Callable[[torch.Tensor], torch.Tensor]


class StepDraws:
    """Random draws of one training step: a pure function of (seed, step, name), so a resume needs no stored state."""

    def __init__(self, seed: int, step: int) -> None:
        self.seed, self.step = seed, step

    def generator(self, name: str, device: torch.device) -> torch.Generator:
        """A fresh generator on `device`, the same at every call with that name."""
        mixed = self.seed
        for part in (self.step, *name.encode()):
            mixed = (mixed * 6_364_136_223_846_793_005 + part + 1_442_695_040_888_963_407) % 2**63
        return torch.Generator(device).manual_seed(mixed)


@dataclass
class Batch:
    """One evaluation of a batch: inputs `x` (batch, ...), targets `y` (class numbers, probabilities or values), and
    what the model and the loss make of them. `loss` is a 0-d tensor with its graph.

    `forward` is the model in the run's precision, `criterion` the loss function: call them for further evaluations.
    """

    model: nn.Module
    forward: Forward
    criterion: nn.Module
    x: torch.Tensor
    y: torch.Tensor
    outputs: torch.Tensor
    loss: torch.Tensor
    draws: StepDraws


class Regulariser:
    """One regularisation in the training step. It keeps no state between steps; an average of weights lies in the optimizer."""

    def optimizer(
        self, optimizer: torch.optim.Optimizer, steps_per_epoch: int, total_steps: int
    ) -> torch.optim.Optimizer:
        """The optimizer to train with in place of `optimizer`, asked for once, at the start."""
        return optimizer

    def inputs(self, x: torch.Tensor, draws: StepDraws) -> torch.Tensor:
        """The inputs to train on in place of `x` (batch, ...); token ids must stay token ids."""
        return x

    def forward(self, model: nn.Module, forward: Forward, draws: StepDraws) -> Forward:
        """The forward pass to train with in place of `forward`."""
        return forward

    def penalty(self, batch: Batch) -> torch.Tensor | None:
        """What to add to the loss, a 0-d tensor with its graph; None adds nothing."""

    def gradients(self, model: nn.Module, draws: StepDraws) -> None:
        """Change the gradients, after they were recorded and before they are clipped."""

    def after_update(self, model: nn.Module) -> None:
        """Change the weights after the optimizer has moved them."""


def regularised_loss(
    regularisers: Sequence[Regulariser],
    model: nn.Module,
    forward: Forward,
    criterion: nn.Module,
    x: torch.Tensor,
    y: torch.Tensor,
    draws: StepDraws,
) -> torch.Tensor:
    """The loss of a batch with every penalty added, 0-d with its graph: what the optimizer minimises."""
    for regulariser in regularisers:
        x = regulariser.inputs(x, draws)
        forward = regulariser.forward(model, forward, draws)
    outputs = forward(x)
    loss: torch.Tensor = criterion(outputs, y)
    batch = Batch(model, forward, criterion, x, y, outputs, loss, draws)
    for regulariser in regularisers:
        penalty = regulariser.penalty(batch)
        if penalty is not None:
            loss = loss + penalty
    return loss
