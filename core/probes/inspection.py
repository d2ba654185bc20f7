"""What one batch tells before the first step: loss against chance, signal and gradient over depth, symmetry, scales.

Everything is measured on a copy of the model, with the random streams put back afterwards: training is not touched.
"""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import torch
from torch import nn

from core.probes.activations import KINDS, ActivationProbe
from core.probes.baselines import baselines
from core.probes.guessing import guessing_loss
from core.probes.layers import RECURRENT, Layer, find_layers
from core.probes.units import UnitProbe

MOST_ROWS = 4_096
SIMILAR_ROWS = 64
CHECKED_PARAMETERS = 6
BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)


def inspect(
    model: nn.Module,
    loss_function: nn.Module,
    x: torch.Tensor,
    y: torch.Tensor,
    *,
    classes: int,
    x_train: torch.Tensor,
    y_train: torch.Tensor,
    batch_labels: list[torch.Tensor] | None = None,
) -> dict[str, Any]:
    """Inspect `model` with its first batch `x` (rows, ...), `y` (rows,). JSON-able; NaN stands for "does not apply".

    `x_train` and `y_train` are all training rows (a sample of MOST_ROWS is looked at); `batch_labels` are the labels of
    the first batches in the order in which they will come.
    """
    devices = [x.device.index or 0] if x.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices, device_type=x.device.type if devices else "cuda"):
        found = forward_and_backward(copy.deepcopy(model), loss_function, x, y)
        found["gradient_check"] = gradient_check(model, loss_function, x, y)
    found["rows"] = len(x)
    found |= targets(y_train[:MOST_ROWS], classes)
    found["chance_loss"] = guessing_loss(loss_function, y_train[:MOST_ROWS], classes)
    found["inputs"] = input_scale(x_train[:MOST_ROWS])
    found["baselines"] = baselines(x_train, y_train, classes)
    found["label_mixing"] = label_mixing(batch_labels, classes) if batch_labels and classes else math.nan
    return found


def forward_and_backward(
    model: nn.Module, loss_function: nn.Module, x: torch.Tensor, y: torch.Tensor
) -> dict[str, Any]:
    """What one pass of `x` and back shows of each layer; `model` gets gradients and, of batch norm, new averages."""
    model.train()
    layers = find_layers(model)
    activations, units = ActivationProbe(layers), UnitProbe(layers)
    activations.arm()
    time_gradients = TimeGradients(model)
    with units.watching(), time_gradients.watching():
        output = model(x)
        loss = loss_function(output, y)
        loss.backward()
    table = torch.as_tensor(activations.collect()).double().cpu().numpy().reshape(len(KINDS), -1)
    unit_rows = units.measure().reshape(-1, len(layers))
    named = dict(model.named_parameters())
    return {
        "loss": float(loss.detach()),
        **weights_at_start(layers),
        **{kind: [float(v) for v in row] for kind, row in zip(KINDS, table, strict=True)},
        "dead_units": [float(v) for v in unit_rows[0]],
        "gradient_norm": [_norm([p.grad for p in (*la.weights, *la.biases)]) for la in layers],
        **first_outputs(output.detach().float()),
        **structure(model),
        "time_gradient": time_gradients.decades(),
        "no_gradient": [name for name, p in named.items() if p.requires_grad and p.grad is None],
    }


def weights_at_start(layers: list[Layer]) -> dict[str, Any]:
    """Names and activations of the layers, how large their weights are and how alike their units."""
    return {
        "layers": [layer.name for layer in layers],
        "activated": [layer.activation_type for layer in layers],
        "weight_rms": [_norm(la.weights) / max(1, sum(p.numel() for p in la.weights)) ** 0.5 for la in layers],
        "alike_rows": [alike_rows(layer) for layer in layers],
    }


