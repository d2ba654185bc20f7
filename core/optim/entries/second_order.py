"""Entries: optimizers that use curvature or whole matrices of gradients. No torch."""

from __future__ import annotations

from core.optim.entries.sources import ALGOPERF, CUSTOMARY
from core.optim.search_space import Choice, LogUniform, OneMinusLogUniform, SearchSpace
from core.optim.spec import OptimizerSpec, Reference, eps, share
from core.registry import Param

SECOND_ORDER = (
    OptimizerSpec(
        key="lbfgs",
        label="L-BFGS",
        summary="Learns the curvature from its last steps and evaluates each batch several times. For full batches.",
        article="Every step makes up to max_iter iterations on its batch: a quasi-Newton direction from the last "
        "history_size changes of weights and gradients, then a line search. Superb on smooth problems with the gradient of "
        "all rows; between small batches the gradients don't match and the curvature is noise. Weight decay is L2: it is "
        "part of the loss and adds weight_decay * w to the gradient. Liu and Nocedal 1989.",
        build="core.optim.second_order:make_lbfgs",
        suggested_lr=1.0,
        lr_range=(1e-3, 10.0),
        closure=True,
        elementwise=False,
        params=(
            Param("max_iter", 4, "Iterations", "Iterations on each batch.", minimum=1, maximum=1000),
            Param("history_size", 10, "History", "Changes that are remembered.", minimum=1, maximum=1000),
            Param(
                "line_search",
                "strong_wolfe",
                "Line search",
                "strong_wolfe looks for a good length along the direction, in up to 25 evaluations; "
                "none takes the learning rate.",
                choices=("strong_wolfe", "none"),
            ),
        ),
        update_rule=r"""\begin{aligned}
            g_k &= \nabla f(w_k) + \lambda w_k, \qquad s_i = w_{i+1} - w_i, \quad y_i = g_{i+1} - g_i, \quad
            \rho_i = \frac{1}{y_i^\top s_i} \\
            q &= g_k; \quad \text{for } i = k-1, \dots, k-m: \quad a_i = \rho_i\, s_i^\top q, \quad q \leftarrow q - a_i y_i \\
            r &= \frac{s_{k-1}^\top y_{k-1}}{y_{k-1}^\top y_{k-1}}\, q; \quad
            \text{for } i = k-m, \dots, k-1: \quad r \leftarrow r + s_i\, (a_i - \rho_i\, y_i^\top r) \\
            w_{k+1} &= w_k - t_k\, r \\
            &\text{with } t_k \text{ from the line search that starts at } \eta\text{, and } m \text{ the history}
        \end{aligned}""",
        reference=Reference(
            "Liu, Nocedal",
            1989,
            "On the limited memory BFGS method for large scale optimization",
            "https://doi.org/10.1007/BF01589116",
        ),
        search_space=SearchSpace(
            settings={"lr": LogUniform(1e-2, 1.0), "history_size": Choice((5, 10, 20))}, source=CUSTOMARY
        ),
    ),
    OptimizerSpec(
        key="soap",
        label="SOAP",
        summary="Adam in the eigenbasis of Shampoo's preconditioner: turns correlated directions apart.",
        article="For each matrix it keeps means of G G^T and G^T G and runs Adam in their eigenvectors, which it renews every "
        "few steps. Fewer steps than Adam, each dearer: the eigenvectors cost the cube of a side, and vectors get plain "
        "Adam. The first step only gathers statistics and moves nothing. Weight decay shrinks the weights directly, by "
        "lr * weight_decay. Vyas et al. 2025.",
        build="core.optim.second_order:make_soap",
        suggested_lr=1e-2,
        lr_range=(1e-5, 0.1),
        decay="weights",
        adaptive=True,
        elementwise=False,
        params=(
            share("beta1", 0.95, "Beta 1", "Memory of the mean gradient."),
            share("beta2", 0.95, "Beta 2", "Memory of the squared gradient and of the matrices."),
            Param("refresh_every", 10, "Renewed every", "Steps between two new bases.", minimum=1, maximum=10_000),
            eps(1e-8),
        ),
        update_rule=r"""\begin{aligned}
            G_t &= \nabla f(W_{t-1}), \qquad \tilde G_t = Q_L^\top G_t\, Q_R \\
            M_t &= \beta_1 M_{t-1} + (1-\beta_1)\, G_t, \qquad V_t = \beta_2 V_{t-1} + (1-\beta_2)\, \tilde G_t^2 \\
            W_t &= (1 - \eta\lambda) \left( W_{t-1} - \eta\, \frac{\sqrt{1-\beta_2^t}}{1-\beta_1^t}\;
            Q_L \left( \frac{Q_L^\top M_t\, Q_R}{\sqrt{V_t} + \epsilon} \right) Q_R^\top \right) \\
            L_t &= \beta_2 L_{t-1} + (1-\beta_2)\, G_t G_t^\top, \qquad R_t = \beta_2 R_{t-1} + (1-\beta_2)\, G_t^\top G_t \\
            &\text{every few steps } Q_L = \mathrm{qr}(L_t Q_L), \quad Q_R = \mathrm{qr}(R_t Q_R)
        \end{aligned}""",
        reference=Reference(
            "Vyas, Morwani, Zhao, Kwun, Shapira, Brandfonbrener, Janson, Kakade",
            2025,
            "SOAP: Improving and Stabilizing Shampoo using Adam",
            "https://arxiv.org/abs/2409.11321",
        ),
        search_space=SearchSpace(
            settings={
                "lr": LogUniform(1e-4, 1e-2),
                "beta1": OneMinusLogUniform(1e-2, 0.15),
                "weight_decay": LogUniform(5e-3, 1.0),
            },
            source=f"Shampoo's space in {ALGOPERF}",
            published=True,
        ),
    ),
    OptimizerSpec(
        key="sophia",
        label="Sophia",
        summary="Divides the momentum by an estimate of each weight's own curvature, and cuts the result.",
        article="Every few steps the Hessian's diagonal is estimated with one random vector z as z * Hz, which needs the "
        "loss differentiated twice. Steps are large where the loss is flat and never more than lr * limit where the "
        "estimate is wrong or negative. Weight decay shrinks the weights directly, by lr * weight_decay. This is the "
        "variant Sophia-H. Liu et al. 2024.",
        build="core.optim.second_order:make_sophia",
        suggested_lr=0.1,
        lr_range=(1e-4, 3.0),
        decay="weights",
        adaptive=True,
        closure=True,
        needs_graph=True,
        elementwise=False,
        params=(
            share("beta1", 0.96, "Beta 1", "Memory of the mean gradient."),
            share("beta2", 0.99, "Beta 2", "Memory of the curvature, counted in estimates."),
            Param("limit", 0.01, "Limit", "The largest update, before the rate.", above=0, maximum=1000, log=True),
            Param("refresh_every", 10, "Renewed every", "Steps between two estimates.", minimum=1, maximum=10_000),
        ),
        update_rule=r"""\begin{aligned}
            g_t &= \nabla f(w_{t-1}), \qquad m_t = \beta_1 m_{t-1} + (1-\beta_1)\, g_t \\
            h_t &= \beta_2 h_{t-1} + (1-\beta_2)\; z \odot \nabla^2 f(w_{t-1})\, z, \quad z \sim \mathcal N(0, I)
            \quad \text{every few steps, else } h_t = h_{t-1} \\
            w_t &= (1 - \eta\lambda)\, w_{t-1} - \eta\, \operatorname{clip}\!\left(
            \frac{m_t}{\max(h_t,\, 10^{-12})},\, -c,\, c \right) \\
            &\text{with } c \text{ the limit}
        \end{aligned}""",
        reference=Reference(
            "Liu, Li, Hall, Liang, Ma",
            2024,
            "Sophia: A Scalable Stochastic Second-order Optimizer for Language Model Pre-training",
            "https://arxiv.org/abs/2305.14342",
        ),
        search_space=SearchSpace(
            settings={"lr": LogUniform(1e-2, 1.0), "limit": Choice((0.01, 0.03, 0.1))}, source=CUSTOMARY
        ),
    ),
    OptimizerSpec(
        key="muon",
        label="Muon",
        summary="Makes each hidden matrix's momentum orthogonal before the step; AdamW for all other weights.",
        article="The update of a hidden matrix has all its singular values set to about 1, so no direction is neglected. "
        "The first and the last matrix, biases and filters go by AdamW; a network with two matrices has its first taken "
        "as hidden. One learning rate serves both: Muon's step is scaled by 0.2 sqrt(longer side), so that its rms is "
        "AdamW's. Weight decay shrinks the weights directly, by lr * weight_decay. Jordan et al. 2024; Liu et al. 2025.",
        build="core.optim.second_order:make_muon",
        suggested_lr=3e-3,
        lr_range=(1e-5, 0.1),
        decay="weights",
        adaptive=True,
        elementwise=False,
        params=(
            share("momentum", 0.95, "Momentum", "Memory of the mean gradient, and AdamW's beta 1."),
            share("beta2", 0.95, "Beta 2", "AdamW's memory of the mean squared gradient."),
            Param(
                "iterations",
                5,
                "Iterations",
                "Newton-Schulz iterations toward an orthogonal matrix.",
                minimum=1,
                maximum=99,
                advanced=True,
            ),
        ),
        update_rule=r"""\begin{aligned}
            G_t &= \nabla f(W_{t-1}), \qquad B_t = \mu B_{t-1} + (1-\mu)\, G_t \\
            X_0 &= \frac{\mu B_t + (1-\mu)\, G_t}{\lVert \mu B_t + (1-\mu)\, G_t \rVert_F}, \qquad
            X_{k+1} = 3.4445\, X_k - 4.7750\, (X_k X_k^\top) X_k + 2.0315\, (X_k X_k^\top)^2 X_k \\
            W_t &= (1 - \eta\lambda)\, W_{t-1} - 0.2\, \eta \sqrt{\max(n, m)}\; X_5 \qquad (W \in \mathbb R^{n \times m} \text{ hidden}) \\
            &\text{every other weight: AdamW with } \beta_1 = \mu
        \end{aligned}""",
        reference=Reference(
            "Jordan, Jin, Boza, You, Cesista, Newhouse, Bernstein",
            2024,
            "Muon: An optimizer for hidden layers in neural networks",
            "https://kellerjordan.github.io/posts/muon/",
        ),
        search_space=SearchSpace(
            settings={"lr": LogUniform(3e-4, 3e-2), "weight_decay": LogUniform(1e-3, 0.3)}, source=CUSTOMARY
        ),
    ),
)
