"""A model seen while it runs: every layer with output shape, parameters, multiply-adds and reach, and who feeds whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.nn.utils.parametrize import type_before_parametrizations
from torch.overrides import TorchFunctionMode

from core.models.costs import WHOLE, Reach, detail, first_reach, multiply_adds, reach_after, widest
from core.models.network import INPUT, LayerSummary, Network
from core.models.parts.parametrised import own_parameters

MEETINGS = {
    "add": "add", "__add__": "add", "__radd__": "add", "__iadd__": "add", "add_": "add", "sub": "add", "__sub__": "add",
    "mul": "multiply", "__mul__": "multiply", "__rmul__": "multiply", "mul_": "multiply",
    "cat": "concatenate", "concat": "concatenate", "stack": "concatenate",
}  # fmt: skip


def summarise(model: nn.Module, example: torch.Tensor) -> list[LayerSummary]:
    """The layers of `trace_network`, without the places where signals meet."""
    return trace_network(model, example).layers


def trace_network(model: nn.Module, example: torch.Tensor) -> Network:
    """Run `example` (a batch, best of one or two samples) through the model and describe each layer it passes.

    Layers come in the order in which they run; a module that runs again is listed again, with no parameters, and one
    of costs.WHOLE, or with weights of its own beside parts, stands for its parts. The model is run in evaluation mode
    without gradients and left in the mode it was in; no random number is drawn.
    """
    tracer = _Tracer(example)
    handles = []
    for name, module in _listed(model):
        handles.append(module.register_forward_pre_hook(tracer.enter))
        handles.append(module.register_forward_hook(tracer.leave(name)))
    try:
        with _evaluating(model), torch.no_grad(), tracer:
            model(example)
    finally:
        for handle in handles:
            handle.remove()
    return Network(tuple(example.shape[1:]), tuple(tracer.nodes))


def count_parameters(model: nn.Module, trainable_only: bool = True) -> int:
    """Count the numbers that training can change (or all, frozen ones too); shared ones count once."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad or not trainable_only)


def _listed(module: nn.Module, name: str = "") -> Iterator[tuple[str, nn.Module]]:
    """The modules that are layers, each with its dotted name; nothing below a layer is listed."""
    owns = bool(own_parameters(module))
    if owns or isinstance(module, WHOLE) or not any(module.children()):
        if not _passes(module):
            yield name, module
        return
    for part, child in module.named_children():
        yield from _listed(child, f"{name}.{part}" if name else part)


def _passes(module: nn.Module) -> bool:
    """Whether a module without parts hands on what it gets."""
    return isinstance(module, (nn.Identity, nn.Sequential)) or (isinstance(module, nn.Dropout) and module.p == 0)


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


class _Tracer(TorchFunctionMode):
    """Follows each floating tensor from the layers it comes from to those it goes to.

    What a tensor comes from is kept by its id, so every tensor is kept alive. Masks and counts carry no signal: a
    result that is not floating comes from nowhere. Where signals from several places meet, a join is noted.
    """

    def __init__(self, example: torch.Tensor) -> None:
        super().__init__()
        self.nodes: list[LayerSummary] = []
        self._seen: set[nn.Module] = set()
        self._from: dict[int, tuple[int, ...]] = {id(example): (INPUT,)}
        self._kept: list[torch.Tensor] = [example]
        self._reach: dict[int, Reach | None] = {INPUT: first_reach(example)}
        self._inside = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if not self._inside:
            outcomes = [one for one in _tensors(result) if one.is_floating_point()]
            if outcomes:
                self._flow(getattr(func, "__name__", ""), list(_tensors((args, kwargs))), outcomes)
        return result

    def _flow(self, function: str, inputs: list[torch.Tensor], outcomes: list[torch.Tensor]) -> None:
        sources = self._sources(inputs)
        if len(sources) > 1:
            kind = MEETINGS.get(function, "join")
            reach = widest([self._reach[source] for source in sources])
            sources = (self._add("", kind, outcomes[0], 0, 0, reach, sources, ""),)
        if sources:
            self._follow(outcomes, sources)

    def _sources(self, inputs: list[torch.Tensor]) -> tuple[int, ...]:
        return tuple(sorted({place for one in inputs for place in self._from.get(id(one), ())}))

    def _follow(self, outcomes: list[torch.Tensor], sources: tuple[int, ...]) -> None:
        for one in outcomes:
            self._from[id(one)] = sources
            self._kept.append(one)

    def enter(self, module: nn.Module, inputs: tuple[Any, ...]) -> None:
        """A hook before a listed module."""
        self._inside += 1

    def leave(self, name: str) -> Callable[..., None]:
        """A hook after the listed module of that name."""

        def hook(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
            values = next(_tensors(output), None)
            if self._inside == 1 and values is not None:  # what happens within a layer is not followed
                self._follow([values], (self._layer(name, module, list(_tensors(inputs)), values),))
            self._inside -= 1

        return hook

    def _layer(self, name: str, module: nn.Module, inputs: list[torch.Tensor], values: torch.Tensor) -> int:
        sources = self._sources(inputs)
        before = widest([self._reach[source] for source in sources])
        given = inputs[0].shape if inputs else values.shape
        again = module in self._seen
        self._seen.add(module)
        return self._add(
            name,
            type_before_parametrizations(module).__name__,
            values,
            0 if again else sum(parameter.numel() for parameter in module.parameters()),
            multiply_adds(module, given, tuple(values.shape[1:])),
            reach_after(module, before, given, values.shape),
            sources,
            detail(module),
        )

    def _add(
        self,
        name: str,
        kind: str,
        values: torch.Tensor,
        parameters: int,
        products: int,
        reach: Reach | None,
        sources: tuple[int, ...],
        said: str,
    ) -> int:
        place, shape = len(self.nodes), tuple(values.shape[1:])
        extent = None if reach is None else reach.extent
        self.nodes.append(LayerSummary(name, kind, shape, parameters, products, extent, sources, said))
        self._reach[place] = reach
        return place


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _tensors(one)
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))
