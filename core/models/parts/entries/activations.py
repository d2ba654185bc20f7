"""The activations to choose from. No torch."""

from __future__ import annotations

from core.models.parts.spec import ActivationSpec

ENTRIES: tuple[ActivationSpec, ...] = (
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
)
