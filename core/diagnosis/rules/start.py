"""Faults that can be seen before the first step: in the weights, the scales, the loss, the order of the rows."""

from __future__ import annotations

import math

from core.diagnosis.base import Remedy, Rule, Sign, rule
from core.diagnosis.case import Case
from core.diagnosis.rules.evidence import few, figure
from core.diagnosis.rules.loop import mend
from core.train.loss_catalogue import LOSSES


def random_weights(case: Case) -> tuple[Remedy, ...]:
    """Initial weights that differ from unit to unit."""
    return (
        Remedy("He initial weights", {"init.key": "he_normal"}),
        Remedy("PyTorch's default initial weights", {"init.key": "default"}),
    )


def smaller_weights(case: Case) -> tuple[Remedy, ...]:
    """Initial weights of the size that suits the activation."""
    assert case.recipe is not None
    activation = case.recipe.model.params.get("activation", "tanh")
    he, xavier = (
        Remedy("He initial weights", {"init.key": "he_normal"}),
        Remedy("Xavier initial weights", {"init.key": "xavier_uniform"}),
    )
    default = Remedy("PyTorch's default initial weights", {"init.key": "default"})
    if activation == "sigmoid":
        return (
            Remedy("He initial weights and ReLU", {"init.key": "he_normal", "model.activation": "relu"}),
            xavier,
            default,
        )
    return (xavier, default) if activation in ("tanh", "identity") else (he, default, xavier)


def standardise(case: Case) -> tuple[Remedy, ...]:
    """Bring every column to mean 0 and standard deviation 1."""
    return (Remedy("Standardise", {"data.standardise": True}),)


def shuffle(case: Case) -> tuple[Remedy, ...]:
    """Draw the rows in a new order each epoch."""
    return (Remedy("Shuffle", {"train.shuffle": True, "train.fault": "none"}),)


@rule(
    "GR012",
    "symmetric-initialisation",
    "Symmetric initial weights",
    severity="critical",
    needs=("inspection",),
    panel="heat",
    advise=random_weights,
)
def symmetric_initialisation(case: Case) -> Sign | None:
    """All units of a hidden layer start alike, so they get the same gradient and stay alike for ever.

    Measured: share of pairs of rows of a weight matrix whose cosine is above 0.999 (all-zero rows count as alike).
    Threshold: more than 90 % of the pairs, in a hidden layer.
    Judged: before step 1.
    Traps: an output layer or a residual branch that starts at zero is fine, as are zero biases and norm scales of 1.
    Why it happens: gradient descent can't tell equal units apart. Random numbers break the tie.
    Source: Goodfellow et al. 2016, section 8.4; TheDeepChecker (2023).
    """
    seen = case.inspection
    alike = [
        (name, share) for name, share in list(zip(seen["layers"], seen["alike_rows"], strict=True))[:-1] if share > 0.9
    ]
    if not alike or (case.learns_well and len(alike) < len(seen["layers"]) - 1):
        return None
    names = tuple(name for name, _ in alike)
    return Sign(
        f"All units of {few(names)} start with the same weights, so they compute the same and learn the same.",
        0,
        0,
        names,
        {"alike_share": float(min(share for _, share in alike)), "layers": float(len(names))},
    )


@rule(
    "GR013",
    "bad-initial-scale",
    "First outputs too large",
    needs=("inspection",),
    panel="loss",
    advise=smaller_weights,
)
def bad_initial_scale(case: Case) -> Sign | None:
    """The untrained network is sure of itself and wrong: its first loss is far above that of guessing.

    Measured: loss of the first batch / ln(classes), or / the loss of guessing for another loss and in a regression.
    Threshold: 2 for classes, 10 for numbers; a warning from twice that.
    Judged: before step 1.
    Traps: class weights and rare classes change the loss of guessing, so the even guess ln C is the yardstick; numbers
    that were not standardised have a rule of their own.
    Why it happens: the output layer's weights, or the signal that reaches it, are too large. The first steps are spent
    on shrinking them.
    Source: Karpathy, A recipe for training neural networks, 2019; TheDeepChecker (2023) uses 1.5 ln C.
    """
    seen = case.inspection
    first = float(seen["loss"])
    even = case.classes > 1 and (case.recipe is None or "cross_entropy" in case.recipe.loss.key)
    usual = math.log(case.classes) if even else case.chance_loss
    limit = 2.0 if case.classes > 1 else 10.0
    if not usual > 0 or first <= limit * usual or math.isnan(first):
        return None
    ratio = first / usual
    severe = not ratio < 2 * limit
    return Sign(
        f"The first loss is {figure(first)}, {figure(ratio)} times that of guessing ({figure(usual)}).",
        0,
        0,
        tuple(seen["layers"][-1:]),
        {"loss": first, "guessing": usual, "ratio": ratio},
        "warning" if severe and not case.learns_well else "info",
        active=not case.learns_well,
    )


