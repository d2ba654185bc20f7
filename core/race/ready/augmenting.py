"""Races of augmentations, one for each kind of data. No torch."""

from __future__ import annotations

from typing import Any

from core.race.ready.base import RacePreset, lane, race_preset

FEW_ANIMALS: dict[str, Any] = {
    "data": {"key": "animals28", "limit": 600, "validation_fraction": 0.5},
    "model": {"key": "cnn", "channels": 12, "blocks": 2, "head": "flatten"},
    "optim": {"key": "adam", "lr": 0.003},
    "schedule": {"key": "cosine"},
    "train": {"epochs": 20, "batch_size": 32},
}

ENTRIES: tuple[RacePreset, ...] = (
    race_preset(
        "augmenting-few-digits",
        "Augmenting 300 digits",
        "A CNN on 300 digits of 28 x 28: moved a little, also turned and scaled, patched with other digits, blended, and as they are.",
        "An augmentation helps if it makes rows that could have been there. Over three seeds: 90 in 100 as they are, 93 moved, 91 "
        "with CutMix or mixup, and 90 when turning and scaling come on top: too much for a network this small in 25 passes.",
        "Shorten and Khoshgoftaar 2019; Zhang et al. 2018; Yun et al. 2019.",
        base={
            "data": {"key": "digits28", "limit": 600, "validation_fraction": 0.5},
            "model": {"key": "cnn", "channels": 12, "blocks": 2, "head": "flatten"},
            "optim": {"key": "adam", "lr": 0.003},
            "schedule": {"key": "cosine"},
            "train": {"epochs": 25, "batch_size": 32},
        },
        lanes=[
            lane("As they are"),
            lane("Moved", augment__translation__share=0.1),
            lane("Moved, turned, scaled", augment__translation__share=0.1, augment__rotation="on", augment__zoom="on"),
            lane("CutMix", augment__cutmix="on"),
            lane("Mixup", augment__mixup="on"),
        ],
    ),
    race_preset(
        "augmenting-motions",
        "Augmenting 40 motions",
        "Forty recordings of a sensor at the wrist, four activities: noise on them, strength and pace changed, parts stretched.",
        "What varies among people is the pace. Measured over seeds 0 to 2, validation loss: .073 as they are, .020 with time warp, .024 "
        "with windows, .018 with rescaling, time warp and windows together; jitter (.071), rescaling (.077) and magnitude warp (.075) bring no "
        "difference. Accuracy can't tell them apart: one row wrong in 40 at most is left to mend, and those three mend it.",
        "Um et al. 2017; Le Guennec, Malinowski and Tavenard 2016.",
        score="loss",
        base={
            "data": {"key": "basic_motions"},
            "model": {"key": "cnn", "channels": 8, "blocks": 2, "head": "flatten"},
            "optim": {"key": "adam", "lr": 0.003},
            "train": {"epochs": 20, "batch_size": 8},
        },
        lanes=[
            lane("As they are"),
            lane("Jitter", augment__jitter="on"),
            lane("Rescaling", augment__rescaling="on"),
            lane("Magnitude warp", augment__magnitude_warp="on"),
            lane("Time warp", augment__time_warp="on"),
            lane("Window", augment__window="on"),
            lane("Three together", augment__rescaling="on", augment__time_warp="on", augment__window="on"),
        ],
    ),
    race_preset(
        "swapping-values-in-a-table",
        "Noise in a table of 36 wines",
        "A network on 36 wines of 178: some values swapped with those of other wines, noise on them, wines blended, and as they are.",
        "A swapped value is one that occurs. Measured over seeds 0 to 2, accuracy: 93.7 as they are, 95.3 with one value in ten swapped "
        "(better on each seed, and the loss .14 instead of .16), 94.6 with noise of half a standard deviation, 94.4 with mixup. Three "
        "values in ten are too many: 91.1, for one seed loses 12 points.",
        "Bahri et al. 2022; Bishop 1995; Zhang et al. 2018.",
        base={
            "data": {"key": "wine", "validation_fraction": 0.8},
            "model": {"key": "mlp", "depth": 2, "width": 64},
            "init": {"key": "he_normal"},
            "optim": {"key": "adam", "lr": 0.003},
            "train": {"epochs": 40, "batch_size": 16},
        },
        lanes=[
            lane("As they are"),
            lane("Swap one in ten", augment__swap_noise__probability=0.1),
            lane("Swap three in ten", augment__swap_noise__probability=0.3),
            lane("Noise 0.5", regularise__input_noise__std=0.5),
            lane("Mixup", augment__mixup="on"),
        ],
    ),
    race_preset(
        "dropping-words",
        "Dropping and swapping words",
        "An LSTM tells happy messages from unhappy ones: some words left out, some neighbours exchanged, and as they are.",
        "Words left out keep it from learning messages by heart. Measured over seeds 0 to 2, validation loss: .44 as they are, .40 with "
        "one word in ten left out, .38 with three in ten, better on each seed; it is less sure where it is wrong, for accuracy "
        "stays at 83 in 100. Swapped neighbours: .43, and 84 in 100 right, better on each seed by one point on average. The "
        "order of words says little here, so half of the pairs may be exchanged.",
        "Iyyer et al. 2015; Wei and Zou 2019.",
        score="loss",
        base={
            "data": {"key": "tweets"},
            "model": {"key": "lstm", "hidden": 32},
            "optim": {"key": "adam", "lr": 0.003},
            "train": {"epochs": 6, "batch_size": 64},
        },
        lanes=[
            lane("As they are"),
            lane("Drop one in ten", augment__token_dropout__probability=0.1),
            lane("Drop three in ten", augment__token_dropout__probability=0.3),
            lane("Swap one in ten", augment__token_swap__probability=0.1),
            lane("Swap half", augment__token_swap__probability=0.5),
        ],
    ),
    race_preset(
        "moving-animals",
        "Augmenting animals: mirrors, parts, blots",
        "A CNN on 300 silhouettes of animals: half of them mirrored, either way; shown in part; with a part blotted out; as they are.",
        "Make rows that could have been there. Measured over seeds 0 to 2, accuracy: 79.4 as they are, 84.2 mirrored left to right; "
        "top to bottom 74.6, for none of those that validate stands on its head; with parts of seven tenths of the side or more 75.7, too "
        "much to learn in 20 passes (93 of 100 training rows are right), of nine tenths 80.6; blotted 78.1. Mirrors left to right win "
        "on every seed; mirrors top to bottom, parts of 0.7 and blots lose on every seed.",
        "Krizhevsky, Sutskever and Hinton 2012; DeVries and Taylor 2017; Shorten and Khoshgoftaar 2019.",
        base=FEW_ANIMALS,
        lanes=[
            lane("As they are"),
            lane("Left and right", augment__flip_horizontal="on"),
            lane("Top and bottom", augment__flip_vertical="on"),
            lane("Parts of 0.7", augment__crop__smallest=0.7),
            lane("Parts of 0.9", augment__crop__smallest=0.9),
            lane("Blotted", augment__erasing="on"),
        ],
    ),
    race_preset(
        "lighting-animals",
        "Augmenting animals: light, blur and noise",
        "The same 300 silhouettes: lighter and darker, more and less contrast, blurred, with noise, and as they are.",
        "Nothing here helps: the silhouettes that validate are white on black too, so no other light is ever met. Measured "
        "over seeds 0 to 2, accuracy: 79.4 as they are, 78.6 with brightness, 78.7 with contrast, 78.8 blurred, 78.4 with noise, and the "
        "loss rises from .64 to .66 (noise), .67, .69 and .70 (blur). Photographs by day and night would tell another story.",
        "Howard 2013; Shorten and Khoshgoftaar 2019.",
        base=FEW_ANIMALS,
        lanes=[
            lane("As they are"),
            lane("Brightness", augment__brightness="on"),
            lane("Contrast", augment__contrast="on"),
            lane("Blur", augment__blur="on"),
            lane("Noise", augment__pixel_noise__std=0.1),
        ],
    ),
)
