"""All rules, by their names."""

from __future__ import annotations

from core.diagnosis.base import Rule
from core.diagnosis.rules.data import DATA
from core.diagnosis.rules.learning import LEARNING
from core.diagnosis.rules.loop import LOOP
from core.diagnosis.rules.numerics import NUMERICS
from core.diagnosis.rules.pace import PACE
from core.diagnosis.rules.propagation import PROPAGATION
from core.diagnosis.rules.start import START
from core.diagnosis.rules.units import UNITS
from core.registry import Catalogue

RULES: Catalogue[Rule] = Catalogue(
    "rule", tuple(sorted((*PROPAGATION, *NUMERICS, *PACE, *LEARNING, *UNITS, *START, *DATA, *LOOP), key=lambda r: r.id))
)
