"""Normalisation layers for dense features and for channels over time or over an image."""

from __future__ import annotations

from torch import nn


def make_norm(name: str, features: int, axes: int) -> nn.Module:
    """Return a new norm module; `name` is a key of NORM_BUILDERS.

    `features` counts the units or channels; `axes` is how many axes follow them in the tensor:
    0 for (batch, features), 1 for (batch, channels, time), 2 for (batch, channels, height, width).
    """
    return NORM_BUILDERS[name](features, axes)


def make_no_norm(features: int, axes: int) -> nn.Module:
    """Pass the values through unchanged."""
    return nn.Identity()


def make_batch_norm(features: int, axes: int) -> nn.Module:
    """Normalise each feature over the batch and all positions (Ioffe and Szegedy 2015)."""
    return nn.BatchNorm2d(features) if axes == 2 else nn.BatchNorm1d(features)


def make_layer_norm(features: int, axes: int) -> nn.Module:
    """Normalise each sample over all its features (Ba et al. 2016); with channels, over all positions too."""
    return nn.GroupNorm(1, features) if axes else nn.LayerNorm(features)


def make_group_norm(features: int, axes: int) -> nn.Module:
    """Normalise each sample over groups of features (Wu and He 2018), see `norm_groups`."""
    return nn.GroupNorm(norm_groups(features), features)


def norm_groups(features: int) -> int:
    """Return how many groups group norm uses: the most, up to 8, that leave two or more features in each."""
    return max(groups for groups in range(1, 9) if features % groups == 0 and (groups == 1 or features >= 2 * groups))


NORM_BUILDERS = {
    "none": make_no_norm,
    "batch": make_batch_norm,
    "layer": make_layer_norm,
    "group": make_group_norm,
}
