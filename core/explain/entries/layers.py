"""Entries: a layer in the middle is read. No torch."""

from __future__ import annotations

from core.explain.base import ExplainSpec
from core.explain.entries.gradient import STEPS

_MODULE = "core.explain.methods.layers:"

LAYERS = (
    ExplainSpec(
        key="layer_integrated_gradients",
        label="Layer integrated gradients",
        summary="Integrated gradients of a layer's units; of the embedding of a text, a value for every word.",
        article="As integrated gradients, with a layer's output in the place of the input: "
        "a_u = (l_u(x) - l_u(b)) * mean over t of df/dl_u. Words can't be halved, but their embeddings can: this is the "
        "method for texts. The sum holds only at a layer that no shortcut goes around. Sundararajan, Taly and Yan 2017.",
        build=_MODULE + "layer_integrated_gradients", needs_baseline=True, cost="seconds", complete=True, needs_layer=True, own_resolution=True,
        params=(STEPS,),
    ),
    ExplainSpec(
        key="layer_conductance",
        label="Layer conductance",
        summary="How much of the output's difference to the baseline flows through each unit of a layer.",
        article="a_u = sum over inputs i of (x_i - b_i) * mean over t of (df/dl_u) (dl_u/dx_i), at b + t (x - b). Summed over a layer "
        "that everything flows through it is f(x) - f(b). Dhamdhere, Sundararajan and Yan 2019.",
        build=_MODULE + "layer_conductance", needs_baseline=True, cost="seconds", complete=True, needs_layer=True, own_resolution=True, params=(STEPS,),
    ),
    ExplainSpec(
        key="layer_grad_cam",
        label="Grad-CAM",
        summary="Where in the picture the last convolution saw what speaks for the class.",
        article="a(p) = sum over channels c of (mean over positions of df/dA_c) * A_c(p), at a convolution's output A. As coarse as "
        "that layer's map: each of its positions is shown as a block, without smoothing. Selvaraju et al. 2017.",
        build=_MODULE + "layer_grad_cam", cost="instant", needs_layer=True, kinds=("image", "sequence", "text"),
    ),
    ExplainSpec(
        key="guided_grad_cam",
        label="Guided Grad-CAM",
        summary="Guided backpropagation where Grad-CAM is positive.",
        article="a_i = guided gradient at i * max(Grad-CAM at i, 0): fine like the one, placed like the other, and as little "
        "dependent on the weights as guided backpropagation. Selvaraju et al. 2017.",
        build=_MODULE + "guided_grad_cam", cost="instant", needs_layer=True, kinds=("image", "sequence"),
    ),
)  # fmt: skip
