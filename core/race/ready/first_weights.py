"""Races of the first weights: formulas, and starts that stand in for norms. No torch."""

from __future__ import annotations

from core.race.ready.base import RacePreset, lane, race_preset

ENTRIES: tuple[RacePreset, ...] = (
    race_preset(
        "formulas-for-first-weights",
        "Formulas for the first weights",
        "Twenty SELU layers, which normalise themselves if the weights of each unit have a joint variance of 1, under eight starts.",
        "The formulas that give 1 / inputs train without any norm: over seeds 0 to 2 LeCun's ended at 96 in 100 (normal) and 97 "
        "(uniform), Xavier, the same for layers of one width, at 97, and 15 weights per unit, sparse but of that scale, at 97. He's "
        "are twice that, 90. PyTorch's own (a third) stay at 15 and a fixed spread of 0.02 (a fiftieth) at 10, which is guessing: the "
        "signal is gone. The shape of the distribution plays no part. With all weights equal, at 1/64, all units of a layer stay "
        "twins, and twenty layers with one unit each come to 18.",
        "LeCun et al. 1998; Martens 2010; Klambauer et al. 2017.",
        base={
            "data": {"key": "digits"},
            "model": {"key": "mlp", "depth": 20, "width": 64, "activation": "selu"},
            "optim": {"key": "sgd", "lr": 0.01},
            "train": {"epochs": 8, "batch_size": 32},
        },
        lanes=[
            lane("PyTorch default", init__key="default"),
            lane("Xavier", init__key="xavier_normal"),
            lane("He, uniform", init__key="he_uniform"),
            lane("LeCun, normal", init__key="lecun_normal"),
            lane("LeCun, uniform", init__key="lecun_uniform"),
            lane("Cut off at 0.02", init__key="truncated_normal", init__std=0.02),
            lane("Sparse", init__key="sparse"),
            lane("All equal", init__key="constant", init__value=0.015625),
        ],
    ),
    race_preset(
        "residual-starts",
        "Residual starts",
        "Nine residual blocks without any norm under four starts, and once with batch norm.",
        "A block that starts as its shortcut leaves the signal as it is, and nine such blocks train as well as with batch norm: over seeds "
        "0 to 2, in 100, zero residual 96 to 97, batch norm 96 to 98. He's weights let nine branches add up and end anywhere, 10, 38 or "
        "93; PyTorch's own are too small, 24 to 66. Fixup, which sets the output layer to zero as well and the branches lower, is "
        "steady but slow: 49 to 90 after five epochs, still rising. Its scalar biases and multipliers are not built in here.",
        "Goyal et al. 2017; Zhang, Dauphin and Ma 2019.",
        base={
            "data": {"key": "digits"},
            "model": {"key": "residual_cnn", "stages": 3, "blocks": 3, "width": 6, "norm": "none"},
            "optim": {"key": "momentum", "lr": 0.02},
            "train": {"epochs": 5, "batch_size": 64},
        },
        lanes=[
            lane("PyTorch default", init__key="default"),
            lane("He", init__key="he_normal"),
            lane("Zero residual", init__key="zero_residual"),
            lane("Fixup", init__key="fixup"),
            lane("He, batch norm", init__key="he_normal", model__norm="batch"),
        ],
    ),
    race_preset(
        "transformer-without-norms",
        "A deep transformer without its norms",
        "Sixteen blocks on short series: with layer norm or RMS norm before each part, and with none, from PyTorch's own weights, Xavier's and "
        "T-Fixup's, which are smaller the deeper the network is.",
        "Sixteen blocks add up, and from Xavier's weights the first outputs are so large that the loss is in the hundreds: 12 to 24 in "
        "100 over seeds 0 to 2. T-Fixup's end at 93 to 96, with a loss of 0.20, and need neither norm nor warm-up. The norms, from "
        "PyTorch's own weights, end at 88 to 93 with a loss of 0.68 (layer) and 0.60 (RMS, not to be told apart). Without a norm those "
        "weights are small enough by chance for 82 to 92. With six blocks at a rate of 0.01 T-Fixup was no help: 87 against Xavier's 90.",
        "Huang et al. 2020; Zhang and Sennrich 2019.",
        base={
            "data": {"key": "japanese_vowels"},
            "model": {"key": "transformer", "width": 16, "blocks": 16},
            "optim": {"key": "adam", "lr": 0.003},
            "train": {"epochs": 5, "batch_size": 32},
        },
        lanes=[
            lane("Layer norm", model__norm_kind="layer"),
            lane("RMS norm", model__norm_kind="rms"),
            lane("No norm, PyTorch default", model__norm_place="none", init__key="default"),
            lane("No norm, Xavier", model__norm_place="none", init__key="xavier_uniform"),
            lane("No norm, T-Fixup", model__norm_place="none", init__key="t_fixup"),
        ],
    ),
)
