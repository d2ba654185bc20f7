"""The learning-rate schedules to choose from. No torch."""

from __future__ import annotations

from core.optim.schedules.entries.falling import FALLING
from core.optim.schedules.entries.returning import REACTIVE, RETURNING, WRITTEN
from core.optim.schedules.spec import ScheduleSpec
from core.registry import Catalogue

SCHEDULES: Catalogue[ScheduleSpec] = Catalogue("schedule", (*FALLING, *RETURNING, *WRITTEN, *REACTIVE))
