"""The optimizers to choose from. No torch."""

from __future__ import annotations

from core.optim.entries.adam_family import ADAM_FAMILY
from core.optim.entries.adaptive import ADAPTIVE
from core.optim.entries.first_order import FIRST_ORDER
from core.optim.entries.learned import LEARNED
from core.optim.entries.second_order import SECOND_ORDER
from core.optim.entries.wrappers import WRAPPERS
from core.optim.spec import OptimizerSpec
from core.registry import Catalogue

__all__ = ["OPTIMIZERS", "OptimizerSpec"]

OPTIMIZERS: Catalogue[OptimizerSpec] = Catalogue(
    "optimizer", (*FIRST_ORDER, *ADAM_FAMILY, *ADAPTIVE, *SECOND_ORDER, *LEARNED, *WRAPPERS)
)