@rule(
    "GR019",
    "unscaled-input",
    "Inputs not scaled",
    needs=("inspection",),
    panel="loss",
    advise=standardise,
)
def unscaled_input(case: Case) -> Sign | None:
    """The input columns have very different sizes, or lie far from zero, so no learning rate suits all of them.

    Measured: largest / smallest standard deviation of the columns that are not 0/1, and the largest |mean| / std.
    Threshold: ratio above 100, or offset above 10 stds with a spread above 1, or a spread above 100.
    Judged: before step 1.
    Traps: one-hot columns, constant columns and token ids are left out; images are judged by their range only.
    Why it happens: the curvature along a weight grows with the square of its input's size, so the largest column sets
    the largest stable step, with which the small ones hardly move.
    Source: LeCun et al. 1998, Efficient BackProp.
    """
    scale = case.inspection.get("inputs") or {}
    ratio, offset = scale.get("scale_ratio", 1.0), scale.get("offset_ratio", 0.0)
    spread = scale.get("largest_spread", 1.0)
    if not (ratio > 100 or (offset > 10 and spread > 1) or spread > 100):
        return None
    told = (
        f"one input column spreads {figure(ratio)} times as wide as another"
        if ratio > 100
        else f"an input column lies {figure(offset)} standard deviations from zero"
        if offset > 10
        else f"inputs spread over {figure(spread)} around their mean"
    )
    return Sign(
        f"The inputs are not scaled: {told}.",
        0,
        0,
        (),
        {"scale_ratio": float(ratio), "offset_ratio": float(offset), "largest_spread": float(spread)},
        "info" if case.learns_well else "warning",
        active=not case.learns_well,
    )


@rule(
    "GR020",
    "unscaled-target",
    "Target not scaled",
    needs=("inspection",),
    panel="loss",
    advise=standardise,
)
def unscaled_target(case: Case) -> Sign | None:
    """The numbers to predict are far larger or smaller than the network's first outputs.

    Measured: standard deviation and mean of the target, and the first loss.
    Threshold: a standard deviation outside 0.1 to 10, or a mean beyond 10 stds; a warning when the first loss is above 100.
    Judged: before step 1, in regressions.
    Traps: a scale-free loss does not mind; a loss on counts needs them as they are, so it is not judged.
    Why it happens: the gradient of a squared error grows with the target, so a usual learning rate is far too large;
    with a tiny target the loss looks perfect from the start.
    Source: LeCun et al. 1998; proposal of this project.
    """
    seen = case.inspection
    counted = case.recipe is not None and LOSSES[case.recipe.loss.key].targets == "counts"
    if "target_std" not in seen or counted:
        return None
    std, mean, first = float(seen["target_std"]), float(seen["target_mean"]), float(seen["loss"])
    if std <= 0 or (0.1 <= std <= 10 and abs(mean) <= 10 * std):
        return None
    return Sign(
        f"The target has mean {figure(mean)} and standard deviation {figure(std)}; the first loss is {figure(first)}.",
        0,
        0,
        (),
        {"target_std": std, "target_mean": mean, "loss": first},
        "info" if case.learns_well or (std >= 0.1 and first <= 100) else "warning",
        active=not case.learns_well,
    )


@rule("GR023", "double-softmax", "Softmax before cross-entropy", needs=("inspection",), panel="loss", advise=mend)
def double_softmax(case: Case) -> Sign | None:
    """The outputs are already probabilities, and the cross-entropy applies a softmax of its own.

    Measured: whether every row of the outputs is positive and sums to 1 (or is the logarithm of such a row), or the last
    module is a softmax.
    Threshold: all rows to within 0.001.
    Judged: before step 1, for cross-entropy losses.
    Traps: a loss that expects probabilities is fine; only cross-entropy on logits is judged. Log-softmax twice is the same
    as once, so it is an info.
    Why it happens: softmax of numbers between 0 and 1 is nearly even whatever they are, so the loss can't get low and the
    gradient is small.
    Source: UMLAUT (2021); AutoTrainer (2021); NeuraLint (2021).
    """
    seen = case.inspection
    last = str(seen.get("last_module", ""))
    loss = str(case.facts.get("loss", case.recipe.loss.key if case.recipe else ""))
    if not case.classes or "cross" not in loss.lower():
        return None
    if last != "Softmax" and not (seen.get("output_is_probability") and last != "LogSoftmax"):
        if last == "LogSoftmax":
            return Sign(
                "The model ends in a log-softmax, which the loss then repeats without effect.", 0, 0, severity="info"
            )
        return None
    return Sign(
        "The model's outputs are already probabilities, and the loss takes a softmax of them again: it can't go below "
        f"{figure(math.log(1 + (case.classes - 1) / math.e))} with {case.classes} classes.",
        0,
        0,
        tuple(seen["layers"][-1:]),
        {"lowest_loss": math.log(1 + (case.classes - 1) / math.e)},
    )


@rule(
    "GR031",
    "unshuffled-data",
    "Rows come in order",
    needs=("inspection",),
    panel="loss",
    advise=shuffle,
)
def unshuffled_data(case: Case) -> Sign | None:
    """Each batch holds rows of few classes, because the rows are sorted and not shuffled.

    Measured: mean entropy of the labels within the first batches / entropy of the labels of all of them, and the share of
    classes that these batches hold.
    Threshold: below 0.5, or the first ten batches lack a third of the classes, with batches of at least 4 rows.
    Judged: before step 1.
    Traps: very small batches hold few classes by chance; a curriculum is order on purpose.
    Why it happens: the network learns to say the class of the moment and forgets the others; the loss saws.
    Source: Bengio 2012, Practical recommendations; proposal of this project.
    """
    seen = case.inspection
    mixing = seen.get("label_mixing", math.nan)
    shuffled = case.recipe is not None and case.recipe.train.shuffle and case.recipe.train.fault != "sorted_rows"
    if mixing is None or shuffled or not mixing < 0.5 or seen.get("rows", 0) < 4:
        return None
    return Sign(
        f"The labels within a batch are {100 * mixing:.0f} % as mixed as those of all rows: the rows are sorted.",
        0,
        0,
        (),
        {"label_mixing": float(mixing)},
    )


START: tuple[Rule, ...] = (
    symmetric_initialisation,
    bad_initial_scale,
    unscaled_input,
    unscaled_target,
    double_softmax,
    unshuffled_data,
)
