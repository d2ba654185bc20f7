"""Races of optimizers. No torch."""

from __future__ import annotations

from core.race.ready.base import DIGITS_MLP, RacePreset, lane, race_preset

ENTRIES: tuple[RacePreset, ...] = (
    race_preset(
        "sgd-against-adam",
        "SGD against Adam",
        "Plain SGD, SGD with momentum and Adam on the digits, each at its usual learning rate.",
        "Adam and momentum are far ahead early on. Look whether anything is left of it at the end: on small, clean "
        "tasks the finals are often not separable.",
        "Wilson et al. 2017.",
        base=DIGITS_MLP,
        lanes=[
            lane("SGD", optim__key="sgd", optim__lr=0.1),
            lane("Momentum", optim__key="momentum", optim__lr=0.02),
            lane("Adam", optim__key="adam", optim__lr=0.002),
        ],
    ),
    race_preset(
        "tuned-sgd-against-adam",
        "SGD against Adam, both tuned",
        "The same race, but every lane first gets eight trials over its published search space.",
        "An optimizer is only as good as its tuning. Compare best and typical trial: a wide gap means that it needs "
        "tuning, a narrow one that it forgives.",
        "Choi et al. 2019; Schmidt et al. 2021.",
        base={**DIGITS_MLP, "train": {"epochs": 8, "batch_size": 32}},
        trials=8,
        lanes=[
            lane("SGD", tuned=True, optim__key="sgd"),
            lane("Momentum", tuned=True, optim__key="momentum"),
            lane("Adam", tuned=True, optim__key="adam"),
        ],
    ),
    race_preset(
        "momentum-in-a-valley",
        "Momentum on an ill-conditioned problem",
        "Two spirals: a long, narrow valley, in which the loss hardly falls along its floor.",
        "At the same rate momentum leaves SGD far behind: a steady gradient is amplified 1 / (1 - 0.9) = 10 times. So SGD "
        "at ten times the rate keeps up here; momentum's true gain is to dare that pace where SGD would swing from wall "
        "to wall, as the Loss surfaces show.",
        "Polyak 1964; Sutskever et al. 2013.",
        score="loss",
        base={
            "data": {"key": "spirals"},
            "model": {"key": "mlp", "depth": 3, "width": 32, "activation": "tanh"},
            "init": {"key": "xavier_normal"},
            "train": {"epochs": 100, "batch_size": 64},
        },
        lanes=[
            lane("SGD", optim__key="sgd", optim__lr=0.02),
            lane("SGD at ten times the rate", optim__key="sgd", optim__lr=0.2),
            lane("Momentum 0.9", optim__key="momentum", optim__lr=0.02, optim__momentum=0.9),
            lane("Adam", optim__key="adam", optim__lr=0.005),
        ],
    ),
    race_preset(
        "adagrad-on-rare-words",
        "Adagrad on sparse features",
        "Tweets as bags of words: most words are rare, so most weights seldom see a gradient.",
        "Adagrad keeps large steps for weights that are rarely touched, where SGD gives each the same rate. "
        "RMSprop and Adam do so too, but forget.",
        "Duchi, Hazan and Singer 2011.",
        base={
            "data": {"key": "tweets"},
            "model": {"key": "mlp", "depth": 1, "width": 32},
            "train": {"epochs": 6, "batch_size": 64},
        },
        lanes=[
            lane("SGD", optim__key="sgd", optim__lr=0.1),
            lane("Adagrad", optim__key="adagrad", optim__lr=0.02),
            lane("Adam", optim__key="adam", optim__lr=0.001),
        ],
    ),
    race_preset(
        "nesterov",
        "Nesterov against heavy ball",
        "Two kinds of momentum at the same rate, gentle and strong.",
        "At 0.9 they can hardly be told apart. At 0.99 the same rate is amplified a hundred times, and both end worse; "
        "look at the bands: the heavy ball swings more from seed to seed, for Nesterov's look ahead damps it.",
        "Nesterov 1983; Sutskever et al. 2013.",
        score="loss",
        base={**DIGITS_MLP, "train": {"epochs": 15, "batch_size": 64}},
        lanes=[
            lane("Heavy ball 0.9", optim__key="momentum", optim__lr=0.02, optim__momentum=0.9),
            lane("Nesterov 0.9", optim__key="nesterov", optim__lr=0.02, optim__momentum=0.9),
            lane("Heavy ball 0.99", optim__key="momentum", optim__lr=0.02, optim__momentum=0.99),
            lane("Nesterov 0.99", optim__key="nesterov", optim__lr=0.02, optim__momentum=0.99),
        ],
    ),
    race_preset(
        "batch-size",
        "Batch size and learning rate together",
        "Batches of 16 and of 128: with the same rate, and with the rate scaled along.",
        "All lanes see the same number of samples. Eight times the batch makes an eighth of the steps; only with "
        "eight times the rate does it go as far.",
        "Goyal et al. 2017; Smith et al. 2018.",
        base={**DIGITS_MLP, "optim": {"key": "sgd", "lr": 0.05}, "train": {"epochs": 15}},
        lanes=[
            lane("16 at 0.05", train__batch_size=16),
            lane("128 at 0.05", train__batch_size=128),
            lane("128 at 0.4", train__batch_size=128, optim__lr=0.4),
        ],
    ),
    race_preset(
        "five-optimizers-three-tasks",
        "Five optimizers on three data sets",
        "SGD, momentum, RMSprop, Adam and AdamW on digits, wine and breast cancer.",
        "Who wins depends on the task. The performance profile tells how often each is within a factor of the best.",
        "Dolan and Moré 2002; Schneider et al. 2019.",
        base={**DIGITS_MLP, "train": {"epochs": 10, "batch_size": 32}},
        tasks=[{"data.key": "digits"}, {"data.key": "wine"}, {"data.key": "breast_cancer"}],
        lanes=[
            lane("SGD", optim__key="sgd", optim__lr=0.1),
            lane("Momentum", optim__key="momentum", optim__lr=0.02),
            lane("RMSprop", optim__key="rmsprop", optim__lr=0.001),
            lane("Adam", optim__key="adam", optim__lr=0.001),
            lane("AdamW", optim__key="adamw", optim__lr=0.001, optim__weight_decay=0.01),
        ],
    ),
)
