"""Entries: the explainers of shap. No torch."""

from __future__ import annotations

from core.explain.base import ExplainSpec
from core.explain.entries.perturbation import SIDE
from core.registry import Param

_MODULE = "core.explain.methods.shap_methods:"

SHAP = (
    ExplainSpec(
        key="shap_deep",
        label="SHAP Deep",
        summary="DeepLIFT SHAP in shap's own hand, which knows max-pooling and GELU better.",
        article="The mean over background rows of DeepLIFT's values, with rules of shap's own: exact beside max-pooling, where "
        "captum's are not. The values sum to f(x) minus the background's mean output. Lundberg and Lee 2017; "
        "Shrikumar, Greenside and Kundaje 2017.",
        build=_MODULE + "shap_deep", library="shap", cost="seconds", complete=True, needs_background=True,
        kinds=("tabular", "image", "sequence"),
    ),
    ExplainSpec(
        key="shap_gradient",
        label="SHAP Gradient",
        summary="Expected gradients in shap's own hand.",
        article="a_i = mean over random background rows b and t in 0..1 of (x_i - b_i) * df/dx_i at b + t (x - b). The sum is right "
        "only on average: the gap is sampling noise. Erion et al. 2021.",
        build=_MODULE + "shap_gradient", library="shap", cost="seconds", needs_background=True,
        params=(Param("samples", 200, "Samples", "Random points per row.", minimum=5, maximum=5000),),
    ),
    ExplainSpec(
        key="shap_kernel",
        label="SHAP Kernel",
        summary="Shapley values of any model, by a weighted regression over subsets of inputs.",
        article="Fits g(S) = v_0 + sum of a_i over i in S to v(S), the mean over the background of f with the inputs in S as they are, "
        "under the Shapley kernel. No feature is selected (l1_reg=0): shap's default keeps ten and sets all others to 0. "
        "Lundberg and Lee 2017.",
        build=_MODULE + "shap_kernel", library="shap", cost="minutes", complete=True, needs_background=True,
        params=(Param("samples", None, "Samples", "Subsets per row; empty = 2048 and twice the inputs.", minimum=16, maximum=100_000, optional=True, type="int"), SIDE),
    ),
    ExplainSpec(
        key="shap_permutation",
        label="SHAP Permutation",
        summary="Shapley values of any model, from random orders walked forth and back.",
        article="The mean gain v(S with i) - v(S) over random orders and their reverses, v(S) the mean over the background of f with "
        "the inputs in S as they are. The sum is exact; the values settle with more orders. Lundberg and Lee 2017; "
        "Mitchell et al. 2022 on orders and their reverses.",
        build=_MODULE + "shap_permutation", library="shap", cost="minutes", complete=True, needs_background=True,
        params=(Param("permutations", 10, "Orders", "Random orders, each also walked back.", minimum=1, maximum=1000), SIDE),
    ),
    ExplainSpec(
        key="shap_exact",
        label="SHAP Exact",
        summary="Shapley values over all subsets: the truth to compare with, for few inputs.",
        article="a_i = sum over subsets S without i of |S|! (n - |S| - 1)! / n! * (v(S with i) - v(S)). It takes 2^n values of v, so it "
        "is for up to 14 inputs. Shapley 1953; Lundberg and Lee 2017.",
        build=_MODULE + "shap_exact", library="shap", cost="minutes", complete=True, needs_background=True, params=(SIDE,),
    ),
    ExplainSpec(
        key="shap_partition",
        label="SHAP Partition",
        summary="Owen values: related inputs first share as a group, then among themselves.",
        article="A tree joins correlated columns, or neighbours in space and time; each branch's gain is shared out like a Shapley "
        "value of two players, down to the inputs. The sum is exact, but these are Owen values: other numbers than Shapley's "
        "where inputs interact across branches. Owen 1977; Lundberg and Lee 2017.",
        build=_MODULE + "shap_partition", library="shap", cost="minutes", complete=True, needs_background=True,
        params=(Param("evaluations", 500, "Evaluations", "Values of v per row.", minimum=10, maximum=100_000), SIDE),
    ),
)  # fmt: skip
