"""Normalisation layers for dense features and for channels over time or over an image."""

from __future__ import annotations

import torch
from torch import nn


def make_norm(name: str, features: int, axes: int) -> nn.Module:
    """Return a new norm module; `name` is a key of NORM_BUILDERS, or a norm of weights, which has no module.

    `features` counts the units or channels; `axes` is how many axes follow them in the tensor:
    0 for (batch, features), 1 for (batch, channels, time), 2 for (batch, channels, height, width).
    """
    return NORM_BUILDERS.get(name, make_no_norm)(features, axes)


def add_norm(block: nn.Sequential, name: str, features: int, axes: int) -> None:
    """Append the norm of that name to `block` as "norm", where it has a module; see `make_norm`."""
    norm = make_norm(name, features, axes)
    if not isinstance(norm, nn.Identity):
        block.add_module("norm", norm)


def takes_bias_away(name: str) -> bool:
    """Whether the norm subtracts each feature's mean over rows or positions, so that a bias before it does nothing."""
    return name in ("batch", "instance")


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


def make_instance_norm(features: int, axes: int) -> nn.Module:
    """Normalise each channel of each sample over its positions (Ulyanov et al. 2016), with scale and shift."""
    return nn.InstanceNorm2d(features, affine=True) if axes == 2 else nn.InstanceNorm1d(features, affine=True)


def make_rms_norm(features: int, axes: int) -> nn.Module:
    """Divide each sample by its root mean square (Zhang and Sennrich 2019); with channels, over all positions too."""
    return ChannelRMSNorm(features, eps=RMS_EPS) if axes else nn.RMSNorm(features, eps=RMS_EPS)


def norm_groups(features: int) -> int:
    """Return how many groups group norm uses: the most, up to 8, that leave two or more features in each."""
    return max(groups for groups in range(1, 9) if features % groups == 0 and (groups == 1 or features >= 2 * groups))


class ChannelRMSNorm(nn.RMSNorm):
    """RMS norm of (batch, channels, ...): one root mean square a sample, one scale a channel."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """y = weight x / sqrt(mean(x^2) + eps), the mean over channels and positions."""
        square = x.square().mean(dim=tuple(range(1, x.ndim)), keepdim=True)
        return x * torch.rsqrt(square + self.eps) * self.weight.unflatten(0, (-1, *[1] * (x.ndim - 2)))


RMS_EPS = 1e-5  # that of PyTorch's other norms

NORM_BUILDERS = {
    "none": make_no_norm,
    "batch": make_batch_norm,
    "layer": make_layer_norm,
    "group": make_group_norm,
    "instance": make_instance_norm,
    "rms": make_rms_norm,
}
