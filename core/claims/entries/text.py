"""Claims on text: optimizers, dropout and pretrained embeddings on short messages. No torch."""

from __future__ import annotations

from core.claims.base import ClaimSpec, CpuTime, Number, Statement, Tuning
from core.experiments.arms import Arm

_TWEETS = {
    "data": {"key": "tweets"},
    "model": {"key": "mlp", "depth": 1, "width": 32, "embedding": 32},
    "optim": {"key": "sgd", "lr": 1.0},
    "train": {"epochs": 8, "batch_size": 64},
}
_ACCURACY = Number("val_accuracy")
_TO_80 = Number("val_accuracy", 0.8)
_TIME_TO_80 = CpuTime("val_accuracy", 0.8)
_EMBEDDING_RATES = (0.003, 0.01, 0.03, 0.1)
_SGD_RATES = (1.0, 3.0, 5.0, 10.0)

ENTRIES: tuple[ClaimSpec, ...] = (
    ClaimSpec(
        key="adam-text",
        label="Adam beats SGD on text",
        summary="On text Adam learns in fewer steps than plain SGD, and ends better.",
        article="Rare words have rare gradients. Adam divides each by its usual size, so rare ones move as far as common ones; "
        "SGD moves them as little as they occur. Both have their own best rate of a fixed grid. Kingma and Ba 2015.",
        source="Kingma and Ba 2015",
        base=_TWEETS,
        arms=(Arm("adam", "Adam", {"optim.key": "adam"}), Arm("sgd", "SGD")),
        says=(
            Statement("Adam gets there in fewer steps.", "adam", "sgd", _TO_80, "lower", "ratio"),
            Statement("And ends more accurate.", "adam", "sgd", _ACCURACY, "higher"),
        ),
        seeds=6,
        evaluate_every=5,
        tuning=Tuning({"adam": (0.003, 0.01, 0.03, 0.1), "sgd": _SGD_RATES}, _ACCURACY),
    ),
    ClaimSpec(
        key="adagrad-sparse",
        label="Adagrad suits sparse features",
        summary="Where most features are absent most of the time, as words are, Adagrad learns in fewer steps than SGD.",
        article="Adagrad divides each weight's step by the root of the sum of its squared gradients, so a weight that is rarely "
        "asked keeps a long step. Each word's embedding gets a gradient only where the word occurs. Both have their own best "
        "rate of a fixed grid. Duchi, Hazan and Singer 2011.",
        source="Duchi, Hazan and Singer 2011",
        base=_TWEETS,
        arms=(Arm("adagrad", "Adagrad", {"optim.key": "adagrad"}), Arm("sgd", "SGD")),
        says=(
            Statement("Adagrad gets there in fewer steps.", "adagrad", "sgd", _TO_80, "lower", "ratio"),
            Statement("And ends more accurate.", "adagrad", "sgd", _ACCURACY, "higher"),
        ),
        seeds=6,
        evaluate_every=5,
        tuning=Tuning({"adagrad": (0.01, 0.03, 0.1, 0.3), "sgd": _SGD_RATES}, _ACCURACY),
    ),
    ClaimSpec(
        key="dropout-text",
        label="Dropout cuts the error on text",
        summary="Dropout cuts the share of texts named wrongly by about 15 %.",
        article="Dropout sets a random share of the values to zero in each training step, so that no unit can rely on another. "
        "The 15 % are folklore; the paper's own gain on text (Reuters) was from 31.05 to 29.62 % error, a cut of 5 %. Srivastava, "
        "Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014.",
        source="Srivastava et al. 2014; the 15 % are folklore",
        base={
            "data": {"key": "tweets"},
            "model": {"key": "mlp", "depth": 1, "width": 64, "embedding": 32},
            "optim": {"key": "adam", "lr": 0.003},
            "train": {"epochs": 8, "batch_size": 64},
        },
        arms=(Arm("dropout", "Dropout 0.5", {"model.dropout": 0.5}), Arm("none", "None")),
        says=(
            Statement(
                "Dropout cuts the error by about 15 %.", "dropout", "none", Number("val_error"), "lower", "ratio", 0.15
            ),
            Statement("Dropout lowers the validation loss.", "dropout", "none", Number("val_loss"), "lower"),
        ),
        seeds=8,
    ),
    ClaimSpec(
        key="pretrained-embeddings",
        label="Pretrained embeddings and larger batches save time",
        summary="Pretrained word embeddings with a larger batch cut the training time by about 30 %, at a better accuracy.",
        article="Words that mean alike start alike, so that fewer texts have to teach it, and a larger batch makes fewer updates. Put "
        "to the test are MiniLM's word embeddings (a word of several pieces as their mean) in an MLP that reads the mean of a "
        "message's words, with batches of 128, against fresh embeddings of the same size with batches of 32; a third arm has the "
        "larger batch alone. Each has the rate of a fixed grid that gets it there in the fewest steps. The 30 % are folklore. Mikolov, Chen, Corrado and Dean 2013.",
        source="Mikolov et al. 2013; the 30 % are folklore",
        caution="MiniLM's embeddings were trained as the first layer of a transformer; word vectors that were trained to stand alone "
        "may do better.",
        base={
            "data": {"key": "tweets", "limit": 1500, "validation_fraction": 0.4},
            "model": {"key": "mlp", "depth": 1, "width": 32, "embedding": 384},
            "optim": {"key": "adam", "lr": 0.01},
            "train": {"epochs": 4, "batch_size": 32},
        },
        arms=(
            Arm("both", "Pretrained, batch 128", {"transfer.weights": "embeddings", "train.batch_size": 128}),
            Arm("batch", "Fresh, batch 128", {"train.batch_size": 128}),
            Arm("neither", "Fresh, batch 32"),
        ),
        says=(
            Statement(
                "Both together cut the CPU time by about 30 %.", "both", "neither", _TIME_TO_80, "lower", "ratio", 0.3
            ),
            Statement("And end more accurate.", "both", "neither", _ACCURACY, "higher"),
            Statement(
                "The embeddings have a part in it: less time at the same batch.",
                "both",
                "batch",
                _TIME_TO_80,
                "lower",
                "ratio",
            ),
            Statement(
                "So has the batch: less time with fresh embeddings.", "batch", "neither", _TIME_TO_80, "lower", "ratio"
            ),
        ),
        seeds=6,
        evaluate_every=2,
        tuning=Tuning(dict.fromkeys(("both", "batch", "neither"), _EMBEDDING_RATES), _TO_80),
    ),
)
