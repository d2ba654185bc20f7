"""Faults of signal and gradient on their way through depth and time."""

from __future__ import annotations

import math

import numpy as np

from core.diagnosis.base import Remedy, Rule, Sign, rule
from core.diagnosis.case import Case
from core.diagnosis.rules.evidence import decades, figure, hidden_family, runs_of

AFTER_STEP = 5
VANISHED = 1.5
DEEP = 10  # hidden layers that good initial weights alone carry a signal through
SEVERE = 3.0


def better_propagation(case: Case) -> tuple[Remedy, ...]:
    """Changes that keep the signal's size over depth: initial weights do in shallow nets, deep ones need a path around."""
    assert case.recipe is not None
    model = case.recipe.model
    if model.key in ("rnn", "lstm", "gru"):
        return gates(case)
    if model.key == "transformer":
        return (
            Remedy(
                "Layer norm before each part, default weights", {"model.norm_place": "before", "init.key": "default"}
            ),
            Remedy("Warm-up", {"schedule.key": "warmup_cosine", "init.key": "default"}),
        )
    saturating = model.params.get("activation") in ("sigmoid", "tanh", "softplus")
    base: dict[str, object] = {"init.key": "he_normal", **({"model.activation": "relu"} if saturating else {})}
    plain = Remedy("He initial weights" + (" and ReLU" if saturating else ""), base)
    if model.key != "mlp":
        return plain, Remedy("Batch norm after every layer", {**base, "model.norm": "batch"})
    norm = Remedy("Layer norm after every layer", {**base, "model.norm": "layer"})
    skip = Remedy("Skip connections and layer norm", {**base, "model.norm": "layer", "model.skip": True})
    deep = int(model.params.get("depth") or 0) > DEEP
    return (skip, plain, norm) if deep else (plain, norm, skip)


def smaller_growth(case: Case) -> tuple[Remedy, ...]:
    """Initial weights of the right size first: they are what is wrong."""
    return tuple(sorted(better_propagation(case), key=lambda remedy: len(remedy.changes)))


def gates(case: Case) -> tuple[Remedy, ...]:
    """Recurrent cells that keep a gradient over time."""
    assert case.recipe is not None
    kept = {
        f"model.{name}": value
        for name, value in case.recipe.model.params.items()
        if name in ("hidden", "layers", "bidirectional", "dropout", "pooling", "embedding")
    }
    if case.recipe.model.key == "rnn":
        started: dict[str, object] = {**kept, "init.key": "default", "optim.key": "adam", "optim.lr": 0.005}
        return (
            Remedy("GRU instead of a plain RNN, with Adam", {"model.key": "gru", **started}),
            Remedy("LSTM instead of a plain RNN, with Adam", {"model.key": "lstm", **started}),
            Remedy("Orthogonal initial weights", {"init.key": "orthogonal"}),
        )
    return (
        Remedy("Adam", {"optim.key": "adam", "optim.lr": 0.005}),
        Remedy("Orthogonal initial weights", {"init.key": "orthogonal"}),
    )


