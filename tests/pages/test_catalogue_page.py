"""The Catalogue page shows each optimizer's update, paper and search space."""

from __future__ import annotations

from core.optim.catalogue import OPTIMIZERS
from tests.pages.conftest import Open, calm


def test_every_update_paper_and_space_is_there(open_page: Open) -> None:
    at = open_page("catalogue")
    calm(at)
    formulas = " ".join(element.value for element in at.latex)
    words = " ".join(str(element.value) for element in at.markdown)
    for spec in OPTIMIZERS.values():
        assert spec.update_rule.split("\n")[1].strip() in formulas
        assert spec.reference.url in words
    assert sum("Drawn" in frame.value.columns for frame in at.dataframe) == len(OPTIMIZERS)
