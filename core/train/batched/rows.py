"""The data of a batch: one copy per seed, from which every member takes its own rows in its own order."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from core.errors import BadInput
from core.train.plan import FIXED_TRAIN_ROWS, Plan, row_order

EVALUATION_ROWS = 2**13


class Rows:
    """Training and validation rows of all members. Tensors are (seeds, rows, ...); `of_member` (members,) picks the seed.

    Raises:
        BadInput: when the data differs in size between seeds, or is too large to lie on the device.
    """

    def __init__(self, plans: Sequence[Plan]) -> None:
        first_of = {plan.recipe.seed: plan for plan in reversed(plans)}
        self._seeds = sorted(first_of)
        parts = [first_of[seed] for seed in self._seeds]
        shapes = {(plan.x_train.shape, plan.x_val.shape) for plan in parts}
        if len(shapes) > 1:
            raise BadInput("The seeds split this data into parts of different sizes; train these runs one by one.")
        if parts[0].x_train.device != parts[0].device:
            raise BadInput("The data does not fit on the device beside a batch; train these runs one by one.")
        self.x_train, self.y_train, self.x_val, self.y_val = (
            torch.stack([getattr(plan, name) for plan in parts]) for name in ("x_train", "y_train", "x_val", "y_val")
        )
        owners = [self._seeds.index(plan.recipe.seed) for plan in plans]
        self.of_member = torch.tensor(owners, device=self.x_train.device)
        self._recipes, self._size = [plan.recipe for plan in parts], plans[0].recipe.train.batch_size
        self._epoch, self._order = -1, torch.empty(0)

    def batch(self, epoch: int, number: int) -> tuple[torch.Tensor, torch.Tensor]:
        """x (members, rows, ...) and y (members, rows) of a batch of an epoch, as core.train.loop draws them."""
        count = self.x_train.shape[1]
        starts = count * torch.arange(len(self._seeds), device=self.x_train.device)
        rows = (self._numbers(epoch, number) + starts[:, None]).index_select(0, self.of_member)
        x = self.x_train.flatten(0, 1).index_select(0, rows.flatten())
        y = self.y_train.flatten(0, 1).index_select(0, rows.flatten())
        return x.unflatten(0, rows.shape), y.unflatten(0, rows.shape)

    def numbers(self, epoch: int, number: int) -> dict[int, torch.Tensor]:
        """The row numbers (rows,) of a batch of an epoch, by seed."""
        return dict(zip(self._seeds, self._numbers(epoch, number).unbind(), strict=True))

    def _numbers(self, epoch: int, number: int) -> torch.Tensor:
        if epoch != self._epoch:
            orders = [row_order(recipe, y, epoch) for recipe, y in zip(self._recipes, self.y_train, strict=True)]
            self._epoch, self._order = epoch, torch.stack(orders).to(self.x_train.device)
        return self._order[:, number * self._size : (number + 1) * self._size]

    def keep(self, kept: torch.Tensor) -> None:
        """Go on with the members of these indices."""
        self.of_member = self.of_member[kept]

    def validation(self) -> tuple[torch.Tensor, torch.Tensor]:
        """x and y to validate on, (seeds, rows, ...) and (seeds, rows)."""
        return self.x_val, self.y_val

    def fixed_sample(self) -> tuple[torch.Tensor, torch.Tensor]:
        """x and y of the fixed sample of training rows."""
        return self.x_train[:, :FIXED_TRAIN_ROWS], self.y_train[:, :FIXED_TRAIN_ROWS]
