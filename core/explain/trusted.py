"""The checks on an answer: which of them apply to a method on a model, measured and put together as the trust in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from torch import nn

from core.errors import BadInput, suggestion
from core.explain.base import Attribution, ExplainSpec, Request, silent
from core.explain.methods.common import check
from core.explain.methods.groups import feature_groups, spread
from core.explain.prepare import Explained, Subject
from core.explain.trust.completeness import completeness
from core.explain.trust.curves import Curves, faithfulness, measure_curves
from core.explain.trust.light import Check, Trust, trust
from core.explain.trust.randomisation import cascade, dependence
from core.explain.trust.sensitivity import max_sensitivity, stability
from core.registry import ParamValue

USUAL = ("completeness", "faithfulness", "dependence")
CHECKS = (*USUAL, "stability")  # the last costs eleven explanations, so it is made when asked for
FAITHFULNESS_ROWS, DEPENDENCE_ROWS, STABILITY_ROWS = 20, 10, 5
RANDOM_MODELS = {"instant": 5, "seconds": 5, "minutes": 2}  # one draw's correlation can be anything
FEWEST_ORDERS = 400  # a feature order drawn at random must hardly ever be the method's own


def checked(
    subject: Subject,
    request: Request,
    spec: ExplainSpec,
    params: Mapping[str, ParamValue],
    found: Attribution,
    checks: tuple[str, ...] = USUAL,
) -> tuple[Trust, Curves | None]:
    """The trust in what `spec` found for `request`, and the deletion and insertion curves where they were measured.

    Raises:
        BadInput: for a check that does not exist.
        Cancelled: when the request's `should_stop` says so.
    """
    for asked in checks:
        if asked not in CHECKS:
            raise BadInput(f"There is no check {asked!r}{suggestion(asked, CHECKS)}; choose from {', '.join(CHECKS)}.")
    made: list[Check | None] = []
    curves = None
    if "completeness" in checks and found.base_value is not None:
        made.append(completeness(found.values, found.output, found.base_value, on_average=not spec.complete))
    if "faithfulness" in checks and _ranks_inputs(spec, found) and _orders(found) >= math.log(FEWEST_ORDERS):
        curves = _curves(subject, request, spec, found)
        made.append(faithfulness(curves))
    request.progress(0.5)
    if "dependence" in checks:
        made.append(_dependence(subject, request, spec, params, found))
    if "stability" in checks and subject.kind != "text":
        made.append(_stability(subject, request, spec, params))
    return trust(made), curves


def _ranks_inputs(spec: ExplainSpec, found: Attribution) -> bool:
    """Whether there is one value for every input of the data, and not for the units of a layer."""
    return not found.layer or not spec.own_resolution


def _orders(found: Attribution) -> float:
    """Logarithm of the number of orders in which the features of all checked rows can be deleted."""
    rows = min(len(found.values), FAITHFULNESS_ROWS)
    return rows * math.lgamma(found.values[0].size + 1)


def _curves(subject: Subject, request: Request, spec: ExplainSpec, found: Attribution) -> Curves:
    values = found.values
    if spec.level == "global":  # means something as a mean over the rows only
        values = np.broadcast_to(values.mean(axis=0), values.shape)
    few = slice(FAITHFULNESS_ROWS)

    def predict(x: np.ndarray) -> np.ndarray:
        check(request)
        return subject.predict(x)

    return measure_curves(
        predict, request.x[few], values[few], request.target[few], request.baseline, seed=request.seed
    )


def _again(subject: Subject, request: Request, spec: ExplainSpec, params: Mapping[str, ParamValue]) -> np.ndarray:
    found: Attribution = spec.load()(subject, replace(request, progress=silent), **params)
    return found.values


def _dependence(
    subject: Subject, request: Request, spec: ExplainSpec, params: Mapping[str, ParamValue], found: Attribution
) -> Check:
    """The same explanation of the same rows again, with all weights replaced at random, several times."""
    rows = len(request.x) if spec.level == "global" else min(len(request.x), DEPENDENCE_ROWS)
    few = replace(request, x=request.x[:rows], target=request.target[:rows])
    size = _input_factor(subject, few, spec, found)

    def gradient_part(values: np.ndarray) -> np.ndarray:
        return values if size is None else np.where(size > 0, values / np.where(size > 0, size, 1), np.nan)

    def attribute(model: nn.Module) -> np.ndarray:
        assert isinstance(model, Explained)
        return gradient_part(_again(replace(subject, explained=model), few, spec, params))

    trained = gradient_part(found.values[:rows])
    return dependence(
        [
            cascade(subject.explained, attribute, trained=trained, stages=1, seed=request.seed + draw)
            for draw in range(RANDOM_MODELS[spec.cost])
        ]
    )


def _input_factor(subject: Subject, request: Request, spec: ExplainSpec, found: Attribution) -> np.ndarray | None:
    """How far each input (n, *shape) is from what it is compared with, which a method's values carry as a factor whatever
    the weights are: root mean square over a background, distance from a baseline, 1 or 0 for words and padding; of inputs
    that are switched together the mean. None for a method whose values have no such factor."""
    against_zero, among_rows = spec.key == "input_x_gradient", spec.key == "feature_permutation"
    compares = against_zero or among_rows or spec.needs_baseline or spec.needs_background
    if not (_ranks_inputs(spec, found) and compares):
        return None
    if subject.kind == "text":
        return (request.x != request.baseline).astype(np.float64)
    x = request.x.astype(np.float64)
    if among_rows:
        size = _distance(x, x, np.full(len(x), 1 / len(x)))
    elif spec.needs_background:
        size = _distance(x, request.background.rows.astype(np.float64), request.background.shares)
    else:
        size = np.abs(x - (0 if against_zero else request.baseline))
    side = found.params.get("side", found.params.get("window"))
    if isinstance(side, int) and side > 1:
        groups = feature_groups(subject.kind, subject.shape, side)
        sums = np.stack([np.bincount(groups.ravel(), row.ravel()) for row in size])
        size = spread(sums, groups)
    return np.asarray(size)


def _distance(x: np.ndarray, rows: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Root mean square distance of each input (n, *shape) from those of `rows` (m, *shape), weighted by `shares`."""
    mean, square = (np.tensordot(shares, rows**power, axes=1) for power in (1, 2))
    return np.asarray(np.sqrt(np.maximum(x**2 - 2 * x * mean + square, 0)))


def _stability(subject: Subject, request: Request, spec: ExplainSpec, params: Mapping[str, ParamValue]) -> Check:
    """How much it moves when the inputs move a little."""
    rows = len(request.x) if spec.level == "global" else min(len(request.x), STABILITY_ROWS)
    target = request.target[:rows]

    def attribute(x: np.ndarray) -> np.ndarray:
        return _again(subject, replace(request, x=x, target=target), spec, params)

    return stability(max_sensitivity(attribute, request.x[:rows], seed=request.seed))