@rule(
    "GR001",
    "vanishing-gradient",
    "Vanishing gradient",
    needs=("inspection",),
    panel="flow",
    advise=better_propagation,
)
def vanishing_gradient(case: Case) -> Sign | None:
    """The gradient fades on its way back, so that the first layers learn next to nothing.

    Measured: A = log10(rms of dL/dz at the last hidden layer / rms of dL/dz at the first), z being the pre-activations.
    A ratio, so it does not depend on the loss's scale or on convergence.
    Threshold: A >= 1.5 on two records in a row; critical from 3. Measured for this rule on 100 unseen networks: 27 of 30
    found at 1 false alarm in 51.
    Judged: after step 5, at every record of the activations. Before step 1, on the first batch, 3 decades are a warning
    (on the gallery's calibration half: 6 of 6 sick, 0 of 141 healthy networks).
    Traps: a zero-initialised head at step 0 (the first steps are left out); frozen layers; loss scaling; batch-norm biases.
    Where Adam makes up for it and the network learns (update ratio in its band, loss far down), it is only an info.
    Why it happens: each layer multiplies the gradient by its weights and by the activation's slope. If that product is
    below 1, depth makes it a power: 0.25 per sigmoid layer is 1e-12 after twenty.
    Source: Hochreiter 1991; Glorot and Bengio 2010; He et al. 2015.
    """
    if not case.has("step"):
        return _vanishing_at_the_start(case)
    if not case.has("activations"):
        return None
    values, layers = hidden_family(case, "activations", "pre_activation_gradient_rms")
    if len(layers) < 2:
        return None
    table = case.tables["activations"]
    keep = table.step > AFTER_STEP
    steps, values = table.step[keep], values[keep]
    attenuation = decades(values[:, -1], values[:, 0])
    flags = attenuation >= VANISHED
    at = runs_of(flags, 2)
    if at is None:
        return None
    worst = float(np.nanmax(attenuation))
    latest = float(attenuation[np.isfinite(attenuation)][-1])
    relative = values[at] / values[at, -1]
    weak = tuple(name for name, share in zip(layers, relative, strict=True) if share <= 10**-VANISHED)
    severity = "critical" if latest >= SEVERE else "warning"
    if case.learns_well or (latest < SEVERE and _moves(case) and case.recent_loss() < 0.6 * case.initial_loss):
        severity = "info"
    return Sign(
        f"The gradient is {'more than ' if latest >= 12 else ''}{figure(10**latest)} times smaller at {layers[0]} than at {layers[-1]} "
        f"({latest:.1f} decades over {len(layers)} layers), so the first layers hardly learn.",
        int(steps[at - 1]),
        int(steps[np.flatnonzero(flags)[-1]]),
        weak,
        {"decades": latest, "worst_decades": worst},
        severity,
        bool(flags[-1]),
    )


def _vanishing_at_the_start(case: Case) -> Sign | None:
    """The same ratio on the first batch; a head that starts at zero passes nothing on to any layer, so it has none."""
    seen = case.inspection
    at = [i for i, kind in enumerate(seen["activated"]) if kind]
    gradient = np.array(seen["pre_activation_gradient_rms"], float)[at]
    if len(at) < 2 or not gradient[-1] > 0:
        return None
    attenuation = float(decades(gradient[-1:], gradient[:1])[0])
    if not attenuation >= SEVERE:
        return None
    layers = [seen["layers"][i] for i in at]
    return Sign(
        f"On the first batch the gradient is {'more than ' if attenuation >= 12 else ''}{figure(10**attenuation)} times smaller "
        f"at {layers[0]} than at {layers[-1]}, so the first layers will hardly learn.",
        0,
        0,
        tuple(name for name, value in zip(layers, gradient, strict=True) if value <= gradient[-1] * 10**-VANISHED),
        {"decades": attenuation},
        "warning",
    )


def _moves(case: Case) -> bool:
    """Whether every layer's weights move at a useful pace, which an adaptive optimizer sees to."""
    if not case.has("updates"):
        return False
    ratio = np.median(case.tables["updates"].family("update_ratio")[-5:], axis=0)
    return bool(len(ratio) and (ratio >= 1e-4).all() and (ratio <= 1e-1).all())


