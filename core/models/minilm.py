"""MiniLM, a small BERT for sentences, with a new output layer and, if asked for, the weights of all-MiniLM-L6-v2."""

from __future__ import annotations

import torch
from safetensors.torch import load_file
from torch import nn

from core.data.tokens.package import minilm_file
from core.models.base import ModelInput
from core.models.recurrent import valid_lengths
from core.models.transformer import EncoderBlock

POSITIONS = 512
NORM_EPS = 1e-12  # BERT's own
START_STD = 0.02
PARTS = {
    "attention.self.query": "attention.query", "attention.self.key": "attention.key",
    "attention.self.value": "attention.value", "attention.output.dense": "attention.join",
    "attention.output.LayerNorm": "attention_norm", "intermediate.dense": "expand", "output.dense": "contract",
    "output.LayerNorm": "feed_norm",
}  # fmt: skip


class FramedTokens(nn.Module):
    """Token embeddings between a start and an end vector, which are BERT's [CLS] and [SEP], with learned positions.

    That the network adds the two itself leaves texts as they are for explanations, augmentations and other networks.
    """

    def __init__(self, vocabulary_size: int, width: int, dropout: float) -> None:
        super().__init__()
        self.table = nn.Embedding(vocabulary_size, width, padding_idx=0)
        self.ends = nn.Parameter(torch.empty(2, width).normal_(0.0, START_STD))
        self.positions = nn.Parameter(torch.empty(POSITIONS, width).normal_(0.0, START_STD))
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)
        with torch.no_grad():
            self.table.weight.normal_(0.0, START_STD)
            self.table.weight[0].zero_()

    def forward(self, tokens: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Map ids (batch, time), of which the first `lengths` (batch,) are no padding, to (batch, time + 2, width)."""
        words = self.table(tokens)
        start, end = self.ends.to(words.dtype)
        rows = start.expand(len(words), 1, -1)
        framed = torch.cat([rows, words, torch.zeros_like(rows)], dim=1)
        place = torch.arange(framed.shape[1], device=tokens.device)
        framed = torch.where((place == lengths.unsqueeze(1) + 1).unsqueeze(2), end, framed)
        return self.dropout(self.norm(framed + self.positions[: framed.shape[1]]))


class SentenceEncoder(nn.Module):
    """`embedding`, blocks block1, block2, ... with the norm after each part, the mean over valid tokens, and `output`."""

    def __init__(
        self, vocabulary_size: int, outputs: int, *, width: int, heads: int, blocks: int, dropout: float
    ) -> None:
        super().__init__()
        self.embedding = FramedTokens(vocabulary_size, width, dropout)
        self.block_names = [f"block{number}" for number in range(1, blocks + 1)]
        for name in self.block_names:
            self.add_module(name, EncoderBlock(width, heads, 4, "gelu", dropout, "layer", "after", (None, None)))
        for module in self.modules():
            if isinstance(module, nn.LayerNorm):
                module.eps = NORM_EPS
        self.output = nn.Linear(width, outputs)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Map token ids (batch, time) to (batch, outputs)."""
        return self.output(self.features(tokens))

    def features(self, tokens: torch.Tensor) -> torch.Tensor:
        """The mean over a text's tokens, both ends included: (batch, width)."""
        lengths = valid_lengths(tokens.unsqueeze(2))
        states = self.embedding(tokens, lengths)
        valid = torch.arange(states.shape[1], device=tokens.device) < lengths.unsqueeze(1) + 2
        for name in self.block_names:
            states = getattr(self, name)(states, valid)
        return (states * valid.unsqueeze(2)).sum(dim=1) / valid.sum(dim=1, keepdim=True)


def make_minilm(model_input: ModelInput, outputs: int, *, blocks: int = 6, dropout: float = 0.0) -> SentenceEncoder:
    """Build MiniLM-L6 (Wang et al. 2020): BERT's encoder (Devlin et al. 2019), 384 wide, 12 heads.

    BERT's key biases are left out, for softmax ignores them. Returns a module from ids (batch, time) to (batch, outputs).
    """
    size = model_input.vocabulary_size
    return SentenceEncoder(size, outputs, width=384, heads=12, blocks=blocks, dropout=dropout)


def minilm_weights() -> dict[str, torch.Tensor]:
    """The tensors of all-MiniLM-L6-v2 (Reimers and Gurevych 2019) under the names of `make_minilm`; Apache-2.0.

    The type of the first sentence, which BERT adds to each token, is in the positions here.

    Raises:
        BadInput: when the package is not installed.
    """
    tensors = load_file(minilm_file("model.safetensors"))
    words = tensors["embeddings.word_embeddings.weight"]
    first = minilm_file("vocab.txt").read_text(encoding="utf-8").splitlines()
    found = {
        "embedding.table.weight": words,
        "embedding.ends": words[[first.index("[CLS]"), first.index("[SEP]")]],
        "embedding.positions": tensors["embeddings.position_embeddings.weight"]
        + tensors["embeddings.token_type_embeddings.weight"][0],
        "embedding.norm.weight": tensors["embeddings.LayerNorm.weight"],
        "embedding.norm.bias": tensors["embeddings.LayerNorm.bias"],
    }
    for name, tensor in tensors.items():
        if name.startswith("encoder.layer."):
            number, _, rest = name.removeprefix("encoder.layer.").partition(".")
            part, _, kind = rest.rpartition(".")
            found[f"block{int(number) + 1}.{PARTS[part]}.{kind}"] = tensor
    return found
