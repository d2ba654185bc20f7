"""The training loop: batches, forward, backward, clip, update, evaluate. Read it in one sitting."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Protocol

import torch

from core.optim.clipping import clip
from core.optim.evaluation import evaluation_weights, frozen_statistics
from core.train.evaluate import PREDICTIONS, evaluate, run_metrics
from core.train.events import Evaluated, Observer
from core.train.plan import FIXED_TRAIN_ROWS, Plan
from core.train.regularise.base import StepDraws, regularised_loss
from core.train.state import Progress


class Session(Protocol):
    """What the loop asks of whoever runs it: to be told, and to be steered."""

    def before_step(self) -> bool:
        """Obey commands (this is where a pause waits); False ends the run."""

    def after_step(self, loss: torch.Tensor) -> None:
        """One more step is in `progress`."""

    def evaluated(self, result: Evaluated) -> None:
        """An evaluation is done."""


def train(plan: Plan, progress: Progress, observer: Observer, session: Session) -> None:
    """Train from `progress.step` to the end of the run, or until the session or early stopping ends it."""
    if progress.step == 0 and not progress.metrics:
        session.evaluated(evaluate_now(plan, progress, observer))
    while progress.step < plan.total_steps(progress.settings) and not progress.stopped_early:
        for rows in epoch_batches(plan, progress):
            if not session.before_step():
                return
            if progress.step >= plan.total_steps(progress.settings):
                break
            loss = train_step(plan, progress, observer, rows)
            progress.step += 1
            session.after_step(loss)
        else:
            _end_of_epoch(plan, progress, observer, session)
            continue
        if progress.step % plan.steps_per_epoch:  # the last step fell inside an epoch
            session.evaluated(evaluate_now(plan, progress, observer))
    restore_best(plan, progress)


def epoch_batches(plan: Plan, progress: Progress) -> Iterator[torch.Tensor]:
    """Row indices of every batch of the current epoch from `progress.step` on; a pure function of (seed, epoch)."""
    epoch, done = divmod(progress.step, plan.steps_per_epoch)
    size = plan.recipe.train.batch_size
    order = plan.epoch_order(epoch).to(plan.x_train.device)
    for batch in range(done, plan.steps_per_epoch):
        yield order[batch * size : (batch + 1) * size]


def train_step(plan: Plan, progress: Progress, observer: Observer, rows: torch.Tensor) -> torch.Tensor:
    """One optimizer step on the given training rows; returns the loss (0-d, on the device, before the update).

    Some optimizers evaluate the batch several times in a step; what observers see is the first evaluation, before any
    weight has moved.
    """
    step = progress.step + 1
    plan.freezing.apply(progress.step // plan.steps_per_epoch)
    lr = plan.apply(progress.settings, progress.step)
    observer.step_begins(step)
    x, y = plan.training_batch(rows, progress.step)
    draws = StepDraws(plan.recipe.seed, progress.step)
    parameters = list(plan.model.parameters())
    losses: list[torch.Tensor] = []
    gradients: list[torch.Tensor | None] = []

    def evaluate(backward: bool = True) -> torch.Tensor:
        """The loss on the batch at the weights as they are, and its gradients unless only its graph is wanted."""
        first = not losses
        if backward:
            plan.optimizer.zero_grad(set_to_none=True)
        with plan.autocast(), nullcontext() if first else frozen_statistics(plan.model):
            loss = regularised_loss(plan.regularisers, plan.model, plan.forward, plan.loss, x, y, draws)
        losses.append(loss.detach())
        loss = plan.objective(loss, len(rows))
        if not backward:
            return loss
        loss_scale = plan.scaler.get_scale() if plan.scaler.is_enabled() else 1.0
        plan.scaler.scale(loss).backward()
        plan.scaler.unscale_(plan.optimizer)
        if first:
            observer.gradients_ready(step, loss_scale)
        for regulariser in plan.regularisers:
            regulariser.gradients(plan.model, draws)
        clip(progress.settings.clip_mode, parameters, progress.settings.clip_limit)
        if first:
            gradients.extend(p.grad for p in parameters)
            observer.update_begins(step)
        return loss

    if plan.averages:
        plan.optimizer.train()
    if plan.optimizer_spec.closure:
        plan.optimizer.step(evaluate)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
    else:
        evaluate()
        plan.scaler.step(plan.optimizer)
        plan.scaler.update()
    for regulariser in plan.regularisers:
        regulariser.after_update(plan.model)
    observer.step_done(step, losses[0], plan.lr_in_force(lr), len(rows))
    return losses[0]


def _end_of_epoch(plan: Plan, progress: Progress, observer: Observer, session: Session) -> None:
    result = evaluate_now(plan, progress, observer)
    if plan.plateau is not None:
        plan.plateau.update(result.metrics["val_loss"])
    patience = plan.recipe.train.patience
    progress.stopped_early = patience is not None and progress.epochs_since_best >= patience
    session.evaluated(result)


def evaluate_now(plan: Plan, progress: Progress, observer: Observer) -> Evaluated:
    """Evaluate on the validation rows and on a fixed sample of training rows; keeps count of the best."""
    with evaluation_weights(plan.optimizer):
        return _evaluate(plan, progress, observer)


def _evaluate(plan: Plan, progress: Progress, observer: Observer) -> Evaluated:
    inputs = (plan.classes, plan.autocast)
    broken = plan.recipe.train.fault == "training_mode"
    on_val = evaluate(plan.model, plan.loss, plan.x_val, plan.y_val, *inputs, in_training_mode=broken)
    sample = plan.x_train[:FIXED_TRAIN_ROWS].to(plan.device), plan.y_train[:FIXED_TRAIN_ROWS].to(plan.device)
    with observer.evaluating(progress.step):
        on_train = evaluate(plan.model, plan.loss, *sample, *inputs, in_training_mode=broken)
    predictions = {name: on_val[name] for name in PREDICTIONS if name in on_val}
    metrics = run_metrics(on_val, on_train, None if plan.classes else plan.data.y_std)
    improved = math.isfinite(on_val["loss"]) and (
        progress.best_val_loss is None or on_val["loss"] < progress.best_val_loss
    )
    if improved:
        progress.best_val_loss, progress.best_step, progress.epochs_since_best = on_val["loss"], progress.step, 0
        if plan.recipe.train.patience is not None:
            progress.best_weights = {name: value.detach().clone() for name, value in plan.model.state_dict().items()}
    else:
        progress.epochs_since_best += 1
    progress.metrics = metrics
    return Evaluated(progress.step, metrics, improved, predictions)


def restore_best(plan: Plan, progress: Progress) -> None:
    """After early stopping, go back to the weights with the lowest validation loss."""
    if progress.stopped_early and progress.best_weights is not None:
        if plan.averages:  # they are an average
            plan.optimizer.eval()
        plan.model.load_state_dict(progress.best_weights)
