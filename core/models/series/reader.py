"""How a network reads series, texts and the rows of images alike: as steps with a count of the valid ones."""

from __future__ import annotations

import torch
from torch import nn

from core.models.base import ModelInput
from core.models.parts.inputs import RowsAsTime
from core.models.recurrent import valid_lengths


class SeriesNetwork(nn.Module):
    """A network over steps. `read` makes steps of its inputs; `features` counts the numbers of a step.

    The forward pass of every heir takes the valid steps of series as a second argument, and counts them where not
    given.
    """

    def __init__(self, model_input: ModelInput, embedding: int) -> None:
        super().__init__()
        self.kind = model_input.kind
        self.features = model_input.shape[-1]
        if self.kind == "text":
            self.embedding = nn.Embedding(model_input.vocabulary_size, embedding, padding_idx=0)
            self.features = embedding
        elif self.kind == "image":
            self.rows = RowsAsTime()
            self.features = model_input.shape[0] * model_input.shape[2]

    def read(self, inputs: torch.Tensor, lengths: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
        """Return (steps (batch, time, features), valid steps (batch,)) of series, token ids or images."""
        if self.kind == "text":
            return self.embedding(inputs), valid_lengths(inputs.unsqueeze(2))
        if self.kind == "image":
            steps = self.rows(inputs)
            return steps, torch.full((len(steps),), steps.shape[1], device=steps.device)
        return inputs, valid_lengths(inputs) if lengths is None else lengths


def valid_steps(time: int, lengths: torch.Tensor) -> torch.Tensor:
    """Say which of `time` steps come before each length (batch,): (batch, time) bool."""
    return torch.arange(time, device=lengths.device) < lengths.unsqueeze(1)


def pool_steps(steps: torch.Tensor, lengths: torch.Tensor, pooling: str) -> torch.Tensor:
    """Reduce (batch, time, features) to (batch, features): the last valid step, or the mean of the valid ones."""
    if pooling == "mean":
        valid = valid_steps(steps.shape[1], lengths).unsqueeze(2)
        return (steps * valid).sum(dim=1) / lengths.unsqueeze(1)
    return steps[torch.arange(len(steps), device=steps.device), lengths - 1]
