"""Does an explanation depend on what was learned? Weights are replaced at random from the top layer down (Adebayo et al. 2018).

A method that passes is not thereby right; one that fails shows the input or the architecture. Methods that multiply by the
input keep its zeros whatever the weights are: give `gradient_part`, not the product.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from core.explain.trust.light import Check
from core.explain.trust.ranks import rank_correlation

STAGES = 4
LARGEST = 0.5
Attribute = Callable[[nn.Module], np.ndarray]


@dataclass(frozen=True)
class Cascade:
    """`layers`: the last layer randomised at each stage; `correlations`: with the trained model's attributions; n samples."""

    layers: tuple[str, ...]
    correlations: tuple[float, ...]
    n: int


def gradient_part(attributions: np.ndarray, x: np.ndarray, baseline: np.ndarray) -> np.ndarray:
    """Attributions (n, ...) without their factor (x - baseline); NaN where it is 0, which `rank_correlation` leaves out."""
    step = np.asarray(x, np.float64) - baseline
    return np.where(step == 0, np.nan, attributions / np.where(step == 0, 1, step))


def cascade(
    model: nn.Module, attribute: Attribute, *, trained: np.ndarray | None = None, stages: int = STAGES, seed: int = 0
) -> Cascade:
    """Randomise a copy of `model` from the output down, in at most `stages` stages; the model itself is not touched.

    `attribute` explains the same samples with the model it is given: the gradient part, (n, ...); `trained` is what it
    says of `model`, where that is known.
    """
    layers = [name for name, module in model.named_modules() if any(True for _ in module.parameters(recurse=False))][
        ::-1
    ]
    wanted = np.unique(np.linspace(0, len(layers), min(stages, len(layers)) + 1).round().astype(int))[1:]
    trained = attribute(copy.deepcopy(model)) if trained is None else trained
    changed = copy.deepcopy(model)
    names, found, done = [], [], 0
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for upto in wanted:
            for name in layers[done:upto]:
                _randomise(changed.get_submodule(name))
            done = upto
            names.append(layers[upto - 1])
            found.append(rank_correlation(trained, attribute(copy.deepcopy(changed))))
    return Cascade(tuple(names), tuple(found), len(trained))


@torch.no_grad()
def _randomise(module: nn.Module) -> None:
    """New weights in this module's own parameters: its own reset where it has one, else normal ones of the same spread."""
    reset = getattr(module, "reset_parameters", None)
    if callable(reset):
        reset()
        return
    for parameter in module.parameters(recurse=False):
        spread = float(parameter.std()) if parameter.numel() > 1 else 0.0
        parameter.normal_(0.0, spread if np.isfinite(spread) and spread > 0 else 0.1)


def dependence(found: Sequence[Cascade]) -> Check:
    """Judge the last stage, at which all weights are random: the mean over cascades of different random weights."""
    lasts = [one.correlations[-1] if one.correlations else 0.0 for one in found]
    mean, rows = float(np.mean(lasts)), found[0].n
    figures = {"correlation": mean, "models": float(len(found)), "n": float(rows)}
    models = "1 random model" if len(found) == 1 else f"{len(found)} random models"
    told = f"(rank correlation {mean:.2f}, {models}, n = {rows})"
    if mean > LARGEST:
        said = f"With all weights replaced at random it stays much the same {told}: it shows the input or the architecture, not what was learned."
        return Check("dependence", "withheld", said, figures)
    said = f"With all weights replaced at random it changes {told}, so it depends on what was learned."
    return Check("dependence", "green", said, figures)
