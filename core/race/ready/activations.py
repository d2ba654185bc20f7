"""Races of activations. No torch."""

from __future__ import annotations

from core.race.ready.base import RacePreset, lane, race_preset

ENTRIES: tuple[RacePreset, ...] = (
    race_preset(
        "kin-of-relu",
        "Kin of ReLU in a narrow, deep network",
        "Twelve layers of 24 units under ReLU and seven relatives of it, all from He's weights.",
        "Of 24 units few need to be dead for a row's signal to be lost. Over seeds 0 to 2 ReLU ended at 65 in 100; a small fixed "
        "slope below zero gives 73, a learned one (PReLU) 90, the larger of two lines (maxout, with twice the weights) 92. Smooth "
        "ones do well where they pass through zero: CELU 90, Mish 86; softplus, which is always positive, 58. SELU ends in NaN: "
        "He's weights are twice what it is made for, see the race of first weights.",
        "He et al. 2015; Goodfellow et al. 2013; Barron 2017; Misra 2019.",
        base={
            "data": {"key": "digits"},
            "model": {"key": "mlp", "depth": 12, "width": 24},
            "init": {"key": "he_normal"},
            "optim": {"key": "sgd", "lr": 0.05},
            "train": {"epochs": 6, "batch_size": 32},
        },
        lanes=[
            lane("ReLU", model__activation="relu"),
            lane("Leaky ReLU", model__activation="leaky_relu"),
            lane("PReLU", model__activation="prelu"),
            lane("Maxout", model__activation="maxout"),
            lane("CELU", model__activation="celu"),
            lane("SELU", model__activation="selu"),
            lane("Softplus", model__activation="softplus"),
            lane("Mish", model__activation="mish"),
        ],
    ),
    race_preset(
        "bounded-activations",
        "Bounded activations, curved or drawn with a ruler",
        "Three layers from Xavier's weights with momentum at a high rate: S-curves around zero, S-curves above it, and ReLU.",
        "Where a curve is exactly flat a unit learns nothing, and a high rate throws units there. Over seeds 0 to 2, in 100: softsign, whose "
        "tails are the gentlest, 97, tanh 96, hard tanh 91; the sigmoid, never negative and at most a quarter steep, 87, the hard one "
        "40. A ceiling at 6 hardly matters to ReLU (94 against 96). With six layers at 0.02 both sigmoids stay at chance.",
        "Glorot and Bengio 2010; Courbariaux, Bengio and David 2015.",
        base={
            "data": {"key": "digits"},
            "model": {"key": "mlp", "depth": 3, "width": 32},
            "init": {"key": "xavier_normal"},
            "optim": {"key": "momentum", "lr": 0.1},
            "train": {"epochs": 6, "batch_size": 32},
        },
        lanes=[
            lane("Tanh", model__activation="tanh"),
            lane("Hard tanh", model__activation="hard_tanh"),
            lane("Softsign", model__activation="softsign"),
            lane("Sigmoid", model__activation="sigmoid"),
            lane("Hard sigmoid", model__activation="hard_sigmoid"),
            lane("ReLU", model__activation="relu"),
            lane("ReLU6", model__activation="relu6"),
        ],
    ),
)
