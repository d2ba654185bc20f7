"""The optimizers to choose from. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from core.registry import Catalogue, Param, Spec


@dataclass(frozen=True, kw_only=True)
class OptimizerSpec(Spec):
    """An optimizer. `build(parameters, lr, weight_decay, **params)` returns a torch.optim.Optimizer.

    `suggested_lr` is a sound start for small networks and `lr_range` the span a form offers. `decay` is
    "gradient" if weight decay is added to the gradient (L2), or "weights" if it shrinks the weights directly.
    `adaptive` optimizers scale each weight's step by its past gradients, so a small gradient can still move it.
    """

    suggested_lr: float
    lr_range: tuple[float, float]
    decay: str = "gradient"
    adaptive: bool = False


def _share(name: str, default: float, label: str, text: str, advanced: bool = False) -> Param:
    return Param(name, default, label, text, minimum=0, below=1, advanced=advanced)


def _eps(default: float) -> Param:
    return Param(
        "eps",
        default,
        "Epsilon",
        "Added to the divisor, against division by zero.",
        above=0,
        maximum=1,
        log=True,
        advanced=True,
    )


_MOMENTUM = _share("momentum", 0.9, "Momentum", "Share of the last step's speed that is kept.")
_ADAM = (
    _share("beta1", 0.9, "Beta 1", "Memory of the mean gradient."),
    _share("beta2", 0.999, "Beta 2", "Memory of the mean squared gradient."),
    _eps(1e-8),
    Param(
        "amsgrad",
        False,
        "AMSGrad",
        "Divide by the largest mean squared gradient so far (Reddi et al. 2018).",
        advanced=True,
    ),
)

OPTIMIZERS: Catalogue[OptimizerSpec] = Catalogue(
    "optimizer",
    (
        OptimizerSpec(
            key="sgd",
            label="SGD",
            summary="Plain gradient descent: the step is the gradient times the learning rate.",
            article="w <- w - lr g. Nothing hides the size of the gradient, so faults show plainly. Weight decay is "
            "L2: it adds weight_decay * w to the gradient. Robbins and Monro 1951.",
            build="core.optim.first_order:make_sgd",
            suggested_lr=0.1,
            lr_range=(1e-5, 10.0),
        ),
        OptimizerSpec(
            key="momentum",
            label="SGD with momentum",
            summary="Gradient descent with inertia, which smooths the steps and speeds up flat directions.",
            article="v <- momentum v + (1 - dampening) g; w <- w - lr v. A steady gradient is amplified "
            "1 / (1 - momentum) times, so with 0.9 take about a tenth of SGD's learning rate. Weight decay is L2: "
            "it adds weight_decay * w to the gradient. Polyak 1964; Sutskever et al. 2013.",
            build="core.optim.first_order:make_momentum",
            suggested_lr=0.02,
            lr_range=(1e-6, 1.0),
            params=(
                _MOMENTUM,
                Param(
                    "dampening",
                    0.0,
                    "Dampening",
                    "Share of the new gradient that is left out.",
                    minimum=0,
                    maximum=1,
                    advanced=True,
                ),
            ),
        ),
        OptimizerSpec(
            key="nesterov",
            label="Nesterov momentum",
            summary="Momentum that looks one step ahead, and so overshoots less.",
            article="v <- momentum v + g; w <- w - lr (g + momentum v), PyTorch's form of evaluating the gradient at "
            "the point that momentum leads to. Weight decay is L2: it adds weight_decay * w to the gradient. "
            "Nesterov 1983; Sutskever et al. 2013.",
            build="core.optim.first_order:make_nesterov",
            suggested_lr=0.02,
            lr_range=(1e-6, 1.0),
            params=(
                Param("momentum", 0.9, "Momentum", "Share of the last step's speed that is kept.", above=0, below=1),
            ),
        ),
        OptimizerSpec(
            key="adam",
            label="Adam",
            summary="Scales each weight's step by its gradient's own size; works at once on most tasks.",
            article="m and v are running means of g and g^2, corrected for their zero start; w <- w - lr m / (sqrt(v) "
            "+ eps). Steps are about lr in size however small the gradient, which can hide vanishing gradients. "
            "Weight decay is L2, added to the gradient and so divided by sqrt(v) too; AdamW avoids that. "
            "Kingma and Ba 2015.",
            build="core.optim.adaptive:make_adam",
            suggested_lr=1e-3,
            lr_range=(1e-6, 0.1),
            adaptive=True,
            params=_ADAM,
        ),
        OptimizerSpec(
            key="adamw",
            label="AdamW",
            summary="Adam with weight decay that acts on the weights directly; usual for transformers.",
            article="Adam's step, and apart from it w <- w - lr weight_decay w. This decoupled decay shrinks all "
            "weights at one rate; as L2 in Adam, weights with large gradients would be shrunk less. Typical: 0.01. "
            "Loshchilov and Hutter 2019.",
            build="core.optim.adaptive:make_adamw",
            suggested_lr=1e-3,
            lr_range=(1e-6, 0.1),
            decay="weights",
            adaptive=True,
            params=_ADAM,
        ),
        OptimizerSpec(
            key="rmsprop",
            label="RMSprop",
            summary="Divides each step by the running size of the gradient; a forerunner of Adam.",
            article="v <- alpha v + (1 - alpha) g^2; w <- w - lr g / (sqrt(v) + eps). As v starts at zero, the first "
            "steps are about lr / sqrt(1 - alpha) in size, ten times lr by default. Weight decay is L2: it adds "
            "weight_decay * w to the gradient. Tieleman and Hinton 2012.",
            build="core.optim.adaptive:make_rmsprop",
            suggested_lr=1e-3,
            lr_range=(1e-6, 0.1),
            adaptive=True,
            params=(
                _share("alpha", 0.99, "Alpha", "Memory of the mean squared gradient."),
                _eps(1e-8),
                _share("momentum", 0.0, "Momentum", "Share of the last step's speed that is kept.", True),
            ),
        ),
        OptimizerSpec(
            key="adagrad",
            label="Adagrad",
            summary="Divides each step by all gradients so far; steps only ever shrink.",
            article="s <- s + g^2; w <- w - lr g / (sqrt(s) + eps). Rarely seen features keep large steps, but on long "
            "runs all steps fade to nothing. Weight decay is L2: it adds weight_decay * w to the gradient. "
            "Duchi, Hazan and Singer 2011.",
            build="core.optim.adaptive:make_adagrad",
            suggested_lr=0.02,
            lr_range=(1e-5, 1.0),
            adaptive=True,
            params=(
                _eps(1e-10),
                Param(
                    "initial_accumulator",
                    0.0,
                    "Initial sum",
                    "The sum of squares at the start; more means smaller first steps.",
                    minimum=0,
                    maximum=100,
                    advanced=True,
                ),
            ),
        ),
    ),
)
