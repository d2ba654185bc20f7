"""Norms of weights instead of values: the layer computes its weight from other parameters at each pass."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.utils import parametrize

FIRST_ROUNDS = 15
LEAST = 1e-12


def normalise_weight(layer: nn.Module, norm: str) -> nn.Module:
    """Let `layer` compute its weight, where `norm` is a key of WEIGHT_NORMS; returns the layer, starting as it was built.

    Reading `layer.weight` then computes it, and setting it sets the parameters behind it, which stand in
    `layer.parametrizations.weight`.
    """
    if norm in WEIGHT_NORMS:
        parametrize.register_parametrization(layer, "weight", WEIGHT_NORMS[norm](layer))
    return layer


class WeightNorm(nn.Module):
    """W = g V / ||V||, one length g and one direction, a row of V, for each unit or filter (Salimans and Kingma 2016).

    As torch.nn.utils.parametrizations.weight_norm, but that a row of zeros, which has no direction, gets that of all
    ones and the length 0, and so can learn; and g has one axis, as other scales have.
    """

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()

    def forward(self, length: torch.Tensor, direction: torch.Tensor) -> torch.Tensor:
        """Lengths (units,) and directions (units, ...) to the weight (units, ...)."""
        scale = length / torch.linalg.vector_norm(direction.flatten(1), dim=1)
        return direction * scale.reshape(-1, *[1] * (direction.ndim - 1))

    def right_inverse(self, weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The length and direction of each row of `weight`."""
        length = torch.linalg.vector_norm(weight.flatten(1), dim=1)
        nothing = (length == 0).reshape(-1, *[1] * (weight.ndim - 1))
        return length, torch.where(nothing, torch.ones_like(weight), weight)


class SpectralNorm(nn.Module):
    """W / sigma(W), sigma the largest singular value of W as a matrix (units, inputs) (Miyato et al. 2018).

    Sigma is followed by one round of power iteration for each pass in training mode; in evaluation it stands still. As
    torch.nn.utils.parametrizations.spectral_norm, but that a weight that is set starts its own iteration, from a fixed
    vector, so that no random number is drawn, and that zeros stay as they are. Elementwise products keep float32 under
    autocast.
    """

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        matrix = layer.weight.detach().flatten(1)
        self.register_buffer("left", torch.ones_like(matrix[:, 0]))
        self.register_buffer("right", torch.ones_like(matrix[0]))

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        """Map a weight (units, ...) to one of the same shape and of spectral norm 1, nearly."""
        matrix = weight.flatten(1)
        if self.training:
            self.iterate(matrix, 1)
        left, right = self.left.clone(), self.right.clone()  # the next pass overwrites them, before a second backward
        sigma = (left * (matrix * right).sum(dim=1)).sum()
        return weight / torch.where(sigma > LEAST, sigma, torch.ones_like(sigma))

    def right_inverse(self, weight: torch.Tensor) -> torch.Tensor:
        """Take `weight` as it is, and find its sigma."""
        self.left.copy_(torch.linspace(1.0, 2.0, len(self.left)))
        self.iterate(weight.flatten(1), FIRST_ROUNDS)
        return weight

    @torch.no_grad()
    def iterate(self, matrix: torch.Tensor, rounds: int) -> None:
        """Bring the two singular vectors `rounds` closer to those of `matrix` (units, inputs)."""
        for _ in range(rounds):
            self.right.copy_(_direction((matrix * self.left.unsqueeze(1)).sum(dim=0), self.right))
            self.left.copy_(_direction((matrix * self.right).sum(dim=1), self.left))


def _direction(vector: torch.Tensor, otherwise: torch.Tensor) -> torch.Tensor:
    """`vector` at length 1, or `otherwise` where it has none."""
    length = torch.linalg.vector_norm(vector)
    return torch.where(length > LEAST, vector / length, otherwise)


WEIGHT_NORMS: dict[str, type[WeightNorm] | type[SpectralNorm]] = {"weight": WeightNorm, "spectral": SpectralNorm}
