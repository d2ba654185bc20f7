"""Vision transformer: patches of an image as tokens, with learned positions and a class token."""

from __future__ import annotations

import torch
from torch import nn

from core.models.base import ModelInput
from core.models.transformer import EncoderBlock


class ClassTokenAndPositions(nn.Module):
    """Put a learned token before the patches and add a learned position to each (Dosovitskiy et al. 2021).

    Both start as the paper's code has them: the token at zero, the positions normal with deviation 0.02.
    """

    def __init__(self, patches: int, width: int) -> None:
        super().__init__()
        self.positions = nn.Parameter(nn.init.normal_(torch.empty(patches + 1, width), std=0.02))
        self.class_token = nn.Parameter(torch.zeros(width))

    def forward(self, patches: torch.Tensor) -> torch.Tensor:
        """Map patches (batch, width, rows, columns) to tokens (batch, 1 + rows * columns, width)."""
        tokens = patches.flatten(2).transpose(1, 2)
        first = self.class_token.expand(len(tokens), 1, -1)
        return torch.cat([first, tokens], dim=1) + self.positions


class VisionTransformer(nn.Module):
    """`patches`, `tokens`, blocks block1, block2, ..., `last_norm`, and `output` of the class token."""

    def __init__(
        self,
        model_input: ModelInput,
        outputs: int,
        patch: int,
        width: int,
        heads: int,
        blocks: int,
        expansion: int,
        activation: str,
        dropout: float,
    ) -> None:
        super().__init__()
        channels, height, breadth = model_input.shape
        self.patches = nn.Conv2d(channels, width, patch, patch)
        self.tokens = ClassTokenAndPositions((height // patch) * (breadth // patch), width)
        self.block_names = [f"block{number}" for number in range(1, blocks + 1)]
        for name in self.block_names:
            self.add_module(
                name, EncoderBlock(width, heads, expansion, activation, dropout, "layer", "before", (None, None))
            )
        self.last_norm = nn.LayerNorm(width)
        self.output = nn.Linear(width, outputs)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Map (batch, channels, height, width) to (batch, outputs)."""
        states = self.tokens(self.patches(image))
        valid = torch.ones(states.shape[:2], dtype=torch.bool, device=states.device)
        for name in self.block_names:
            states = getattr(self, name)(states, valid)
        return self.output(self.last_norm(states)[:, 0])


def make_vit(
    model_input: ModelInput,
    outputs: int,
    *,
    patch: int = 4,
    width: int = 32,
    heads: int = 4,
    blocks: int = 2,
    expansion: int = 2,
    activation: str = "gelu",
    dropout: float = 0.0,
) -> VisionTransformer:
    """Build a vision transformer (Dosovitskiy et al. 2021) with the norm before each part.

    A patch of `patch` x `patch` pixels becomes a token of `width` numbers by one linear map, which a convolution
    whose stride is its size computes.
    """
    return VisionTransformer(model_input, outputs, patch, width, heads, blocks, expansion, activation, dropout)
