"""The catalogue entry of a regularisation. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from core.data.base import KINDS, TASKS
from core.registry import Spec


@dataclass(frozen=True, kw_only=True)
class RegularisationSpec(Spec):
    """A regularisation. `build(**params)` returns a core.train.regularise.base.Regulariser.

    `tasks` and `kinds` of data that it makes sense for. `averages`: the weights to evaluate are an average of those trained;
    `with_batch_norm`: whether it holds beside batch norm's running statistics. `on_weights`: what it holds back is the size of
    the weights themselves. `in_loss`: the loss of a training step holds it, which that of an evaluation never does.
    """

    tasks: tuple[str, ...] = TASKS
    kinds: tuple[str, ...] = KINDS
    averages: bool = False
    with_batch_norm: bool = True
    on_weights: bool = False
    in_loss: bool = False
