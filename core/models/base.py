"""What a model builder is given, and the catalogue entry of an architecture. No torch."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.errors import BadInput
from core.registry import ParamValue, Spec

if TYPE_CHECKING:
    from core.data.graph import Graph

PARAMETER_LIMIT = 100_000_000


@dataclass(frozen=True)
class ModelInput:
    """One sample as the model sees it: `kind` as in core.data.base.KINDS, `shape` without the batch axis.

    `vocabulary_size` is the number of token ids (text only), `graph` what the node numbers stand for (graph only).
    """

    kind: str
    shape: tuple[int, ...]
    vocabulary_size: int = 0
    graph: Graph | None = None


@dataclass(frozen=True, kw_only=True)
class ArchitectureSpec(Spec):
    """An architecture. `build(model_input, outputs, **params)` returns a torch Module.

    The module maps a batch of samples to (batch, outputs): logits, or one value per row for a regression.
    `check` and `size` name torch-free functions "module:function": `check(model_input, **params)` returns a
    list of sentences, `size(model_input, outputs, **params)` the number of parameters. `pretrained` names a function that
    returns trained tensors under the module's own names; `expects` is a setting of the data section, the value that they
    need it to have, and what to say where it has another.
    `shortcuts`: "always", "never", or the name of the setting that switches them on; the blocks that have them list the
    branches beside them in `branches()`, see core.models.parts.residual_starts.
    """

    kinds: tuple[str, ...]
    tasks: tuple[str, ...] = ("classification", "regression", "reconstruction")
    check: str
    size: str
    pretrained: str = ""
    expects: tuple[str, ParamValue, str] | None = None
    shortcuts: str = "never"

    def has_shortcuts(self, params: Mapping[str, ParamValue]) -> bool:
        """Whether a model with these settings adds the input of a block to its output."""
        return self.shortcuts == "always" or bool(params.get(self.shortcuts))

    def faults(self, model_input: ModelInput, params: Mapping[str, ParamValue]) -> list[str]:
        """Say all that keeps this architecture from being built; an empty list means that it fits. No torch."""
        if model_input.kind not in self.kinds:
            allowed = " or ".join(self.kinds)
            return [
                f"{self.label} can't read {model_input.kind} data; choose {allowed} data, "
                "or an architecture that reads this kind"
            ]
        values = {**self.defaults(), **params}
        found: list[str] = list(_named(self.check)(model_input, **values))
        if not found and (count := self.parameters(model_input, 1, values)) > PARAMETER_LIMIT:
            found.append(
                f"{self.label} would have {count / 1e6:,.0f} million parameters; the limit is "
                f"{PARAMETER_LIMIT / 1e6:,.0f} million: make it narrower or less deep"
            )
        return found

    def parameters(self, model_input: ModelInput, outputs: int, params: Mapping[str, ParamValue]) -> int:
        """How many trainable numbers the model would have, computed without building it. No torch."""
        return int(_named(self.size)(model_input, outputs, **{**self.defaults(), **params}))

    def load(self) -> Callable[..., Any]:
        """Return the builder, guarded: it raises BadInput where the settings don't fit the data.

        Raises:
            BadInput: from the returned function, with every fault in one sentence.
        """
        build = super().load()

        def checked(model_input: ModelInput, outputs: int, **params: Any) -> Any:
            values = {**self.defaults(), **params}
            if found := self.faults(model_input, values):
                raise BadInput("; ".join(found) + ".")
            return build(model_input, outputs, **values)

        return checked


def _named(path: str) -> Callable[..., Any]:
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)
