"""Whether an initialisation suits an architecture, as sentences. No torch."""

from __future__ import annotations

from collections.abc import Mapping

from core.models.catalogue import ARCHITECTURES
from core.models.parts.activation_table import layer_activations
from core.registry import ParamValue

Params = Mapping[str, ParamValue]
# What can't end a branch that begins at zero: no gradient at exactly 0, or an output that is not 0 there.
NO_GRADIENT_AT_ZERO = ("relu", "relu6")
NOT_ZERO_AT_ZERO = ("sigmoid", "hard_sigmoid", "softplus")
FIXUP_MODELS = ("residual_cnn",)
T_FIXUP_MODELS = ("transformer",)


def check_zero_residual(architecture: str, params: Params) -> list[str]:
    """List what keeps zero_residual from being used on a model of that key and settings."""
    if faults := _needs_shortcuts("zero_residual", architecture, params) or check_plain_weights(
        "zero_residual", params
    ):
        return faults
    if architecture != "mlp":
        return []
    keys = layer_activations(str(params["activation"]), str(params["activations"] or ""), int(params["depth"] or 1))
    found = [key for key in keys[1:] if key in (*NO_GRADIENT_AT_ZERO, *NOT_ZERO_AT_ZERO)]
    if not found:
        return []
    why = "passes no gradient at exactly zero" if found[0] in NO_GRADIENT_AT_ZERO else "is not zero at zero"
    return [
        f"the branches of an MLP end with the activation, and {found[0]} {why}, so zero_residual would leave them "
        "stuck; set model.activation to tanh, gelu or elu, or choose a residual CNN"
    ]


def check_fixup(architecture: str, params: Params) -> list[str]:
    """List what keeps Fixup from being used on a model of that key and settings."""
    if faults := _needs_shortcuts("fixup", architecture, params):
        return faults
    if architecture not in FIXUP_MODELS:
        label = ARCHITECTURES[architecture].label
        instead = "t_fixup" if architecture in T_FIXUP_MODELS else "zero_residual"
        return [
            "fixup is for branches of two or more convolutions, which "
            f"{label} has not; choose {instead}, or set model.key to {' or '.join(FIXUP_MODELS)}"
        ]
    if params.get("norm") != "none":
        return [
            f"fixup stands in for a norm, but model.norm is {params.get('norm')}; set model.norm to none, "
            "or choose zero_residual, which goes with a norm"
        ]
    return []


def check_t_fixup(architecture: str, params: Params) -> list[str]:
    """List what keeps T-Fixup from being used on a model of that key and settings."""
    if architecture not in T_FIXUP_MODELS:
        return [
            f"t_fixup scales the attention and feed-forward branches of a transformer, and {ARCHITECTURES[architecture].label} "
            f"is none; set model.key to {' or '.join(T_FIXUP_MODELS)}, or choose he_normal"
        ]
    if params.get("norm_place") != "none":
        return ["t_fixup stands in for the layer norms; set model.norm_place to none, or choose xavier_uniform"]
    return []


def check_lsuv(architecture: str, params: Params) -> list[str]:
    """List what keeps LSUV from being used on a model of that key and settings."""
    return check_plain_weights("lsuv", params)


def check_plain_weights(init: str, params: Params) -> list[str]:
    """What sets weights after looking at them can't do so where they are computed from others."""
    if params.get("norm") not in ("weight", "spectral"):
        return []
    return [
        f"{init} sets the weights themselves, but with model.norm {params['norm']} they are computed from others; "
        "set model.norm to none, or choose orthogonal"
    ]


def _needs_shortcuts(init: str, architecture: str, params: Params) -> list[str]:
    spec = ARCHITECTURES[architecture]
    if spec.has_shortcuts(params):
        return []
    others = " or ".join(key for key, one in ARCHITECTURES.items() if one.shortcuts == "always")
    mend = f"switch model.{spec.shortcuts} on" if spec.shortcuts != "never" else f"set model.key to {others}"
    return [
        f"{init} is about the branches beside shortcuts, and this {spec.label} has none; {mend}, or choose he_normal"
    ]
