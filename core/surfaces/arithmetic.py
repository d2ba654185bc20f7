"""The arithmetic of one update, as formulas and with the numbers of torch's own optimizer; one function per optimizer. No torch."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Pair = tuple[float, float]


@dataclass(frozen=True)
class Update:
    """One update: `gradient` was seen at `place`; `before` and `after` are what torch's optimizer remembered.

    `number` counts from 1; `group` holds the optimizer's settings under torch's names; `reached` is torch's next place.
    """

    number: int
    place: Pair
    gradient: Pair
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    group: Mapping[str, Any]
    reached: Pair


@dataclass(frozen=True)
class Row:
    """One line: LaTeX of the formula, the same with numbers, and its value; `state` is torch's name of what is kept."""

    name: str
    symbol: str
    formula: str
    numbers: str
    value: Pair
    state: str = ""

    def latex(self) -> str:
        """The line with its numbers and its result."""
        return rf"{self.symbol} = {self.numbers} = {vector(self.value)}" if self.numbers else _equals(self)


@dataclass
class Sheet:
    """The lines of one update, in order; the last one is the new place."""

    update: Update
    rows: list[Row] = field(default_factory=list)

    def add(self, name: str, symbol: str, formula: str, numbers: str, value: Pair, state: str = "") -> Pair:
        """Write a line and return its value."""
        self.rows.append(Row(name, symbol, formula, numbers, value, state))
        return value

    def setting(self, name: str) -> float:
        """A setting of the optimizer; one that it has changed by itself as it was before this update."""
        return float(self.update.before.get(name, self.update.group[name]))

    def kept(self, name: str) -> Pair:
        """What torch remembered before this update; zeros before the first."""
        value = self.update.before.get(name) or (0.0, 0.0)
        return float(value[0]), float(value[1])


def number(value: float, digits: int = 4) -> str:
    """A number in LaTeX, with four significant digits."""
    if not math.isfinite(value):
        return r"\text{NaN}" if math.isnan(value) else r"\infty" if value > 0 else r"-\infty"
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa


def vector(pair: Pair) -> str:
    """Two coordinates as a column."""
    return rf"\begin{{pmatrix}} {number(pair[0])} \\ {number(pair[1])} \end{{pmatrix}}"


def _equals(row: Row) -> str:
    return rf"{row.symbol} = {vector(row.value)}"


def _each(function: Callable[..., float], *pairs: Pair) -> Pair:
    first, second = (function(*values) for values in zip(*pairs, strict=True))
    return first, second


def _gradient(sheet: Sheet, *, decay: bool = True) -> Pair:
    """The gradient, and weight decay added to it (L2)."""
    update = sheet.update
    found = sheet.add("Gradient", "g_t", r"\nabla f(w_{t-1})", "", update.gradient)
    rate = sheet.setting("weight_decay") if decay else 0.0
    if rate:
        found = sheet.add(
            "Gradient with weight decay",
            "g_t",
            r"g_t + \lambda\, w_{t-1}",
            rf"{vector(found)} + {number(rate)} {vector(update.place)}",
            _each(lambda g, w: g + rate * w, found, update.place),
        )
    return found


def _move(sheet: Sheet, formula: str, numbers: str, step: Pair, place: Pair | None = None) -> None:
    """The step, and the place that it leads to."""
    place = place or sheet.update.place
    sheet.add("Step", r"\Delta_t", formula, numbers, step)
    sheet.add(
        "New place",
        "w_t",
        r"w_{t-1} + \Delta_t",
        f"{vector(place)} + {vector(step)}",
        _each(lambda w, d: w + d, place, step),
    )


def _sgd(sheet: Sheet) -> None:
    lr, gradient = sheet.setting("lr"), _gradient(sheet)
    _move(sheet, r"-\eta\, g_t", rf"-{number(lr)} {vector(gradient)}", _each(lambda g: -lr * g, gradient))


