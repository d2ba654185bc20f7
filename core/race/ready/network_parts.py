"""Races of what stands inside a network: norms, kinds of dropout, orders of a block, pooling. No torch."""

from __future__ import annotations

from core.race.ready.base import RacePreset, lane, race_preset

ENTRIES: tuple[RacePreset, ...] = (
    race_preset(
        "norms-on-two-images",
        "Norms when the batch is two images",
        "A CNN that sees two digits a step at a rate too high for it without a norm: norms over the batch, over one image, over groups "
        "of its channels, over each channel, and norms of the weights.",
        "Without any it stays at 10 to 23 in 100. Batch norm is at ease with two images, for it counts their positions as rows: 82 on "
        "average over seeds 0 to 2, instance norm 77, group norm 70. Layer norm, one scale for all channels, swings from seed to seed, "
        "43 to 84. Norms of weights know no batch at all: weight norm 81, and spectral norm, which lets no layer stretch anything, 88, "
        "the steadiest here. In an MLP two rows are too few for batch norm: see the race of two rows a batch.",
        "Wu and He 2018; Ulyanov, Vedaldi and Lempitsky 2016; Miyato et al. 2018.",
        base={
            "data": {"key": "digits", "limit": 600},
            "model": {"key": "cnn", "channels": 8, "blocks": 3},
            "optim": {"key": "momentum", "lr": 0.02},
            "train": {"epochs": 3, "batch_size": 2},
        },
        lanes=[
            lane("No norm", model__norm="none"),
            lane("Batch", model__norm="batch"),
            lane("Layer", model__norm="layer"),
            lane("Group", model__norm="group"),
            lane("Instance", model__norm="instance"),
            lane("Weight", model__norm="weight"),
            lane("Spectral", model__norm="spectral"),
        ],
    ),
)
