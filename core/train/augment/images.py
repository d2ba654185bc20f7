"""Augmentations of images: x (batch, channels, height, width) in 0..1. What comes in at the border repeats its edge."""

from __future__ import annotations

import math

import torch
from torch import nn

from core.train.augment.draws import RowDraws


def rotate(x: torch.Tensor, draws: RowDraws, *, degrees: float = 10.0) -> torch.Tensor:
    """Turn each image about its middle by an angle in -degrees..degrees."""
    angle = centred(draws) * math.radians(degrees)
    cosine, sine = angle.cos(), angle.sin()
    height, width = x.shape[-2:]
    return resampled(x, cosine, -sine * height / width, sine * width / height, cosine)


def translate(x: torch.Tensor, draws: RowDraws, *, share: float = 0.1) -> torch.Tensor:
    """Move each image by up to that share of its width and of its height."""
    one = torch.ones_like(draws.uniform())
    return resampled(x, one, 0 * one, 0 * one, one, 2 * share * centred(draws), 2 * share * centred(draws))


def zoom(x: torch.Tensor, draws: RowDraws, *, factor: float = 1.2) -> torch.Tensor:
    """Make each image larger or smaller by up to `factor`, all sizes alike likely on a logarithmic scale."""
    scale = torch.exp(-centred(draws) * math.log(factor))
    return resampled(x, scale, 0 * scale, 0 * scale, scale)


def crop(x: torch.Tensor, draws: RowDraws, *, smallest: float = 0.7) -> torch.Tensor:
    """Cut out a square share of smallest..1 of each side at a random place, and stretch it to the whole size."""
    side = smallest + (1.0 - smallest) * draws.uniform()
    across, down = ((1.0 - side) * centred(draws) for _ in range(2))
    return resampled(x, side, 0 * side, 0 * side, side, across, down)


def flip_horizontal(x: torch.Tensor, draws: RowDraws, *, probability: float = 0.5) -> torch.Tensor:
    """Mirror left and right."""
    return torch.where(happens(draws, probability, x), x.flip(-1), x)


def flip_vertical(x: torch.Tensor, draws: RowDraws, *, probability: float = 0.5) -> torch.Tensor:
    """Mirror top and bottom."""
    return torch.where(happens(draws, probability, x), x.flip(-2), x)


def brightness(x: torch.Tensor, draws: RowDraws, *, delta: float = 0.2) -> torch.Tensor:
    """Add one number in -delta..delta to all values of an image, kept in 0..1."""
    return (x + delta * spread(centred(draws), x)).clamp(0.0, 1.0)


def contrast(x: torch.Tensor, draws: RowDraws, *, factor: float = 1.5) -> torch.Tensor:
    """Multiply the distance of all values from the image's mean by 1/factor..factor, kept in 0..1."""
    mean = x.mean(dim=(1, 2, 3), keepdim=True)
    return (mean + (x - mean) * spread(torch.exp(centred(draws) * math.log(factor)), x)).clamp(0.0, 1.0)


def pixel_noise(x: torch.Tensor, draws: RowDraws, *, std: float = 0.05) -> torch.Tensor:
    """Add normal noise to every value."""
    return x + std * draws.normal(*x.shape[1:])


def blur(x: torch.Tensor, draws: RowDraws, *, sigma: float = 1.0) -> torch.Tensor:
    """Smooth with a normal kernel of a standard deviation of 0..sigma pixels, cut off at three pixels."""
    width = spread(draws.uniform() * sigma, x).clamp_min(1e-3)
    for axis in (2, 3):
        size, padding = x.shape[axis], (0, 0, 3, 3) if axis == 2 else (3, 3, 0, 0)
        wide = nn.functional.pad(x, padding, mode="replicate")
        weights = [torch.exp(-0.5 * (offset / width) ** 2) for offset in range(-3, 4)]
        total = sum(weight * wide.narrow(axis, place, size) for place, weight in enumerate(weights))
        x = total / torch.stack(weights).sum(0)
    return x


def erase(x: torch.Tensor, draws: RowDraws, *, largest: float = 0.25, probability: float = 0.5) -> torch.Tensor:
    """Fill a rectangle of up to the share `largest` of the area with the image's mean."""
    inside = rectangle(x, draws, draws.uniform() * largest) & happens(draws, probability, x)
    return torch.where(inside, x.mean(dim=(1, 2, 3), keepdim=True), x)


def cutmix(
    x: torch.Tensor, y: torch.Tensor, other_x: torch.Tensor, other_y: torch.Tensor, draws: RowDraws, *,
    probability: float = 0.5,
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    """Paste a rectangle of another image; targets are mixed by the areas that are left (Yun et al. 2019)."""
    inside = rectangle(x, draws, draws.uniform()) & happens(draws, probability, x)
    share = inside.float().mean(dim=(1, 2, 3)).reshape(-1, *[1] * (y.ndim - 1))
    return torch.where(inside, other_x, x), (1 - share) * y + share * other_y


def rectangle(x: torch.Tensor, draws: RowDraws, area: torch.Tensor) -> torch.Tensor:
    """Which pixels lie in a rectangle of the images' own proportions covering about `area` (batch,) of each: (batch, 1, h, w)."""
    height, width = x.shape[-2:]
    inside = []
    for size in (height, width):
        long = torch.round(area.sqrt() * size)
        begin = torch.floor(draws.uniform() * (size - long + 1))
        places = torch.arange(size, device=x.device)
        inside.append((places >= begin.unsqueeze(1)) & (places < (begin + long).unsqueeze(1)))
    return (inside[0].unsqueeze(2) & inside[1].unsqueeze(1)).unsqueeze(1)


def resampled(
    x: torch.Tensor,
    xx: torch.Tensor,
    xy: torch.Tensor,
    yx: torch.Tensor,
    yy: torch.Tensor,
    across: torch.Tensor | None = None,
    down: torch.Tensor | None = None,
) -> torch.Tensor:
    """Each image read at (xx u + xy v + across, yx u + yy v + down) for every place (u, v) in -1..1, bilinearly."""
    nothing = torch.zeros_like(xx)
    rows = [[xx, xy, nothing if across is None else across], [yx, yy, nothing if down is None else down]]
    matrix = torch.stack([torch.stack(row, dim=1) for row in rows], dim=1)
    grid = nn.functional.affine_grid(matrix, list(x.shape), align_corners=False)
    return nn.functional.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=False)


def centred(draws: RowDraws) -> torch.Tensor:
    """Numbers in -1..1, (batch,)."""
    return 2.0 * draws.uniform() - 1.0


def spread(values: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """One number for each image, (batch,) to (batch, 1, 1, 1)."""
    return values.reshape(-1, *[1] * (x.ndim - 1))


def happens(draws: RowDraws, probability: float, x: torch.Tensor) -> torch.Tensor:
    """Which rows it happens to, (batch, 1, ...)."""
    return spread(draws.uniform() < probability, x)
