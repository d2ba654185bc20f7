"""Augmentations of series: x (batch, time, channels) in the data's units, NaN after the end of shorter ones."""

from __future__ import annotations

import torch

from core.train.augment.draws import RowDraws


def jitter(x: torch.Tensor, draws: RowDraws, *, std: float = 0.05) -> torch.Tensor:
    """Add normal noise of `std` times each channel's spread over the series (Um et al. 2017)."""
    return x + std * deviation(x) * draws.normal(*x.shape[1:])


def rescale(x: torch.Tensor, draws: RowDraws, *, std: float = 0.1) -> torch.Tensor:
    """Multiply each channel by a number from a normal distribution around 1 (Um et al. 2017)."""
    return x * (1.0 + std * draws.normal(1, x.shape[2]))


def magnitude_warp(x: torch.Tensor, draws: RowDraws, *, std: float = 0.2, knots: int = 4) -> torch.Tensor:
    """Multiply each channel by a curve through random knots around 1, straight between them (Um et al. 2017)."""
    heights = 1.0 + std * draws.normal(knots, x.shape[2])
    place = own_time(x) * (knots - 1)
    return x * at(heights, place)


def time_warp(x: torch.Tensor, draws: RowDraws, *, std: float = 0.2, knots: int = 4) -> torch.Tensor:
    """Read each series at an uneven pace: its speed between knots is drawn, its ends stay (Um et al. 2017)."""
    speed = torch.exp(std * draws.normal(knots))
    passed = torch.cat([torch.zeros_like(speed[:, :1]), speed.cumsum(1)], dim=1)
    pace = (passed / passed[:, -1:]).unsqueeze(2)
    return reread(x, at(pace, own_time(x) * knots).squeeze(2))


def window(x: torch.Tensor, draws: RowDraws, *, smallest: float = 0.8) -> torch.Tensor:
    """Cut out a share of smallest..1 of each series and stretch it to the whole length (Le Guennec et al. 2016)."""
    long = smallest + (1.0 - smallest) * draws.uniform(1)
    return reread(x, draws.uniform(1) * (1.0 - long) + long * own_time(x))


def deviation(x: torch.Tensor) -> torch.Tensor:
    """The standard deviation of each channel over the steps there are, (batch, 1, channels)."""
    mean = x.nanmean(dim=1, keepdim=True)
    return (x - mean).square().nanmean(dim=1, keepdim=True).sqrt()


def lengths(x: torch.Tensor) -> torch.Tensor:
    """Steps of each series, (batch, 1)."""
    return (~x.isnan().all(dim=2)).sum(dim=1, keepdim=True).clamp(min=1)


def own_time(x: torch.Tensor) -> torch.Tensor:
    """Where each step lies between the beginning 0 and the end 1 of its series, (batch, time)."""
    steps = torch.arange(x.shape[1], device=x.device)
    return (steps / (lengths(x) - 1).clamp(min=1)).clamp(max=1.0)


def at(values: torch.Tensor, place: torch.Tensor) -> torch.Tensor:
    """`values` (batch, knots, channels) read at `place` (batch, time) in 0..knots - 1, straight between knots."""
    low = place.floor().clamp(0, values.shape[1] - 1)
    part = (place - low).unsqueeze(2)
    first, second = (
        values.gather(1, index.long().unsqueeze(2).expand(-1, -1, values.shape[2]))
        for index in (low, (low + 1).clamp(max=values.shape[1] - 1))
    )
    return first + part * (second - first)


def reread(x: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
    """Each series read at `time` (batch, time) in 0..1 of its own length; padding stays NaN."""
    read = at(x.nan_to_num(), time * (lengths(x) - 1))
    return torch.where(x.isnan(), x, read)
