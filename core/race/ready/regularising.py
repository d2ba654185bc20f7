"""Races of noise, penalties, averages and attacks, each against a lane without. No torch."""

from __future__ import annotations

from typing import Any

from core.race.ready.base import RacePreset, lane, race_preset

FEW_DIGITS: dict[str, Any] = {
    "data": {"key": "digits", "limit": 400, "validation_fraction": 0.5},
    "model": {"key": "mlp", "depth": 2, "width": 128},
    "init": {"key": "he_normal"},
    "optim": {"key": "adam", "lr": 0.002},
    "train": {"epochs": 60, "batch_size": 32},
}

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
        "noise-as-a-regulariser",
        "Noise as a regulariser",
        "An MLP knows its 200 digits by heart: noise on the inputs, on the weights of each step, or on the gradients, little and much.",
        "How much decides. Measured over seeds 0 to 2, validation loss: .25 without noise; on the weights .25 at 0.03, .23 at 0.1 "
        "(better on two seeds of three) and 1.67 at 0.2, where the network no longer learns its own rows; on the gradients .25 at a "
        "variance of 0.01 and .41 at 1; on the inputs .26. Accuracy stays at 92 to 93 in 100 but where the noise is too large: 89 and "
        "70. None helps clearly here. Nor did noise on the gradients wake twenty layers through which no signal comes, which it is said "
        "to do: all of it stayed at chance.",
        "Bishop 1995; Jim, Giles and Horne 1996; Neelakantan et al. 2015.",
        score="loss",
        base=FEW_DIGITS,
        lanes=[
            lane("Nothing"),
            lane("Inputs 0.5", regularise__input_noise__std=0.5),
            lane("Weights 0.03", regularise__weight_noise__std=0.03),
            lane("Weights 0.1", regularise__weight_noise__std=0.1),
            lane("Weights 0.2", regularise__weight_noise__std=0.2),
            lane("Gradients 0.01", regularise__gradient_noise__scale=0.01),
            lane("Gradients 1", regularise__gradient_noise__scale=1.0),
        ],
    ),
    race_preset(
        "penalties-on-answers-and-slopes",
        "Penalties on confidence, on the slope, on weights",
        "An MLP knows its 200 digits by heart: sure answers cost something, or a steep loss does, or weights do (L1 and L2 together).",
        "A flat loss around the rows is what helps most. Measured over seeds 0 to 2, validation loss and accuracy: nothing .25 and "
        "93.0; gradient penalty at 1 .20 and 94.2, better on each seed, at 0.1 hardly any other than nothing; elastic net at 0.001 .22 "
        "and 93.5, at 0.003 .25 and 94.3. The confidence penalty brings no difference at 0.1 (.24), and at 0.3 the answers are less "
        "sure than they are right (.46).",
        "Drucker and LeCun 1992; Pereyra et al. 2017; Zou and Hastie 2005.",
        score="loss",
        base=FEW_DIGITS,
        lanes=[
            lane("Nothing"),
            lane("Confidence 0.1", regularise__confidence_penalty__strength=0.1),
            lane("Confidence 0.3", regularise__confidence_penalty__strength=0.3),
            lane("Slope 0.1", regularise__gradient_penalty__strength=0.1),
            lane("Slope 1", regularise__gradient_penalty__strength=1.0),
            lane("Elastic net 0.001", regularise__elastic_net__strength=0.001),
            lane("Elastic net 0.003", regularise__elastic_net__strength=0.003),
        ],
    ),
    race_preset(
        "averages-of-weights",
        "Averages of the weights",
        "Momentum at a high constant rate: the last weights, running averages of them (EMA), means of the last epochs (SWA), and a "
        "cosine, which takes the rate down instead.",
        "The last weights are thrown about by the last batches; an average stands between them. Measured over seeds 0 to 2, "
        "validation loss: last .178; EMA .139 at 0.9 and .118 at 0.99; SWA .124 over the last quarter and .114 over the last half; cosine "
        ".134. Accuracy rises from 95.6 to 97 in 100 with each of them. An average costs next to nothing, and comes to about the "
        "same as a falling rate. Where the noise of the steps is small there is nothing to average out.",
        "Ruppert 1988; Tarvainen and Valpola 2017; Izmailov et al. 2018.",
        score="loss",
        base={
            "data": {"key": "digits"},
            "model": {"key": "mlp", "depth": 3, "width": 64},
            "init": {"key": "he_normal"},
            "optim": {"key": "momentum", "lr": 0.1},
            "train": {"epochs": 8, "batch_size": 32},
        },
        lanes=[
            lane("Last weights"),
            lane("EMA 0.9", regularise__ema__decay=0.9),
            lane("EMA 0.99", regularise__ema__decay=0.99),
            lane("SWA, last quarter", regularise__swa__start=0.75),
            lane("SWA, last half", regularise__swa__start=0.5),
            lane("Cosine", schedule__key="cosine"),
        ],
    ),
    race_preset(
        "adversarial-training",
        "Adversarial training and what it costs",
        "An MLP on 800 digits, trained on rows made worse within epsilon, by one step (FGSM) or five (PGD), with noise instead, and as they are.",
        "Here is only the clean accuracy; open a lane as a run and attack it on the page Errors. Measured over seeds 0 to 2, clean and "
        "under PGD at 0.3: as they are 95.8 and 10, FGSM at 0.1 96.1 and 29, at 0.3 97.0 and 59; PGD at 0.1 96.5 and 37, at 0.3 "
        "96.6 and 67, at 0.6 90.3 and 64; noise of 0.3 96.5 and 20. On so few rows a small epsilon costs nothing and rather "
        "helps; twice the epsilon costs five points and gains none at 0.3, only at 0.5 (40 instead of 22). A step of FGSM takes "
        "about 1.5 to 2 times as long as a plain one, a step of PGD four to five times.",
        "Goodfellow, Shlens and Szegedy 2015; Madry et al. 2018.",
        base={
            "data": {"key": "digits", "limit": 1000},
            "model": {"key": "mlp", "depth": 2, "width": 64},
            "init": {"key": "he_normal"},
            "optim": {"key": "adam", "lr": 0.002},
            "train": {"epochs": 20, "batch_size": 32},
        },
        lanes=[
            lane("As they are"),
            lane("FGSM 0.1", regularise__fgsm__epsilon=0.1),
            lane("FGSM 0.3", regularise__fgsm__epsilon=0.3),
            lane("PGD 0.1", regularise__pgd__epsilon=0.1),
            lane("PGD 0.3", regularise__pgd__epsilon=0.3),
            lane("PGD 0.6", regularise__pgd__epsilon=0.6),
            lane("Noise 0.3", regularise__input_noise__std=0.3),
        ],
    ),
)
