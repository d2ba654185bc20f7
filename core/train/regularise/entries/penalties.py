"""Penalties in the loss and limits on the weights. No torch."""

from __future__ import annotations

from core.registry import Param
from core.train.regularise.spec import RegularisationSpec

NUMBERS = ("tabular", "image", "sequence")


def strength(default: float, help: str) -> Param:
    """How much a penalty weighs."""
    return Param("strength", default, "Strength", help, above=0, maximum=100, log=True)


ENTRIES: tuple[RegularisationSpec, ...] = (
    RegularisationSpec(
        key="l1",
        label="L1 penalty",
        summary="Pulls every weight toward zero by the same small amount, so that many become useless.",
        article="Adds strength * sum |w| to the loss, over weight matrices. Its gradient is strength * sign(w), whatever the "
        "size of w, so small weights end near 0 while large ones hardly notice: a sparse network. Tibshirani 1996.",
        build="core.train.regularise.penalties:L1Penalty",
        in_loss=True,
        on_weights=True,
        params=(strength(1e-4, "What one unit of weight costs."),),
    ),
    RegularisationSpec(
        key="l2",
        label="L2 penalty",
        summary="Pulls every weight toward zero in proportion to its size.",
        article="Adds strength / 2 * sum w^2 to the loss, over weight matrices; its gradient is strength * w. With SGD that is "
        "the same as weight decay; Adam divides it by the size of the gradients, so there the decoupled weight decay of AdamW "
        "is another thing (Loshchilov and Hutter 2019). Hoerl and Kennard 1970; Krogh and Hertz 1992.",
        build="core.train.regularise.penalties:L2Penalty",
        in_loss=True,
        on_weights=True,
        params=(strength(1e-3, "What half a squared unit of weight costs."),),
    ),
    RegularisationSpec(
        key="elastic_net",
        label="Elastic net",
        summary="L1 and L2 together: sparse, but related weights stay together.",
        article="Adds strength * (share * sum |w| + (1 - share) / 2 * sum w^2) to the loss, over weight matrices. The square "
        "keeps weights of related inputs alike, where L1 alone picks one of them. Zou and Hastie 2005.",
        build="core.train.regularise.penalties:ElasticNet",
        in_loss=True,
        on_weights=True,
        params=(
            strength(1e-4, "What the weights cost altogether."),
            Param("share", 0.5, "Share of L1", "1 is all L1, 0 all L2.", minimum=0, maximum=1),
        ),
    ),
    RegularisationSpec(
        key="max_norm",
        label="Max-norm",
        summary="No unit's incoming weights may be longer than a limit.",
        article="After each step a row w of a weight matrix that is longer than c becomes c w / |w|. Large steps then turn "
        "weights instead of growing them, which goes well with dropout and high rates. "
        "Srebro, Rennie and Jaakkola 2004; Srivastava et al. 2014.",
        build="core.train.regularise.penalties:MaxNorm",
        on_weights=True,
        params=(Param("limit", 3.0, "Longest", "The largest length of a unit's weights.", above=0, maximum=100),),
    ),
    RegularisationSpec(
        key="confidence_penalty",
        label="Confidence penalty",
        summary="Sure answers cost something, so the network stays humble.",
        article="Subtracts strength * H(p) from the loss, with H(p) = -sum p ln p the entropy of the predicted probabilities. "
        "Unlike label smoothing it does not say where the rest of the probability should go. Pereyra et al. 2017.",
        build="core.train.regularise.penalties:ConfidencePenalty",
        in_loss=True,
        tasks=("classification",),
        params=(strength(0.1, "What a nat of entropy is worth."),),
    ),
    RegularisationSpec(
        key="gradient_penalty",
        label="Gradient penalty",
        summary="Makes the loss flat around the training rows, so that small changes of the input matter little.",
        article="Adds strength * mean |d loss / d x|^2 to the loss and differentiates through it (double backpropagation), "
        "which about doubles the cost of a step. Drucker and LeCun 1992; against attacks, Ross and Doshi-Velez 2018.",
        build="core.train.regularise.penalties:GradientPenalty",
        in_loss=True,
        kinds=NUMBERS,
        params=(strength(0.1, "What the squared slope costs."),),
    ),
)
