"""The ways to draw the first weights. No torch."""

from __future__ import annotations

from core.models.parts.spec import InitialisationSpec
from core.registry import Param

_GAIN = Param(
    "gain", 1.0, "Gain", "Multiplies every weight; the papers' own scale is 1.", above=0, maximum=100, advanced=True
)
_MODE = Param(
    "mode",
    "fan_in",
    "Keep the variance",
    "fan_in keeps it on the way forward, fan_out on the way back.",
    choices=("fan_in", "fan_out"),
    advanced=True,
)

ENTRIES: tuple[InitialisationSpec, ...] = (
    InitialisationSpec(
        key="default",
        label="PyTorch's own",
        summary="What the layers come with: fine for shallow networks, too small for deep ones.",
        article="Uniform within ±1 / sqrt(fan_in), biases too: a variance of 1 / (3 fan_in), a sixth of what He's "
        "formula gives, so a deep ReLU network fades out layer by layer. Recurrent layers take "
        "±1 / sqrt(hidden). The rule goes back to LeCun et al. 1998.",
        build="core.models.parts.initialise:initialise_default",
    ),
    InitialisationSpec(
        key="xavier_uniform",
        label="Xavier (Glorot) uniform",
        summary="Balances the signal forward and the gradient back; made for tanh.",
        article="Uniform within ±gain sqrt(6 / (fan_in + fan_out)), a variance of gain^2 * 2 / (fan_in + fan_out); "
        "biases zero. Derived for activations that are linear around zero; under ReLU each layer halves "
        "the variance. Glorot and Bengio 2010.",
        build="core.models.parts.initialise:initialise_xavier_uniform",
        params=(_GAIN,),
    ),
    InitialisationSpec(
        key="xavier_normal",
        label="Xavier (Glorot) normal",
        summary="Xavier's scale with a normal distribution.",
        article="Normal with variance gain^2 * 2 / (fan_in + fan_out); biases zero. Derived for activations that "
        "are linear around zero; under ReLU each layer halves the variance. Glorot and Bengio 2010.",
        build="core.models.parts.initialise:initialise_xavier_normal",
        params=(_GAIN,),
    ),
    InitialisationSpec(
        key="he_uniform",
        label="He (Kaiming) uniform",
        summary="Keeps the scale through ReLU layers, uniform.",
        article="Uniform with variance 2 / fan_in (leaky ReLU: 2 / (1.0001 fan_in); no activation: 1 / fan_in); "
        "biases zero. The 2 makes up for the half that ReLU cuts. He, Zhang, Ren and Sun 2015.",
        build="core.models.parts.initialise:initialise_he_uniform",
        params=(_MODE,),
    ),
    InitialisationSpec(
        key="he_normal",
        label="He (Kaiming) normal",
        summary="Keeps the scale through ReLU layers; the usual choice for ReLU.",
        article="Normal with variance 2 / fan_in (leaky ReLU: 2 / (1.0001 fan_in); no activation: 1 / fan_in); "
        "biases zero. The 2 makes up for the half that ReLU cuts. He, Zhang, Ren and Sun 2015.",
        build="core.models.parts.initialise:initialise_he_normal",
        params=(_MODE,),
    ),
    InitialisationSpec(
        key="orthogonal",
        label="Orthogonal",
        summary="Rotations that keep lengths: the most even start for very deep or recurrent networks.",
        article="A random matrix with orthonormal rows or columns, times a gain; biases zero. Left empty, the gain "
        "is 1 / sqrt(E[f(z)^2]) for a standard normal z, which undoes the activation's shrinking: 1.41 for "
        "ReLU, 1.59 for tanh. Saxe, McClelland and Ganguli 2014.",
        build="core.models.parts.initialise:initialise_orthogonal",
        params=(
            Param(
                "gain",
                None,
                "Gain",
                "Multiplies every weight; empty means the gain that suits the activation.",
                above=0,
                maximum=100,
                optional=True,
                type="float",
                advanced=True,
            ),
        ),
    ),
    InitialisationSpec(
        key="normal",
        label="Normal, fixed spread",
        summary="One standard deviation for every layer: too small or too large as soon as widths change.",
        article="Normal with the same standard deviation in every layer; biases zero. With 0.01 the signal of a "
        "deep network fades, with 0.5 it blows up; AlexNet used 0.01. Krizhevsky, Sutskever and Hinton 2012.",
        build="core.models.parts.initialise:initialise_normal",
        params=(
            Param(
                "std",
                0.01,
                "Standard deviation",
                "Spread of every weight around zero.",
                above=0,
                maximum=100,
                log=True,
            ),
        ),
    ),
    InitialisationSpec(
        key="constant",
        label="Constant (symmetric)",
        summary="A fault to study: every unit of a layer starts equal and stays equal.",
        article="Every weight is the same number; biases zero. All units of a layer compute the same, get the same "
        "gradient and move together, so the layer acts as one unit until something breaks the symmetry. "
        "Rumelhart, Hinton and Williams 1986.",
        build="core.models.parts.initialise:initialise_constant",
        params=(Param("value", 0.1, "Value", "Every weight starts at this.", minimum=-100, maximum=100),),
    ),
    InitialisationSpec(
        key="zeros",
        label="Zeros (symmetric)",
        summary="A fault to study: no signal passes, almost nothing learns.",
        article="Every weight and bias is zero. Under ReLU or tanh all hidden values are zero, so all weight "
        "gradients are zero as well and only the last bias learns. Symmetric starts were named as the trouble "
        "by Rumelhart, Hinton and Williams 1986.",
        build="core.models.parts.initialise:initialise_zeros",
    ),
)