def structure(model: nn.Module) -> dict[str, Any]:
    """What stands in the model: its last module, batch norms, recurrent layers, frozen parameters."""
    return {
        "last_module": type([m for m in model.modules() if not list(m.children())][-1]).__name__,
        "batch_norms": sum(isinstance(m, BATCH_NORMS) for m in model.modules()),
        "recurrent": [type(m).__name__ for m in model.modules() if isinstance(m, RECURRENT)],
        "frozen": [name for name, p in model.named_parameters() if not p.requires_grad],
    }


def first_outputs(output: torch.Tensor) -> dict[str, Any]:
    """Size and spread of `output` (rows, ...), and whether it is already a probability."""
    return {
        "output_rms": float(output.square().mean().sqrt()),
        "output_std": float(output.std(dim=0, correction=0).mean()) if len(output) > 1 else math.nan,
        "output_is_probability": is_probability(output),
    }


class TimeGradients:
    """The gradient that reaches the input of every recurrent layer at each time step."""

    def __init__(self, model: nn.Module) -> None:
        self._modules = [m for m in model.modules() if isinstance(m, RECURRENT)]
        self._gradients: list[torch.Tensor] = []
        self._hooks: list[Any] = []

    def watching(self) -> TimeGradients:
        """Use as a context around forward and backward."""
        return self

    def __enter__(self) -> TimeGradients:
        def before(module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
            series = inputs[0] if inputs[0].requires_grad else inputs[0].detach().requires_grad_()
            series.register_hook(self._gradients.append)
            return (series, *inputs[1:])

        self._hooks = [module.register_forward_pre_hook(before) for module in self._modules]
        return self

    def __exit__(self, *_: object) -> None:
        for hook in self._hooks:
            hook.remove()

    def decades(self) -> float:
        """log10 of (rms in the first tenth of the time steps / rms in the last tenth), the worst layer; NaN without one."""
        found = []
        for gradient in self._gradients:
            size = gradient.detach().double().square().mean(dim=(0, 2)).sqrt()
            reached = int((size > 0).nonzero().max()) + 1 if bool((size > 0).any()) else 0
            size = size[:reached]  # series are padded at the end
            if not reached:
                continue
            tenth = max(1, len(size) // 10)
            first, last = float(size[:tenth].mean()), float(size[-tenth:].mean())
            if last > 0 and math.isfinite(first + last):
                found.append(math.log10(max(first, 1e-300) / last))
        return max(found, key=abs, default=math.nan)


def alike_rows(layer: Layer) -> float:
    """Share of pairs of rows of the layer's first weight with |cosine| > 0.999 (two or more rows); 1 if all are zero."""
    weight = layer.weights[0].detach().float().flatten(1)[:SIMILAR_ROWS]
    if len(weight) < 2:
        return 0.0
    size = weight.norm(dim=1, keepdim=True)
    if float(size.max()) == 0.0:
        return 1.0
    if weight.shape[1] < 3:  # in one or two dimensions chance alone makes rows parallel
        pairs = (weight[:, None] - weight[None]).abs().amax(dim=2) < 1e-7
    else:
        cosine = (weight / size.clamp_min(1e-30)) @ (weight / size.clamp_min(1e-30)).T
        pairs = cosine.abs() > 0.999
    count = len(weight)
    return float(pairs.float().sum() - pairs.diagonal().float().sum()) / (count * (count - 1))


def is_probability(output: torch.Tensor) -> bool:
    """Whether the rows of `output` (rows, classes) are probabilities or their logarithms."""
    if output.ndim != 2 or output.shape[1] < 2 or not bool(torch.isfinite(output).all()):
        return False
    return sums_to_one(output) or bool(((output.exp().sum(dim=1) - 1).abs() < 1e-3).all())


def sums_to_one(output: torch.Tensor) -> bool:
    """Whether every row of `output` (rows, classes) is a probability distribution."""
    return bool((output >= 0).all()) and bool(((output.sum(dim=1) - 1).abs() < 1e-3).all())


def input_scale(x: torch.Tensor) -> dict[str, Any]:
    """How the features of `x` (rows, features) or (rows, time, features) are scaled; of images and tokens the range only."""
    if not x.is_floating_point():
        return {}
    found: dict[str, Any] = {"low": float(x.min()), "high": float(x.max()), "finite": bool(torch.isfinite(x).all())}
    if x.ndim in (2, 3):
        features = x.reshape(-1, x.shape[-1]).double()
        spread, centre = features.std(dim=0, correction=0), features.mean(dim=0).abs()
        varied = spread > 1e-12
        counted = ((features - features.round()).abs() < 1e-9).all(dim=0) & (features.amin(dim=0) >= 0)
        two = varied & (features.amax(dim=0) <= 1) & counted  # one-hot columns are no question of scale
        scaled = varied & ~two
        found["constant_features"] = int((~varied).sum())
        if bool(scaled.any()):
            found["scale_ratio"] = float(spread[scaled].max() / spread[scaled].min())
            found["offset_ratio"] = float((centre[scaled] / spread[scaled]).max())
            found["largest_spread"] = float(spread[scaled].max())
    elif x.ndim == 4:
        found["largest_spread"] = float(x.double().std())
        found["offset_ratio"] = abs(float(x.double().mean())) / max(found["largest_spread"], 1e-12)
    return found


def targets(y: torch.Tensor, classes: int) -> dict[str, Any]:
    """Class counts, or mean and spread of a numeric target."""
    if classes:
        return {"class_counts": torch.bincount(y.reshape(-1).long().cpu(), minlength=classes).tolist()}
    numbers = y.double()
    return {"target_mean": float(numbers.mean()), "target_std": float(numbers.std(correction=0))}


def label_mixing(batches: list[torch.Tensor], classes: int) -> float:
    """Mean entropy of the labels within a batch / entropy over all of them: near 1 when rows are shuffled."""

    def entropy(labels: torch.Tensor) -> float:
        shares = torch.bincount(labels.long().cpu(), minlength=classes).double() / len(labels)
        return -float((shares[shares > 0] * shares[shares > 0].log()).sum())

    whole = entropy(torch.cat(batches))
    return float(np.mean([entropy(batch) for batch in batches])) / whole if whole > 0 else math.nan


def gradient_check(model: nn.Module, loss_function: nn.Module, x: torch.Tensor, y: torch.Tensor) -> float:
    """Largest relative error of autograd against central differences in float64, on the CPU in eval mode, over a few
    weights with large gradients; NaN where it can't be made. A kink of a ReLU between the two points is stepped around by
    taking the better of two step sizes."""
    try:
        twin = copy.deepcopy(model).cpu().double().eval()
        x, y = x[:8].cpu(), y[:8].cpu()
        x = x.double() if x.is_floating_point() else x
        y = y.double() if y.is_floating_point() else y
        measure = copy.deepcopy(loss_function).cpu().double()
        measure(twin(x), y).backward()
    except (RuntimeError, TypeError, ValueError):
        return math.nan
    chosen = [p for p in twin.parameters() if p.requires_grad and p.grad is not None][
        :: max(1, len(list(twin.parameters())) // CHECKED_PARAMETERS)
    ]
    worst = math.nan
    for parameter in chosen[:CHECKED_PARAMETERS]:
        assert parameter.grad is not None
        at = int(parameter.grad.abs().argmax())
        exact = float(parameter.grad.reshape(-1)[at])
        if not math.isfinite(exact) or abs(exact) < 1e-9:
            continue
        errors = []
        for delta in (1e-5, 1e-7):
            with torch.no_grad():
                cell = parameter.view(-1)[at : at + 1]
                start = cell.clone()
                losses = []
                for sign in (1, -1):
                    cell.copy_(start + sign * delta)
                    losses.append(float(measure(twin(x), y)))
                cell.copy_(start)
            errors.append(abs((losses[0] - losses[1]) / (2 * delta) - exact) / abs(exact))
        worst = min(errors) if math.isnan(worst) else max(worst, min(errors))
    return worst


@torch.no_grad()
def _norm(tensors: list[Any]) -> float:
    return math.sqrt(sum(float(t.detach().double().square().sum()) for t in tensors if t is not None))
