"""Entries: gradient descent, momentum and their relatives. No torch."""

from __future__ import annotations

from core.optim.entries.sources import ALGOPERF, CUSTOMARY, DEEPOBS
from core.optim.search_space import Choice, LogUniform, OneMinusLogUniform, SearchSpace
from core.optim.spec import MOMENTUM, OptimizerSpec, Reference
from core.registry import Param

FIRST_ORDER = (
    OptimizerSpec(
        key="sgd",
        label="SGD",
        summary="Plain gradient descent: the step is the gradient times the learning rate.",
        article="w <- w - lr g. Nothing hides the size of the gradient, so faults show plainly. Weight decay is "
        "L2: it adds weight_decay * w to the gradient. Robbins and Monro 1951.",
        build="core.optim.first_order:make_sgd",
        suggested_lr=0.1,
        lr_range=(1e-5, 10.0),
        update_rule=r"""\begin{aligned}
            g_t &= \nabla f(w_{t-1}) + \lambda w_{t-1} \\
            w_t &= w_{t-1} - \eta\, g_t
        \end{aligned}""",
        reference=Reference(
            "Robbins, Monro",
            1951,
            "A Stochastic Approximation Method",
            "https://doi.org/10.1214/aoms/1177729586",
        ),
        search_space=SearchSpace(settings={"lr": LogUniform(1e-5, 1e2)}, source=DEEPOBS, published=True),
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
            MOMENTUM,
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
        update_rule=r"""\begin{aligned}
            g_t &= \nabla f(w_{t-1}) + \lambda w_{t-1} \\
            v_1 &= g_1, \qquad v_t = \mu v_{t-1} + (1-\tau)\, g_t \quad (t > 1) \\
            w_t &= w_{t-1} - \eta\, v_t \\
            &\text{with } \mu \text{ the momentum and } \tau \text{ the dampening}
        \end{aligned}""",
        reference=Reference(
            "Polyak",
            1964,
            "Some methods of speeding up the convergence of iteration methods",
            "https://doi.org/10.1016/0041-5553(64)90137-5",
        ),
        search_space=SearchSpace(settings={"lr": LogUniform(1e-5, 1e2)}, source=DEEPOBS, published=True),
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
        params=(Param("momentum", 0.9, "Momentum", "Share of the last step's speed that is kept.", above=0, below=1),),
        update_rule=r"""\begin{aligned}
            g_t &= \nabla f(w_{t-1}) + \lambda w_{t-1} \\
            v_1 &= g_1, \qquad v_t = \mu v_{t-1} + g_t \quad (t > 1) \\
            w_t &= w_{t-1} - \eta\, (g_t + \mu v_t)
        \end{aligned}""",
        reference=Reference(
            "Sutskever, Martens, Dahl, Hinton",
            2013,
            "On the importance of initialization and momentum in deep learning",
            "https://proceedings.mlr.press/v28/sutskever13.html",
        ),
        search_space=SearchSpace(
            settings={
                "lr": LogUniform(2e-2, 5.0),
                "momentum": OneMinusLogUniform(5e-3, 0.3),
                "weight_decay": LogUniform(1e-7, 5e-5),
            },
            source=ALGOPERF,
            published=True,
        ),
    ),
    OptimizerSpec(
        key="asgd",
        label="Averaged SGD",
        summary="Gradient descent whose weights are averaged over the run; the average is what is evaluated.",
        article="Steps as SGD's, with a slowly falling rate; from step t0 on the mean of all weights since then is kept. "
        "The noise of single batches averages out, so the mean is better than any weights on the way, and it is what "
        "evaluations and checkpoints hold. Batch norm statistics are those of the weights being trained. Weight decay "
        "is L2: it adds weight_decay * w to the gradient. Polyak and Juditsky 1992.",
        build="core.optim.first_order:make_asgd",
        suggested_lr=0.3,
        lr_range=(1e-4, 10.0),
        averages=True,
        params=(
            Param("t0", 100, "Averages from", "Steps before the averaging begins.", minimum=0, maximum=10**8),
            Param(
                "lambd",
                1e-4,
                "Decay",
                "Strength of a further pull to zero that also sets how fast the rate falls.",
                minimum=0,
                maximum=1,
                advanced=True,
            ),
            Param("alpha", 0.75, "Power", "Power of the falling learning rate.", minimum=0, maximum=1, advanced=True),
        ),
        update_rule=r"""\begin{aligned}
            g_t &= \nabla f(w_{t-1}) + \lambda w_{t-1} \\
            w_t &= (1 - \ell\, \eta_t)\, w_{t-1} - \eta_t\, g_t, \qquad
            \eta_1 = \eta, \quad \eta_{t+1} = \eta\, (1 + \ell\, \eta\, t)^{-\alpha} \\
            \mu_t &= 1 / \max(1,\, t - t_0) \\
            \bar w_t &= \bar w_{t-1} + \mu_{t-1} (w_t - \bar w_{t-1}), \qquad \mu_0 = 1 \\
            &\text{with } \ell \text{ the setting lambd; } \bar w \text{ is evaluated}
        \end{aligned}""",
        reference=Reference(
            "Polyak, Juditsky",
            1992,
            "Acceleration of Stochastic Approximation by Averaging",
            "https://doi.org/10.1137/0330046",
        ),
        search_space=SearchSpace(
            settings={"lr": LogUniform(1e-3, 3.0), "t0": Choice((0, 100, 1000))}, source=CUSTOMARY
        ),
    ),
    OptimizerSpec(
        key="rprop",
        label="Rprop",
        summary="Looks at the sign of each gradient only; every weight has a step size of its own. For full batches.",
        article="A weight's step size grows while its gradient keeps its sign and shrinks when the sign turns. It is "
        "meant for the gradient of all rows: between small batches signs turn by chance, and steps come out wrong. The "
        "learning rate is the first step size and nothing more, so schedules and later changes of it are refused. Weight "
        "decay is L2: it adds weight_decay * w to the gradient. Riedmiller and Braun 1993.",
        build="core.optim.first_order:make_rprop",
        suggested_lr=0.01,
        lr_range=(1e-5, 0.1),
        adaptive=True,
        fixed=("optim.lr",),
        params=(
            Param("shrink", 0.5, "Shrink", "Factor on the step size when the sign turns.", above=0, below=1),
            Param("grow", 1.2, "Grow", "Factor on the step size while the sign stays.", above=1, maximum=10),
            Param(
                "least_step", 1e-6, "Least step", "The smallest step size.", above=0, maximum=1, log=True, advanced=True
            ),
            Param(
                "largest_step",
                50.0,
                "Largest step",
                "The largest step size.",
                above=0,
                maximum=1e6,
                log=True,
                advanced=True,
            ),
        ),
        update_rule=r"""\begin{aligned}
            g_t &= \nabla f(w_{t-1}) + \lambda w_{t-1} \\
            s_t &= \begin{cases}
                \min(1.2\, s_{t-1},\, s_{\max}) & g_t\, g_{t-1} > 0 \\
                \max(0.5\, s_{t-1},\, s_{\min}),\ \text{and } g_t \leftarrow 0 & g_t\, g_{t-1} < 0 \\
                s_{t-1} & \text{otherwise}
            \end{cases} \qquad s_0 = \eta \\
            w_t &= w_{t-1} - s_t\, \operatorname{sign}(g_t)
        \end{aligned}""",
        reference=Reference(
            "Riedmiller, Braun",
            1993,
            "A direct adaptive method for faster backpropagation learning: the RPROP algorithm",
            "https://doi.org/10.1109/ICNN.1993.298623",
        ),
        search_space=SearchSpace(settings={"lr": LogUniform(1e-4, 0.1)}, source=CUSTOMARY),
    ),
)
