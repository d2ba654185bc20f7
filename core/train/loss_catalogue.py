"""The losses to choose from. No torch."""

from __future__ import annotations

from core.registry import Catalogue
from core.train.loss_entries.classes import CLASS_LOSSES
from core.train.loss_entries.numbers import REGRESSION_LOSSES
from core.train.loss_spec import LossSpec

LOSSES: Catalogue[LossSpec] = Catalogue("loss", (*CLASS_LOSSES, *REGRESSION_LOSSES))
