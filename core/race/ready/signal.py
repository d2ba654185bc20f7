"""Races about the signal on its way through a deep network: first weights, norms, clipping. No torch."""

from __future__ import annotations

from core.race.ready.base import DEEP_RELU, RacePreset, lane, race_preset

ENTRIES: tuple[RacePreset, ...] = (
    race_preset(
        "initialisation",
        "He, Xavier or orthogonal in a deep ReLU net",
        "Twenty ReLU layers under four kinds of initial weights, nothing else changed.",
        "Xavier halves the signal at each ReLU, and twenty halvings leave nothing: its gradient norm tells at step 1. "
        "He's factor two makes up for it. The initial hashes differ here, for that is what is raced.",
        "Glorot and Bengio 2010; He et al. 2015; Saxe et al. 2014.",
        base=DEEP_RELU,
        lanes=[
            lane("PyTorch default", init__key="default"),
            lane("Xavier", init__key="xavier_normal"),
            lane("He", init__key="he_normal"),
            lane("Orthogonal", init__key="orthogonal"),
        ],
    ),
    race_preset(
        "starts-of-twenty-layers",
        "A start that looks at data",
        "Twenty SiLU layers, for which no simple formula holds: formulas against LSUV, which measures.",
        "He's factor is ReLU's and too small for SiLU; the gain of orthogonal suits one layer, and over twenty the scale runs "
        "away to NaN. LSUV scales each layer on real rows: it ended at 62, 69 and 86 % right on three seeds, He at 13 to 39 %, "
        "the others at guessing, 10 %. Under ReLU He and orthogonal do as well as LSUV. The page Signals shows why before "
        "the first step.",
        "Mishkin and Matas 2016.",
        base={
            "data": {"key": "digits"},
            "model": {"key": "mlp", "depth": 20, "width": 64, "activation": "silu"},
            "optim": {"key": "sgd", "lr": 0.02},
            "train": {"epochs": 8, "batch_size": 32},
        },
        lanes=[
            lane("PyTorch default", init__key="default"),
            lane("He", init__key="he_normal"),
            lane("Orthogonal", init__key="orthogonal"),
            lane("LSUV", init__key="lsuv"),
            lane("Identity", init__key="identity"),
        ],
    ),
    race_preset(
        "clipping",
        "Five ways to keep a step from exploding",
        "Twelve ReLU layers at a rate that is too high for them: momentum without clipping, and with each kind of it.",
        "Without clipping one wild step throws the weights so far off that two of three seeds end in NaN and the third "
        "at chance. Every kind saves the run, if its limit fits: what they hold down differs (the joint norm, each "
        "parameter's, each unit's share of its weights, each number). Measured over seeds 0 to 2, accuracy: norm .94 "
        "to .96, AGC .91 to .96, value .89 to .94, parameter .88 to .94; by value at 0.1 instead it is .18 to .49.",
        "Pascanu, Mikolov and Bengio 2013; Brock et al. 2021.",
        base={
            "data": {"key": "digits"},
            "model": {"key": "mlp", "depth": 12, "width": 64},
            "init": {"key": "he_normal"},
            "optim": {"key": "momentum", "lr": 0.1},
            "train": {"epochs": 10, "batch_size": 32},
        },
        lanes=[
            lane("No clipping", clip__mode="none"),
            lane("Norm at 1", clip__mode="norm", clip__limit=1.0),
            lane("Each parameter at 0.3", clip__mode="parameter", clip__limit=0.3),
            lane("AGC at 0.01", clip__mode="adaptive", clip__limit=0.01),
            lane("Value at 0.01", clip__mode="value", clip__limit=0.01),
        ],
    ),
    race_preset(
        "residual-scale",
        "Thirty residual layers without a norm",
        "The same deep stack of shortcuts four times: as it is, with a small fixed scale on every branch, with a scale "
        "that is learned from 0 (ReZero), and with layer norm.",
        "Each block adds a branch as large as its input, so the signal doubles thirty times: the first loss is near ten "
        "million, and NaN follows. From a scale of 0 every block starts as the identity and takes up its work as it "
        "learns to. Measured over seeds 0 to 2, accuracy: plain NaN in all, scale 0.03 .95 to .96, ReZero .96 to .97, "
        "layer norm .88 to .91.",
        "Zhang, Dauphin and Ma 2019; Bachlechner et al. 2021.",
        base={
            "data": {"key": "digits"},
            "model": {"key": "mlp", "depth": 30, "width": 32, "skip": True},
            "init": {"key": "he_normal"},
            "optim": {"key": "momentum", "lr": 0.02},
            "train": {"epochs": 6, "batch_size": 64},
        },
        lanes=[
            lane("Plain sum", model__residual_scale=1.0),
            lane("Scale 0.03", model__residual_scale=0.03),
            lane("ReZero", model__residual_scale=0.0, model__learn_residual_scale=True),
            lane("Layer norm", model__norm="layer"),
        ],
    ),
    race_preset(
        "norms-in-a-deep-network",
        "Five norms in a deep network",
        "Twenty ReLU layers with PyTorch's own initial weights, which let the signal fade, under five norms.",
        "Only batch norm trains here. It keeps the rows of a batch apart; layer and RMS norm bring back each row's size, "
        "but not what tells it from the others, and weight norm does not look at values at all. Measured over seeds 0 to "
        "2, accuracy: batch .84 to .96, all others .10 to .16, which is chance.",
        "Ioffe and Szegedy 2015; Daneshmand et al. 2020.",
        base={**DEEP_RELU, "optim": {"key": "sgd", "lr": 0.05}, "train": {"epochs": 10, "batch_size": 32}},
        lanes=[
            lane("None", model__norm="none"),
            lane("Batch norm", model__norm="batch"),
            lane("Layer norm", model__norm="layer"),
            lane("RMS norm", model__norm="rms"),
            lane("Weight norm", model__norm="weight"),
        ],
    ),
    race_preset(
        "norms-in-tiny-batches",
        "Norms with two rows a batch",
        "A small MLP that sees two rows a step: batch norm takes its statistics from those two, layer norm from one.",
        "Of two values, less their mean and divided by their spread, only the signs are left, and evaluation uses other "
        "statistics. Norms of a single row don't know how large the batch is. Measured over seeds 0 to 2, accuracy: "
        "batch .17 to .33, layer .87 to .89, RMS .80 to .88, none .77 to .87. In a CNN positions count as rows, so two "
        "images do there.",
        "Ioffe 2017; Wu and He 2018.",
        base={
            "data": {"key": "digits", "limit": 900},
            "model": {"key": "mlp", "depth": 3, "width": 32},
            "optim": {"key": "momentum", "lr": 0.01},
            "train": {"epochs": 3, "batch_size": 2},
        },
        lanes=[
            lane("Batch norm", model__norm="batch"),
            lane("Layer norm", model__norm="layer"),
            lane("RMS norm", model__norm="rms"),
            lane("No norm", model__norm="none"),
        ],
    ),
)
