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
        article="Uniform with variance 2 / fan_in (leaky ReLU and PReLU: 2 / ((1 + slope^2) fan_in); none and maxout: 1 / fan_in); "
        "biases zero. The 2 makes up for the half that ReLU cuts. He, Zhang, Ren and Sun 2015.",
        build="core.models.parts.initialise:initialise_he_uniform",
        params=(_MODE,),
    ),
    InitialisationSpec(
        key="he_normal",
        label="He (Kaiming) normal",
        summary="Keeps the scale through ReLU layers; the usual choice for ReLU.",
        article="Normal with variance 2 / fan_in (leaky ReLU and PReLU: 2 / ((1 + slope^2) fan_in); none and maxout: 1 / fan_in); "
        "biases zero. The 2 makes up for the half that ReLU cuts. He, Zhang, Ren and Sun 2015.",
        build="core.models.parts.initialise:initialise_he_normal",
        params=(_MODE,),
    ),
    InitialisationSpec(
        key="lecun_uniform",
        label="LeCun uniform",
        summary="Keeps the scale through linear layers, uniform.",
        article="Uniform within ±sqrt(3 / fan_in), a variance of 1 / fan_in; biases zero. Three times the variance of "
        "PyTorch's own start and half of He's: right for layers that are linear around zero. LeCun, Bottou, Orr and "
        "Müller 1998.",
        build="core.models.parts.initialise:initialise_lecun_uniform",
    ),
    InitialisationSpec(
        key="lecun_normal",
        label="LeCun normal",
        summary="Keeps the scale through linear layers; the start that SELU is made for.",
        article="Normal with variance 1 / fan_in; biases zero. With SELU the layers normalise themselves from it; under "
        "ReLU each layer halves the variance. LeCun, Bottou, Orr and Müller 1998; Klambauer et al. 2017.",
        build="core.models.parts.initialise:initialise_lecun_normal",
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
        key="truncated_normal",
        label="Normal, cut off",
        summary="A fixed spread without the rare large weights: how BERT and vision transformers start.",
        article="Normal with the given standard deviation, drawn anew where it lies beyond two of them, which leaves "
        "0.77 of the variance; biases zero. 0.02 suits a width of several hundred; in a narrow network without norms "
        "it is far too small. Devlin et al. 2019.",
        build="core.models.parts.initialise:initialise_truncated_normal",
        params=(
            Param(
                "std",
                0.02,
                "Standard deviation",
                "Of the normal distribution before its ends are cut off.",
                above=0,
                maximum=100,
                log=True,
            ),
        ),
    ),
    InitialisationSpec(
        key="sparse",
        label="Sparse",
        summary="Each unit listens to a few inputs only, so that units begin different from one another.",
        article="Each unit keeps 15 random inputs with normal weights; all other weights and the biases are zero. Left "
        "empty, the spread is gain / sqrt(15), which keeps the scale from layer to layer; the paper's own is 1. "
        "Martens 2010.",
        build="core.models.parts.initialise:initialise_sparse",
        params=(
            Param(
                "connections",
                15,
                "Connections",
                "Inputs that each unit keeps; in a convolution, cells of its filter.",
                minimum=1,
                maximum=4096,
                unit="per unit",
            ),
            Param(
                "std",
                None,
                "Standard deviation",
                "Spread of the weights that are kept; empty means the one that keeps the scale.",
                above=0,
                maximum=100,
                optional=True,
                type="float",
                advanced=True,
            ),
        ),
    ),
    InitialisationSpec(
        key="identity",
        label="Identity",
        summary="Every layer begins by passing its input on.",
        article="W = I, plus a little noise; of a convolution, the middle of filter i passes channel i on (dirac); biases "
        "zero. Where a layer is not square the identity is cut off: units or inputs beyond it begin with noise only, and "
        "without noise ReLU would leave such units dead. Le, Jaitly and Hinton 2015, for recurrent ReLU networks.",
        build="core.models.parts.initialise:initialise_identity",
        params=(
            Param(
                "noise", 0.01, "Noise", "Standard deviation of what is added to every weight.", minimum=0, maximum=10
            ),
        ),
    ),
    InitialisationSpec(
        key="lsuv",
        label="LSUV (looks at data)",
        summary="Orthogonal, then each layer is scaled until its output has variance 1 on real rows.",
        article="Orthogonal weights; then, from the first layer to the last, W = W / std(W x) on up to 256 training rows; "
        "biases zero. It needs no formula for the activation and works for any. Of recurrent layers, whose states are "
        "bounded, the input's share of the gates is scaled so. Mishkin and Matas 2016.",
        build="core.models.parts.lsuv:initialise_lsuv",
        needs_batch=True,
        check="core.models.start_checks:check_lsuv",
    ),
    InitialisationSpec(
        key="zero_residual",
        label="Zero residual (He)",
        summary="Every residual branch begins at zero, so a deep network begins as a shallow one.",
        article="He's normal weights, but the last norm's scale of every branch, or without a norm its last weights, are "
        "zero: y = x + F(x) begins as y = x. Only for models with shortcuts. Goyal et al. 2017; the same idea with a "
        "learned factor per branch is ReZero, Bachlechner et al. 2021.",
        build="core.models.parts.residual_starts:initialise_zero_residual",
        check="core.models.start_checks:check_zero_residual",
    ),
    InitialisationSpec(
        key="fixup",
        label="Fixup",
        summary="Trains a deep residual network without any norm.",
        article="With L branches of m layers: He's weights times L^(-1/(2m-2)) inside the branches, zero in the last layer "
        "of each and in the output layer. Done here are these two rules; the paper's third, scalar biases and multipliers "
        "as extra parameters, is not: the layers' own biases do part of it. Zhang, Dauphin and Ma 2019.",
        build="core.models.parts.residual_starts:initialise_fixup",
        check="core.models.start_checks:check_fixup",
    ),
    InitialisationSpec(
        key="t_fixup",
        label="T-Fixup",
        summary="Trains a transformer without layer norm and without warm-up.",
        article="Xavier's uniform weights, then the embedding, the values and joining layer of each attention and both "
        "feed-forward layers times 0.67 N^(-1/4) for N blocks. For a transformer whose layer norm is none, as in the paper; "
        "its formula for decoders is not needed here. Huang, Perez, Ba and Volkovs 2020.",
        build="core.models.parts.residual_starts:initialise_t_fixup",
        check="core.models.start_checks:check_t_fixup",
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
