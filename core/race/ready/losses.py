"""Races of losses: for classes, for counts, for quantiles, against outliers. No torch."""

from __future__ import annotations

from typing import Any

from core.race.ready.base import RacePreset, lane, race_preset

NETWORK: dict[str, Any] = {"model__key": "mlp", "model__depth": 1, "model__width": 16}

ENTRIES: tuple[RacePreset, ...] = (
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
        "losses-for-classes",
        "Seven losses for classes",
        "The same small network on 300 digits, taught by seven losses: two cousins of cross-entropy, three hinges, and a yes or no for "
        "each class.",
        "Balanced classes with sound labels leave little to choose. Measured over seeds 0 to 2, mean accuracy: one against the rest "
        "95.5, Poly-1 95.2, cross-entropy 94.6, focal 94.2, hinge 94.1, hinge with all rivals 93.3, squared hinge 92.4. Only the squared "
        "hinge lies behind cross-entropy on every seed; focal's turn to hard rows brings nothing here, and where a class is rare "
        "little more (see the race on that). What differs is what can be done with the outputs: of a hinge they are no probabilities.",
        "Lin et al. 2017; Leng et al. 2022; Crammer and Singer 2001; Tang 2013; Rifkin and Klautau 2004.",
        base={
            "data": {"key": "digits", "limit": 600, "validation_fraction": 0.5},
            "model": {"key": "mlp", "depth": 2, "width": 64},
            "init": {"key": "he_normal"},
            "optim": {"key": "adam", "lr": 0.002},
            "train": {"epochs": 25, "batch_size": 32},
        },
        lanes=[
            lane("Cross-entropy"),
            lane("Focal", loss__key="focal"),
            lane("Poly-1", loss__key="poly1"),
            lane("Hinge", loss__key="hinge"),
            lane("Hinge, all rivals", loss__key="hinge", loss__rivals="all"),
            lane("Squared hinge", loss__key="squared_hinge"),
            lane("One against the rest", loss__key="one_vs_rest"),
        ],
    ),
    race_preset(
        "quantiles-and-outliers",
        "A quantile that knows of the outliers",
        "A tenth of the training targets is 50 too large; the validation rows are sound. Which quantile of the targets to aim at?",
        "One row in ten lies far above, so the middle of the sound rows is the 0.45 quantile of all: (1 - 0.1) / 2. Measured over seeds 0 "
        "to 2, mean R2 on the sound rows: quantile 0.45 .74; the median .65, and the absolute error, twice the same loss, .67; Huber at "
        "0.1 .19; the squared error -7.0. At 0.25 it is even .81: a row above pulls with a quarter only, which spares it more of the "
        "outliers than it loses by aiming low. Aim at 0.9 and the outliers are what you get: -39. Were all rows sound, that "
        "lane would say what nine in ten stay below, and R2 would still be the wrong judge of it.",
        "Koenker and Bassett 1978; Huber 1964.",
        base={
            "data": {"key": "friedman", "samples": 600, "outliers": 0.1},
            "model": {"key": "mlp", "depth": 2, "width": 32},
            "optim": {"key": "adam", "lr": 0.003},
            "train": {"epochs": 40, "batch_size": 32},
        },
        lanes=[
            lane("Squared", loss__key="mse"),
            lane("Huber 0.1", loss__key="huber", loss__delta=0.1),
            lane("Absolute", loss__key="mae"),
            lane("Quantile 0.5", loss__key="quantile", loss__tau=0.5),
            lane("Quantile 0.45", loss__key="quantile", loss__tau=0.45),
            lane("Quantile 0.25", loss__key="quantile", loss__tau=0.25),
            lane("Quantile 0.9", loss__key="quantile", loss__tau=0.9),
        ],
    ),
    race_preset(
        "counts-want-poisson",
        "Counts want Poisson",
        "How many arrive in an hour: a linear model and a small network, each with squares, with Huber and with the Poisson loss.",
        "Rain takes away a share of the arrivals, not a number of them: effects multiply. The Poisson loss reads the output as the "
        "logarithm of the rate, where they add up, so that the linear model suits. Measured over seeds 0 to 2, mean R2: linear .86 with "
        "Poisson, .70 with Huber, .69 with squares. A network bends by itself, and there the loss brings no difference: .83 with all "
        "three. The target is standardised for the others and stays as it is for Poisson; R2 does not mind.",
        "Nelder and Wedderburn 1972.",
        base={
            "data": {"key": "arrivals", "samples": 500},
            "model": {"key": "linear"},
            "optim": {"key": "adam", "lr": 0.01},
            "schedule": {"key": "cosine"},
            "train": {"epochs": 50, "batch_size": 32},
        },
        lanes=[
            lane("Linear, squares", loss__key="mse"),
            lane("Linear, Huber", loss__key="huber"),
            lane("Linear, Poisson", loss__key="poisson"),
            lane("Network, squares", loss__key="mse", **NETWORK),
            lane("Network, Huber", loss__key="huber", **NETWORK),
            lane("Network, Poisson", loss__key="poisson", **NETWORK),
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
