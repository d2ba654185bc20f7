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
    race_preset(
        "mobile-blocks",
        "Blocks made for telephones",
        "Depthwise-separable blocks (MobileNet), the inverted ones of MobileNetV2, which widen inside, and their activations up to "
        "the hard swish of MobileNetV3. One lane of separable blocks has as many weights as the inverted ones.",
        "Of one width the inverted block is far better, over seeds 0 to 2 97.8 in 100 against 93.1, but it has 12,000 weights against "
        "1,600. Spend those on width and separable blocks come to 98.6: no gain of the design shows at this size. Among the "
        "activations nothing can be told apart: ReLU 97.8, ReLU6 98.2, hard swish 98.2, SiLU, which it stands in for, 98.8.",
        "Howard et al. 2017; Sandler et al. 2018; Howard et al. 2019.",
        base={
            "data": {"key": "digits"},
            "model": {"key": "mobile", "width": 8},
            "optim": {"key": "adam", "lr": 0.01},
            "schedule": {"key": "cosine"},
            "train": {"epochs": 4, "batch_size": 32},
        },
        lanes=[
            lane("Separable", model__design="separable"),
            lane("Separable, as many weights", model__design="separable", model__width=28),
            lane("Inverted", model__design="inverted"),
            lane("Inverted, ReLU6", model__design="inverted", model__activation="relu6"),
            lane("Inverted, hard swish", model__design="inverted", model__activation="hard_swish"),
            lane("Inverted, SiLU", model__design="inverted", model__activation="silu"),
        ],
    ),
    race_preset(
        "kinds-of-dropout",
        "Dropping units, maps and weights",
        "A CNN that knows its 300 digits by heart, with three in ten single values, whole channels or weights dropped in training.",
        "Only single values help, and little: over seeds 0 to 2 the validation loss is 0.37 with them against 0.42 without, lower in "
        "each seed. Whole channels (0.44) are too much of twelve, and a mask over weights, drawn once a batch (0.43), does not hold "
        "this network back. Accuracy is 88 to 90 in 100 in all four.",
        "Srivastava et al. 2014; Tompson et al. 2015; Wan et al. 2013.",
        score="loss",
        base={
            "data": {"key": "digits28", "limit": 600, "validation_fraction": 0.5},
            "model": {"key": "cnn", "channels": 12, "blocks": 2, "head": "flatten", "norm": "none"},
            "optim": {"key": "adam", "lr": 0.003},
            "schedule": {"key": "cosine"},
            "train": {"epochs": 20, "batch_size": 32},
        },
        lanes=[
            lane("Nothing"),
            lane("Units", model__dropout=0.3, model__dropout_kind="unit"),
            lane("Maps", model__dropout=0.3, model__dropout_kind="spatial"),
            lane("Weights", model__dropout=0.3, model__dropout_kind="dropconnect"),
        ],
    ),
    race_preset(
        "cells-and-states",
        "Cells behind a convolution, and which state is read",
        "MNIST-1D, digits drawn as signals of 40 steps, 1,200 of them: a convolution with three kinds of recurrent cell behind it, and an "
        "LSTM without one, read by its last state or by the mean of all.",
        "The mean gives every step a short way to the loss: over seeds 0 to 2 41 in 100 against 24 by the last state. Behind a "
        "convolution, which halves the steps and knows a shape at each, a GRU reads 52 and an LSTM 46 by the last state alone; a "
        "plain cell 21, as its gradient still has twenty steps to fade over. With 4,000 signals all do better: see the race of four "
        "ways to read a signal.",
        "Hochreiter and Schmidhuber 1997; Cho et al. 2014; Shi, Bai and Yao 2017.",
        base={
            "data": {"key": "mnist1d", "limit": 1500},
            "model": {"key": "cnn_rnn"},
            "optim": {"key": "adam", "lr": 0.005},
            "schedule": {"key": "cosine"},
            "train": {"epochs": 8, "batch_size": 32},
        },
        lanes=[
            lane("CNN + GRU", model__cell="gru"),
            lane("CNN + LSTM", model__cell="lstm"),
            lane("CNN + plain cell", model__cell="rnn"),
            lane("LSTM, last state", model__key="lstm", model__pooling="last"),
            lane("LSTM, mean of states", model__key="lstm", model__pooling="mean"),
        ],
    ),
)