def _velocity(sheet: Sheet, gradient: Pair) -> Pair:
    """torch's momentum buffer, which begins as the first gradient."""
    momentum, taken = sheet.setting("momentum"), 1 - float(sheet.update.group.get("dampening", 0.0))
    if "momentum_buffer" not in sheet.update.before:
        return sheet.add("Momentum, which begins as the gradient", "v_t", "g_t", "", gradient, "momentum_buffer")
    past = sheet.kept("momentum_buffer")
    return sheet.add(
        "Momentum",
        "v_t",
        r"\mu\, v_{t-1} + g_t" if taken == 1 else r"\mu\, v_{t-1} + (1 - \tau)\, g_t",
        rf"{number(momentum)} {vector(past)} + {'' if taken == 1 else number(taken)} {vector(gradient)}",
        _each(lambda v, g: momentum * v + taken * g, past, gradient),
        "momentum_buffer",
    )


def _momentum(sheet: Sheet) -> None:
    lr, speed = sheet.setting("lr"), _velocity(sheet, _gradient(sheet))
    _move(sheet, r"-\eta\, v_t", rf"-{number(lr)} {vector(speed)}", _each(lambda v: -lr * v, speed))


def _nesterov(sheet: Sheet) -> None:
    lr, momentum, gradient = sheet.setting("lr"), sheet.setting("momentum"), _gradient(sheet)
    speed = _velocity(sheet, gradient)
    ahead = sheet.add(
        "Looking ahead",
        r"\tilde g_t",
        r"g_t + \mu\, v_t",
        rf"{vector(gradient)} + {number(momentum)} {vector(speed)}",
        _each(lambda g, v: g + momentum * v, gradient, speed),
    )
    _move(sheet, r"-\eta\, \tilde g_t", rf"-{number(lr)} {vector(ahead)}", _each(lambda g: -lr * g, ahead))


def _running(sheet: Sheet, words: tuple[str, str, str], share: float, gradient: Pair, power: int, state: str) -> Pair:
    """A running mean of the gradient (power 1) or of its square (power 2); `words` are name, symbol and share's symbol."""
    name, symbol, greek = words
    past, raised = sheet.kept(state), "" if power == 1 else "^2"
    return sheet.add(
        name,
        f"{symbol}_t",
        rf"{greek}\, {symbol}_{{t-1}} + (1 - {greek})\, g_t{raised}",
        rf"{number(share)} {vector(past)} + {number(1 - share)} {vector(gradient)}{raised}",
        _each(lambda m, g: share * m + (1 - share) * g**power, past, gradient),
        state,
    )


def _adam(sheet: Sheet, *, decoupled: bool = False) -> None:
    lr, eps, t = sheet.setting("lr"), sheet.setting("eps"), sheet.update.number
    beta1, beta2 = sheet.update.group["betas"]
    gradient = _gradient(sheet, decay=not decoupled)
    mean = _running(sheet, ("First moment", "m", r"\beta_1"), beta1, gradient, 1, "exp_avg")
    square = _running(sheet, ("Second moment", "v", r"\beta_2"), beta2, gradient, 2, "exp_avg_sq")
    if sheet.update.group.get("amsgrad"):
        largest = sheet.kept("max_exp_avg_sq")
        square = sheet.add(
            "Largest second moment so far",
            "v_t",
            r"\max(v^{\max}_{t-1},\, v_t)",
            rf"\max\left({vector(largest)}, {vector(square)}\right)",
            _each(max, largest, square),
            "max_exp_avg_sq",
        )
    right1, right2 = 1 - beta1**t, 1 - beta2**t
    mean = sheet.add(
        "Bias correction",
        r"\hat m_t",
        r"m_t / (1 - \beta_1^t)",
        rf"{vector(mean)} / (1 - {number(beta1)}^{{{t}}})",
        _each(lambda m: m / right1, mean),
    )
    square = sheet.add(
        "Bias correction",
        r"\hat v_t",
        r"v_t / (1 - \beta_2^t)",
        rf"{vector(square)} / (1 - {number(beta2)}^{{{t}}})",
        _each(lambda v: v / right2, square),
    )
    place = _decayed(sheet, lr) if decoupled and sheet.setting("weight_decay") else None
    _move(
        sheet,
        r"-\eta\, \hat m_t / (\sqrt{\hat v_t} + \epsilon)",
        rf"-{number(lr)} {vector(mean)} / \left(\sqrt{{{vector(square)}}} + {number(eps)}\right)",
        _each(lambda m, v: -lr * m / (math.sqrt(v) + eps), mean, square),
        place,
    )


