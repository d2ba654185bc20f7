"""Claims on what helps, or hurts, on rows that were not trained on. No torch."""

from __future__ import annotations

from core.claims.base import ClaimSpec, Number, Statement, Tuning
from core.experiments.arms import Arm

_ACCURACY, _LOSS = Number("val_accuracy"), Number("val_loss")
_FEW_ANIMALS = {
    "data": {"key": "animals28", "limit": 800, "validation_fraction": 0.5},
    "model": {"key": "mlp", "depth": 2, "width": 64},
    "optim": {"key": "momentum", "lr": 0.02},
    "train": {"epochs": 30, "batch_size": 32},
}

ENTRIES: tuple[ClaimSpec, ...] = (
    ClaimSpec(
        key="l2-overfit",
        label="L2 rescues an overfit image model",
        summary="A network that knows its few images by heart does better on new ones with an L2 penalty.",
        article="The penalty pulls every weight towards zero, so that a pattern needs more than one image to speak for it. Its "
        "strength is that of a fixed grid with the lowest validation loss, found on seeds of its own. Krogh and Hertz 1992.",
        source="Krogh and Hertz 1992",
        base=_FEW_ANIMALS,
        arms=(Arm("l2", "L2, its best strength"), Arm("none", "None")),
        says=(
            Statement("With L2 fewer new images are named wrongly.", "l2", "none", Number("val_error"), "lower"),
            Statement("With L2 the validation loss is lower.", "l2", "none", _LOSS, "lower"),
        ),
        seeds=8,
        tuning=Tuning({"l2": (0.003, 0.01, 0.03, 0.1)}, _LOSS, "optim.weight_decay"),
    ),
    ClaimSpec(
        key="label-smoothing",
        label="Label smoothing makes confidences honest",
        summary="Trained on softened labels, a network is less overconfident, and no less accurate.",
        article="With label smoothing of 0.1 the target is 0.9 for the true class and the rest spread over all, so that logits "
        "need not grow without end. The calibration error is the mean distance of confidence and accuracy (10 bins). "
        "Szegedy et al. 2016; Müller, Kornblith and Hinton 2019.",
        source="Szegedy et al. 2016; Müller, Kornblith and Hinton 2019",
        base=_FEW_ANIMALS,
        arms=(Arm("smooth", "Label smoothing 0.1", {"loss.label_smoothing": 0.1}), Arm("hard", "Hard labels")),
        says=(
            Statement("The calibration error is lower.", "smooth", "hard", Number("calibration_error"), "lower"),
            Statement("The network is more accurate.", "smooth", "hard", _ACCURACY, "higher"),
        ),
    ),
    ClaimSpec(
        key="large-batch",
        label="Large batches generalise worse",
        summary="At the same rate and for as many epochs, a large batch ends less accurate on new rows than a small one.",
        article="Small batches add noise, which is said to lead to wide minima that generalise. A large batch also takes fewer "
        "steps in as many epochs; that both know the training rows by heart at the end is part of the comparison. Keskar, "
        "Mudigere, Nocedal, Smelyanskiy and Tang 2017.",
        source="Keskar et al. 2017",
        base={**_FEW_ANIMALS, "optim": {"key": "sgd", "lr": 0.1}, "train": {"epochs": 60, "batch_size": 16}},
        arms=(Arm("large", "Batches of 128", {"train.batch_size": 128}), Arm("small", "Batches of 16")),
        says=(
            Statement("With large batches the network ends less accurate.", "large", "small", _ACCURACY, "lower"),
            Statement(
                "With large batches the training accuracy is lower too.",
                "large",
                "small",
                Number("train_accuracy"),
                "lower",
            ),
        ),
    ),
    ClaimSpec(
        key="shuffle",
        label="Shuffling anew each epoch helps",
        summary="A new order of the rows in each epoch ends better than the same order every time.",
        article="In a fixed order the same rows share a batch in every epoch, and their noise repeats. The fixed order is a "
        "random one here, not one sorted by class. Bengio 2012.",
        source="Bengio 2012",
        base={
            "data": {"key": "digits", "limit": 900, "validation_fraction": 0.5},
            "model": {"key": "mlp", "depth": 2, "width": 64},
            "optim": {"key": "momentum", "lr": 0.02},
            "train": {"epochs": 15, "batch_size": 16},
        },
        arms=(Arm("shuffled", "Shuffled each epoch"), Arm("fixed", "One random order", {"train.shuffle": False})),
        says=(Statement("Shuffled anew, the validation loss ends lower.", "shuffled", "fixed", _LOSS, "lower"),),
        seeds=8,
    ),
    ClaimSpec(
        key="adam-generalises-worse",
        label="Adam generalises worse than SGD with momentum",
        summary="Adaptive methods train fast but end worse on new images than SGD with momentum.",
        article="Adaptive steps can lead to other minima, which were found to generalise worse on image tasks. Both have their "
        "own best rate of a fixed grid. Wilson, Roelofs, Stern, Srebro and Recht 2017.",
        source="Wilson et al. 2017",
        base=_FEW_ANIMALS,
        arms=(Arm("adam", "Adam", {"optim.key": "adam"}), Arm("momentum", "SGD with momentum")),
        says=(
            Statement("Adam ends less accurate on new images.", "adam", "momentum", _ACCURACY, "lower"),
            Statement("Adam ends with a higher validation loss.", "adam", "momentum", _LOSS, "higher"),
        ),
        tuning=Tuning({"adam": (0.0003, 0.001, 0.003, 0.01), "momentum": (0.003, 0.01, 0.03, 0.1)}, _ACCURACY),
    ),
    ClaimSpec(
        key="fine-tuning",
        label="Pretrained weights beat training from scratch on few rows",
        summary="With little data, what a network learned elsewhere ends better than one trained from scratch.",
        article="What was learned on many rows of one task carries over to few rows of another, the more the nearer the tasks are. Put "
        "to the test is the linear probe on EfficientNet-Lite0, 20 animals of each kind, against a small CNN from scratch at one rate "
        "for both; the whole network from scratch learns nothing in ten passes. "
        "Yosinski, Clune, Bengio and Lipson 2014.",
        source="Yosinski, Clune, Bengio and Lipson 2014",
        base={
            "data": {"key": "animals28", "limit": 300, "validation_fraction": 0.33, "standardise": False},
            "model": {"key": "efficientnet_lite0", "resolution": 64},
            "optim": {"key": "adam", "lr": 0.005},
            "train": {"epochs": 10, "batch_size": 20},
        },
        arms=(
            Arm("frozen", "Pretrained, frozen features", {"transfer.weights": "pretrained", "transfer.frozen": "body"}),
            Arm("scratch", "CNN from scratch", {"model.key": "cnn"}),
        ),
        says=(
            Statement(
                "Frozen pretrained features are more accurate on new rows.", "frozen", "scratch", _ACCURACY, "higher"
            ),
            Statement("Their validation loss is lower.", "frozen", "scratch", _LOSS, "lower"),
        ),
    ),
)
