"""Optimizer updates of many members at once: the same arithmetic as torch's own, on tensors with a leading member axis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch

Numbers = dict[str, np.ndarray]
Tensors = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class Update:
    """How an optimizer moves the weights; members share the step, all else is their own.

    coefficients  (hyper, step, carried) -> the numbers that `move` needs. Everything is float64 of shape (members,);
                  `step` counts from 1; `carried` is kept between steps (a running product, say).
    move          (weight, gradient, slots, coefficients, spare): moves `weight` (members, ...) in place. Slots have
                  the weight's shape, coefficients broadcast over it; `spare` and in the end `gradient` are scratch.
                  Weight decay is already in `gradient`, or in `weight` where it is decoupled.
    slots         the state kept per weight, by name: the hyper-parameter it starts at, or None for 0
    defaults      hyper-parameters that a catalogue entry may leave out: torch's own values
    """

    coefficients: Callable[[Numbers, int, Numbers], Numbers]
    move: Callable[[torch.Tensor, torch.Tensor, Tensors, Tensors, torch.Tensor], None]
    slots: Mapping[str, str | None] = field(default_factory=dict)
    defaults: Mapping[str, float] = field(default_factory=dict)


def _lr_only(h: Numbers, step: int, carried: Numbers) -> Numbers:
    return {"lr": h["lr"]}


def _sgd(w: torch.Tensor, g: torch.Tensor, s: Tensors, c: Tensors, spare: torch.Tensor) -> None:
    w.addcmul_(g, c["lr"], value=-1)


def _momentum_coefficients(h: Numbers, step: int, carried: Numbers) -> Numbers:
    """The first velocity is the whole gradient, and without momentum dampening has no say (both as in torch)."""
    whole = np.ones_like(h["lr"])
    take = whole if step == 1 else np.where(h["momentum"] == 0, whole, 1 - h.get("dampening", 0 * whole))
    return {"lr": h["lr"], "keep": h["momentum"], "take": take}


def _momentum(w: torch.Tensor, g: torch.Tensor, s: Tensors, c: Tensors, spare: torch.Tensor) -> None:
    w.addcmul_(s["velocity"].mul_(c["keep"]).addcmul_(g, c["take"]), c["lr"], value=-1)


def _nesterov(w: torch.Tensor, g: torch.Tensor, s: Tensors, c: Tensors, spare: torch.Tensor) -> None:
    s["velocity"].mul_(c["keep"]).addcmul_(g, c["take"])
    w.addcmul_(g.addcmul_(s["velocity"], c["keep"]), c["lr"], value=-1)


def _track_square(g: torch.Tensor, s: Tensors, c: Tensors, spare: torch.Tensor) -> None:
    """v <- keep v + new g^2."""
    s["square"].mul_(c["keep"]).addcmul_(torch.mul(g, c["new"], out=spare), g)


def _adam_coefficients(h: Numbers, step: int, carried: Numbers) -> Numbers:
    return {
        "fresh": 1 - h["beta1"],
        "keep": h["beta2"],
        "new": 1 - h["beta2"],
        "root": np.sqrt(1 - h["beta2"] ** step),
        "eps": h["eps"],
        "rate": h["lr"] / (1 - h["beta1"] ** step),
    }


def _adam(w: torch.Tensor, g: torch.Tensor, s: Tensors, c: Tensors, spare: torch.Tensor) -> None:
    s["mean"].lerp_(g, c["fresh"])
    _track_square(g, s, c, spare)
    square = s["square"]
    if "largest" in s:
        square = torch.maximum(s["largest"], square, out=s["largest"])
    divisor = torch.sqrt(square, out=spare).div_(c["root"]).add_(c["eps"])
    w.addcdiv_(torch.mul(s["mean"], c["rate"], out=g), divisor, value=-1)


def _rmsprop_coefficients(h: Numbers, step: int, carried: Numbers) -> Numbers:
    return {"keep": h["alpha"], "new": 1 - h["alpha"], "eps": h["eps"], "momentum": h["momentum"], "lr": h["lr"]}


def _rmsprop(w: torch.Tensor, g: torch.Tensor, s: Tensors, c: Tensors, spare: torch.Tensor) -> None:
    _track_square(g, s, c, spare)
    divisor = torch.sqrt(s["square"], out=spare).add_(c["eps"])
    if "velocity" in s:
        w.addcmul_(s["velocity"].mul_(c["momentum"]).addcdiv_(g, divisor), c["lr"], value=-1)
    else:
        w.addcdiv_(g.mul_(c["lr"]), divisor, value=-1)


def _adagrad_coefficients(h: Numbers, step: int, carried: Numbers) -> Numbers:
    return {"eps": h["eps"], "lr": h["lr"]}


def _adagrad(w: torch.Tensor, g: torch.Tensor, s: Tensors, c: Tensors, spare: torch.Tensor) -> None:
    s["sum"].addcmul_(g, g)
    w.addcdiv_(g.mul_(c["lr"]), torch.sqrt(s["sum"], out=spare).add_(c["eps"]), value=-1)


def _nadam_coefficients(h: Numbers, step: int, carried: Numbers) -> Numbers:
    """Dozat 2016: mu is a momentum that warms up; both parts are corrected by the product of all mu so far."""
    mu, following = (h["beta1"] * (1 - 0.5 * 0.96 ** (t * h["momentum_decay"])) for t in (step, step + 1))
    product = carried["mu_product"] = carried.get("mu_product", np.ones_like(mu)) * mu
    return {
        "fresh": 1 - h["beta1"],
        "keep": h["beta2"],
        "new": 1 - h["beta2"],
        "correction": 1 - h["beta2"] ** step,
        "eps": h["eps"],
        "on_gradient": h["lr"] * (1 - mu) / (1 - product),
        "on_mean": h["lr"] * following / (1 - product * following),
    }


def _nadam(w: torch.Tensor, g: torch.Tensor, s: Tensors, c: Tensors, spare: torch.Tensor) -> None:
    s["mean"].lerp_(g, c["fresh"])
    _track_square(g, s, c, spare)
    divisor = torch.div(s["square"], c["correction"], out=spare).sqrt_().add_(c["eps"])
    w.addcdiv_(g.mul_(c["on_gradient"]), divisor, value=-1)
    w.addcdiv_(torch.mul(s["mean"], c["on_mean"], out=g), divisor, value=-1)


def _radam_coefficients(h: Numbers, step: int, carried: Numbers) -> Numbers:
    """Liu et al. 2020: while the variance of 1 / sqrt(v) is unknown (rho <= 5), the step is plain momentum."""
    correction = 1 - h["beta2"] ** step
    most = 2 / (1 - h["beta2"]) - 1
    rho = most - 2 * step * h["beta2"] ** step / correction
    known = rho > 5
    safe = np.where(known, rho, 6.0)
    rectified = np.sqrt((safe - 4) * (safe - 2) * most / ((most - 4) * (most - 2) * safe))
    return {
        "fresh": 1 - h["beta1"],
        "keep": h["beta2"],
        "new": 1 - h["beta2"],
        "eps": np.where(known, h["eps"], 1.0),
        "known": known.astype(float),
        "rate": h["lr"] / (1 - h["beta1"] ** step) * np.where(known, rectified * np.sqrt(correction), 1.0),
    }


def _radam(w: torch.Tensor, g: torch.Tensor, s: Tensors, c: Tensors, spare: torch.Tensor) -> None:
    s["mean"].lerp_(g, c["fresh"])
    _track_square(g, s, c, spare)
    divisor = torch.sqrt(s["square"], out=spare).mul_(c["known"]).add_(c["eps"])
    w.addcdiv_(torch.mul(s["mean"], c["rate"], out=g), divisor, value=-1)


def _adamax_coefficients(h: Numbers, step: int, carried: Numbers) -> Numbers:
    return {
        "fresh": 1 - h["beta1"],
        "keep": h["beta2"],
        "eps": h["eps"],
        "rate": h["lr"] / (1 - h["beta1"] ** step),
    }


def _adamax(w: torch.Tensor, g: torch.Tensor, s: Tensors, c: Tensors, spare: torch.Tensor) -> None:
    s["mean"].lerp_(g, c["fresh"])
    torch.maximum(s["largest"].mul_(c["keep"]), torch.abs(g, out=spare).add_(c["eps"]), out=s["largest"])
    w.addcdiv_(torch.mul(s["mean"], c["rate"], out=g), s["largest"], value=-1)


def _adadelta_coefficients(h: Numbers, step: int, carried: Numbers) -> Numbers:
    return {"keep": h["rho"], "new": 1 - h["rho"], "eps": h["eps"], "lr": h["lr"]}


def _adadelta(w: torch.Tensor, g: torch.Tensor, s: Tensors, c: Tensors, spare: torch.Tensor) -> None:
    _track_square(g, s, c, spare)
    g.div_(torch.add(s["square"], c["eps"], out=spare).sqrt_())
    step = g.mul_(torch.add(s["moved"], c["eps"], out=spare).sqrt_())
    s["moved"].mul_(c["keep"]).addcmul_(torch.mul(step, c["new"], out=spare), step)
    w.addcmul_(step, c["lr"], value=-1)


def _lion_coefficients(h: Numbers, step: int, carried: Numbers) -> Numbers:
    return {"blend": 1 - h["beta1"], "fresh": 1 - h["beta2"], "lr": h["lr"]}


def _lion(w: torch.Tensor, g: torch.Tensor, s: Tensors, c: Tensors, spare: torch.Tensor) -> None:
    direction = torch.lerp(s["mean"], g, c["blend"], out=spare).sign_()
    w.addcmul_(direction, c["lr"], value=-1)
    s["mean"].lerp_(g, c["fresh"])


_MEAN_AND_SQUARE: dict[str, str | None] = {"mean": None, "square": None}
_ADAM = Update(_adam_coefficients, _adam, _MEAN_AND_SQUARE)
_AMSGRAD = Update(_adam_coefficients, _adam, {**_MEAN_AND_SQUARE, "largest": None})
_NO_MOMENTUM = {"momentum": 0.0}

UPDATES: dict[str, Update] = {
    "sgd": Update(_lr_only, _sgd),
    "momentum": Update(_momentum_coefficients, _momentum, {"velocity": None}),
    "nesterov": Update(_momentum_coefficients, _nesterov, {"velocity": None}),
    "adam": _ADAM,
    "adam with amsgrad": _AMSGRAD,
    "adamw": _ADAM,
    "adamw with amsgrad": _AMSGRAD,
    "rmsprop": Update(_rmsprop_coefficients, _rmsprop, {"square": None}, _NO_MOMENTUM),
    "rmsprop with momentum": Update(_rmsprop_coefficients, _rmsprop, {"square": None, "velocity": None}),
    "adagrad": Update(_adagrad_coefficients, _adagrad, {"sum": "initial_accumulator"}, {"initial_accumulator": 0.0}),
    "nadam": Update(_nadam_coefficients, _nadam, _MEAN_AND_SQUARE, {"momentum_decay": 0.004}),
    "radam": Update(_radam_coefficients, _radam, _MEAN_AND_SQUARE),
    "adamax": Update(_adamax_coefficients, _adamax, {"mean": None, "largest": None}),
    "adadelta": Update(_adadelta_coefficients, _adadelta, {"square": None, "moved": None}),
    "lion": Update(_lion_coefficients, _lion, {"mean": None}),
}
