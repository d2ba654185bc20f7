"""A network as blocks to draw: layers with what follows them, repeated groups folded. No Streamlit, no torch."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from core.models.network import INPUT, LayerSummary, Network

LONGEST_GROUP = 24
FEWEST_SAVED = 3  # a fold that saves fewer blocks hides more than it spares
TAILS = (".linear", ".conv", ".cell", ".table")
WORDS = {
    "Conv1d": "Convolution",
    "Conv2d": "Convolution",
    "ConvolutionToRow": "Convolution",
    "Upsample": "Pixels repeated",
    "Unflatten": "As an image",
    "CausalConvolution": "Causal convolution",
    "BatchNorm1d": "BatchNorm",
    "BatchNorm2d": "BatchNorm",
    "MaxPool1d": "Max-pool",
    "MaxPool2d": "Max-pool",
    "AvgPool1d": "Mean-pool",
    "AvgPool2d": "Mean-pool",
    "AdaptiveAvgPool1d": "Mean over steps",
    "AdaptiveAvgPool2d": "Mean over positions",
    "SelfAttention": "Self-attention",
    "AdditiveAttention": "Additive attention",
    "ClassCapsules": "Class capsules",
    "ClassTokenAndPositions": "Class token, positions",
    "FramedTokens": "Embeddings, positions",
    "ChannelsFirst": "Axes swapped",
    "RowsAsTime": "Rows as steps",
    "Sequential": "",
}
HEAVY = (
    "Linear", "Conv", "Causal", "LSTM", "GRU", "RNN", "Embedding", "Attention", "Capsules", "ClassToken", "FramedTokens",
    "Grouped",
)  # fmt: skip


@dataclass(frozen=True)
class Block:
    """One box of the drawing: its nodes, the places of the blocks that feed it (INPUT for the sample).

    A box that opens a folded group stands for `repeats` of them, `group` boxes each; `last` names the last one.
    """

    nodes: tuple[LayerSummary, ...]
    sources: tuple[int, ...]
    repeats: int = 1
    group: int = 0
    last: str = ""

    @property
    def is_join(self) -> bool:
        """Whether signals meet here."""
        return self.nodes[0].is_join

    @property
    def weighs(self) -> bool:
        """Whether its first layer is a weight layer."""
        return is_heavy(self.nodes[0])

    @property
    def name(self) -> str:
        """The first layer's name without a tail that says nothing."""
        name = self.nodes[0].name
        tail = next((tail for tail in TAILS if name.endswith(tail)), "")
        return name.removesuffix(tail)

    @property
    def words(self) -> list[str]:
        """What the layers do, one after the other; a join is not said."""
        layers = [node for node in self.nodes if not node.is_join]
        return [" ".join(filter(None, (WORDS.get(layer.type, layer.type), layer.detail))) for layer in layers]

    @property
    def parameters(self) -> int:
        """Parameters of all its layers."""
        return sum(node.parameters for node in self.nodes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one sample of what it puts out."""
        return self.nodes[-1].output_shape


def is_heavy(node: LayerSummary) -> bool:
    """Whether a layer opens a box of its own: one with weights that is no norm."""
    return any(part in node.type for part in HEAVY) or (node.parameters > 0 and "Norm" not in node.type)


def blocks_of(network: Network) -> list[Block]:
    """Each weight layer, and each join, with the norm, activation, pooling and so on that follow it.

    A layer that also feeds a place further on ends its box, so that shortcuts leave from where they do.
    """
    fed = Counter(source for node in network.nodes for source in node.sources)
    boxes: list[list[int]] = []
    for place, node in enumerate(network.nodes):
        before = place - 1
        follows = boxes and node.sources == (before,) and fed[before] == 1
        if follows and not node.is_join and not is_heavy(node) and _belongs(network, boxes[-1], node):
            boxes[-1].append(place)
        else:
            boxes.append([place])
    box_of = {INPUT: INPUT, **{place: number for number, box in enumerate(boxes) for place in box}}
    return [
        Block(
            tuple(network.nodes[place] for place in box),
            tuple(sorted({box_of[source] for source in network.nodes[box[0]].sources})),
        )
        for box in boxes
    ]


def _belongs(network: Network, box: list[int], node: LayerSummary) -> bool:
    """Whether a layer is of the same part of the model as the box before it, or like it of none: a pooling, a flattening."""
    named = next((network.nodes[place].name for place in range(box[-1], -1, -1) if network.nodes[place].name), "")
    first = network.nodes[box[0]]
    loose = "." not in named and "." not in node.name and not first.is_join and not is_heavy(first)
    return loose or named.partition(".")[0] == node.name.partition(".")[0]


def fold(blocks: list[Block]) -> list[Block]:
    """Draw a group of blocks that comes several times in a row once, where that spares FEWEST_SAVED blocks or more."""
    prints = [_print(place, block) for place, block in enumerate(blocks)]
    kept: list[Block] = []
    drawn: dict[int, int] = {INPUT: INPUT}  # place among all blocks -> place among the drawn
    place = 0
    while place < len(blocks):
        length, times = _best_group(prints, place)
        for offset in range(length):
            block = blocks[place + offset]
            drawn[place + offset] = len(kept)
            if offset == 0 and times > 1:
                last = blocks[place + (times - 1) * length].name or blocks[place + times * length - 1].name
                block = replace(block, repeats=times, group=length, last=last)
            kept.append(replace(block, sources=tuple(sorted({drawn[source] for source in block.sources}))))
        for number in range(length, times * length):
            drawn[place + number] = drawn[place + number % length]
        place += times * length
    return kept


def _print(place: int, block: Block) -> tuple[object, ...]:
    """What two blocks must share to count as the same one again."""
    layers = tuple((n.type, n.detail, n.output_shape, n.parameters, n.multiply_adds) for n in block.nodes)
    return layers, tuple(INPUT if source == INPUT else place - source + 1 for source in block.sources)


def _best_group(prints: list[tuple[object, ...]], start: int) -> tuple[int, int]:
    """(blocks of a group, times it comes) from `start` on; (1, 1) where nothing is worth folding."""
    best, saved = (1, 1), FEWEST_SAVED - 1
    for length in range(1, min(LONGEST_GROUP, (len(prints) - start) // 2) + 1):
        times = 1
        while prints[start + times * length : start + (times + 1) * length] == prints[
            start : start + length
        ] and start + (times + 1) * length <= len(prints):
            times += 1
        if (times - 1) * length > saved:
            best, saved = (length, times), (times - 1) * length
    return best
