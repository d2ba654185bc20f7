"""Augmentations that mix each row with another one, targets included."""

from __future__ import annotations

import torch

from core.train.augment.draws import RowDraws


def mixup(
    x: torch.Tensor,
    y: torch.Tensor,
    other_x: torch.Tensor,
    other_y: torch.Tensor,
    draws: RowDraws,
    *,
    alpha: float = 0.2,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Blend rows (batch, ...) and targets by a share from Beta(alpha, alpha) for each (Zhang et al. 2018)."""
    share = beta_draws(draws, alpha)
    of_x = share.reshape(-1, *[1] * (x.ndim - 1))
    of_y = share.reshape(-1, *[1] * (y.ndim - 1))
    return of_x * x + (1 - of_x) * other_x, of_y * y + (1 - of_y) * other_y


def swap_noise(
    x: torch.Tensor, y: torch.Tensor, other_x: torch.Tensor, other_y: torch.Tensor, draws: RowDraws, *,
    probability: float = 0.1,
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    """Replace values by those of another row in the same column; the target stays (Bahri et al. 2022)."""
    return torch.where(draws.uniform(*x.shape[1:]) < probability, other_x, x), y


def beta_draws(draws: RowDraws, alpha: float, points: int = 1025) -> torch.Tensor:
    """Draws from Beta(alpha, alpha), (batch,), by inverting its distribution, integrated by trapezoids.

    Up to s = 1/2 it is integrated over v = s^k with k = min(alpha, 1), where the density v^(alpha / k - 1) (1 - s)^(alpha - 1)
    has no pole; beyond, it is symmetric.
    """
    uniform, k = draws.uniform().double(), min(alpha, 1.0)
    v = torch.linspace(0.0, 0.5**k, points, dtype=torch.float64, device=uniform.device)
    height = v ** (alpha / k - 1.0) * (1.0 - v ** (1.0 / k)) ** (alpha - 1.0)
    area = torch.cat([torch.zeros_like(v[:1]), ((height[1:] + height[:-1]) / 2).cumsum(0)])
    area = area / area[-1] / 2
    below = torch.minimum(uniform, 1.0 - uniform)
    place = torch.searchsorted(area, below).clamp(1, points - 1)
    part = (below - area[place - 1]) / (area[place] - area[place - 1])
    share = (v[place - 1] + part * (v[place] - v[place - 1])) ** (1.0 / k)
    return torch.where(uniform < 0.5, share, 1.0 - share).to(torch.float32)
