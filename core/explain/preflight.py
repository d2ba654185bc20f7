"""Which methods are sound on a model, and why not the others: a look at what it is made of, then a measurement on few rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from torch import nn

from core.errors import BadInput, Cancelled
from core.explain.base import SOUND_GAP, Attribution, ExplainSpec, Refused, Request, Sound, Verdict
from core.explain.baselines import Background
from core.explain.catalogue import EXPLANATIONS
from core.explain.methods.groups import MOST_EXACT, auto_side, count_groups
from core.explain.prepare import Subject
from core.explain.scan import NORMS_OF_A_ROW

MEASURED_ROWS = 8
MOST_REGRESSED = 128
# The activations that have a rule, by class name; a test compares both with the installed libraries.
CAPTUM_RULES = frozenset(("ReLU", "ELU", "LeakyReLU", "Sigmoid", "Tanh", "Softplus"))
SHAP_RULES = CAPTUM_RULES | {"SELU", "GELU"}

Rule = Callable[[Subject], str | None]


def _no_way_through_recurrent(subject: Subject) -> str | None:
    if not subject.recurrent:
        return None
    way_out = "layer_integrated_gradients" if subject.kind == "text" else "integrated_gradients"
    return f"DeepLIFT has no rule for the gates of a recurrent layer ({subject.recurrent[0]}); use {way_out}."


def _functional(subject: Subject) -> str | None:
    found = ", ".join(subject.facts.functional)
    return found and (
        f"The model calls {found} as a function, which DeepLIFT's hooks on modules can't see; "
        "make it a module of its own for each call, or use integrated_gradients."
    )


def _in_place(subject: Subject) -> str | None:
    found = ", ".join(subject.facts.in_place)
    return found and (
        f"The model overwrites values in place ({found}), which breaks shap's hooks; write a + b instead of a += b, "
        "or use integrated_gradients."
    )


def _norm_of_a_row(subject: Subject) -> str | None:
    found = subject.facts.having(*NORMS_OF_A_ROW)
    return None if not found else (
        f"{found[0]} ({subject.facts.kinds[found[0]].__name__}) divides by a spread of the row itself, for which DeepLIFT "
        "has no rule; use integrated_gradients."
    )  # fmt: skip


def _activations_of(library: str, rules: frozenset[str]) -> Rule:
    def rule(subject: Subject) -> str | None:
        for path, kind in subject.facts.kinds.items():
            known = kind.__name__ in rules or kind.__module__ != "torch.nn.modules.activation"
            if not known:
                return f"{library}'s DeepLIFT has no rule for {kind.__name__} ({path}) and would take it for linear; use integrated_gradients."
        return None

    return rule


def _pool_beside(subject: Subject) -> str | None:
    if subject.facts.pool_beside is None:
        return None
    first, then = subject.facts.pool_beside
    return (
        f"{then} follows {first} directly, where captum's DeepLIFT loses track of which input won (captum #1104); "
        "use shap_deep or integrated_gradients."
    )


def _needs_relu(subject: Subject) -> str | None:
    if "relu" in subject.facts.functional:
        return "The model calls relu as a function, which guided backpropagation can't change; use saliency."
    if not subject.facts.having(nn.ReLU):
        return "Without a ReLU module guided backpropagation is the plain gradient; use saliency."
    return None


def _needs_convolution(subject: Subject) -> str | None:
    if subject.convolutions:
        return None
    return "Grad-CAM needs a convolution, and this model has none; use integrated_gradients or occlusion."


def _needs_last_linear(subject: Subject) -> str | None:
    if any("at the end was taken away" in note for note in subject.notes):
        return "The training saw what comes after the logits, and influence is of that training; let the model end in logits."
    if any(subject.facts.kinds[path] is nn.Linear for path in subject.facts.ends if path in subject.facts.kinds):
        return None
    return "The outputs do not come straight from one nn.Linear, at which influence is computed; use feature_ablation."


def _groups(subject: Subject) -> int:
    return count_groups(subject.kind, subject.shape, auto_side(subject.kind, subject.shape))


def _few_enough(most: int, what: str, way_out: str) -> Rule:
    def rule(subject: Subject) -> str | None:
        count = _groups(subject)
        return (
            f"{what} is for up to {most} inputs, and this model has {count}; use {way_out}." if count > most else None
        )

    return rule


_DEEP = (_no_way_through_recurrent, _functional, _norm_of_a_row)
_CAPTUM_DEEP = (*_DEEP, _activations_of("captum", CAPTUM_RULES), _pool_beside)
_REGRESSION = (_few_enough(MOST_REGRESSED, "A regression over subsets", "shap_permutation or integrated_gradients"),)
RULES = MappingProxyType(
    {
        "deep_lift": _CAPTUM_DEEP,
        "deep_lift_shap": _CAPTUM_DEEP,
        "shap_deep": (*_DEEP, _in_place, _activations_of("shap", SHAP_RULES)),
        "guided_backprop": (_needs_relu,),
        "guided_grad_cam": (_needs_convolution, _needs_relu),
        "layer_grad_cam": (_needs_convolution,),
        "kernel_shap": _REGRESSION,
        "lime": _REGRESSION,
        "shap_kernel": _REGRESSION,
        "tracin": (_needs_last_linear,),
        "shap_exact": (_few_enough(MOST_EXACT, "Going through all subsets", "shap_permutation"),),
    }
)
# Their sum depends on how the model is built; that of the sampled ones holds by construction.
MEASURED = (
    "integrated_gradients",
    "deep_lift",
    "deep_lift_shap",
    "shap_deep",
    "layer_integrated_gradients",
    "layer_conductance",
)


def preflight(subject: Subject, request: Request, methods: Iterable[str] = EXPLANATIONS) -> dict[str, Verdict]:
    """The verdict on each method for this model. `request` gives rows, targets, baseline and background to measure with."""
    return {key: judge(subject, request, EXPLANATIONS[key]) for key in methods}


def judge(subject: Subject, request: Request, spec: ExplainSpec) -> Verdict:
    """Whether `spec` is sound on this model; what a look can't tell is measured on up to 8 of the request's rows.

    Raises:
        Cancelled: when the request's `should_stop` says so.
    """
    if any(module.training for module in subject.explained.modules()):
        return Refused(
            "The model is in training mode, where dropout and batch norm answer at random; explain an eval() copy."
        )
    if subject.kind not in spec.kinds:
        return Refused(f"{spec.label} can't read {subject.kind} data; it reads {', '.join(spec.kinds)} data.")
    for rule in RULES.get(spec.key, ()):
        if reason := rule(subject):
            return Refused(reason)
    if spec.key not in MEASURED:
        return Sound()
    few = _few(request)
    # A zero baseline can hide what a real one shows (ReLU then max-pool), so DeepLIFT is measured against both.
    requests = [few, replace(few, baseline=few.background.rows[0])] if spec.key == "deep_lift" else [few]
    gaps = [_measure(subject, one, spec) for one in requests]
    for verdict in gaps:
        if isinstance(verdict, Refused):
            return verdict
    return Sound(max(verdict.gap or 0.0 for verdict in gaps if isinstance(verdict, Sound)))


def _measure(subject: Subject, request: Request, spec: ExplainSpec) -> Verdict:
    try:
        answer: Attribution = spec.load()(subject, request)
    except Cancelled:
        raise
    except BadInput as error:
        return Refused(str(error))
    except Exception as error:  # whatever a library raises on a model that it wasn't made for
        said = (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
        return Refused(f"{spec.label} fails on this model ({said}); use integrated_gradients or feature_ablation.")
    gap = answer.overall_gap
    if gap is not None and np.isnan(gap) and np.isfinite(answer.values).all() and np.isfinite(answer.output).all():
        return (
            Sound()
        )  # the output is the same on all rows and the baseline: no sum to miss; the answer's trust says so
    if gap is None or not gap <= SOUND_GAP:
        missed = "" if gap is None or not np.isfinite(gap) else f" by {gap:.0%}"
        return Refused(
            f"On {len(request.x)} rows its values miss the sum that they promise{missed}, so they mislead on this model; "
            "use feature_ablation" + ("" if spec.key == "integrated_gradients" else " or integrated_gradients") + "."
        )
    return Sound(gap)


def _few(request: Request) -> Request:
    background = request.background
    pick = np.linspace(0, len(background.rows) - 1, min(MEASURED_ROWS, len(background.rows))).astype(int)
    return replace(
        request,
        x=request.x[:MEASURED_ROWS],
        target=request.target[:MEASURED_ROWS],
        background=Background(background.rows[pick], background.words),
    )
