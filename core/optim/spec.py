"""What the catalogue knows of an optimizer, and the parameters that many of them share. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.optim.search_space import SearchSpace
from core.registry import Param, ParamValue, Spec


@dataclass(frozen=True)
class Reference:
    """The paper, or page, that describes an optimizer."""

    authors: str
    year: int
    title: str
    url: str


@dataclass(frozen=True, kw_only=True)
class OptimizerSpec(Spec):
    """An optimizer. `build(parameters, lr, weight_decay, **params)` returns a torch.optim.Optimizer.

    `suggested_lr` is a sound start for small networks and `lr_range` the span a form offers. `decay` is
    "gradient" if weight decay is added to the gradient (L2), or "weights" if it shrinks the weights directly.
    `adaptive` optimizers scale each weight's step by its past gradients, so a small gradient can still move it.
    `update_rule` is the whole update as LaTeX; `search_space` is what a tuned run draws from.

    What the training loop must know:
    closure        `step` takes a closure that computes loss and gradients anew, and calls it first at the weights as
                   they are
    needs_graph    that closure is also called with create_graph=True, for Hessian-vector products
    averages       the weights to evaluate are an average: `optimizer.eval()` puts it in, `optimizer.train()` goes back
    learned_scale  the key in its param_groups of a factor on the learning rate that it learns itself; "" for none
    fixed          settings ("optim.lr") that are read once at the start: no schedule or live change can move them

    What others may ask:
    elementwise    each weight's step depends on that weight's own gradients alone
    lr_free        made to be used with the suggested learning rate, untuned
    """

    suggested_lr: float
    lr_range: tuple[float, float]
    update_rule: str
    reference: Reference
    search_space: SearchSpace
    decay: str = "gradient"
    adaptive: bool = False
    closure: bool = False
    needs_graph: bool = False
    averages: bool = False
    learned_scale: str = ""
    fixed: tuple[str, ...] = ()
    elementwise: bool = True
    lr_free: bool = False


def state_key(key: str, params: Mapping[str, ParamValue]) -> str:
    """What an optimizer's saved state fits: the optimizer, and the one it is wrapped around."""
    return f"{key}/{params['base']}" if "base" in params else key


def share(name: str, default: float, label: str, text: str, advanced: bool = False) -> Param:
    """A Param from 0 to below 1."""
    return Param(name, default, label, text, minimum=0, below=1, advanced=advanced)


def eps(default: float) -> Param:
    """What is added to a divisor."""
    text = "Added to the divisor, against division by zero."
    return Param("eps", default, "Epsilon", text, above=0, maximum=1, log=True, advanced=True)


MOMENTUM = share("momentum", 0.9, "Momentum", "Share of the last step's speed that is kept.")
BETAS = (
    share("beta1", 0.9, "Beta 1", "Memory of the mean gradient."),
    share("beta2", 0.999, "Beta 2", "Memory of the mean squared gradient."),
)
