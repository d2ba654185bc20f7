"""The norms to choose from. No torch."""

from __future__ import annotations

from core.models.parts.spec import NormSpec

ENTRIES: tuple[NormSpec, ...] = (
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
    NormSpec(
        key="instance",
        label="Instance norm",
        summary="Each channel of each sample gets mean 0 and variance 1 over its positions.",
        article="The formula of batch norm for each channel of one sample by itself, over its positions, with a scale and "
        "a shift. It takes contrast and brightness out of every channel, which helps where they are style and hurts where "
        "they tell the classes apart. Ulyanov, Vedaldi and Lempitsky 2016.",
        build="core.models.parts.norms:make_instance_norm",
    ),
    NormSpec(
        key="rms",
        label="RMS norm",
        summary="Each sample is divided by the root mean square of its features.",
        article="y = scale x / sqrt(mean(x^2) + 1e-5) over the features of one sample (in a CNN, over all channels and "
        "positions): layer norm without taking the mean away and without a shift, so it is cheaper and often as good. "
        "Zhang and Sennrich 2019.",
        build="core.models.parts.norms:make_rms_norm",
    ),
    NormSpec(
        key="weight",
        label="Weight norm",
        summary="The length and the direction of each unit's weights are learned apart.",
        article="W = g V / ||V|| for each unit or filter: g is its length and V its direction, and gradients reach both. "
        "Values are not looked at, so it costs little and does not depend on the batch; nor does it keep them in range, as "
        "norms of values do. It is used in hidden layers; the network starts with the weights it would have without. "
        "Salimans and Kingma 2016.",
        build="core.models.parts.weight_norms:WeightNorm",
        of_weights=True,
    ),
    NormSpec(
        key="spectral",
        label="Spectral norm",
        summary="No layer can stretch a difference: its weight is divided by its largest singular value.",
        article="W / sigma(W), where sigma is followed by one round of power iteration a step. Each dense layer then "
        "changes distances by a factor of at most 1, which tames gradients, as in the discriminators it was made for, and "
        "lets the signal fade in deep networks; for a convolution, sigma is that of its filters as the rows of a matrix. "
        "It is used in hidden layers. Miyato, Kataoka, Koyama and Yoshida 2018.",
        build="core.models.parts.weight_norms:SpectralNorm",
        of_weights=True,
    ),
)
