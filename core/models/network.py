"""A network as it was seen to run: its layers with shapes, costs and who feeds whom. No torch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

INPUT = -1
JOINS = {"add": "+", "multiply": "×", "concatenate": "concat", "join": "join"}
FLOAT_BYTES = 4


@dataclass(frozen=True, slots=True)
class LayerSummary:
    """One layer: its dotted name, module type, output shape without the batch axis, parameters, multiply-adds.

    `multiply_adds` counts the products of weight layers and of attention and routing for one sample; norms,
    activations, pooling, embeddings and sums count as 0, as is usual. `receptive_field` is how many pixels
    (height, width) or steps (time,) of the input one position of the output depends on, borders and the statistics of
    norms left aside, or None where it is the whole input. `sources` are the places in Network.nodes that the input
    comes from, INPUT for the sample. `detail` says in short how the layer is set.
    """

    name: str
    type: str
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    receptive_field: tuple[int, ...] | None = None
    sources: tuple[int, ...] = ()
    detail: str = ""

    @property
    def flops(self) -> int:
        """Floating-point operations for one sample: a multiply-add is two."""
        return 2 * self.multiply_adds

    @property
    def is_join(self) -> bool:
        """Whether this is no module but a place where two signals meet: its type is a key of JOINS."""
        return self.type in JOINS

    @property
    def activations(self) -> int:
        """How many numbers it puts out for one sample."""
        return math.prod(self.output_shape)


@dataclass(frozen=True, slots=True)
class Network:
    """All layers and joins in the order in which they run, and the shape of one sample without the batch axis."""

    input_shape: tuple[int, ...]
    nodes: tuple[LayerSummary, ...]

    @property
    def layers(self) -> list[LayerSummary]:
        """The nodes that are modules."""
        return [node for node in self.nodes if not node.is_join]

    @property
    def parameters(self) -> int:
        """All parameters."""
        return sum(node.parameters for node in self.nodes)

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds of one sample's forward pass."""
        return sum(node.multiply_adds for node in self.nodes)

    @property
    def flops(self) -> int:
        """Floating-point operations of one sample's forward pass: a multiply-add is two."""
        return 2 * self.multiply_adds

    @property
    def activation_bytes(self) -> int:
        """Memory of one sample's layer outputs in float32, which the backward pass needs again."""
        return FLOAT_BYTES * sum(node.activations for node in self.nodes)

    def document(self) -> dict[str, Any]:
        """As JSON-able values, see `read_network`."""
        return {"input_shape": list(self.input_shape), "nodes": [asdict(node) for node in self.nodes]}


def read_network(document: Mapping[str, Any]) -> Network:
    """The network of a `Network.document()`."""
    return Network(tuple(document["input_shape"]), tuple(_read_node(node) for node in document["nodes"]))


def _read_node(node: Mapping[str, Any]) -> LayerSummary:
    reach = node["receptive_field"]
    return LayerSummary(
        name=node["name"],
        type=node["type"],
        output_shape=tuple(node["output_shape"]),
        parameters=node["parameters"],
        multiply_adds=node["multiply_adds"],
        receptive_field=None if reach is None else tuple(reach),
        sources=tuple(node["sources"]),
        detail=node["detail"],
    )
