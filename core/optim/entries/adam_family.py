"""Entries: Adam and its variants. No torch."""

from __future__ import annotations

from core.optim.entries.sources import ALGOPERF, CUSTOMARY
from core.optim.search_space import LogUniform, OneMinusLogUniform, SearchSpace
from core.optim.spec import BETAS, OptimizerSpec, Reference, eps
from core.registry import Param

_ADAM = (
    *BETAS,
    eps(1e-8),
    Param(
        "amsgrad",
        False,
        "AMSGrad",
        "Divide by the largest mean squared gradient so far (Reddi et al. 2018).",
        advanced=True,
    ),
)
_KINGMA = Reference("Kingma, Ba", 2015, "Adam: A Method for Stochastic Optimization", "https://arxiv.org/abs/1412.6980")

ADAM_FAMILY = (
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
        update_rule=r"""\begin{aligned}
            g_t &= \nabla f(w_{t-1}) + \lambda w_{t-1} \\
            m_t &= \beta_1 m_{t-1} + (1-\beta_1)\, g_t, \qquad v_t = \beta_2 v_{t-1} + (1-\beta_2)\, g_t^2 \\
            w_t &= w_{t-1} - \eta\, \frac{m_t / (1-\beta_1^t)}{\sqrt{v_t / (1-\beta_2^t)} + \epsilon}
        \end{aligned}""",
        reference=_KINGMA,
        search_space=SearchSpace(
            settings={"lr": LogUniform(1e-4, 1e-2), "beta1": OneMinusLogUniform(2e-2, 0.5)},
            source=f"AdamW's space in {ALGOPERF}, without its weight decay, which is L2 here",
            published=True,
        ),
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
        update_rule=r"""\begin{aligned}
            g_t &= \nabla f(w_{t-1}) \\
            m_t &= \beta_1 m_{t-1} + (1-\beta_1)\, g_t, \qquad v_t = \beta_2 v_{t-1} + (1-\beta_2)\, g_t^2 \\
            w_t &= (1 - \eta\lambda)\, w_{t-1} - \eta\, \frac{m_t / (1-\beta_1^t)}{\sqrt{v_t / (1-\beta_2^t)} + \epsilon}
        \end{aligned}""",
        reference=Reference(
            "Loshchilov, Hutter", 2019, "Decoupled Weight Decay Regularization", "https://arxiv.org/abs/1711.05101"
        ),
        search_space=SearchSpace(
            settings={
                "lr": LogUniform(1e-4, 1e-2),
                "beta1": OneMinusLogUniform(2e-2, 0.5),
                "weight_decay": LogUniform(5e-3, 1.0),
            },
            source=ALGOPERF,
            published=True,
        ),
    ),
    OptimizerSpec(
        key="nadam",
        label="NAdam",
        summary="Adam whose momentum looks one step ahead, as Nesterov's does.",
        article="Adam's step with Nesterov's momentum in the numerator; the momentum warms up over the first hundreds of "
        "steps. Weight decay shrinks the weights directly, as in AdamW: w <- w - lr weight_decay w, the NAdamW of "
        "AlgoPerf. Dozat 2016.",
        build="core.optim.adaptive:make_nadam",
        suggested_lr=3e-3,
        lr_range=(1e-6, 0.1),
        decay="weights",
        adaptive=True,
        params=(
            *BETAS,
            eps(1e-8),
            Param(
                "momentum_decay",
                4e-3,
                "Momentum decay",
                "How fast the momentum warms up to beta 1.",
                minimum=0,
                maximum=1,
                advanced=True,
            ),
        ),
        update_rule=r"""\begin{aligned}
            g_t &= \nabla f(w_{t-1}), \qquad \mu_t = \beta_1 \left(1 - \tfrac{1}{2}\, 0.96^{\,t\psi}\right) \\
            m_t &= \beta_1 m_{t-1} + (1-\beta_1)\, g_t, \qquad v_t = \beta_2 v_{t-1} + (1-\beta_2)\, g_t^2 \\
            \hat m_t &= \frac{\mu_{t+1} m_t}{1 - \prod_{i=1}^{t+1} \mu_i} + \frac{(1-\mu_t)\, g_t}{1 - \prod_{i=1}^{t} \mu_i} \\
            w_t &= (1 - \eta\lambda)\, w_{t-1} - \eta\, \frac{\hat m_t}{\sqrt{v_t / (1-\beta_2^t)} + \epsilon} \\
            &\text{with } \psi \text{ the momentum decay}
        \end{aligned}""",
        reference=Reference(
            "Dozat",
            2016,
            "Incorporating Nesterov Momentum into Adam",
            "https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ",
        ),
        search_space=SearchSpace(
            settings={
                "lr": LogUniform(1e-4, 1e-2),
                "beta1": OneMinusLogUniform(4e-3, 0.1),
                "weight_decay": LogUniform(5e-3, 1.0),
            },
            source=ALGOPERF,
            published=True,
        ),
    ),
    OptimizerSpec(
        key="radam",
        label="RAdam",
        summary="Adam that holds back until its second moment can be trusted; needs no warm-up.",
        article="In the first steps the mean of squared gradients rests on few samples, so Adam's steps vary wildly. RAdam "
        "scales them down by how uncertain it is, and goes plain momentum steps at the very start. Weight decay is L2: it "
        "adds weight_decay * w to the gradient. Liu et al. 2020.",
        build="core.optim.adaptive:make_radam",
        suggested_lr=1e-2,
        lr_range=(1e-6, 0.3),
        adaptive=True,
        params=(*BETAS, eps(1e-8)),
        update_rule=r"""\begin{aligned}
            g_t &= \nabla f(w_{t-1}) + \lambda w_{t-1} \\
            m_t &= \beta_1 m_{t-1} + (1-\beta_1)\, g_t, \qquad v_t = \beta_2 v_{t-1} + (1-\beta_2)\, g_t^2, \qquad
            \hat m_t = \frac{m_t}{1-\beta_1^t} \\
            \rho_\infty &= \frac{2}{1-\beta_2} - 1, \qquad \rho_t = \rho_\infty - \frac{2 t \beta_2^t}{1-\beta_2^t} \\
            w_t &= w_{t-1} - \eta\, \hat m_t \begin{cases}
                \sqrt{\dfrac{(\rho_t-4)(\rho_t-2)\rho_\infty}{(\rho_\infty-4)(\rho_\infty-2)\rho_t}}\;
                \dfrac{\sqrt{1-\beta_2^t}}{\sqrt{v_t}+\epsilon} & \rho_t > 5 \\
                1 & \text{otherwise}
            \end{cases}
        \end{aligned}""",
        reference=Reference(
            "Liu, Jiang, He, Chen, Liu, Gao, Han",
            2020,
            "On the Variance of the Adaptive Learning Rate and Beyond",
            "https://arxiv.org/abs/1908.03265",
        ),
        search_space=SearchSpace(
            settings={"lr": LogUniform(1e-4, 1e-1), "beta1": OneMinusLogUniform(2e-2, 0.5)}, source=CUSTOMARY
        ),
    ),
    OptimizerSpec(
        key="adamax",
        label="Adamax",
        summary="Adam that divides by the largest recent gradient instead of the root of the mean square.",
        article="u is the largest gradient of a weight, slowly forgotten; w <- w - lr m / u. Steps never exceed about lr, "
        "and a rare large gradient is not averaged away, which suits embeddings. Weight decay is L2: it adds "
        "weight_decay * w to the gradient. Kingma and Ba 2015.",
        build="core.optim.adaptive:make_adamax",
        suggested_lr=1e-2,
        lr_range=(1e-6, 0.3),
        adaptive=True,
        params=(*BETAS, eps(1e-8)),
        update_rule=r"""\begin{aligned}
            g_t &= \nabla f(w_{t-1}) + \lambda w_{t-1} \\
            m_t &= \beta_1 m_{t-1} + (1-\beta_1)\, g_t, \qquad u_t = \max(\beta_2 u_{t-1},\, |g_t| + \epsilon) \\
            w_t &= w_{t-1} - \frac{\eta}{1-\beta_1^t}\, \frac{m_t}{u_t}
        \end{aligned}""",
        reference=_KINGMA,
        search_space=SearchSpace(
            settings={"lr": LogUniform(1e-4, 1e-1), "beta1": OneMinusLogUniform(2e-2, 0.5)}, source=CUSTOMARY
        ),
    ),
)
