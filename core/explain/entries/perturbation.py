"""Entries: inputs are switched off and the output is watched. No torch."""

from __future__ import annotations

from core.explain.base import ExplainSpec
from core.registry import Param

SIDE = Param(
    "side", None, "Patch side", "Pixels of a patch's side, or steps of a window, that are switched together; empty = at most 64 groups.",
    minimum=1, maximum=1000, optional=True, type="int", advanced=True,
)  # fmt: skip
DRAWN = Param(
    "samples", None, "Samples", "Random subsets per row; empty = 8 for each input, at least 256.",
    minimum=8, maximum=100_000, optional=True, type="int",
)  # fmt: skip
_MODULE = "core.explain.methods.perturbation:"

PERTURBATION = (
    ExplainSpec(
        key="occlusion",
        label="Occlusion",
        summary="Slides a window of baseline over the input and notes what the output loses.",
        article="a_i = mean over the windows w that cover i of f(x) - f(x with w at the baseline). Easy to trust, since the model "
        "itself answers; what only two places together show stays hidden. Zeiler and Fergus 2014.",
        build=_MODULE + "occlusion", needs_baseline=True, cost="seconds",
        params=(Param("window", None, "Window", "Side of the window; empty = by the input's size.", minimum=1, maximum=1000, optional=True, type="int"),),
    ),
    ExplainSpec(
        key="feature_ablation",
        label="Feature ablation",
        summary="Switches off one input at a time and notes what the output loses.",
        article="a_i = f(x) - f(x with input i at the baseline). What is written in two inputs counts for neither, since the other "
        "one still stands. No sum is promised. Kokhlikyan et al. 2020 (captum); the idea is that of leave-one-out.",
        build=_MODULE + "feature_ablation", needs_baseline=True, cost="seconds", params=(SIDE,),
    ),
    ExplainSpec(
        key="feature_permutation",
        label="Feature permutation",
        summary="Shuffles one input among the rows: how much the outputs move says what the model leans on.",
        article="a_i = f(x) - f(x with input i taken from another row). Read the mean over many rows: a single row shows only "
        "which other row it met. Breiman 2001; Fisher, Rudin and Dominici 2019.",
        build=_MODULE + "feature_permutation", cost="seconds", level="global", params=(SIDE,),
    ),
    ExplainSpec(
        key="shapley_value_sampling",
        label="Shapley sampling",
        summary="Fair shares by random orders of switching the inputs on.",
        article="The Shapley value of input i is its mean gain f(S with i) - f(S) over all orders; here over random orders, the "
        "rest at the baseline. The values sum to f(x) - f(b) exactly, whatever the number of orders; single values still "
        "have sampling noise. Castro, Gómez and Tejada 2009; Strumbelj and Kononenko 2010.",
        build=_MODULE + "shapley_value_sampling", needs_baseline=True, cost="seconds", complete=True,
        params=(Param("samples", 25, "Orders", "Random orders per row.", minimum=1, maximum=5000), SIDE),
    ),
    ExplainSpec(
        key="kernel_shap",
        label="Kernel SHAP (captum)",
        summary="Shapley values against one baseline, by a weighted regression on random subsets.",
        article="A linear model g(S) = v_0 + sum of a_i over i in S is fitted to f on random subsets S with the Shapley kernel as "
        "weights; its coefficients are the Shapley values in the limit. The sum is forced to f(x) - f(b), so a small gap "
        "does not say that single values are settled. Lundberg and Lee 2017.",
        build=_MODULE + "kernel_shap", needs_baseline=True, cost="seconds", complete=True, params=(DRAWN, SIDE),
    ),
    ExplainSpec(
        key="lime",
        label="LIME",
        summary="A sparse linear model of the network, right around one input.",
        article="Minimises sum of w(S) (f(S) - g(S))^2 + alpha |a|_1 over linear g, where subsets S near the input weigh more. No sum "
        "is promised, and alpha decides how many inputs get a value at all. Ribeiro, Singh and Guestrin 2016.",
        build=_MODULE + "lime", needs_baseline=True, cost="seconds",
        params=(DRAWN, Param("alpha", 0.01, "Alpha", "Strength of the L1 penalty, as a share of the outputs' spread.", minimum=0, maximum=10, log=True), SIDE),
    ),
)  # fmt: skip
