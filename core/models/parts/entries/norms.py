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
)
