"""Losses on classes. No torch."""

from __future__ import annotations

from core.registry import Param
from core.train.loss_spec import LossSpec

SMOOTHING = Param(
    "label_smoothing", 0.0, "Label smoothing", "Share of each target spread over all classes.", minimum=0, below=1
)
BETA = Param(
    "beta",
    0.999,
    "Beta",
    "With effective weights: 0 weighs all classes alike, towards 1 they are balanced.",
    minimum=0,
    below=1,
    advanced=True,
)
MARGIN = Param("margin", 1.0, "Margin", "How far ahead the right class must be.", above=0, maximum=100)
RIVALS = Param(
    "rivals",
    "strongest",
    "Rivals",
    "strongest: only the best wrong class counts (Crammer and Singer); all: each that comes too near, divided by the number "
    "of classes (Weston and Watkins, PyTorch).",
    choices=("strongest", "all"),
)


def weighting(default: str) -> Param:
    """How the classes are weighed by their training rows."""
    return Param(
        "class_weighting",
        default,
        "Class weights",
        "balanced: one over the rows of the class; effective: one over the effective number of samples, which a beta tempers.",
        choices=("none", "balanced", "effective"),
    )


CLASS_LOSSES = (
    LossSpec(
        key="cross_entropy",
        label="Cross-entropy",
        summary="The usual loss for classes: how unlikely the model finds the right one.",
        article="loss = -log softmax(logits)[class], the mean over the batch. The model gives logits, without a "
        "softmax of its own. A model that knows nothing scores ln(number of classes). Label smoothing e moves "
        "the share e of each target evenly to all classes (Szegedy et al. 2016), and the loss then can't "
        "reach 0. Bridle 1990.",
        build="core.train.losses:make_cross_entropy",
        tasks=("classification",),
        link="softmax",
        params=(SMOOTHING,),
    ),
    LossSpec(
        key="weighted_cross_entropy",
        label="Weighted cross-entropy",
        summary="Errors on rare classes cost more.",
        article="loss = -w[class] log softmax(logits)[class], the mean over rows; w falls with the number of training rows of "
        "the class, and its mean over those rows is 1. Recall of rare classes rises and precision falls; the probabilities "
        "are those of a balanced world, not of the data. Balanced weights: King and Zeng 2001; effective number of "
        "samples, (1 - beta) / (1 - beta^n): Cui et al. 2019.",
        build="core.train.losses:make_weighted_cross_entropy",
        tasks=("classification",),
        link="softmax",
        needs_counts=True,
        params=(weighting("balanced"), BETA, SMOOTHING),
    ),
    LossSpec(
        key="focal",
        label="Focal",
        summary="Rows that are already right hardly count, so training turns to the hard ones.",
        article="loss = -w[class] (1 - p)^gamma ln p, where p is the probability given to the right class and w its weight, all 1 "
        "by default. With gamma 2 a row at p = 0.9 counts a hundredth of its cross-entropy. The probabilities come out less "
        "sure than the data warrant. Lin et al. 2017.",
        build="core.train.losses:make_focal",
        tasks=("classification",),
        link="softmax",
        needs_counts=True,
        params=(
            Param("gamma", 2.0, "Gamma", "0 is cross-entropy; more looks away from easy rows.", minimum=0, maximum=10),
            weighting("none"),
            BETA,
        ),
    ),
    LossSpec(
        key="poly1",
        label="Poly-1",
        summary="Cross-entropy with a stronger pull on rows that are nearly right.",
        article="loss = -ln p + epsilon (1 - p), where p is the probability of the right class. Cross-entropy is the series of "
        "(1 - p)^j / j; this changes the first coefficient only, the part of it that still pulls when p is near 1. "
        "Leng et al. 2022.",
        build="core.train.losses:make_poly1",
        tasks=("classification",),
        link="softmax",
        params=(Param("epsilon", 1.0, "Epsilon", "0 is cross-entropy.", minimum=-1, maximum=100),),
    ),
    LossSpec(
        key="hinge",
        label="Hinge (multi-class)",
        summary="The right class must be ahead by a margin; beyond it nothing is gained.",
        article="loss = max(0, margin - s[class] + max of s over the other classes) on scores s, the mean over rows. Rows beyond "
        "the margin have no gradient, so training ends once all are. The scores are no probabilities. Crammer and "
        "Singer 2001.",
        build="core.train.losses:make_hinge",
        tasks=("classification",),
        link="none",
        params=(MARGIN, RIVALS),
    ),
    LossSpec(
        key="squared_hinge",
        label="Squared hinge (multi-class)",
        summary="The hinge squared: smooth at the margin, hard on rows far behind it.",
        article="loss = max(0, margin - s[class] + max of s over the other classes)^2, the mean over rows. The gradient fades "
        "towards the margin; wrong labels weigh heavily. The scores are no probabilities. With neural networks: Tang 2013.",
        build="core.train.losses:make_squared_hinge",
        tasks=("classification",),
        link="none",
        params=(MARGIN, RIVALS),
    ),
    LossSpec(
        key="one_vs_rest",
        label="Binary cross-entropy, one against the rest",
        summary="Every class answers yes or no by itself.",
        article="loss = mean over rows and classes of -t ln q - (1 - t) ln(1 - q), with q = sigmoid(output) and t 1 for the right "
        "class, else 0. The q of a row need not sum to 1: a row that is like no class can be refused by all. Before any "
        "learning it is ln 2. Rifkin and Klautau 2004.",
        build="core.train.losses:make_one_vs_rest",
        tasks=("classification",),
        link="sigmoid",
    ),
    LossSpec(
        key="length_margin",
        label="Margin on lengths (capsules)",
        summary="The right class must be long enough, the others short enough; beyond that nothing is gained.",
        article="loss = sum over classes of t max(0, m+ - q)^2 + lambda (1 - t) max(0, q - m-)^2, the mean over rows, with q the "
        "length of the class's capsule and t 1 for the right class, else 0. A capsule network puts out the logit of that length, "
        "so q = sigmoid(output); any other network is read the same way. As no q is above 1, a row costs at most "
        "m+^2 + lambda (classes - 1) (1 - m-)^2: a wrong label pulls less than under cross-entropy. Each class answers by "
        "itself, so two digits drawn over one another can both be present. Sabour, Frosst and Hinton 2017.",
        build="core.train.losses:make_length_margin",
        tasks=("classification",),
        link="sigmoid",
        params=(
            Param("present", 0.9, "Length when present", "m+: longer than this costs nothing.", above=0, maximum=1),
            Param("absent", 0.1, "Length when absent", "m-: shorter than this costs nothing.", minimum=0, below=1),
            Param(
                "down_weight",
                0.5,
                "Weight of the absent",
                "lambda: less keeps the many absent classes from shrinking all capsules at first.",
                above=0,
                maximum=10,
            ),
        ),
    ),
)
