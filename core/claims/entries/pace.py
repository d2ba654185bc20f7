"""Claims on what speeds training up: activations, norms, momentum, schedules. No torch."""

from __future__ import annotations

from core.claims.base import ClaimSpec, Number, Statement, Tuning
from core.experiments.arms import Arm

_ACCURACY, _LOSS = Number("val_accuracy"), Number("val_loss")

ENTRIES: tuple[ClaimSpec, ...] = (
    ClaimSpec(
        key="relu-tanh",
        label="ReLU trains several times faster than tanh",
        summary="A network of ReLUs gets to 25 % training error in a sixth of the steps of one of tanh.",
        article="ReLU does not saturate, so its gradient does not fade where the signal is large. The figure is of a network of "
        "four convolutions on CIFAR-10, each with its own best rate. Here both have their own best rate too. "
        "Krizhevsky, Sutskever and Hinton 2012.",
        source="Krizhevsky, Sutskever and Hinton 2012, figure 1",
        base={
            "data": {"key": "digits"},
            "model": {"key": "mlp", "depth": 3, "width": 64},
            "optim": {"key": "sgd", "lr": 0.1},
            "train": {"epochs": 4, "batch_size": 32},
        },
        arms=(
            Arm("relu", "ReLU", {"init.key": "he_normal"}),
            Arm("tanh", "tanh", {"init.key": "xavier_normal", "model.activation": "tanh"}),
        ),
        says=(
            Statement(
                "ReLU gets there in a sixth of the steps.",
                "relu",
                "tanh",
                Number("train_accuracy", 0.75),
                "lower",
                "ratio",
                0.83,
            ),
        ),
        evaluate_every=2,
        tuning=Tuning({"relu": (0.03, 0.1, 0.3, 1.0), "tanh": (0.03, 0.1, 0.3, 1.0)}, Number("train_accuracy", 0.75)),
        caution="A small network on small digits: the figure of the paper is of a larger one.",
    ),
    ClaimSpec(
        key="batch-norm-rates",
        label="Batch norm allows higher learning rates",
        summary="With batch norm a high rate still trains, and the same accuracy takes 14 times fewer steps.",
        article="Batch norm makes each layer's output independent of the size of its weights, so that a step that is too long "
        "does not blow up. The 14 times are of Inception on ImageNet, at a rate five times as high. Ioffe and Szegedy 2015.",
        source="Ioffe and Szegedy 2015, figure 3",
        base={
            "data": {"key": "digits"},
            "model": {"key": "mlp", "depth": 4, "width": 64},
            "init": {"key": "he_normal"},
            "optim": {"key": "sgd", "lr": 0.1},
            "train": {"epochs": 8, "batch_size": 32},
        },
        arms=(
            Arm("norm-high", "Batch norm, rate 1", {"model.norm": "batch", "optim.lr": 1.0}),
            Arm("plain-high", "Without, rate 1", {"optim.lr": 1.0}),
            Arm("plain", "Without, its best rate"),
        ),
        says=(
            Statement(
                "At a rate of 1, the network with batch norm ends more accurate.",
                "norm-high",
                "plain-high",
                _ACCURACY,
                "higher",
            ),
            Statement(
                "It gets to 95 % in 14 times fewer steps than the plain one at its best rate.",
                "norm-high",
                "plain",
                Number("val_accuracy", 0.95),
                "lower",
                "ratio",
                0.93,
            ),
        ),
        seeds=6,
        evaluate_every=5,
        tuning=Tuning({"plain": (0.03, 0.1, 0.3, 0.5)}, Number("val_accuracy", 0.95)),
    ),
    ClaimSpec(
        key="momentum-narrow",
        label="Momentum speeds up ill-conditioned problems",
        summary="Where the loss is a narrow valley, momentum gets down in fewer steps, each with its own best rate.",
        article="The gradient points across a narrow valley. Momentum averages the crossing away and adds up the way along: the "
        "steps needed grow as the root of the condition number instead of as the number itself. The thirty "
        "measures of a tumour are much alike, and such inputs make the valley. Polyak 1964.",
        source="Polyak 1964",
        base={
            "data": {"key": "breast_cancer"},
            "model": {"key": "mlp", "depth": 1, "width": 16, "activation": "identity"},
            "optim": {"key": "sgd", "lr": 0.01},
            "train": {"epochs": 30, "batch_size": 64},
        },
        arms=(
            Arm("momentum", "Momentum 0.9", {"optim.key": "momentum"}),
            Arm("sgd", "SGD"),
        ),
        says=(
            Statement(
                "Momentum ends with a lower training loss.", "momentum", "sgd", Number("train_loss_eval"), "lower"
            ),
        ),
        tuning=Tuning(
            {"momentum": (0.01, 0.03, 0.1, 0.3, 1.0), "sgd": (0.1, 0.3, 1.0, 3.0)}, Number("train_loss_eval")
        ),
    ),
    ClaimSpec(
        key="cosine",
        label="A cosine schedule beats a constant rate",
        summary="Letting the rate fall along a cosine ends better than the best constant rate.",
        article="A high rate covers ground and a low one settles; a constant one has to choose. Both arms have their own best "
        "rate. Loshchilov and Hutter 2017.",
        source="Loshchilov and Hutter 2017",
        base={
            "data": {"key": "mnist1d", "samples": 2000},
            "model": {"key": "mlp", "depth": 2, "width": 64},
            "optim": {"key": "momentum", "lr": 0.05},
            "train": {"epochs": 12, "batch_size": 32},
        },
        arms=(
            Arm("cosine", "Cosine", {"schedule.key": "cosine"}),
            Arm("constant", "Constant", {"schedule.key": "constant"}),
        ),
        says=(
            Statement("With the cosine the validation loss ends lower.", "cosine", "constant", _LOSS, "lower"),
            Statement("And the network ends more accurate.", "cosine", "constant", _ACCURACY, "higher"),
        ),
        tuning=Tuning({"cosine": (0.01, 0.03, 0.1), "constant": (0.003, 0.01, 0.03, 0.1)}, _LOSS),
    ),
    ClaimSpec(
        key="warm-up",
        label="Post-norm transformers need a warm-up",
        summary="With the norm after each shortcut, a transformer trains worse without a warm-up; with the norm before, it needs none.",
        article="With the norm after each part the gradients near the output are large at the start, and Adam's first full "
        "steps throw the weights about. Both arms fall along a cosine. Xiong et al. 2020.",
        source="Vaswani et al. 2017; Xiong et al. 2020",
        base={
            "data": {"key": "japanese_vowels"},
            "model": {"key": "transformer", "width": 16, "heads": 4, "blocks": 6, "norm_place": "after"},
            "optim": {"key": "adam", "lr": 0.005},
            "train": {"epochs": 10, "batch_size": 32},
        },
        arms=(
            Arm("warm", "Post-norm, warm-up", {"schedule.key": "warmup_cosine", "schedule.warmup": 0.2}),
            Arm("cold", "Post-norm, no warm-up", {"schedule.key": "cosine"}),
            Arm("before", "Pre-norm, no warm-up", {"schedule.key": "cosine", "model.norm_place": "before"}),
        ),
        says=(
            Statement("The warm-up makes the post-norm network more accurate.", "warm", "cold", _ACCURACY, "higher"),
            Statement(
                "Without a warm-up, pre-norm is more accurate than post-norm.", "before", "cold", _ACCURACY, "higher"
            ),
        ),
    ),
    ClaimSpec(
        key="clipping",
        label="Clipping rescues a recurrent network",
        summary="At a rate where a plain RNN is thrown about, clipping the gradient's norm makes it learn.",
        article="Through a recurrent network gradients can grow with every step of the series; a rare huge one undoes what was "
        "learned. Clipping keeps its direction and bounds its length. Pascanu, Mikolov and Bengio 2013.",
        source="Pascanu, Mikolov and Bengio 2013",
        base={
            "data": {"key": "japanese_vowels"},
            "model": {"key": "rnn", "hidden": 32, "activation": "relu"},
            "init": {"key": "he_normal"},
            "optim": {"key": "sgd", "lr": 0.3},
            "train": {"epochs": 15, "batch_size": 32},
        },
        arms=(
            Arm("clipped", "Clipped at 1", {"clip.mode": "norm", "clip.limit": 1.0}),
            Arm("plain", "Not clipped"),
        ),
        says=(Statement("With clipping the network ends more accurate.", "clipped", "plain", _ACCURACY, "higher"),),
        seeds=6,
    ),
)
