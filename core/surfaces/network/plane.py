"""Planes through the weights of a network: two random filter-normalised directions, or the two along which training went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from core.errors import BadInput

FLAT = 1e-6  # a second direction that holds less than this share of the path is none


@dataclass(frozen=True)
class Plane:
    """`centre` (p,) and two `directions` (2, p), float64; `explained` is each direction's share of the path, if it is of one."""

    centre: torch.Tensor
    directions: torch.Tensor
    explained: tuple[float, float] | None = None

    def at(self, a: float, b: float) -> torch.Tensor:
        """The weights (p,) at coordinates (a, b)."""
        return self.centre + a * self.directions[0] + b * self.directions[1]

    def project(self, weights: torch.Tensor) -> tuple[float, float, float, float]:
        """The nearest point of the plane to `weights` (p,): its coordinates, the distance to it, and that to the centre."""
        away = weights - self.centre
        gram = self.directions @ self.directions.T
        place = torch.linalg.solve(gram, self.directions @ away)
        off = (away - place @ self.directions).norm().item()
        return place[0].item(), place[1].item(), off, away.norm().item()


def flatten(parameters: Sequence[torch.Tensor]) -> torch.Tensor:
    """All parameters in one vector, float64."""
    return torch.cat([one.detach().double().reshape(-1) for one in parameters])


def random_plane(parameters: Sequence[torch.Tensor], seed: int) -> Plane:
    """Two random directions with filter normalisation (Li et al. 2018, section 4).

    Each filter (the weights into one unit or channel: one entry of the first axis) of a direction gets the norm of the
    network's own filter. Vectors (biases, scales and shifts of norms) are not moved.
    """
    generator = torch.Generator().manual_seed(seed)
    return Plane(flatten(parameters), torch.stack([_random_direction(parameters, generator) for _ in range(2)]))


def _random_direction(parameters: Sequence[torch.Tensor], generator: torch.Generator) -> torch.Tensor:
    parts = []
    for one in parameters:
        weights = one.detach().double().cpu()
        if weights.ndim < 2:
            parts.append(torch.zeros(weights.numel(), dtype=torch.float64))
            continue
        drawn = torch.randn(weights.shape, generator=generator, dtype=torch.float64).flatten(1)
        norms = weights.flatten(1).norm(dim=1, keepdim=True)
        parts.append((drawn * norms / drawn.norm(dim=1, keepdim=True).clamp_min(1e-12)).reshape(-1))
    return torch.cat(parts)


def path_plane(final: torch.Tensor, others: Sequence[torch.Tensor]) -> Plane:
    """The plane through the weights `final` (p,) to which the weights `others` along the way are closest.

    Principal directions of the differences to the final weights (Li et al. 2018, section 7), so the centre is a point of
    the path; `explained` is each one's share of the sum of squared distances to the final weights.

    Raises:
        BadInput: when these span no plane.
    """
    if len(others) < 2:
        raise BadInput(
            f"Directions of the path need three checkpoints of different weights, and this run has {len(others) + 1}; "
            "take random directions, or checkpoint more often (train.checkpoint_every)."
        )
    away = torch.stack([one - final for one in others])
    values, vectors = torch.linalg.eigh(away @ away.T)  # few checkpoints, many weights: the small matrix
    values, vectors = values.flip(0), vectors.flip(1)
    total = values.clamp_min(0).sum().item()
    if values[1].item() <= FLAT * total or total == 0:
        raise BadInput(
            "The checkpoints of this run lie on one line, so they span no plane; take random directions, or let it train longer."
        )
    directions = (vectors[:, :2].T @ away) / values[:2].sqrt().unsqueeze(1)
    directions *= -(directions @ away[0]).sign().unsqueeze(1)  # the path begins at the lower left
    return Plane(final, directions, (values[0].item() / total, values[1].item() / total))
