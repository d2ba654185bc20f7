"""One input per Param: its label, unit, range and help come from the recipe and the catalogues."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from core.registry import Param, ParamValue

EXACT = 2**53 - 1  # the largest whole number that the browser holds exactly


def label_of(param: Param) -> str:
    """The label with its unit."""
    return f"{param.label} ({param.unit})" if param.unit else param.label


def help_of(param: Param) -> str:
    """The help text, followed by what is allowed."""
    allowed = "" if param.kind in ("bool", "choice") else f" Allowed: {param.allowed()}."
    return f"{param.help}{allowed} `{param.name}`".strip()


def step_of(param: Param, value: ParamValue) -> float:
    """How far one press of + goes: a tenth of a decade for logarithmic settings, else a readable fraction."""
    if param.log:
        base = value if isinstance(value, int | float) and value > 0 else param.default
        size = float(base) if isinstance(base, int | float) and base > 0 else 1e-4
        return 10.0 ** math.floor(math.log10(size))
    if param.maximum is not None or param.below is not None:
        top = param.maximum if param.maximum is not None else param.below
        return 0.05 if top is not None and top <= 1 else 1.0
    return 0.1


def param_input(param: Param, value: ParamValue, key: str, *, disabled: bool = False) -> ParamValue:
    """Draw the input for `param` and return what it holds; `key` must change when `value` is replaced from outside."""
    label, help = label_of(param), help_of(param)
    if param.kind == "choice":
        choices = list(param.choices)
        if st.session_state.get(key) not in choices:
            st.session_state[key] = next((v for v in (value, param.default) if v in choices), choices[0])
        return st.selectbox(label, choices, key=key, help=help, disabled=disabled)
    if param.kind == "bool":
        start(key, bool(value))
        return st.checkbox(label, key=key, help=help, disabled=disabled)
    if param.kind == "text":
        start(key, "" if value is None else str(value))
        return st.text_input(label, key=key, help=help, disabled=disabled) or None
    return _number_input(param, value, label, help, key, disabled)


def _number_input(
    param: Param, value: ParamValue, label: str, help: str, key: str, disabled: bool
) -> float | int | None:
    whole = param.kind == "int"
    convert: type[int] | type[float] = int if whole else float
    start(key, None if value is None else convert(value))
    lower = None if param.minimum is None else convert(param.minimum)
    upper = None if param.maximum is None else convert(param.maximum)
    extra: dict[str, Any] = {"value": None} if param.optional else {}
    if param.optional:
        extra["placeholder"] = "none"
    found = st.number_input(
        label,
        min_value=lower if lower is None or abs(lower) <= EXACT else None,
        max_value=upper if upper is None or abs(upper) <= EXACT else None,
        step=convert(max(1, round(step_of(param, value)))) if whole else step_of(param, value),
        format="%d" if whole else "%.6g",
        key=key,
        help=help,
        disabled=disabled,
        **extra,
    )
    return None if found is None else convert(found)


def start(key: str, value: Any) -> None:
    """Give the widget `key` its value, if this session has not drawn it since the value was set from outside."""
    if key not in st.session_state:
        st.session_state[key] = value
