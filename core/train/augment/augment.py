"""Training rows varied by the augmentations of a recipe, one after the other, on whatever device they lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from core.train.augment.draws import RowDraws


@dataclass(frozen=True)
class Step:
    """One augmentation of a pipeline: its catalogue key, function, parameters, and whether it mixes rows."""

    key: str
    apply: Callable[..., Any]
    params: dict[str, Any]
    mixes: bool


class Augmenter:
    """Varies rows of the training part `x_train` (n, ...), `y_train` (n,); `mean` and `std` undo their scaling.

    A pure function of (seed, epoch, row). `classes` is 0 for a regression. Padding of series is 0 after scaling: where the
    last steps of a series are 0 in all channels they count as padding, and stay 0.
    """

    def __init__(
        self, steps: Sequence[Step], seed: int, kind: str, classes: int, mean: torch.Tensor, std: torch.Tensor
    ) -> None:
        self.steps, self.seed, self.kind, self.classes = tuple(steps), seed, kind, classes
        self.mean, self.std = mean, std

    def __call__(
        self, x_train: torch.Tensor, y_train: torch.Tensor, rows: torch.Tensor, epoch: int, device: torch.device
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The varied rows (batch, ...) on `device` and their targets: as they are, or mixed ones (batch, classes)."""
        x, y = self._rows(x_train, y_train, rows, device)
        for step in self.steps:
            draws = RowDraws(self.seed, epoch, rows.to(device), step.key)
            if step.mixes:
                partner = draws.integers(len(x_train)).to(x_train.device)
                x, y = step.apply(
                    x, self._shares(y), *self._others(x_train, y_train, partner, device), draws, **step.params
                )
            else:
                x = step.apply(x, draws, **step.params)
        return self._scaled(x), y

    def _rows(
        self, x_train: torch.Tensor, y_train: torch.Tensor, rows: torch.Tensor, device: torch.device
    ) -> tuple[torch.Tensor, torch.Tensor]:
        x = x_train.index_select(0, rows).to(device)
        return self._unscaled(x), y_train.index_select(0, rows).to(device)

    def _others(
        self, x_train: torch.Tensor, y_train: torch.Tensor, rows: torch.Tensor, device: torch.device
    ) -> tuple[torch.Tensor, torch.Tensor]:
        x, y = self._rows(x_train, y_train, rows, device)
        return x, self._shares(y)

    def _shares(self, y: torch.Tensor) -> torch.Tensor:
        """Class numbers as probabilities, which can be mixed."""
        if self.classes and y.ndim == 1:
            return torch.nn.functional.one_hot(y, self.classes).to(torch.float32)
        return y

    def _unscaled(self, x: torch.Tensor) -> torch.Tensor:
        if self.kind == "text":
            return x
        values = x * self.std + self.mean
        return values.masked_fill(padding(x), torch.nan) if self.kind == "sequence" else values

    def _scaled(self, x: torch.Tensor) -> torch.Tensor:
        if self.kind == "text":
            return x
        values = (x - self.mean) / self.std
        return values.nan_to_num(nan=0.0) if self.kind == "sequence" else values


def padding(series: torch.Tensor) -> torch.Tensor:
    """Which steps of `series` (batch, time, channels) come after the last one that is not 0 in all channels; (batch, time, 1)."""
    used = (series != 0).any(dim=2)
    after = torch.flip(torch.flip(used, [1]).cumsum(1), [1]) == 0
    return after.unsqueeze(2)
