"""What a model is made of, to choose from: activations, norms and weight initialisations. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from core.registry import Catalogue, Param, Spec


@dataclass(frozen=True, kw_only=True)
class ActivationSpec(Spec):
    """An activation. `build()` returns a module; its outputs lie in `lowest`..`highest` (None: unbounded)."""

    lowest: float | None = None
    highest: float | None = None


@dataclass(frozen=True, kw_only=True)
class NormSpec(Spec):
    """A normalisation. `build(features, axes)` returns a module, see core.models.parts.norms.make_norm."""


@dataclass(frozen=True, kw_only=True)
class InitialisationSpec(Spec):
    """An initialisation. `build(model, activation, **params)` fills the weights from torch's global generator."""


ACTIVATIONS: Catalogue[ActivationSpec] = Catalogue(
    "activation",
    (
        ActivationSpec(
            key="relu",
            label="ReLU",
            summary="Passes what is positive, cuts the rest to zero.",
            article="f(z) = max(0, z). Its gradient is 1 or 0, so a deep network keeps its signal if the weights "
            "have He's scale; a unit that is negative for every sample gets no gradient and stays dead. "
            "Nair and Hinton 2010; Glorot, Bordes and Bengio 2011.",
            build="torch.nn:ReLU",
            lowest=0.0,
        ),
        ActivationSpec(
            key="leaky_relu",
            label="Leaky ReLU",
            summary="ReLU with a small slope of 0.01 below zero, so that no unit dies.",
            article="f(z) = z for z > 0, else 0.01 z. The small slope lets a unit recover that is negative for "
            "every sample. Maas, Hannun and Ng 2013.",
            build="torch.nn:LeakyReLU",
        ),
        ActivationSpec(
            key="tanh",
            label="Tanh",
            summary="An S-curve from -1 to 1, centred on zero.",
            article="f(z) = (e^z - e^-z) / (e^z + e^-z), with gradient 1 - f(z)^2. Beyond |z| of about 3 it is flat: "
            "the unit is saturated and passes almost no gradient. LeCun, Bottou, Orr and Müller 1998.",
            build="torch.nn:Tanh",
            lowest=-1.0,
            highest=1.0,
        ),
        ActivationSpec(
            key="sigmoid",
            label="Sigmoid",
            summary="An S-curve from 0 to 1; the classic cause of vanishing gradients.",
            article="f(z) = 1 / (1 + e^-z). Its gradient is f (1 - f), at most 1/4, so each layer divides the "
            "gradient by four or more, and outputs that are never negative shift the next layer's mean. "
            "Glorot and Bengio 2010.",
            build="torch.nn:Sigmoid",
            lowest=0.0,
            highest=1.0,
        ),
        ActivationSpec(
            key="gelu",
            label="GELU",
            summary="A smooth ReLU that weighs its input by the normal distribution.",
            article="f(z) = z P(Z <= z) for a standard normal Z. Smooth everywhere, slightly negative below zero "
            "(never under -0.17), and usual in transformers. Hendrycks and Gimpel 2016.",
            build="torch.nn:GELU",
            lowest=-0.17,
        ),
        ActivationSpec(
            key="silu",
            label="SiLU (Swish)",
            summary="A smooth ReLU: the input times its own sigmoid.",
            article="f(z) = z / (1 + e^-z). Smooth, never under -0.28, and close to ReLU for large inputs. "
            "Elfwing, Uchibe and Doya 2018; as Swish, Ramachandran, Zoph and Le 2017.",
            build="torch.nn:SiLU",
            lowest=-0.28,
        ),
        ActivationSpec(
            key="elu",
            label="ELU",
            summary="Linear above zero, bends smoothly to -1 below.",
            article="f(z) = z for z > 0, else e^z - 1. Negative outputs bring the mean of a layer near zero, and a "
            "unit far below zero saturates instead of dying at once. Clevert, Unterthiner and Hochreiter 2016.",
            build="torch.nn:ELU",
            lowest=-1.0,
        ),
        ActivationSpec(
            key="selu",
            label="SELU",
            summary="ELU scaled so that deep dense networks normalise themselves.",
            article="f(z) = 1.0507 z for z > 0, else 1.7581 (e^z - 1). With weights of variance 1 / fan_in the mean "
            "and variance of every layer are drawn to 0 and 1 without a norm. Klambauer et al. 2017.",
            build="torch.nn:SELU",
            lowest=-1.7581,
        ),
        ActivationSpec(
            key="softplus",
            label="Softplus",
            summary="A smooth ReLU that is always positive.",
            article="f(z) = ln(1 + e^z), whose gradient is the sigmoid. It never cuts the gradient to zero, but its "
            "outputs are all positive, which shifts the mean of the next layer. Dugas et al. 2001.",
            build="torch.nn:Softplus",
            lowest=0.0,
        ),
        ActivationSpec(
            key="identity",
            label="None (linear)",
            summary="No activation: the whole network stays one linear map.",
            article="f(z) = z. Layers without an activation collapse into a single matrix, so depth adds no power, "
            "though training still differs: the deep linear network of Saxe, McClelland and Ganguli 2014.",
            build="torch.nn:Identity",
        ),
    ),
)

NORMS: Catalogue[NormSpec] = Catalogue(
    "norm",
    (
        NormSpec(
            key="none",
            label="None",
            summary="Values pass as they are.",
            article="Without a norm the scale of each layer rests on the initialisation alone. That is enough for "
            "deep networks if it is chosen well: Zhang, Dauphin and Ma 2019 train very deep ones so.",
            build="core.models.parts.norms:make_no_norm",
        ),
        NormSpec(
            key="batch",
            label="Batch norm",
            summary="Each feature gets mean 0 and variance 1 over the batch.",
            article="y = scale (x - mean) / sqrt(variance + 1e-5) + shift, per feature or channel, over the batch and "
            "all positions. Evaluation uses running averages, so tiny batches mislead it and a training batch of one "
            "value per feature is refused. Ioffe and Szegedy 2015.",
            build="core.models.parts.norms:make_batch_norm",
        ),
        NormSpec(
            key="layer",
            label="Layer norm",
            summary="Each sample gets mean 0 and variance 1 over its features.",
            article="The formula of batch norm, but over the features of one sample (in a CNN, over all channels and "
            "positions). It doesn't depend on the batch and acts alike in training and evaluation. "
            "Ba, Kiros and Hinton 2016.",
            build="core.models.parts.norms:make_layer_norm",
        ),
        NormSpec(
            key="group",
            label="Group norm",
            summary="Layer norm within groups of channels.",
            article="The channels of a sample are split into at most 8 groups of two or more, and each is brought to "
            "mean 0 and variance 1. Better than batch norm where batches are small. Wu and He 2018.",
            build="core.models.parts.norms:make_group_norm",
        ),
    ),
)

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

INITIALISATIONS: Catalogue[InitialisationSpec] = Catalogue(
    "initialisation",
    (
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
    ),
)
