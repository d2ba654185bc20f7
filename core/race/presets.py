"""Ready-made races, each a classic lesson on training. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.registry import Catalogue, Spec


@dataclass(frozen=True, kw_only=True)
class RacePreset(Spec):
    """A race to start from. `summary` says what is raced, `lesson` what to look for, `document` is the race."""

    lesson: str
    document: dict[str, Any]


def _preset(key: str, label: str, summary: str, lesson: str, source: str, **document: Any) -> RacePreset:
    return RacePreset(
        key=key,
        label=label,
        summary=summary,
        article=f"{summary} {lesson} {source}",
        build="core.race.recipe:parse_race",
        lesson=lesson,
        document={"kind": "race", "name": label, **document},
    )


def _lane(name: str, tuned: bool = False, **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "tuned": tuned,
        "changes": {path.replace("__", "."): value for path, value in changes.items()},
    }


_DIGITS_MLP = {
    "data": {"key": "digits"},
    "model": {"key": "mlp", "depth": 3, "width": 64},
    "init": {"key": "he_normal"},
    "train": {"epochs": 20, "batch_size": 32},
}
_DEEP_RELU = {
    "data": {"key": "digits"},
    "model": {"key": "mlp", "depth": 20, "width": 64},
    "optim": {"key": "sgd", "lr": 0.02},
    "train": {"epochs": 15, "batch_size": 32},
}

RACES: Catalogue[RacePreset] = Catalogue(
    "race",
    (
        _preset(
            "sgd-against-adam",
            "SGD against Adam",
            "Plain SGD, SGD with momentum and Adam on the digits, each at its usual learning rate.",
            "Adam and momentum are far ahead early on. Look whether anything is left of it at the end: on small, clean "
            "tasks the finals are often not separable.",
            "Wilson et al. 2017.",
            base=_DIGITS_MLP,
            lanes=[
                _lane("SGD", optim__key="sgd", optim__lr=0.1),
                _lane("Momentum", optim__key="momentum", optim__lr=0.02),
                _lane("Adam", optim__key="adam", optim__lr=0.002),
            ],
        ),
        _preset(
            "tuned-sgd-against-adam",
            "SGD against Adam, both tuned",
            "The same race, but every lane first gets eight trials over its published search space.",
            "An optimizer is only as good as its tuning. Compare best and typical trial: a wide gap means that it needs "
            "tuning, a narrow one that it forgives.",
            "Choi et al. 2019; Schmidt et al. 2021.",
            base={**_DIGITS_MLP, "train": {"epochs": 8, "batch_size": 32}},
            trials=8,
            lanes=[
                _lane("SGD", tuned=True, optim__key="sgd"),
                _lane("Momentum", tuned=True, optim__key="momentum"),
                _lane("Adam", tuned=True, optim__key="adam"),
            ],
        ),
        _preset(
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
                _lane("SGD", optim__key="sgd", optim__lr=0.02),
                _lane("SGD at ten times the rate", optim__key="sgd", optim__lr=0.2),
                _lane("Momentum 0.9", optim__key="momentum", optim__lr=0.02, optim__momentum=0.9),
                _lane("Adam", optim__key="adam", optim__lr=0.005),
            ],
        ),
        _preset(
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
                _lane("SGD", optim__key="sgd", optim__lr=0.1),
                _lane("Adagrad", optim__key="adagrad", optim__lr=0.02),
                _lane("Adam", optim__key="adam", optim__lr=0.001),
            ],
        ),
        _preset(
            "nesterov",
            "Nesterov against heavy ball",
            "Two kinds of momentum at the same rate, gentle and strong.",
            "At 0.9 they can hardly be told apart. At 0.99 the same rate is amplified a hundred times, and both end worse; "
            "look at the bands: the heavy ball swings more from seed to seed, for Nesterov's look ahead damps it.",
            "Nesterov 1983; Sutskever et al. 2013.",
            score="loss",
            base={**_DIGITS_MLP, "train": {"epochs": 15, "batch_size": 64}},
            lanes=[
                _lane("Heavy ball 0.9", optim__key="momentum", optim__lr=0.02, optim__momentum=0.9),
                _lane("Nesterov 0.9", optim__key="nesterov", optim__lr=0.02, optim__momentum=0.9),
                _lane("Heavy ball 0.99", optim__key="momentum", optim__lr=0.02, optim__momentum=0.99),
                _lane("Nesterov 0.99", optim__key="nesterov", optim__lr=0.02, optim__momentum=0.99),
            ],
        ),
        _preset(
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
                _lane("No warm-up", schedule__key="cosine"),
                _lane("Warm-up 20 %", schedule__key="warmup_cosine", schedule__warmup=0.2),
                _lane("Norm in front", model__norm_place="before"),
            ],
        ),
        _preset(
            "initialisation",
            "He, Xavier or orthogonal in a deep ReLU net",
            "Twenty ReLU layers under four kinds of initial weights, nothing else changed.",
            "Xavier halves the signal at each ReLU, and twenty halvings leave nothing: its gradient norm tells at step 1. "
            "He's factor two makes up for it. The initial hashes differ here, for that is what is raced.",
            "Glorot and Bengio 2010; He et al. 2015; Saxe et al. 2014.",
            base=_DEEP_RELU,
            lanes=[
                _lane("PyTorch default", init__key="default"),
                _lane("Xavier", init__key="xavier_normal"),
                _lane("He", init__key="he_normal"),
                _lane("Orthogonal", init__key="orthogonal"),
            ],
        ),
        _preset(
            "batch-size",
            "Batch size and learning rate together",
            "Batches of 16 and of 128: with the same rate, and with the rate scaled along.",
            "All lanes see the same number of samples. Eight times the batch makes an eighth of the steps; only with "
            "eight times the rate does it go as far.",
            "Goyal et al. 2017; Smith et al. 2018.",
            base={**_DIGITS_MLP, "optim": {"key": "sgd", "lr": 0.05}, "train": {"epochs": 15}},
            lanes=[
                _lane("16 at 0.05", train__batch_size=16),
                _lane("128 at 0.05", train__batch_size=128),
                _lane("128 at 0.4", train__batch_size=128, optim__lr=0.4),
            ],
        ),
        _preset(
            "five-optimizers-three-tasks",
            "Five optimizers on three data sets",
            "SGD, momentum, RMSprop, Adam and AdamW on digits, wine and breast cancer.",
            "Who wins depends on the task. The performance profile tells how often each is within a factor of the best.",
            "Dolan and Moré 2002; Schneider et al. 2019.",
            base={**_DIGITS_MLP, "train": {"epochs": 10, "batch_size": 32}},
            tasks=[{"data.key": "digits"}, {"data.key": "wine"}, {"data.key": "breast_cancer"}],
            lanes=[
                _lane("SGD", optim__key="sgd", optim__lr=0.1),
                _lane("Momentum", optim__key="momentum", optim__lr=0.02),
                _lane("RMSprop", optim__key="rmsprop", optim__lr=0.001),
                _lane("Adam", optim__key="adam", optim__lr=0.001),
                _lane("AdamW", optim__key="adamw", optim__lr=0.001, optim__weight_decay=0.01),
            ],
        ),
        _preset(
            "rare-class",
            "Five ways to treat a rare class",
            "Three card holders in a hundred default: rows left out, repeated or made up, batches filled evenly, and nothing done.",
            "Judged by balanced accuracy all five leave doing nothing far behind, and but for ADASYN they can't be told apart: over five "
            "seeds they find 91 defaulters in 100 instead of 31, with 17 of 100 alarms right instead of 70. By F1 they lose, and the ROC "
            "AUC is 0.95 in every lane: none knows more, all draw the line elsewhere. The untouched network does as well (90 in 100, 19 "
            "right) once its probabilities are divided by the classes' shares: see the Errors page.",
            "Chawla et al. 2002; He et al. 2008; Elor and Averbuch-Elor 2022.",
            score="balanced_accuracy",
            seeds=5,
            base={
                "data": {"key": "credit_default"},
                "model": {"key": "mlp", "depth": 2, "width": 32},
                "optim": {"key": "adam", "lr": 0.003},
                "schedule": {"key": "cosine"},
                "train": {"steps": 945, "batch_size": 128},
            },
            lanes=[
                _lane("As they are", balance__key="none"),
                _lane("Undersample", balance__key="undersample"),
                _lane("Oversample", balance__key="oversample"),
                _lane("SMOTE", balance__key="smote"),
                _lane("ADASYN", balance__key="adasyn"),
                _lane("Balanced batches", balance__key="balanced_batches"),
            ],
        ),
    ),
)