@rule(
    "GR002",
    "exploding-gradient",
    "Exploding signal and gradient",
    severity="critical",
    needs=("inspection",),
    panel="flow",
    advise=smaller_growth,
)
def exploding_gradient(case: Case) -> Sign | None:
    """Signal and gradient grow from layer to layer, so that the very first steps throw the weights away.

    Measured: growth = log10(rms of the activations at the last hidden layer / at the first) and the rms of the output, on
    the first batch; or B = log10(rms of dL/dz at the first hidden layer / at the last) together with the loss.
    Threshold: growth >= 1.5 and output rms >= 31.6; or B >= 1 and loss >= 10 times that of guessing; where the loss is no
    number, a growth of 1.5 up to any layer (else it is an operation's fault, and not growth). Measured for the first two
    rules on 7 unseen exploding networks: 5 and 6 found, at 0 and 1 false alarms in 51.
    Judged: before step 1.
    Traps: a large gradient at the head alone (only ratios between hidden layers count); a regression target with large
    numbers (its own rule comes first); the size of a gradient is no sign, since any loss scale changes it.
    Why it happens: each layer multiplies the signal by about std * sqrt(fan_in) * gain. Above 1, depth makes it a power.
    Clipping hides it without curing it.
    Source: Glorot and Bengio 2010; Pascanu et al. 2013; He et al. 2015.
    """
    seen = case.inspection
    at = [i for i, kind in enumerate(seen["activated"]) if kind]
    if len(at) < 2:
        return None
    mean, std = np.array(seen["activation_mean"], float)[at], np.array(seen["activation_std"], float)[at]
    gradient = np.array(seen["pre_activation_gradient_rms"], float)[at]
    size = np.sqrt(mean**2 + std**2)
    growth = float(decades(size[-1:], size[:1])[0])
    back = float(decades(gradient[:1], gradient[-1:])[0])
    chance = case.chance_loss
    lost = not math.isfinite(seen["loss"])
    forward = growth >= 1.5 and not seen["output_rms"] < 10**1.5
    backward = back >= 1.0 and (lost or seen["loss"] >= 10 * max(chance, math.log(max(case.classes, 1))))
    finite = size[np.isfinite(size)]
    overflows = lost and len(finite) > 0 and bool(finite.max() >= 10**1.5 * max(size[0], 1e-30) or np.isinf(size).any())
    if not (forward or backward or overflows):
        return None
    layers = [seen["layers"][i] for i in at]
    told = (
        f"The signal grows {figure(10**growth)} times from {layers[0]} to {layers[-1]}"
        if forward or not backward
        else f"The gradient grows {figure(10**back)} times from {layers[-1]} back to {layers[0]}"
    )
    return Sign(
        f"{told}, and the first loss is {figure(seen['loss'])} where guessing gives {figure(chance)}.",
        0,
        0,
        tuple(layers[i] for i in range(len(layers)) if size[i] >= 10 * size[0]) or tuple(layers[-1:]),
        {"growth_decades": growth, "gradient_decades": back, "loss": float(seen["loss"]), "chance_loss": chance},
        active=not case.learns_well,
        severity="info" if case.learns_well else "",
    )


@rule(
    "GR035",
    "vanishing-over-time",
    "Gradient lost over time",
    needs=("inspection",),
    panel="loss",
    advise=gates,
)
def vanishing_over_time(case: Case) -> Sign | None:
    """In a recurrent network the gradient to early time steps fades, or grows, by a power of the series' length.

    Measured: log10(rms of the gradient at the inputs of the first tenth of the time steps / at the last tenth).
    Threshold: 3 decades either way. A proposal; the gallery shows how it does.
    Judged: before step 1; a warning only once the network is seen not to learn.
    Traps: tasks without a long memory are learned all the same, so until then it is an info, and none once they are.
    Why it happens: the same matrix multiplies the gradient at every time step. An LSTM or GRU adds a path that
    multiplies by a gate near 1 instead.
    Source: Bengio et al. 1994; Hochreiter and Schmidhuber 1997; Pascanu et al. 2013.
    """
    lost = case.inspection.get("time_gradient", math.nan)
    if lost is None or not abs(lost) >= 3.0 or (case.has("step") and case.learns_well):
        return None
    way = "smaller" if lost < 0 else "larger"
    stuck = case.has("step") and case.learns_nothing
    return Sign(
        f"The gradient is {figure(10 ** abs(lost))} times {way} at the first time steps than at the last, so what "
        f"happened early {'can hardly be learned' if lost < 0 else 'drowns the rest'}.",
        0,
        case.last_step,
        tuple(
            name for name, kind in zip(case.inspection["layers"], case.inspection["activated"], strict=True) if not kind
        )[:1],
        {"decades": float(lost)},
        "warning" if stuck else "info",
        active=stuck or not case.has("step"),
    )


PROPAGATION: tuple[Rule, ...] = (vanishing_gradient, exploding_gradient, vanishing_over_time)
