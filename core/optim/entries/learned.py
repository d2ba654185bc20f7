"""Entries: optimizers that learn their step size or do without a schedule. No torch."""

from __future__ import annotations

from core.optim.entries.sources import CUSTOMARY
from core.optim.search_space import Choice, LogUniform, SearchSpace
from core.optim.spec import BETAS, OptimizerSpec, Reference, eps, share
from core.registry import Param

LEARNED = (
    OptimizerSpec(
        key="prodigy",
        label="Prodigy",
        summary="Adam that estimates its own step size from how far the weights have come; leave the rate at 1.",
        article="It bounds the distance from the start to the solution from below by what gradients and weights show, and "
        "takes that bound d as Adam's learning rate: it starts tiny and grows until it fits. The learning rate is only a "
        "factor on d, so 1 is right, with a schedule if you like; the chart shows the product. Weight decay shrinks the "
        "weights directly, by lr * d * weight_decay. Mishchenko and Defazio 2024.",
        build="core.optim.learned:make_prodigy",
        suggested_lr=1.0,
        lr_range=(1e-2, 10.0),
        decay="weights",
        adaptive=True,
        elementwise=False,
        learned_scale="d",
        lr_free=True,
        params=(
            *BETAS,
            Param("d0", 1e-6, "First estimate", "The distance it starts from.", above=0, maximum=1, log=True),
            Param("d_coef", 1.0, "Factor", "Multiplies the estimate of d.", above=0, maximum=100, log=True),
            Param(
                "bias_correction",
                False,
                "Bias correction",
                "Correct Adam's moments for their zero start.",
                advanced=True,
            ),
            Param(
                "safeguard_warmup",
                False,
                "Safe warm-up",
                "Keep d from growing too fast under a schedule that warms up.",
                advanced=True,
            ),
        ),
        update_rule=r"""\begin{aligned}
            g_t &= \nabla f(w_{t-1}), \qquad \beta_3 = \sqrt{\beta_2} \\
            r_t &= \beta_3 r_{t-1} + \tfrac{d_t}{d_0}\, d_t \eta\, \langle g_t,\, w_0 - w_{t-1} \rangle, \qquad
            s_t = \beta_3 s_{t-1} + \tfrac{d_t}{d_0}\, d_t \eta\, g_t \\
            d_{t+1} &= \max\!\left(d_t,\ c\, r_t / \lVert s_t \rVert_1\right) \\
            m_t &= \beta_1 m_{t-1} + (1-\beta_1)\, d_t g_t, \qquad v_t = \beta_2 v_{t-1} + (1-\beta_2)\, d_t^2 g_t^2 \\
            w_t &= (1 - d_t \eta \lambda)\, w_{t-1} - d_t \eta\, \frac{m_t}{\sqrt{v_t} + d_{t+1} \epsilon} \\
            &\text{with } c \text{ the factor}
        \end{aligned}""",
        reference=Reference(
            "Mishchenko, Defazio",
            2024,
            "Prodigy: An Expeditiously Adaptive Parameter-Free Learner",
            "https://arxiv.org/abs/2306.06101",
        ),
        search_space=SearchSpace(
            settings={"d_coef": LogUniform(0.5, 2.0)},
            source="customary: the learning rate stays at 1 and the factor on d is moved by at most two",
        ),
    ),
    OptimizerSpec(
        key="schedule_free",
        label="Schedule-Free AdamW",
        summary="Replaces the falling learning rate by averaging the weights; needs no length planned ahead.",
        article="Gradients are taken at a point between the fast weights z and their running mean x, and x is what is "
        "evaluated and kept: it is as good as if the rate had been annealed until now, at any moment. Use a constant rate, "
        "perhaps with warm-up steps. Batch norm statistics are those of the point of the gradients. Weight decay shrinks "
        "the weights directly, by lr * weight_decay. Defazio et al. 2024.",
        build="core.optim.learned:make_schedule_free",
        suggested_lr=1e-2,
        lr_range=(1e-5, 0.3),
        decay="weights",
        adaptive=True,
        averages=True,
        params=(
            Param(
                "interpolation",
                0.9,
                "Interpolation",
                "Where between z and x gradients are taken; 1 is x.",
                above=0,
                below=1,
            ),
            share("beta2", 0.999, "Beta 2", "Memory of the mean squared gradient."),
            Param(
                "warmup_steps",
                0,
                "Warm-up",
                "Steps in which the rate rises from 0.",
                minimum=0,
                maximum=10**7,
                unit="steps",
            ),
            eps(1e-8),
        ),
        update_rule=r"""\begin{aligned}
            y_t &= (1-\beta)\, z_{t-1} + \beta\, x_{t-1}, \qquad g_t = \nabla f(y_t) \\
            v_t &= \beta_2 v_{t-1} + (1-\beta_2)\, g_t^2 \\
            z_t &= z_{t-1} - \eta_t \left( \frac{g_t}{\sqrt{v_t / (1-\beta_2^t)} + \epsilon} + \lambda y_t \right), \qquad
            \eta_t = \eta \min(1,\, t / t_{\text{warm-up}}) \\
            x_t &= (1 - c_t)\, x_{t-1} + c_t z_t, \qquad c_t = \frac{\bar\eta_t^2}{\sum_{i \le t} \bar\eta_i^2}, \quad
            \bar\eta_t = \max_{i \le t} \eta_i \\
            &\text{with } \beta \text{ the interpolation; } x \text{ is evaluated}
        \end{aligned}""",
        reference=Reference(
            "Defazio, Yang, Mehta, Mishchenko, Khaled, Cutkosky",
            2024,
            "The Road Less Scheduled",
            "https://arxiv.org/abs/2405.15682",
        ),
        search_space=SearchSpace(
            settings={
                "lr": LogUniform(1e-3, 1e-1),
                "interpolation": Choice((0.9, 0.95, 0.98)),
                "weight_decay": LogUniform(1e-3, 0.3),
            },
            source=CUSTOMARY,
        ),
    ),
    OptimizerSpec(
        key="hypergradient",
        label="Hypergradient descent",
        summary="SGD or Adam that learns its learning rate while it trains: larger while steps agree, else smaller.",
        article="If the gradient still points along the last step, that step was too short; if it points back, too long. The "
        "cosine between the two multiplies the learning rate after every batch, and the chart shows the rate it has come "
        "to. With SGD as base begin at a hundred times the rate, and not in a long smooth valley, where the rate grows until "
        "steps overshoot faster than it can fall. Weight decay is L2: it adds weight_decay * w to the gradient. The "
        "multiplicative rule of Baydin et al. 2018.",
        build="core.optim.learned:make_hypergradient",
        suggested_lr=3e-3,
        lr_range=(1e-6, 10.0),
        adaptive=True,
        elementwise=False,
        learned_scale="lr_scale",
        params=(
            Param("base", "adam", "Base", "Whose step is scaled: Adam-HD or SGD-HD.", choices=("adam", "sgd")),
            Param(
                "hyper_rate",
                0.02,
                "Hyper rate",
                "The rate of the rate: at most this share of change a step.",
                minimum=0,
                below=1,
            ),
            share("adam_beta1", 0.9, "Beta 1", "Memory of the mean gradient; only with Adam."),
            share("adam_beta2", 0.999, "Beta 2", "Memory of the mean squared gradient; only with Adam."),
            eps(1e-8),
        ),
        update_rule=r"""\begin{aligned}
            g_t &= \nabla f(w_{t-1}) + \lambda w_{t-1} \\
            c_t &= c_{t-1} \left( 1 + \kappa\, \frac{g_t^\top u_{t-1}}{\lVert g_t \rVert\, \lVert u_{t-1} \rVert} \right), \qquad c_1 = 1 \\
            u_t &= g_t \ \text{(SGD)} \quad \text{or} \quad
            u_t = \frac{m_t / (1-\beta_1^t)}{\sqrt{v_t / (1-\beta_2^t)} + \epsilon} \ \text{(Adam)} \\
            w_t &= w_{t-1} - \eta\, c_t\, u_t \\
            &\text{with } \kappa \text{ the hyper rate}
        \end{aligned}""",
        reference=Reference(
            "Baydin, Cornish, Martínez Rubio, Schmidt, Wood",
            2018,
            "Online Learning Rate Adaptation with Hypergradient Descent",
            "https://arxiv.org/abs/1703.04782",
        ),
        search_space=SearchSpace(
            settings={"lr": LogUniform(1e-4, 1e-2), "hyper_rate": LogUniform(1e-3, 1e-1)}, source=CUSTOMARY
        ),
    ),
)
