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
    race_preset(
        "orders-of-a-residual-block",
        "Orders of a residual block, and blocks left out",
        "Nine residual blocks on 200 digits: activation behind the sum or in front of the convolutions, and both again with stochastic "
        "depth, which leaves out the first block in 3 and the last in 30 of 100 steps.",
        "The order makes no difference at nine blocks: over seeds 0 to 2, in 100, 92 behind and 93 in front; the papers found its gain "
        "beyond a hundred layers. Stochastic depth costs, 92 to 85 and 93 to 90: in 70 steps a network that is another "
        "one at every step learns less (94 to 99 of 100 training rows where it else knows all but one), and this one has no block to spare.",
        "He et al. 2016 (identity mappings); Huang et al. 2016.",
        base={
            "data": {"key": "digits", "limit": 400, "validation_fraction": 0.5},
            "model": {"key": "residual_cnn", "stages": 3, "blocks": 3, "width": 8},
            "optim": {"key": "momentum", "lr": 0.05},
            "schedule": {"key": "cosine"},
            "train": {"epochs": 10, "batch_size": 32},
        },
        lanes=[
            lane("Behind the sum", model__order="post"),
            lane("In front", model__order="pre"),
            lane("Behind, stochastic depth", model__order="post", model__stochastic_depth=0.3),
            lane("In front, stochastic depth", model__order="pre", model__stochastic_depth=0.3),
        ],
    ),
    race_preset(
        "pooling",
        "Pooling, and none",
        "A small CNN that halves its image by the largest of four values, by their mean, or not at all.",
        "Pooling lets the next convolution see twice as far and doubles the channels. Over seeds 0 to 2: largest 95 in 100, mean 90, "
        "none 70, as its second convolution sees 5 x 5 pixels and all positions are averaged then. The largest keeps a stroke that "
        "the mean thins out.",
        "Scherer, Müller and Behnke 2010; Springenberg et al. 2015.",
        base={
            "data": {"key": "digits"},
            "model": {"key": "cnn", "channels": 8, "blocks": 2},
            "optim": {"key": "adam", "lr": 0.01},
            "train": {"epochs": 4, "batch_size": 64},
        },
        lanes=[
            lane("Largest", model__pooling="max"),
            lane("Mean", model__pooling="average"),
            lane("None", model__pooling="none"),
        ],
    ),
)
