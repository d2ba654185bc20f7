"""Methods of captum that read a layer in the middle of the network."""

from __future__ import annotations

import numpy as np
import torch
from captum.attr import GuidedGradCam, LayerConductance, LayerGradCam, LayerIntegratedGradients
from torch import nn
from torch.nn import functional

from core.errors import BadInput
from core.explain.base import Attribution, Request
from core.explain.methods.common import FORWARD_ROWS, Chunk, attribute, until_complete
from core.explain.prepare import Explained, Subject


class PositionsLast(nn.Module):
    """The explained function of series or texts given as (n, channels, time), which is where captum expects positions."""

    def __init__(self, explained: Explained) -> None:
        super().__init__()
        self.explained = explained

    def forward(self, features: torch.Tensor, *fixed: torch.Tensor) -> torch.Tensor:
        """Swap the axes back and run."""
        return self.explained(features.transpose(1, 2), *fixed)


def layer_integrated_gradients(subject: Subject, request: Request, *, steps: int = 50) -> Attribution:
    """Integrated gradients of a layer's output; of a text's embedding, which gives a value for every word."""
    if subject.kind != "text" or request.layer:
        return _at_layer(subject, request, "layer_integrated_gradients", LayerIntegratedGradients, steps)
    method = LayerIntegratedGradients(subject.explained.model, subject.explained.slots[0])
    base = request.baseline[None]

    def with_steps(steps: int) -> Attribution:
        def compute(chunk: Chunk) -> torch.Tensor:
            return method.attribute(
                chunk.fixed[0], baselines=subject.tokens(base), target=chunk.target, n_steps=steps,
                internal_batch_size=max(FORWARD_ROWS, len(chunk.features)),
            )  # fmt: skip

        return attribute(subject, request, "layer_integrated_gradients", compute, base=base, params={"steps": steps})

    return until_complete(with_steps, steps)


def layer_conductance(subject: Subject, request: Request, *, steps: int = 50) -> Attribution:
    """How much of the difference to the baseline flows through each unit of a layer."""
    return _at_layer(subject, request, "layer_conductance", LayerConductance, steps)


def _at_layer(subject: Subject, request: Request, name: str, make: type, steps: int) -> Attribution:
    layer = request.layer or default_layer(subject, request.x)
    method = make(subject.explained, subject.layer(layer))

    def with_steps(steps: int) -> Attribution:
        def compute(chunk: Chunk) -> np.ndarray:
            values = method.attribute(
                chunk.features, chunk.baseline, n_steps=steps, internal_batch_size=max(FORWARD_ROWS, len(chunk.features)),
                **chunk.arguments,
            )  # fmt: skip
            return np.asarray(values.detach().double().cpu().numpy())

        notes = (f"Values are those of the units of {layer}.",)
        base, params = request.baseline[None], {"steps": steps}
        return attribute(subject, request, name, compute, base=base, params=params, layer=layer, notes=notes)

    return until_complete(with_steps, steps)


def layer_grad_cam(subject: Subject, request: Request) -> Attribution:
    """Channels of a convolution, weighted by their mean gradient; shown on the input without smoothing."""
    layer = request.layer or convolution(subject)
    method = LayerGradCam(subject.explained, subject.layer(layer))

    def compute(chunk: Chunk) -> np.ndarray:
        return on_input(subject, method.attribute(chunk.features, **chunk.arguments))

    shape = " x ".join(map(str, subject.facts.layers[layer][1:]))
    notes = (f"Read at {layer}, whose map has {shape} positions: each is shown as a block.",)
    return attribute(subject, request, "layer_grad_cam", compute, notes=notes)


def guided_grad_cam(subject: Subject, request: Request) -> Attribution:
    """Guided backprop times the positive part of Grad-CAM."""
    layer = request.layer or convolution(subject)
    turned = subject.kind != "image"
    model = PositionsLast(subject.explained) if turned else subject.explained
    method = GuidedGradCam(model, subject.layer(layer))

    def compute(chunk: Chunk) -> torch.Tensor:
        features = chunk.features.transpose(1, 2) if turned else chunk.features
        values = method.attribute(features, **chunk.arguments)
        return values.transpose(1, 2) if turned else values

    return attribute(subject, request, "guided_grad_cam", compute, notes=(f"Read at {layer}.",))


def convolution(subject: Subject) -> str:
    """The last convolution, where Grad-CAM looks by default.

    Raises:
        BadInput: when there is none.
    """
    if not subject.convolutions:
        raise BadInput("Grad-CAM needs a convolution, and this model has none; use integrated_gradients or occlusion.")
    return subject.convolutions[-1]


def on_input(subject: Subject, values: torch.Tensor) -> np.ndarray:
    """A map (n, 1, *positions) as values of the inputs (n, *shape): nearest position, shared out over channels."""
    positions = subject.shape[1:] if subject.kind == "image" else subject.shape[:1]
    array = functional.interpolate(values.detach().double(), size=positions, mode="nearest").cpu().numpy()
    if subject.kind == "text":
        return np.asarray(array[:, 0])
    if subject.kind == "sequence":
        array = array.transpose(0, 2, 1)
        return np.broadcast_to(array, (len(array), *subject.shape)) / subject.shape[1]
    return np.broadcast_to(array, (len(array), *subject.shape)) / subject.shape[0]


def default_layer(subject: Subject, x: np.ndarray) -> str:
    """The last layer before the output that everything flows through.

    Raises:
        BadInput: when every layer is bypassed, or there is none besides the last.
    """
    for path in reversed(subject.facts.layers):
        if path not in subject.facts.ends and carries_all(subject, path, x):
            return path
    if all(path in subject.facts.ends for path in subject.facts.layers):
        raise BadInput("This model has no layer besides its last; use integrated_gradients on the input.")
    raise BadInput("Shortcuts go around every layer of this model; use integrated_gradients on the input.")


@torch.no_grad()
def carries_all(subject: Subject, path: str, x: np.ndarray) -> bool:
    """Whether the output depends on the input through layer `path` alone.

    Tried on rows `x`: with the layer's output exchanged between rows the model's outputs must be exchanged alike.
    Where a shortcut goes around the layer, they are not, and completeness can't hold there.
    """
    features = subject.features(x)
    fixed = tuple(one[:1].expand(len(x), *one.shape[1:]) for one in subject.fixed(x))
    kept: list[torch.Tensor] = []
    module = subject.layer(path)
    handle = module.register_forward_hook(lambda _module, _inputs, output: kept.append(output))
    try:
        plain = subject.explained(features, *fixed)
    finally:
        handle.remove()
    handle = module.register_forward_hook(lambda _module, _inputs, _output: kept[0].roll(1, dims=0))
    try:
        exchanged = subject.explained(features, *fixed)
    finally:
        handle.remove()
    return bool(torch.allclose(exchanged, plain.roll(1, dims=0), rtol=1e-4, atol=1e-5))
