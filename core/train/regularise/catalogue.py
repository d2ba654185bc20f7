"""The regularisations to choose from, in the order in which they act. No torch."""

from __future__ import annotations

from core.registry import Catalogue
from core.train.regularise.entries import noise, penalties
from core.train.regularise.spec import RegularisationSpec

REGULARISATIONS: Catalogue[RegularisationSpec] = Catalogue("regularisation", (*noise.ENTRIES, *penalties.ENTRIES))
