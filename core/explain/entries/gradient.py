"""Entries: gradients at the input, along a path, and by DeepLift's rules. No torch."""

from __future__ import annotations

from core.explain.base import ExplainSpec
from core.registry import Param

STEPS = Param(
    "steps", 50, "Steps", "Points on the way from the baseline to the input.", minimum=10, maximum=2000, unit="points"
)
_MODULE = "core.explain.methods.gradient:"

GRADIENT = (
    ExplainSpec(
        key="integrated_gradients",
        label="Integrated gradients",
        summary="Gradients gathered on the way from a baseline to the input. Sound on nearly every network.",
        article="a_i = (x_i - b_i) * mean over t in 0..1 of df/dx_i at b + t (x - b). The values of a row sum to f(x) - f(b); "
        "the gap says how well the sum over steps met that. It answers: compared with this baseline. "
        "Sundararajan, Taly and Yan 2017.",
        build=_MODULE + "integrated_gradients", needs_baseline=True, cost="seconds", complete=True, params=(STEPS,),
    ),
    ExplainSpec(
        key="gradient_shap",
        label="Gradient SHAP",
        summary="Integrated gradients from many backgrounds at once, by random draws.",
        article="a_i = mean over random background rows b and t in 0..1 of (x_i - b_i) * df/dx_i at b + t (x - b), the expected "
        "gradients. The sum is f(x) minus the background's mean only on average: with few samples the gap is sampling noise, "
        "which halves with four times the samples. Erion et al. 2021; Lundberg and Lee 2017.",
        build=_MODULE + "gradient_shap", cost="seconds", needs_background=True,
        params=(Param("samples", 100, "Samples", "Random points per row.", minimum=5, maximum=5000),),
    ),
    ExplainSpec(
        key="deep_lift",
        label="DeepLIFT",
        summary="Compares every activation with its value at the baseline. Quick, but only on networks whose every part it knows.",
        article="A unit's slope is replaced by its difference over its input's difference, m = (f(x) - f(b)) / (x - b), and slopes "
        "are multiplied back (Rescale rule). The values sum to f(x) - f(b) where every non-linear part has a rule: with layer "
        "norm, gates or functional activations it is silently wrong, so it is offered only where its gap was measured. "
        "Shrikumar, Greenside and Kundaje 2017.",
        build=_MODULE + "deep_lift", needs_baseline=True, cost="instant", complete=True,
    ),
    ExplainSpec(
        key="deep_lift_shap",
        label="DeepLIFT SHAP",
        summary="DeepLIFT averaged over many background rows.",
        article="The mean over background rows b of DeepLIFT's values against b, an approximation of Shapley values. They sum to "
        "f(x) minus the background's mean output, where DeepLIFT's rules hold. Lundberg and Lee 2017.",
        build=_MODULE + "deep_lift_shap", cost="seconds", complete=True, needs_background=True,
    ),
    ExplainSpec(
        key="saliency",
        label="Saliency",
        summary="How strongly the output reacts to a tiny change of each input. The cheapest look.",
        article="a_i = |df/dx_i| at the input. It says where the output is sensitive, not what it is made of, and it promises no "
        "sum; a saturated unit hides what it saw. Simonyan, Vedaldi and Zisserman 2014.",
        build=_MODULE + "saliency", cost="instant",
    ),
    ExplainSpec(
        key="input_x_gradient",
        label="Input times gradient",
        summary="The gradient, weighted by the input itself.",
        article="a_i = x_i * df/dx_i. Exact for a linear model without offset; elsewhere its sum misses the output, by design. An "
        "input of 0 gets 0, whatever it means. Shrikumar et al. 2016.",
        build=_MODULE + "input_x_gradient", cost="instant",
    ),
    ExplainSpec(
        key="guided_backprop",
        label="Guided backpropagation",
        summary="The gradient without what speaks against: sharp pictures that depend little on the weights.",
        article="On the way back every ReLU lets pass only positive gradients of positive inputs. The pictures are sharp, but they "
        "can stay nearly the same when the weights are random (Adebayo et al. 2018): a look at edges, not a proof. "
        "Springenberg et al. 2015.",
        build=_MODULE + "guided_backprop", cost="instant", kinds=("tabular", "image", "sequence"),
    ),
    ExplainSpec(
        key="smooth_grad",
        label="SmoothGrad",
        summary="The gradient, averaged over noisy copies of the input.",
        article="a_i = mean over Gaussian noise e of df/dx_i at x + e, which takes the flicker out of a gradient. No sum is "
        "promised. Smilkov et al. 2017.",
        build=_MODULE + "smooth_grad", cost="seconds",
        params=(
            Param("samples", 20, "Samples", "Noisy copies per row.", minimum=2, maximum=1000),
            Param("noise", 0.15, "Noise", "Standard deviation, as a share of the inputs' range.", above=0, maximum=1),
        ),
    ),
)  # fmt: skip
