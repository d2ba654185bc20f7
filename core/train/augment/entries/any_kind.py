"""Augmentations that mix rows, for any data of numbers. No torch."""

from __future__ import annotations

from core.registry import Param
from core.train.augment.entries.images import probability
from core.train.augment.spec import AugmentationSpec

ENTRIES: tuple[AugmentationSpec, ...] = (
    AugmentationSpec(
        key="swap_noise",
        label="Swap noise",
        summary="Some values of a row come from another row, in the same column.",
        article="Each value is replaced with probability p by the value of another training row in its column, so that it stays "
        "a value that occurs. Tables have no rotations: this is their usual augmentation. Bahri et al. 2022.",
        build="core.train.augment.mixing:swap_noise",
        kinds=("tabular",),
        mixes=True,
        params=(probability(0.1, "Of each value to be replaced."),),
    ),
    AugmentationSpec(
        key="mixup",
        label="Mixup",
        summary="Blends each row with another one, and their targets with them.",
        article="x = s x_i + (1 - s) x_j and the same for the targets, with s from Beta(alpha, alpha) for each row and j any "
        "training row. The network is asked to be as unsure as the blend is, which smooths it between the rows. "
        "Zhang, Cisse, Dauphin and Lopez-Paz 2018.",
        build="core.train.augment.mixing:mixup",
        kinds=("tabular", "image"),
        mixes=True,
        params=(
            Param(
                "alpha", 0.2, "Alpha", "Near 0: hardly ever blended; 1: every share alike likely.", above=0, maximum=10
            ),
        ),
    ),
)
