"""Races of schedules and of losses. No torch."""

from __future__ import annotations

from core.race.ready.base import DIGITS_MLP, RacePreset, lane, race_preset

ENTRIES: tuple[RacePreset, ...] = (
    race_preset(
        "warm-up",
        "Warm-up with a transformer",
        "A small transformer with its layer norm after each part, as first published, at a high learning rate: with and "
        "without a slow start, and with the norm moved to the front.",
        "Without warm-up the first steps throw the attention about, and it hardly recovers: look at the update ratio. A "
        "slow start mends it, and so does the norm before each part, which needs none.",
        "Vaswani et al. 2017; Xiong et al. 2020.",
        base={
            "data": {"key": "japanese_vowels"},
            "model": {"key": "transformer", "width": 24, "blocks": 4, "norm_place": "after"},
            "optim": {"key": "adam", "lr": 0.03},
            "schedule": {"key": "cosine"},
            "train": {"epochs": 8, "batch_size": 32},
        },
        lanes=[
            lane("No warm-up", schedule__key="cosine"),
            lane("Warm-up 20 %", schedule__key="warmup_cosine", schedule__warmup=0.2),
            lane("Norm in front", model__norm_place="before"),
        ],
    ),
    race_preset(
        "five-schedules",
        "Five schedules, one budget",
        "Momentum at a high rate on the digits for eight epochs, under five schedules.",
        "The constant rate ends on the noise that it makes itself: its loss (0.178 on average of three seeds here) stays "
        "above that of all that fall, of which one cycle, with the momentum moving against it, ended lowest (0.084). Accuracy "
        "differs less: 95.6 % against 97.5 %.",
        "Smith and Topin 2018; Loshchilov and Hutter 2017; Hu et al. 2024.",
        score="loss",
        base={
            **DIGITS_MLP,
            "optim": {"key": "momentum", "lr": 0.1},
            "train": {"epochs": 8, "batch_size": 32},
        },
        lanes=[
            lane("Constant"),
            lane("Step", schedule__key="step"),
            lane("Cosine", schedule__key="cosine"),
            lane("One cycle", schedule__key="one_cycle", schedule__cycle_momentum=0.85, optim__momentum=0.95),
            lane("Stable, then decay", schedule__key="wsd"),
        ],
    ),
    race_preset(
        "losses-and-outliers",
        "Losses and outliers",
        "A tenth of the training targets is 50 too large; the validation rows are sound.",
        "The squared error learns the wrong rows by heart: R2 on the sound ones ended at -7 on average of three seeds, a "
        "constant would do better. Huber at 0.3 was milder (-1.7) and not immune; only the absolute error left the wrong rows "
        "aside (0.67).",
        "Huber 1964.",
        base={
            "data": {"key": "friedman", "samples": 600, "outliers": 0.1},
            "model": {"key": "mlp", "depth": 2, "width": 32},
            "optim": {"key": "adam", "lr": 0.003},
            "train": {"epochs": 40, "batch_size": 32},
        },
        lanes=[
            lane("Squared", loss__key="mse"),
            lane("Absolute", loss__key="mae"),
            lane("Huber 0.3", loss__key="huber", loss__delta=0.3),
            lane("Log-cosh", loss__key="log_cosh"),
        ],
    ),
    race_preset(
        "capsules-and-their-margin",
        "Capsules and their margin loss",
        "A small capsule network on 800 digits, with cross-entropy and with the margin loss on the lengths of its capsules.",
        "The margin loss has the smaller gradients: none beyond its margins, and little where a length is near 0 or 1. At a rate "
        "made for cross-entropy, momentum is left behind with it: 86.2 in 100 right on average of three seeds here, against "
        "94.2; at ten times that rate it reaches 95.0. Adam divides by the size of the gradients and sees no difference: 94.7 "
        "with cross-entropy, 94.2 with the margin. On digits that stand alone neither loss is the better one.",
        "Sabour, Frosst and Hinton 2017.",
        base={
            "data": {"key": "digits", "limit": 1000},
            "model": {"key": "capsule", "channels": 16, "types": 4},
            "optim": {"key": "momentum", "lr": 0.05},
            "schedule": {"key": "cosine"},
            "train": {"epochs": 10, "batch_size": 32},
        },
        lanes=[
            lane("Cross-entropy, 0.05"),
            lane("Margin, 0.05", loss__key="length_margin"),
            lane("Margin, 0.5", loss__key="length_margin", optim__lr=0.5),
            lane("Cross-entropy, Adam", optim__key="adam", optim__lr=0.003),
            lane("Margin, Adam", loss__key="length_margin", optim__key="adam", optim__lr=0.003),
        ],
    ),
)
