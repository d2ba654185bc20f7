"""The layers of a foreign model as its first forward pass used them."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from core.probes.activations import KINDS, ActivationProbe
from core.probes.layers import RECURRENT, Layer

PLAIN = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
FUNCTION = "function"


def in_order(layers: list[Layer], scout: ActivationProbe) -> list[Layer]:
    """`layers` as the forward pass used them: sorted by first call, without activations that serve several layers.

    Where no layer has an activation module of its own and all are linear or convolutions, activations are functions
    called in forward(); all layers but the last are marked so.
    """
    calls = scout.targets_called()
    first = {id(module): position for position, (module, _) in enumerate(calls)}
    once = min((count for _, count in calls), default=1)  # above 1 with several batches a step
    often = {id(module) for module, count in calls if count > once}
    keys, last = [], -1
    for layer in layers:
        last = first.get(id(layer.activation or layer.module), last)
        keys.append(last)
    found = [layers[i] for i in sorted(range(len(layers)), key=lambda i: (keys[i], i))]
    owners = [id(la.activation) for la in found if la.activation is not None]
    for layer in found:
        shared = layer.activation is not None and (
            id(layer.activation) in often or owners.count(id(layer.activation)) > 1
        )
        if shared and id(layer.module) not in often:
            layer.activation, layer.activation_type = None, ""
    plain = all(isinstance(la.module, PLAIN) for la in found) and not any(la.activation for la in found)
    if plain and len({id(la.module) for la in found}) > 1:
        for layer in found[:-1]:
            layer.activation_type = FUNCTION
    return found


def by_layer(probe: ActivationProbe, layers: list[Layer], scale: float) -> dict[str, list[float]]:
    """What the first forward and backward pass left in `probe`, per layer; 0 where a layer was not reached."""
    row = torch.as_tensor(probe.collect(scale)).double().cpu().numpy()
    values = dict(zip(probe.columns, np.asarray(row), strict=True))
    return {kind: [float(values.get(f"{kind}/{la.name}", 0.0)) for la in layers] for kind in KINDS}


def width(layer: Layer) -> int:
    """Number of units of a layer."""
    if isinstance(layer.module, RECURRENT):
        return int(layer.module.hidden_size)
    return len(layer.weights[0])
