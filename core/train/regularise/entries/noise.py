"""Noise, attacks and averages. No torch."""

from __future__ import annotations

from core.registry import Param
from core.train.regularise.entries.penalties import NUMBERS
from core.train.regularise.spec import RegularisationSpec

_EPSILON = Param(
    "epsilon", 0.1, "Epsilon",
    "How far each value may be moved, in units of the inputs as the model sees them: standard deviations where they are standardised.",
    above=0, maximum=10, log=True,
)  # fmt: skip


def _share(default: float) -> Param:
    return Param(
        "share",
        default,
        "Share of attacked rows",
        "Weight of their loss beside that of the clean rows.",
        above=0,
        maximum=1,
    )


ENTRIES: tuple[RegularisationSpec, ...] = (
    RegularisationSpec(
        key="input_noise",
        label="Input noise",
        summary="Each row is seen with a little noise on it, another one each time.",
        article="Trains on x + e with e normal of standard deviation s. For small s that is a penalty on the slope of the "
        "network, Tikhonov's regularisation. Bishop 1995.",
        build="core.train.regularise.noise:NoisyInputs",
        kinds=NUMBERS,
        params=(
            Param(
                "std", 0.1, "Standard deviation", "In units of the inputs as the model sees them.", above=0, maximum=10
            ),
        ),
    ),
    RegularisationSpec(
        key="weight_noise",
        label="Weight noise",
        summary="Each step is taken with noise on the weights: only flat valleys survive.",
        article="The forward pass of each step uses w + e with e normal of standard deviation s, the update goes to w. Solutions "
        "that need exact weights get a high loss. Jim, Giles and Horne 1996; Graves 2011.",
        build="core.train.regularise.noise:WeightNoise",
        params=(
            Param("std", 0.01, "Standard deviation", "Of the noise on each weight.", above=0, maximum=1, log=True),
        ),
    ),
    RegularisationSpec(
        key="gradient_noise",
        label="Gradient noise",
        summary="Noise on the gradients that fades over the run.",
        article="g + e with e normal of variance scale / (1 + t)^decay at step t. It helps very deep networks out of poor starts; "
        "the noise of small batches does much the same. The recorded gradients are those before the noise. "
        "Neelakantan et al. 2015.",
        build="core.train.regularise.noise:GradientNoise",
        params=(
            Param("scale", 0.01, "Scale", "Variance at the first step.", above=0, maximum=10, log=True),
            Param("decay", 0.55, "Decay", "Power of the step count by which the variance falls.", minimum=0, maximum=2),
        ),
    ),
    RegularisationSpec(
        key="fgsm",
        label="Adversarial training (FGSM)",
        summary="Half of each loss is on rows made worse by one step up the loss.",
        article="x' = x + epsilon sign(d loss / d x), and the loss is (1 - share) loss(x) + share loss(x'). Cheap, and can look "
        "better than it is: measure the robust accuracy with PGD on the Errors page. Goodfellow, Shlens and Szegedy 2015.",
        build="core.train.regularise.adversarial:FastGradientSign",
        in_loss=True,
        tasks=("classification",),
        kinds=("tabular", "image"),
        params=(_EPSILON, _share(0.5)),
    ),
    RegularisationSpec(
        key="pgd",
        label="Adversarial training (PGD)",
        summary="Trains on the worst row within reach, searched for in several steps.",
        article="x' starts at random within epsilon of x and takes k steps of 2.5 epsilon / k along sign(d loss / d x), each "
        "brought back to within epsilon; the loss is on x'. A step costs k + 1 times as much, and accuracy on clean rows "
        "falls somewhat for what is gained under attack. Madry et al. 2018.",
        build="core.train.regularise.adversarial:ProjectedGradientDescent",
        in_loss=True,
        tasks=("classification",),
        kinds=("tabular", "image"),
        params=(_EPSILON, Param("steps", 5, "Steps", "Of the search.", minimum=1, maximum=50), _share(1.0)),
    ),
    RegularisationSpec(
        key="ema",
        label="Average of the weights (EMA)",
        summary="What is evaluated is a running average of the weights: smoother, and often better.",
        article="a = d a + (1 - d) w after every step, with d = min(decay, (1 + n) / (10 + n)) at first; a is evaluated, saved "
        "and explained, while w goes on training. Batch norm's running statistics stay those of w. "
        "Ruppert 1988; Tarvainen and Valpola 2017.",
        build="core.train.regularise.averaging:ExponentialAverage",
        averages=True,
        params=(Param("decay", 0.99, "Decay", "Memory of the average: 0.99 is about 100 steps.", above=0, below=1),),
    ),
    RegularisationSpec(
        key="swa",
        label="Average of the last epochs (SWA)",
        summary="What is evaluated is the mean of the weights at the ends of the last epochs.",
        article="a is the plain mean of w at the end of each epoch after the share `start` of the planned run; before, it is w. "
        "With a high constant rate at the end the weights wander around a wide valley, and their mean lies inside. Batch norm "
        "would need its statistics measured again for the mean, so it is refused. Izmailov et al. 2018.",
        build="core.train.regularise.averaging:StochasticAverage",
        averages=True,
        with_batch_norm=False,
        params=(Param("start", 0.75, "Start", "Share of the run after which epochs count.", minimum=0, below=1),),
    ),
)
