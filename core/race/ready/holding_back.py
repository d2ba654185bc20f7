"""Races of regularisations and of augmentations on few rows. No torch."""

from __future__ import annotations

from core.race.ready.base import RacePreset, lane, race_preset

ENTRIES: tuple[RacePreset, ...] = (
    race_preset(
        "six-regularisations",
        "Six ways to hold a network back",
        "An MLP knows its 200 digits by heart: L1, L2, dropout, noise on the inputs, a limit on the length of weights, their average.",
        "All of them name every training row right, so look at the validation loss: over three seeds .25 without any, .24 with an "
        "average of the weights, .23 with dropout, .22 with L1 and L2, .21 with noise, .20 with max-norm. Accuracy moves from 92 to "
        "94 in 100, and on 200 rows that is hardly separable.",
        "Tibshirani 1996; Krogh and Hertz 1992; Srivastava et al. 2014; Bishop 1995.",
        score="loss",
        seeds=5,
        base={
            "data": {"key": "digits", "limit": 400, "validation_fraction": 0.5},
            "model": {"key": "mlp", "depth": 2, "width": 128},
            "init": {"key": "he_normal"},
            "optim": {"key": "adam", "lr": 0.002},
            "train": {"epochs": 80, "batch_size": 32},
        },
        lanes=[
            lane("Nothing"),
            lane("L1", regularise__l1__strength=0.0005),
            lane("L2", regularise__l2__strength=0.01),
            lane("Dropout", model__dropout=0.5),
            lane("Input noise", regularise__input_noise__std=0.5),
            lane("Max-norm", regularise__max_norm__limit=1.0),
            lane("EMA", regularise__ema="on"),
        ],
    ),
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
)
