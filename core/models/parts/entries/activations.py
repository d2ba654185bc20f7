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
    ActivationSpec(
        key="prelu",
        label="PReLU",
        summary="Leaky ReLU that learns its own slope below zero, one number a layer.",
        article="f(z) = z for z > 0, else a z. The slope a begins at 0.25 and is trained like a weight; the optimizer's "
        "weight decay pulls on it too, which the paper advises against, as it draws PReLU towards ReLU. "
        "He, Zhang, Ren and Sun 2015.",
        build="torch.nn:PReLU",
    ),
    ActivationSpec(
        key="celu",
        label="CELU",
        summary="ELU made smooth for any scale: its slope is continuous at zero.",
        article="f(z) = z for z > 0, else a (e^(z/a) - 1), here with a = 0.5: it bends to -0.5 and its slope at zero "
        "is 1 from both sides. With a = 1 it is ELU itself. Barron 2017.",
        build="core.models.parts.activations:make_celu",
        lowest=-0.5,
    ),
    ActivationSpec(
        key="mish",
        label="Mish",
        summary="A smooth ReLU with a deeper dip than SiLU.",
        article="f(z) = z tanh(ln(1 + e^z)). Smooth everywhere, never under -0.31, and close to ReLU for large inputs; "
        "the slope at zero is 0.6. Misra 2019.",
        build="torch.nn:Mish",
        lowest=-0.31,
    ),
    ActivationSpec(
        key="relu6",
        label="ReLU6",
        summary="ReLU that stops growing at 6, made for low-precision hardware.",
        article="f(z) = min(max(0, z), 6). The ceiling keeps values in a range that few bits can hold; a unit above it "
        "gets no gradient, like one below zero. Krizhevsky 2010; Howard et al. 2017.",
        build="torch.nn:ReLU6",
        lowest=0.0,
        highest=6.0,
    ),
    ActivationSpec(
        key="hard_tanh",
        label="Hard tanh",
        summary="Tanh drawn with a ruler: linear between -1 and 1, flat beyond.",
        article="f(z) = min(max(-1, z), 1). Cheap, and its gradient is 1 or exactly 0: a unit beyond 1 for every sample "
        "no longer learns. Collobert 2004.",
        build="torch.nn:Hardtanh",
        lowest=-1.0,
        highest=1.0,
    ),
    ActivationSpec(
        key="hard_sigmoid",
        label="Hard sigmoid",
        summary="Sigmoid drawn with a ruler: from 0 to 1 between -3 and 3.",
        article="f(z) = min(max(0, z / 6 + 1/2), 1). Its gradient is 1/6 inside and exactly 0 outside, so it makes "
        "gradients vanish even faster than the sigmoid. Courbariaux, Bengio and David 2015; this slope, Howard et al. 2019.",
        build="torch.nn:Hardsigmoid",
        lowest=0.0,
        highest=1.0,
    ),
    ActivationSpec(
        key="hard_swish",
        label="Hard swish",
        summary="SiLU drawn with a ruler: cheap enough for telephones.",
        article="f(z) = z min(max(0, z / 6 + 1/2), 1): zero below -3, z above 3, a parabola between that dips to -0.375. "
        "Howard et al. 2019 (MobileNetV3).",
        build="torch.nn:Hardswish",
        lowest=-0.375,
    ),
    ActivationSpec(
        key="softsign",
        label="Softsign",
        summary="An S-curve from -1 to 1 that flattens more slowly than tanh.",
        article="f(z) = z / (1 + |z|), with gradient 1 / (1 + |z|)^2. Its tails fall as a power, not exponentially, so "
        "units saturate more gently than under tanh. Bergstra, Desjardins, Lamblin and Bengio 2009.",
        build="torch.nn:Softsign",
        lowest=-1.0,
        highest=1.0,
    ),
    ActivationSpec(
        key="maxout",
        label="Maxout",
        summary="Each unit is the larger of two linear pieces, so the network learns the shape of its activation.",
        article="f = max(w1 x + b1, w2 x + b2): the layer before it is built twice as wide, so it has twice the weights. "
        "One of the two pieces always gets the gradient, so no unit dies; ReLU and |z| are special cases. "
        "Goodfellow et al. 2013.",
        build="core.models.parts.activations:make_maxout",
    ),
)
