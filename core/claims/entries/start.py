"""Claims on how a network starts: its first weights, its inputs, its depth. No torch."""

from __future__ import annotations

from core.claims.base import ClaimSpec, Number, Statement, Tuning
from core.experiments.arms import Arm

_DIGITS = {
    "data": {"key": "digits"},
    "model": {"key": "mlp", "depth": 2, "width": 64},
    "optim": {"key": "adam", "lr": 0.001},
    "train": {"epochs": 10, "batch_size": 32},
}
_DEEP = {
    "data": {"key": "digits"},
    "model": {"key": "mlp", "depth": 20, "width": 48, "activation": "identity"},
    "optim": {"key": "sgd", "lr": 0.01},
    "train": {"epochs": 4, "batch_size": 32},
}
_TO_80, _TO_90 = Number("val_accuracy", 0.8), Number("val_accuracy", 0.9)

ENTRIES: tuple[ClaimSpec, ...] = (
    ClaimSpec(
        key="he-init",
        label="He's first weights shorten training",
        summary="Against naive normal weights of 0.01, He's save about 20 % of the training.",
        article="He's weights have the variance 2 / fan_in, which keeps the signal's size from layer to layer under ReLU; a "
        "fixed 0.01 lets it fade, the more the deeper. The 20 % are folklore: the paper shows curves, no such figure. He, Zhang, "
        "Ren and Sun 2015.",
        source="He et al. 2015; the 20 % are folklore",
        base=_DIGITS,
        arms=(
            Arm("he", "He, two hidden layers", {"init.key": "he_normal"}),
            Arm("naive", "Normal 0.01, two hidden layers", {"init.key": "normal"}),
            Arm("he-shallow", "He, one hidden layer", {"init.key": "he_normal", "model.depth": 1}),
            Arm("naive-shallow", "Normal 0.01, one hidden layer", {"init.key": "normal", "model.depth": 1}),
        ),
        says=(
            Statement(
                "With two hidden layers, He's weights get there in about 20 % fewer steps.",
                "he",
                "naive",
                _TO_90,
                "lower",
                "ratio",
                0.2,
            ),
            Statement(
                "So do they with one hidden layer.", "he-shallow", "naive-shallow", _TO_90, "lower", "ratio", 0.2
            ),
        ),
        evaluate_every=5,
        caution="How much is saved depends on the depth: the fixed 0.01 costs more with each layer.",
    ),
    ClaimSpec(
        key="xavier-lstm",
        label="Xavier's first weights speed up a deep LSTM",
        summary="A stacked LSTM learns sooner from Xavier's weights than from PyTorch's own.",
        article="Xavier's weights have the variance 2 / (fan_in + fan_out), gate by gate; PyTorch's own lie within "
        "±1 / sqrt(hidden), about half that spread here, so that three layers on top of each other pass on little at first. "
        "Glorot and Bengio 2010.",
        source="Glorot and Bengio 2010",
        base={
            "data": {"key": "japanese_vowels"},
            "model": {"key": "lstm", "hidden": 32, "layers": 3},
            "optim": {"key": "adam", "lr": 0.005},
            "clip": {"mode": "norm", "limit": 1.0},
            "train": {"epochs": 7, "batch_size": 32},
        },
        arms=(
            Arm("xavier", "Xavier", {"init.key": "xavier_uniform"}),
            Arm("default", "PyTorch's own", {"init.key": "default"}),
        ),
        says=(
            Statement("Xavier's weights get there in fewer steps.", "xavier", "default", _TO_80, "lower", "ratio"),
            Statement("And the network ends more accurate.", "xavier", "default", Number("val_accuracy"), "higher"),
        ),
        evaluate_every=3,
    ),
    ClaimSpec(
        key="orthogonal-deep",
        label="Orthogonal first weights train deep networks faster",
        summary="In a network of 20 layers, orthogonal weights learn faster than random ones of the same size.",
        article="A product of many random matrices stretches a few directions and flattens the rest; a product of rotations "
        "does neither. Both arms have weights of the same variance 1 / n, so that only the orthogonality differs. Found "
        "in linear networks, of which tanh near 0 is one. Saxe, McClelland and Ganguli 2014.",
        source="Saxe, McClelland and Ganguli 2014",
        base=_DEEP,
        arms=(
            Arm("orthogonal", "Orthogonal, linear layers", {"init.key": "orthogonal", "init.gain": 1.0}),
            Arm("xavier", "Xavier, linear layers", {"init.key": "xavier_normal"}),
            Arm(
                "orthogonal-tanh",
                "Orthogonal, tanh",
                {"init.key": "orthogonal", "init.gain": 1.0, "model.activation": "tanh", "optim.lr": 0.02},
            ),
            Arm(
                "xavier-tanh",
                "Xavier, tanh",
                {"init.key": "xavier_normal", "model.activation": "tanh", "optim.lr": 0.02},
            ),
        ),
        says=(
            Statement(
                "With 20 linear layers, orthogonal weights get there in fewer steps.",
                "orthogonal",
                "xavier",
                _TO_80,
                "lower",
                "ratio",
            ),
            Statement(
                "So do they with tanh between the layers.", "orthogonal-tanh", "xavier-tanh", _TO_80, "lower", "ratio"
            ),
        ),
        evaluate_every=5,
    ),
    ClaimSpec(
        key="standardise",
        label="Standardised inputs speed up training",
        summary="Inputs of mean 0 and spread 1 train faster, even if the rate is tuned for both.",
        article="A weight's gradient is proportional to its input. Where inputs differ in size, so do the curvatures, and one "
        "learning rate can't suit them all. The wine table has columns that differ a thousandfold. LeCun, Bottou, Orr and "
        "Müller 1998.",
        source="LeCun et al. 1998",
        base={
            "data": {"key": "wine", "validation_fraction": 0.4},
            "model": {"key": "mlp", "depth": 1, "width": 32},
            "optim": {"key": "sgd", "lr": 0.01},
            "train": {"epochs": 60, "batch_size": 16},
        },
        arms=(
            Arm("scaled", "Standardised"),
            Arm("raw", "As measured", {"data.standardise": False}),
        ),
        says=(
            Statement(
                "With standardised inputs the network ends more accurate.",
                "scaled",
                "raw",
                Number("val_accuracy"),
                "higher",
            ),
        ),
        tuning=Tuning({"scaled": (0.1, 0.3, 1.0, 3.0), "raw": (1e-6, 1e-5, 1e-4, 1e-3, 1e-2)}, Number("val_loss")),
    ),
    ClaimSpec(
        key="skip-connections",
        label="Skip connections let deep networks train",
        summary="Twenty-four plain layers learn worse than the same layers with skip connections.",
        article="A skip connection adds a layer's input to its output, so that the gradient has a short way past every layer. "
        "Without it deep plain networks were found to do worse even on the rows they train on. The plain one has He's weights, "
        "without which it would stand still, and both have their own best rate of a fixed grid. He, Zhang, Ren and Sun 2016.",
        source="He, Zhang, Ren and Sun 2016",
        base={
            "data": {"key": "digits"},
            "model": {"key": "mlp", "depth": 24, "width": 48},
            "optim": {"key": "sgd", "lr": 0.02},
            "train": {"epochs": 10, "batch_size": 32},
        },
        arms=(
            Arm("skip", "With skip connections", {"model.skip": True}),
            Arm("plain", "Plain, He's weights", {"init.key": "he_normal"}),
        ),
        says=(
            Statement(
                "With skip connections the training loss ends lower.",
                "skip",
                "plain",
                Number("train_loss_eval"),
                "lower",
            ),
            Statement("And the network ends more accurate.", "skip", "plain", Number("val_accuracy"), "higher"),
        ),
        caution="This recipe was changed after a first run, in which a fixed rate of 0.05 was too high for the skips and a plain "
        "network with PyTorch's own weights learned nothing.",
        tuning=Tuning(
            {"skip": (0.0001, 0.0003, 0.001, 0.003), "plain": (0.003, 0.01, 0.03, 0.1)}, Number("train_loss_eval")
        ),
    ),
)
