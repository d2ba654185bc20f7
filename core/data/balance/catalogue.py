"""Ways to treat classes of unequal size. No torch."""

from __future__ import annotations

from core.data.balance.spec import BalanceSpec
from core.data.base import KINDS
from core.registry import Catalogue

BALANCES: Catalogue[BalanceSpec] = Catalogue(
    "balance",
    (
        BalanceSpec(
            key="none",
            label="As they are",
            summary="Every training row is used once an epoch.",
            article="The classes keep the shares that they have in the data. Where one of them is rare, a network that never "
            "names it can still be right nearly always: look at the recall of each class. He and Garcia 2009.",
            build="core.data.balance.rows:keep",
            acts="nothing",
            kinds=KINDS,
        ),
        BalanceSpec(
            key="oversample",
            label="Oversample",
            summary="Rare rows are repeated until every class has as many rows as the largest.",
            article="Rows of each smaller class are drawn again, with replacement, until it has as many as the largest: each row "
            "of a class with n_c rows then counts n_max / n_c times on average. Only the training part is touched. Repeated rows "
            "are easily learnt by heart. Chawla et al. 2002 describe it as the method to beat.",
            build="core.data.balance.rows:oversample",
            acts="rows",
            kinds=KINDS,
        ),
    ),
)
