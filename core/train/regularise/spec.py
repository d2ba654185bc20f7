"""The catalogue entry of a regularisation. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from core.data.base import TASKS
from core.registry import Spec


@dataclass(frozen=True, kw_only=True)
class RegularisationSpec(Spec):
    """A regularisation. `build(**params)` returns a core.train.regularise.base.Regulariser.

    `tasks` it makes sense for.
    """

    tasks: tuple[str, ...] = TASKS
