"""Ways to treat classes of unequal size. No torch."""

from __future__ import annotations

from core.data.balance.spec import BalanceSpec
from core.data.base import KINDS, TASKS
from core.registry import Catalogue, Param

NEIGHBOURS = Param(
    "k_neighbors", 5, "Neighbours", "How many of a row's nearest rows a new row may lie toward. Each class needs more "
    "training rows than this.", minimum=1, maximum=50,
)  # fmt: skip

OF_ROWS = tuple(kind for kind in KINDS if kind != "graph")
"""Kinds whose rows stand alone: a node can't be repeated or left out without changing the graph of the others."""

BALANCES: Catalogue[BalanceSpec] = Catalogue(
    "balance",
    (
        BalanceSpec(
            key="none",
            label="As they are",
            summary="Every training row is used once an epoch.",
            article="The classes keep the shares that they have in the data. Where one of them is rare, a network that never "
            "names it can still be right nearly always: look at the recall of each class, and see on the Errors page what "
            "another threshold would do. Class weights and the focal loss are among the losses. He and Garcia 2009.",
            build="core.data.balance.rows:keep",
            acts="nothing",
            kinds=KINDS,
            tasks=TASKS,
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
            kinds=OF_ROWS,
        ),
        BalanceSpec(
            key="undersample",
            label="Undersample",
            summary="Rows of the frequent classes are left out until every class has as many as the smallest.",
            article="Of each class n_min rows are drawn, without replacement, and the rest of the training part is left out. Nothing is "
            "repeated and an epoch is short, but what the rows left out had to teach is lost. Compare by steps, not by epochs, as "
            "an epoch has fewer. Kubat and Matwin 1997; Drummond and Holte 2003.",
            build="core.data.balance.rows:undersample",
            acts="rows",
            kinds=OF_ROWS,
        ),
        BalanceSpec(
            key="smote",
            label="SMOTE",
            summary="New rows are made up between neighbours of the same rare class.",
            article="new = x + u (neighbour - x), with u even in 0..1 and the neighbour one of the k nearest rows of the same class, "
            "until every class has as many rows as the largest. A yes/no column then takes values in between, and pictures "
            "become double exposures of two of their class, pixel by pixel. Only the training part is touched. Chawla et al. 2002.",
            build="core.data.balance.synthetic:smote",
            makes_up=True,
            acts="rows",
            kinds=("tabular", "image"),
            params=(NEIGHBOURS,),
        ),
        BalanceSpec(
            key="adasyn",
            label="ADASYN",
            summary="As SMOTE, with most of the new rows where other classes are near.",
            article="Row i of a rare class gets a share of the new rows in proportion to r_i = (its k nearest rows of other classes) / k; "
            "each is new = x_i + u (neighbour - x_i), as in SMOTE. It works at the border between classes, and so is drawn to wrong "
            "labels as well. Shares are rounded, so the classes end nearly equal. He et al. 2008.",
            build="core.data.balance.synthetic:adasyn",
            makes_up=True,
            acts="rows",
            kinds=("tabular", "image"),
            params=(NEIGHBOURS,),
        ),
        BalanceSpec(
            key="balanced_batches",
            label="Balanced batches",
            summary="Every batch draws the classes in equal numbers; no row is added or left out.",
            article="The classes take turns, so that in any batch of B rows each of C classes has B / C of them, to one row. The rows of a "
            "class come in a random order, and begin anew when they are used up: a rare row is met several times an epoch, a "
            "frequent one every few epochs. It amounts to oversampling with less memory and less chance. Shen, Lin and Huang 2016.",
            build="core.train.seeds:balanced_order",
            acts="batches",
            kinds=OF_ROWS,
        ),
        BalanceSpec(
            key="balanced_bag",
            label="Balanced ensemble, one member",
            summary="All rows of the smallest class and an equal draw of the others; each member has a draw of its own.",
            article="One network sees the draw that its member number names: n_min rows of each class. Train members 1 to k with the same seed, "
            "and let the Compare page average their probabilities, p = (p_1 + ... + p_k) / k: together they see the rows that "
            "undersampling would lose. The networks take the place of the boosted trees of EasyEnsemble. Liu, Wu and Zhou 2009.",
            build="core.data.balance.rows:bag_member",
            acts="rows",
            kinds=OF_ROWS,
            params=(Param("member", 1, "Member", "Which draw of the frequent classes.", minimum=1, maximum=1000),),
        ),
    ),
)
