"""Races within families of optimizers, past the classics that `optimizers` has. No torch."""

from __future__ import annotations

from core.race.ready.base import DIGITS_MLP, RacePreset, lane, race_preset

ENTRIES: tuple[RacePreset, ...] = (
    race_preset(
        "adam-family",
        "The Adam family",
        "Adam, six relatives and SGD for 180 steps on features as they are measured: the digits' pixels, all from 0 to 16, and wine, "
        "whose features differ a thousandfold. Rates: the best of three on standardised digits, tried on another seed.",
        "On digits nobody stands out: 94 to 96 in 100 over seeds 0 to 2, within what a seed does; Lion's loss is the highest (0.25; "
        "0.21 for SGD, 0.13 to 0.16 the others), for its steps never get smaller. On wine SGD sees only the largest feature and stays "
        "at 39, always the same class. Adafactor came to 69, Adamax 67, Adam 66, NAdam 62, Lion 55, Adadelta 45. RAdam stays at 39 "
        "with SGD: its first five steps are momentum's, which is enough to spoil the weights. Look at the bytes of state, too: "
        "105 kB for Adam, 53 for Lion, 3 for Adafactor.",
        "Kingma and Ba 2015; Liu et al. 2020; Shazeer and Stern 2018; Chen et al. 2023.",
        base={
            **DIGITS_MLP,
            "data": {"key": "digits", "standardise": False},
            "train": {"steps": 180, "batch_size": 32},
        },
        tasks=[{"data.key": "digits"}, {"data.key": "wine"}],
        lanes=[
            lane("SGD", optim__key="sgd", optim__lr=0.1),
            lane("Adam", optim__key="adam", optim__lr=0.003),
            lane("NAdam", optim__key="nadam", optim__lr=0.003),
            lane("RAdam", optim__key="radam", optim__lr=0.03),
            lane("Adamax", optim__key="adamax", optim__lr=0.03),
            lane("Adadelta", optim__key="adadelta", optim__lr=3.0),
            lane("Adafactor", optim__key="adafactor", optim__lr=0.03),
            lane("Lion", optim__key="lion", optim__lr=0.001),
        ],
    ),
    race_preset(
        "matrices-and-curvature",
        "Matrices and curvature",
        "Three passes over the digits: steps that treat a weight matrix as one (SOAP, Muon), that divide by an estimated curvature "
        "(Sophia), and that look at each weight by itself (Adam). Rates: the best of two or three, tried on another seed.",
        "Per step SOAP learns most: over seeds 0 to 2 its loss ended at 0.101, Muon's at 0.140, Adam's at 0.147, momentum's and "
        "Sophia's at 0.175. In accuracy that is 97.4 in 100 against 94.5 to 95.9. It is paid for: a "
        "step of SOAP took 1.5 times as long as Adam's here, one of Muon three times, so switch the charts to seconds. Sophia's gain "
        "is claimed for large language models, and none shows here.",
        "Vyas et al. 2025; Jordan et al. 2024; Liu et al. 2024.",
        score="loss",
        base={**DIGITS_MLP, "train": {"epochs": 3, "batch_size": 32}},
        lanes=[
            lane("Momentum", optim__key="momentum", optim__lr=0.05),
            lane("Adam", optim__key="adam", optim__lr=0.003),
            lane("SOAP", optim__key="soap", optim__lr=0.003),
            lane("Sophia", optim__key="sophia", optim__lr=0.1),
            lane("Muon", optim__key="muon", optim__lr=0.003),
        ],
    ),
    race_preset(
        "no-rate-to-choose",
        "No rate to choose",
        "Rates chosen badly, a hundred times too low: Adam and SGD from them, both with a rate that learns itself, and two optimizers "
        "that bring a scale of their own and are left at 1.",
        "A rate that learns itself grows while successive steps agree: from 0.00003 Adam ends at 25 in 100 over seeds 0 to 2, and at 93 "
        "with it; SGD from 0.001 at 38, and at 88. Prodigy, which judges its step by how far the weights have come, and Adadelta, "
        "by its past steps, reach 96 without being told anything, as Adam does at the rate that suits it (97).",
        "Baydin et al. 2018; Mishchenko and Defazio 2024; Zeiler 2012.",
        base={**DIGITS_MLP, "train": {"epochs": 6, "batch_size": 32}},
        lanes=[
            lane("Adam, rate too low", optim__key="adam", optim__lr=0.00003),
            lane("Adam from there, learned", optim__key="hypergradient", optim__lr=0.00003),
            lane("SGD, rate too low", optim__key="sgd", optim__lr=0.001),
            lane("SGD from there, learned", optim__key="hypergradient", optim__base="sgd", optim__lr=0.001),
            lane("Prodigy", optim__key="prodigy", optim__lr=1.0),
            lane("Adadelta", optim__key="adadelta", optim__lr=1.0),
            lane("Adam, well chosen", optim__key="adam", optim__lr=0.003),
        ],
    ),
    race_preset(
        "averages-against-noise",
        "Averages against noise",
        "Batches of four rows, so that every gradient is mostly noise: SGD, momentum and Adam at a rate too high for that, and next to "
        "each the same steps averaged.",
        "Each pair has one rate. Over seeds 0 to 2 the loss falls from 0.123 to 0.082 where SGD's weights are averaged (ASGD), from "
        "0.263 to 0.166 where momentum goes but half of the way of every five steps (lookahead), and from 0.278 to 0.092 where Adam "
        "is averaged in place of a falling rate (schedule-free). Accuracy gains 1 to 4 in 100. A schedule would do it, too, but "
        "must know the end.",
        "Polyak and Juditsky 1992; Zhang et al. 2019; Defazio et al. 2024.",
        score="loss",
        base={
            "data": {"key": "digits"},
            "model": {"key": "mlp", "depth": 2, "width": 32},
            "init": {"key": "he_normal"},
            "train": {"epochs": 4, "batch_size": 4},
        },
        lanes=[
            lane("SGD", optim__key="sgd", optim__lr=0.1),
            lane("ASGD", optim__key="asgd", optim__lr=0.1),
            lane("Momentum", optim__key="momentum", optim__lr=0.02),
            lane("Lookahead", optim__key="lookahead", optim__lr=0.02),
            lane("Adam", optim__key="adam", optim__lr=0.01),
            lane("Schedule-free", optim__key="schedule_free", optim__lr=0.01),
        ],
    ),
    race_preset(
        "whole-batches",
        "Whole batches: signs and curvature",
        "120 steps on two spirals with the gradient of all 800 rows, for which Rprop and L-BFGS were made; then Adam and these two "
        "with batches of 80.",
        "Without noise the sign of a gradient and the change from step to step can be trusted. Over seeds 0 to 2 Rprop, L-BFGS and "
        "Adam all end at 100 in 100, momentum at 82 and gradient descent at 62; after 60 steps L-BFGS, which looks at the rows up to "
        "five times a step, is there (100), Rprop at 97 and Adam at 96. With batches of 80 Rprop takes every change of sign for a "
        "minimum that it stepped over, halves its steps away and ends at 65; Adam at 91, L-BFGS at 94. Rates: the best of two or three, "
        "tried on another seed; Rprop's and L-BFGS's are the usual ones.",
        "Riedmiller and Braun 1993; Liu and Nocedal 1989.",
        base={
            "data": {"key": "spirals"},
            "model": {"key": "mlp", "depth": 3, "width": 32, "activation": "tanh"},
            "init": {"key": "xavier_normal"},
            "train": {"steps": 120, "batch_size": 800},
        },
        lanes=[
            lane("Gradient descent", optim__key="sgd", optim__lr=1.0),
            lane("Momentum", optim__key="momentum", optim__lr=0.3),
            lane("Adam", optim__key="adam", optim__lr=0.03),
            lane("Rprop", optim__key="rprop", optim__lr=0.01),
            lane("L-BFGS", optim__key="lbfgs", optim__lr=1.0),
            lane("Adam, batches of 80", optim__key="adam", optim__lr=0.03, train__batch_size=80),
            lane("Rprop, batches of 80", optim__key="rprop", optim__lr=0.01, train__batch_size=80),
            lane("L-BFGS, batches of 80", optim__key="lbfgs", optim__lr=1.0, train__batch_size=80),
        ],
    ),
    race_preset(
        "flat-minima",
        "Flat minima on 200 digits",
        "Momentum and Adam name all 200 training digits right; sharpness-aware minimisation (SAM) around them asks for weights whose "
        "neighbours do so, too.",
        "Look at the validation loss: over seeds 0 to 2 SAM brings momentum's from 0.313 to 0.262, in each seed, and it hardly matters how "
        "far it looks (0.261 at four times the radius, 0.276 at ten times). Adam starts lower and gains less, 0.253 to 0.242. "
        "Accuracy stays where it is, 93 to 94 in 100, and each step costs two. In batches of four, at a rate too high for them, SAM "
        "made momentum worse (0.263 to 0.375): there the gradient it climbs is noise.",
        "Foret et al. 2021; Kwon et al. 2021.",
        score="loss",
        base={
            "data": {"key": "digits", "limit": 400, "validation_fraction": 0.5},
            "model": {"key": "mlp", "depth": 2, "width": 128},
            "init": {"key": "he_normal"},
            "train": {"epochs": 40, "batch_size": 32},
        },
        lanes=[
            lane("Momentum", optim__key="momentum", optim__lr=0.05),
            lane("SAM", optim__key="sam", optim__lr=0.05, optim__rho=0.05),
            lane("SAM, four times as far", optim__key="sam", optim__lr=0.05, optim__rho=0.2),
            lane("SAM, ten times as far", optim__key="sam", optim__lr=0.05, optim__rho=0.5),
            lane("Adam", optim__key="adam", optim__lr=0.003),
            lane("SAM around Adam", optim__key="sam", optim__base="adam", optim__lr=0.003, optim__rho=0.05),
        ],
    ),
)
