"""Entries: optimizers around another optimizer. No torch."""

from __future__ import annotations

from core.optim.entries.sources import ALGOPERF
from core.optim.search_space import Choice, LogUniform, OneMinusLogUniform, SearchSpace
from core.optim.spec import OptimizerSpec, Reference, share
from core.registry import Param

_BASE = (
    Param("base", "momentum", "Base", "The optimizer inside.", choices=("momentum", "adam")),
    share("momentum", 0.9, "Momentum", "Of the optimizer inside; Adam's beta 1."),
)

WRAPPERS = (
    OptimizerSpec(
        key="lookahead",
        label="Lookahead",
        summary="Lets another optimizer run ahead a few steps, then goes part of the way.",
        article="Every sync_every steps the weights are set back to slow_share of the way from where they last stood: fast "
        "steps explore, slow ones average. It forgives a rate that is too high; with Adam inside take about a tenth of the "
        "rate. Weight decay is L2: it adds weight_decay * w to the gradient. Evaluated are the weights as they are, slow "
        "only at a meeting. Zhang et al. 2019.",
        build="core.optim.wrappers:make_lookahead",
        suggested_lr=0.1,
        lr_range=(1e-5, 3.0),
        params=(
            *_BASE,
            Param("sync_every", 5, "Meet every", "Fast steps between two meetings.", minimum=1, maximum=10_000),
            Param("slow_share", 0.5, "Slow share", "Share of the way the slow weights go.", above=0, maximum=1),
        ),
        update_rule=r"""\begin{aligned}
            w_t &= w_{t-1} + \Delta_t, \qquad \Delta_t \text{ the step of the optimizer inside, with } \eta \text{ and } \lambda \\
            \text{if } t \bmod k = 0: \quad s_t &= s_{t-k} + \alpha\, (w_t - s_{t-k}), \qquad w_t \leftarrow s_t, \qquad s_0 = w_0 \\
            &\text{with } k \text{ the steps between two meetings and } \alpha \text{ the slow share}
        \end{aligned}""",
        reference=Reference(
            "Zhang, Lucas, Hinton, Ba",
            2019,
            "Lookahead Optimizer: k steps forward, 1 step back",
            "https://arxiv.org/abs/1907.08610",
        ),
        search_space=SearchSpace(
            settings={
                "lr": LogUniform(1e-3, 1.0),
                "sync_every": Choice((5, 10)),
                "slow_share": Choice((0.5, 0.8)),
            },
            source="customary, around the values that Zhang et al. 2019 compare",
        ),
    ),
    OptimizerSpec(
        key="sam",
        label="SAM",
        summary="Steps with the gradient from the worst point nearby, and so prefers flat minima. Twice the cost.",
        article="A first gradient shows the way up; from the point rho away a second gradient is taken and used at the "
        "original weights, so sharp minima look bad from where it stands. Often generalises better, at two evaluations a "
        "step; with Adam inside take about a tenth of the rate. Weight decay is L2: it adds weight_decay * w to the "
        "gradient. Foret et al. 2021.",
        build="core.optim.wrappers:make_sam",
        suggested_lr=0.03,
        lr_range=(1e-5, 1.0),
        closure=True,
        elementwise=False,
        params=(
            *_BASE,
            Param("rho", 0.05, "Rho", "How far it climbs.", above=0, maximum=100, log=True),
            Param(
                "adaptive",
                False,
                "Adaptive",
                "ASAM (Kwon et al. 2021): measure the distance in units of each weight; take rho about ten times larger.",
                advanced=True,
            ),
        ),
        update_rule=r"""\begin{aligned}
            e_t &= \rho\, \frac{\nabla f(w_{t-1})}{\lVert \nabla f(w_{t-1}) \rVert} \qquad
            \left(\text{adaptive: } e_t = \rho\, \frac{w^2 \nabla f}{\lVert\, |w| \nabla f \rVert}\right) \\
            w_t &= w_{t-1} + \Delta_t, \qquad \Delta_t \text{ the step of the optimizer inside, with } \eta, \lambda
            \text{ and the gradient } \nabla f(w_{t-1} + e_t)
        \end{aligned}""",
        reference=Reference(
            "Foret, Kleiner, Mobahi, Neyshabur",
            2021,
            "Sharpness-Aware Minimization for Efficiently Improving Generalization",
            "https://arxiv.org/abs/2010.01412",
        ),
        search_space=SearchSpace(
            settings={
                "base": Choice(("adam",)),
                "lr": LogUniform(1e-4, 1e-2),
                "momentum": OneMinusLogUniform(5e-2, 0.43),
                "rho": Choice((0.01, 0.02, 0.05)),
            },
            source=f"{ALGOPERF}, without its weight decay, which is L2 here",
            published=True,
        ),
    ),
)
