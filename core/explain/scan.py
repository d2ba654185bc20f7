"""What a forward pass of a model is made of, seen by running it once: calls, functional and in-place operations, layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

# What decides how far DeepLift's rules reach: functions that are not linear and that no hook on a module can see.
ACTIVATING = {
    "relu", "relu6", "leaky_relu", "prelu", "rrelu", "elu", "selu", "celu", "gelu", "silu", "mish", "hardswish",
    "hardsigmoid", "hardtanh", "softplus", "softsign", "sigmoid", "logsigmoid", "tanh", "softmax", "log_softmax", "glu",
}  # fmt: skip
POOLING = {f"{name}{axes}d" for name in ("max_pool", "adaptive_max_pool") for axes in (1, 2, 3)}
NORMALISING = {"layer_norm", "group_norm", "instance_norm", "rms_norm", "local_response_norm", "normalize"}
OTHER = {"scaled_dot_product_attention", "multi_head_attention_forward", "exp", "log", "sqrt", "pow", "abs", "clamp",
         "maximum", "minimum", "amax", "amin", "where"}  # fmt: skip
NOT_LINEAR = frozenset(ACTIVATING | POOLING | NORMALISING | OTHER)
IN_PLACE = frozenset(
    f"{name}_"
    for name in ("add", "sub", "mul", "div", "pow", "relu", "clamp", "sigmoid", "tanh", "exp", "sqrt", "masked_fill")
)
SQUASHES = (nn.Softmax, nn.LogSoftmax, nn.Sigmoid)
MAX_POOLS = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d)
NORMS_OF_A_ROW = (nn.LayerNorm, nn.GroupNorm, nn.InstanceNorm1d, nn.InstanceNorm2d, nn.RMSNorm)
_PASSES_ON = (nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.AlphaDropout, nn.Flatten)


@dataclass
class Facts:
    """What was seen in one forward pass.

    calls         path -> how often a module without children ran
    kinds         path -> its class
    functional    non-linear functions called outside of a torch.nn module
    in_place      functions that overwrite their input, modules that were told to do so
    pool_beside   (first, then) class names where a max-pool and an activation follow each other directly
    ends          paths of the modules whose output is the model's
    layers        path -> shape without the batch axis, of modules called once that put out one floating tensor, in the
                  order in which they were done
    """

    calls: Counter[str] = field(default_factory=Counter)
    kinds: dict[str, type[nn.Module]] = field(default_factory=dict)
    functional: tuple[str, ...] = ()
    in_place: tuple[str, ...] = ()
    pool_beside: tuple[str, str] | None = None
    ends: tuple[str, ...] = ()
    layers: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def squash(self) -> str:
        """Path of the softmax or sigmoid module that the output comes from, or ""."""
        return next((path for path in self.ends if issubclass(self.kinds.get(path, nn.Module), SQUASHES)), "")

    def having(self, *classes: type[nn.Module]) -> list[str]:
        """Paths of the called modules of those classes, in order of their first call."""
        return [path for path, kind in self.kinds.items() if issubclass(kind, classes)]


class _Listener(TorchFunctionMode):
    """Notes functions called while the innermost running module is not one of torch.nn's own without children."""

    def __init__(self, running: list[nn.Module]) -> None:
        super().__init__()
        self.running, self.functional, self.in_place = running, Counter[str](), Counter[str]()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = getattr(func, "__name__", "")
        if not (self.running and is_builtin_leaf(self.running[-1])):
            if name.rstrip("_") in NOT_LINEAR:
                self.functional[name.rstrip("_")] += 1
            if name in IN_PLACE or (kwargs or {}).get("inplace"):
                self.in_place[name] += 1
        return func(*args, **(kwargs or {}))


def is_builtin_leaf(module: nn.Module) -> bool:
    """Whether a hook on `module` sees all that it does: one of torch.nn's own, without children."""
    return type(module).__module__.startswith("torch.nn.modules") and not any(module.children())


def scan(model: nn.Module, run: Callable[[], torch.Tensor]) -> Facts:
    """Watch one forward pass: `run()` must call `model` and return its output. The model is left as it was."""
    facts, running = Facts(), []
    source: dict[int, type[nn.Module]] = {}
    kept: list[torch.Tensor] = []  # so that no id is given to a second tensor
    outputs: dict[str, int] = {}
    shapes: dict[str, list[torch.Tensor | None]] = {}
    handles = []

    def enter(module: nn.Module, inputs: tuple[Any, ...]) -> None:
        running.append(module)

    def leave(path: str) -> Callable[..., None]:
        def hook(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
            running.pop()
            one = output if isinstance(output, torch.Tensor) and output.is_floating_point() else None
            shapes.setdefault(path, []).append(one)
            if one is not None:
                kept.append(one)
                outputs[path] = id(one)
            if any(module.children()):
                return
            facts.calls[path] += 1
            facts.kinds.setdefault(path, type(module))
            before = source.get(id(inputs[0])) if inputs else None
            if before is not None and _pool_beside(before, type(module)):
                facts.pool_beside = (before.__name__, type(module).__name__)
            if one is not None and not isinstance(module, _PASSES_ON):
                source[id(one)] = type(module)
            elif one is not None and before is not None:
                source[id(one)] = before

        return hook

    try:
        for path, module in model.named_modules():
            handles += [module.register_forward_pre_hook(enter), module.register_forward_hook(leave(path))]
        with torch.no_grad(), _Listener(running) as listener:
            output = run()
    finally:
        for handle in handles:
            handle.remove()
    inside = [path for path, module in model.named_modules() if getattr(module, "inplace", False)]
    facts.functional = tuple(listener.functional)
    facts.in_place = (*listener.in_place, *(f"{path} (inplace=True)" for path in inside))
    facts.ends = tuple(path for path, known in outputs.items() if path and known == id(output))
    facts.layers = {
        path: tuple(found[0].shape[1:])
        for path, found in shapes.items()
        if path and len(found) == 1 and found[0] is not None and found[0].ndim > 1
    }
    return facts


def _pool_beside(first: type[nn.Module], then: type[nn.Module]) -> bool:
    def activation(kind: type[nn.Module]) -> bool:
        return kind.__module__ == "torch.nn.modules.activation"

    return (issubclass(first, MAX_POOLS) and activation(then)) or (activation(first) and issubclass(then, MAX_POOLS))