def _decayed(sheet: Sheet, lr: float) -> Pair:
    rate, place = sheet.setting("weight_decay"), sheet.update.place
    return sheet.add(
        "Weight decay, on the place itself",
        "w_{t-1}",
        r"(1 - \eta \lambda)\, w_{t-1}",
        rf"(1 - {number(lr)} \cdot {number(rate)}) {vector(place)}",
        _each(lambda w: (1 - lr * rate) * w, place),
    )


def _adamw(sheet: Sheet) -> None:
    _adam(sheet, decoupled=True)


def _rmsprop(sheet: Sheet) -> None:
    lr, eps, momentum = sheet.setting("lr"), sheet.setting("eps"), sheet.setting("momentum")
    gradient = _gradient(sheet)
    square = _running(sheet, ("Second moment", "v", r"\alpha"), sheet.setting("alpha"), gradient, 2, "square_avg")
    scaled, numbers = r"g_t / (\sqrt{v_t} + \epsilon)", _quotient(gradient, square, eps)
    value = _each(lambda g, v: g / (math.sqrt(v) + eps), gradient, square)
    if momentum:
        past = sheet.kept("momentum_buffer")
        value = sheet.add(
            "Momentum",
            "b_t",
            rf"\mu\, b_{{t-1}} + {scaled}",
            rf"{number(momentum)} {vector(past)} + {numbers}",
            _each(lambda b, g: momentum * b + g, past, value),
            "momentum_buffer",
        )
        scaled, numbers = "b_t", vector(value)
    _move(sheet, rf"-\eta\, {scaled}", rf"-{number(lr)} {numbers}", _each(lambda g: -lr * g, value))


def _adagrad(sheet: Sheet) -> None:
    lr, eps, gradient = sheet.setting("lr"), sheet.setting("eps"), _gradient(sheet)
    initial = float(sheet.update.group["initial_accumulator_value"])
    past = sheet.kept("sum") if "sum" in sheet.update.before else (initial, initial)
    total = sheet.add(
        "Sum of squares",
        "s_t",
        "s_{t-1} + g_t^2",
        rf"{vector(past)} + {vector(gradient)}^2",
        _each(lambda s, g: s + g * g, past, gradient),
        "sum",
    )
    _move(
        sheet,
        r"-\eta\, g_t / (\sqrt{s_t} + \epsilon)",
        rf"-{number(lr)} {_quotient(gradient, total, eps)}",
        _each(lambda g, s: -lr * g / (math.sqrt(s) + eps), gradient, total),
    )


def _quotient(above: Pair, below: Pair, eps: float) -> str:
    return rf"{vector(above)} / \left(\sqrt{{{vector(below)}}} + {number(eps)}\right)"


ARITHMETIC: dict[str, Callable[[Sheet], None]] = {
    "sgd": _sgd,
    "momentum": _momentum,
    "nesterov": _nesterov,
    "adam": _adam,
    "adamw": _adamw,
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
}


def worked(optimizer: str, update: Update) -> list[Row] | None:
    """The lines of `update`, the new place last; None for an optimizer whose arithmetic is not written here."""
    if optimizer not in ARITHMETIC:
        return None
    sheet = Sheet(update)
    ARITHMETIC[optimizer](sheet)
    return sheet.rows
