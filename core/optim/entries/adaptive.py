"""Entries: the optimizers beside Adam that scale each weight's step by its past gradients. No torch."""

from __future__ import annotations

from core.optim.entries.sources import CUSTOMARY
from core.optim.search_space import LogUniform, OneMinusLogUniform, SearchSpace
from core.optim.spec import OptimizerSpec, Reference, eps, share
from core.registry import Param

ADAPTIVE = (
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
            share("alpha", 0.99, "Alpha", "Memory of the mean squared gradient."),
            eps(1e-8),
            share("momentum", 0.0, "Momentum", "Share of the last step's speed that is kept.", True),
        ),
        update_rule=r"""\begin{aligned}
            g_t &= \nabla f(w_{t-1}) + \lambda w_{t-1} \\
            v_t &= \alpha v_{t-1} + (1-\alpha)\, g_t^2 \\
            b_t &= \mu b_{t-1} + \frac{g_t}{\sqrt{v_t} + \epsilon} \\
            w_t &= w_{t-1} - \eta\, b_t \\
            &\text{with } \mu \text{ the momentum}
        \end{aligned}""",
        reference=Reference(
            "Tieleman, Hinton",
            2012,
            "Lecture 6.5, rmsprop: Divide the gradient by a running average of its recent magnitude",
            "https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf",
        ),
        search_space=SearchSpace(settings={"lr": LogUniform(1e-4, 1e-2)}, source=CUSTOMARY),
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
            eps(1e-10),
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
        update_rule=r"""\begin{aligned}
            g_t &= \nabla f(w_{t-1}) + \lambda w_{t-1} \\
            s_t &= s_{t-1} + g_t^2 \\
            w_t &= w_{t-1} - \eta\, \frac{g_t}{\sqrt{s_t} + \epsilon} \\
            &\text{with } s_0 \text{ the initial sum}
        \end{aligned}""",
        reference=Reference(
            "Duchi, Hazan, Singer",
            2011,
            "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization",
            "https://jmlr.org/papers/v12/duchi11a.html",
        ),
        search_space=SearchSpace(settings={"lr": LogUniform(1e-3, 0.3)}, source=CUSTOMARY),
    ),
    OptimizerSpec(
        key="adadelta",
        label="Adadelta",
        summary="Sets each step by the ratio of past updates to past gradients; a learning rate of 1 is meant.",
        article="v and u are running means of g^2 and of the squared updates; the step is sqrt(u + eps) / sqrt(v + eps) "
        "times g. Units come out right by themselves, but as u starts at zero the first steps are of the size of "
        "sqrt(eps) and it is slow to start. Weight decay is L2: it adds weight_decay * w to the gradient. Zeiler 2012.",
        build="core.optim.adaptive:make_adadelta",
        suggested_lr=1.0,
        lr_range=(1e-3, 30.0),
        adaptive=True,
        params=(share("rho", 0.9, "Rho", "Memory of the squared gradients and of the squared updates."), eps(1e-6)),
        update_rule=r"""\begin{aligned}
            g_t &= \nabla f(w_{t-1}) + \lambda w_{t-1} \\
            v_t &= \rho v_{t-1} + (1-\rho)\, g_t^2 \\
            \Delta_t &= \frac{\sqrt{u_{t-1} + \epsilon}}{\sqrt{v_t + \epsilon}}\, g_t, \qquad
            u_t = \rho u_{t-1} + (1-\rho)\, \Delta_t^2 \\
            w_t &= w_{t-1} - \eta\, \Delta_t
        \end{aligned}""",
        reference=Reference(
            "Zeiler", 2012, "ADADELTA: An Adaptive Learning Rate Method", "https://arxiv.org/abs/1212.5701"
        ),
        search_space=SearchSpace(
            settings={"lr": LogUniform(0.1, 10.0), "rho": OneMinusLogUniform(1e-2, 0.3)}, source=CUSTOMARY
        ),
    ),
    OptimizerSpec(
        key="adafactor",
        label="Adafactor",
        summary="Keeps only row and column means of the squared gradients, so its state costs almost nothing.",
        article="For a matrix, the mean squared gradient is rebuilt from its row and column means, so a weight of n x m needs "
        "n + m numbers instead of n m. Steps are relative to the size of the weights, at most min(lr, 1 / sqrt(t)) of it, "
        "so they shrink by themselves, and a step of rms above d is cut. Weight decay shrinks the weights directly, by "
        "lr * weight_decay. Shazeer and Stern 2018.",
        build="core.optim.adaptive:make_adafactor",
        suggested_lr=3e-2,
        lr_range=(1e-4, 1.0),
        decay="weights",
        adaptive=True,
        elementwise=False,
        params=(
            Param(
                "beta2_decay",
                -0.8,
                "Power of the memory",
                "The memory at step t is 1 - t to this power: longer and longer.",
                minimum=-2,
                maximum=0,
            ),
            Param("d", 1.0, "Update clip", "The largest rms of an update, before the rate.", minimum=1, maximum=1000),
        ),
        update_rule=r"""\begin{aligned}
            G_t &= \nabla f(W_{t-1}), \qquad \beta_t = 1 - t^{\tau}, \qquad
            \alpha_t = \max\!\left(10^{-3},\, \mathrm{rms}(W_{t-1})\right) \min\!\left(\eta,\, \tfrac{1}{\sqrt t}\right) \\
            R_t &= \beta_t R_{t-1} + (1-\beta_t)\, \mathrm{mean}_{\text{columns}}(G_t^2), \qquad
            C_t = \beta_t C_{t-1} + (1-\beta_t)\, \mathrm{mean}_{\text{rows}}(G_t^2) \\
            V_t &= \frac{R_t C_t}{\mathrm{mean}(R_t)} \quad \text{(a vector keeps } V_t = \beta_t V_{t-1} + (1-\beta_t) G_t^2 \text{)} \\
            U_t &= G_t / \sqrt{V_t} \\
            W_t &= (1 - \eta\lambda)\, W_{t-1} - \alpha_t\, \frac{U_t}{\max(1,\, \mathrm{rms}(U_t) / d)} \\
            &\text{with } \tau \text{ the power of the memory}
        \end{aligned}""",
        reference=Reference(
            "Shazeer, Stern",
            2018,
            "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost",
            "https://arxiv.org/abs/1804.04235",
        ),
        search_space=SearchSpace(settings={"lr": LogUniform(3e-3, 0.3)}, source=CUSTOMARY),
    ),
    OptimizerSpec(
        key="lion",
        label="Lion",
        summary="Moves every weight by the same amount, in the direction of the sign of its momentum.",
        article="w <- w - lr sign(beta1 m + (1 - beta1) g), and m is the mean gradient. Every step is lr in size for every "
        "weight, so take a third to a tenth of Adam's rate and three to ten times its weight decay, and expect no rest at "
        "the minimum unless the rate falls. Weight decay shrinks the weights directly, by lr * weight_decay. Found by "
        "program search: Chen et al. 2023.",
        build="core.optim.adaptive:make_lion",
        suggested_lr=1e-3,
        lr_range=(1e-7, 3e-2),
        decay="weights",
        adaptive=True,
        params=(
            share("beta1", 0.9, "Beta 1", "Share of the mean gradient in the direction of the step."),
            share("beta2", 0.99, "Beta 2", "Memory of the mean gradient."),
        ),
        update_rule=r"""\begin{aligned}
            g_t &= \nabla f(w_{t-1}) \\
            w_t &= (1 - \eta\lambda)\, w_{t-1} - \eta\, \operatorname{sign}\!\left(\beta_1 m_{t-1} + (1-\beta_1)\, g_t\right) \\
            m_t &= \beta_2 m_{t-1} + (1-\beta_2)\, g_t
        \end{aligned}""",
        reference=Reference(
            "Chen, Liang, Huang, Real, Wang et al.",
            2023,
            "Symbolic Discovery of Optimization Algorithms",
            "https://arxiv.org/abs/2302.06675",
        ),
        search_space=SearchSpace(
            settings={"lr": LogUniform(3e-5, 3e-3), "weight_decay": LogUniform(1e-2, 1.0)}, source=CUSTOMARY
        ),
    ),
)
