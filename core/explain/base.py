"""What an explanation is asked and what it answers, as plain values and arrays, and the catalogue entry of a method. No torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from core.data.base import KINDS
from core.errors import BadInput
from core.explain.baselines import Background
from core.recipe.base import Params
from core.registry import ParamValue, Spec

LEVELS = ("local", "global")
COSTS = ("instant", "seconds", "minutes")
LIBRARIES = ("captum", "shap", "own")
PARTS = ("validation", "training")
ANSWERS = ("attribution", "influence", "concept")
SOUND_GAP = 0.02


@dataclass(frozen=True, kw_only=True)
class ExplainSpec(Spec):
    """A method. `build(subject, request, **params)` returns an `Attribution`.

    answers           what it puts out: "attribution"; "influence" of training rows, then `build` is
                      core.explain.influence's own; "concept", then it is core.explain.concepts'
    kinds             the data it reads, of core.data.base.KINDS
    level             "local" explains each row; "global" means something only as a mean over many rows
    cost              for 20 rows of a small network, on one CPU core: instant <= 0.1 s, seconds <= 10 s, minutes
    library           who computes it
    complete          promises that a row's attributions sum to f(x) - f(baseline)
    needs_baseline    compares with one baseline
    needs_background  compares with many rows instead
    needs_layer       reads a layer in the middle
    own_resolution    its values have the shape of that layer, not of the input
    """

    answers: str = "attribution"
    kinds: tuple[str, ...] = KINDS
    level: str = "local"
    cost: str = "seconds"
    library: str = "captum"
    complete: bool = False
    needs_baseline: bool = False
    needs_background: bool = False
    needs_layer: bool = False
    own_resolution: bool = False

    def parse(self, given: Mapping[str, object]) -> Params:
        """Defaults with `given` over them, each checked.

        Raises:
            BadInput: with every fault in one sentence.
        """
        known = {param.name: param for param in self.params}
        faults = [
            f"{self.key} has no setting {name!r} (it has {', '.join(known) or 'none'})"
            for name in given
            if name not in known
        ]
        values = self.defaults()
        for name in known.keys() & given.keys():
            try:
                values[name] = known[name].parse(given[name])
            except ValueError as error:
                faults.append(f"{name} {error}")
        if faults:
            raise BadInput(f"The settings of {self.key} can't be used: " + "; ".join(faults) + ".")
        return Params(values)


@dataclass(frozen=True, kw_only=True)
class Question:
    """Everything that decides an explanation of a given model, in values that JSON can carry.

    `rows` number the rows of `part`. `target` is "predicted", "true" or the number of an output. `layer` and
    `baseline` are "" for the default. `background` counts the rows or centres of a background of `background_kind`
    (core.explain.baselines.BACKGROUND_KINDS).
    """

    method: str
    rows: tuple[int, ...]
    params: Params = field(default_factory=Params)
    part: str = "validation"
    target: int | str = "predicted"
    layer: str = ""
    baseline: str = ""
    background: int = 100
    background_kind: str = "rows"
    seed: int = 0

    def document(self) -> dict[str, Any]:
        """As a JSON document; `from_document` undoes it."""
        return {**asdict(self), "rows": list(self.rows), "params": dict(self.params)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Question:
        """The question that `document` holds.

        Raises:
            BadInput: when a field is unknown or missing.
        """
        try:
            values = {**document, "rows": tuple(int(row) for row in document["rows"])}
            return cls(**{**values, "params": Params(document.get("params", {}))})
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput(f"This question can't be read ({error}); it needs a method and rows.") from None

    def digest(self, weights: str) -> str:
        """A key to keep the answer under: sha256 of the question and of the model's weights."""
        text = json.dumps([weights, self.document()], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def never() -> bool:
    """The `should_stop` of a request that nobody cancels."""
    return False


def silent(share: float) -> None:
    """The `progress` of a request that nobody watches."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a method is handed, as arrays.

    x (n, *shape) as the data has it, target (n,) int64, baseline (*shape) of one sample. `should_stop` is asked
    between two chunks of work; where it says yes, the method raises Cancelled. `progress` is told the share of rows done.
    """

    x: np.ndarray
    target: np.ndarray
    baseline: np.ndarray
    background: Background
    layer: str = ""
    seed: int = 0
    should_stop: Callable[[], bool] = never
    progress: Callable[[float], None] = silent


@dataclass(frozen=True, kw_only=True, eq=False)
class Attribution:
    """The answer: how much each input moved the explained output of each row.

    values      (n, *input_shape) float64; with a `layer`, (n, *shape of that layer's output)
    target      (n,) int64, the explained output of each row
    output      (n,) float64, f(x) there: a logit, or a regression's standardised value
    base_value  (n,) float64, f(baseline), or the mean of f over the background; None where the method has neither
    gap         (n,) float64, see `relative_gap`; None without a base value
    standard_errors  (n, *input_shape) float64, of the random draws behind each value; None where the method can't tell
    seconds     wall-clock time of the computation
    """

    method: str
    values: np.ndarray
    target: np.ndarray
    output: np.ndarray
    base_value: np.ndarray | None = None
    gap: np.ndarray | None = None
    standard_errors: np.ndarray | None = None
    layer: str = ""
    params: Mapping[str, ParamValue] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    ARRAYS = ("values", "target", "output", "base_value", "gap", "standard_errors")

    @property
    def overall_gap(self) -> float | None:
        """median |sum - (f(x) - base)| / median |f(x) - base| over the rows, or None."""
        return None if self.gap is None else float(np.median(self.gap))

    @property
    def importance(self) -> np.ndarray:
        """Mean |value| over the rows, of one sample's shape."""
        return np.asarray(np.abs(self.values).mean(axis=0))

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays by name, for an npz file; those that are None are left out."""
        return {name: getattr(self, name) for name in self.ARRAYS if getattr(self, name) is not None}

    def document(self) -> dict[str, Any]:
        """All but the arrays, for JSON."""
        return {
            "method": self.method,
            "layer": self.layer,
            "params": dict(self.params),
            "notes": list(self.notes),
            "seconds": self.seconds,
        }

    @classmethod
    def from_parts(cls, document: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Attribution:
        """Undo `document` and `arrays`."""
        values: dict[str, Any] = {**document, **arrays, "notes": tuple(document["notes"])}
        return cls(**values)


def relative_gap(values: np.ndarray, output: np.ndarray, base_value: np.ndarray) -> np.ndarray:
    """|sum of a row's values - (output - base_value)| / median over rows of |output - base_value|, (n,) float64.

    Its median over the rows is the completeness gap of a method (Sundararajan, Taly and Yan 2017: completeness). `values`
    (n, ...) hold each group's value once; `output` and `base_value` (n,) are the explained output of the rows and of what
    they are compared with. NaN where a number is not finite, and throughout where the output does not change at all.

    Raises:
        BadInput: when there is not one output for each row of values.
    """
    promised = np.asarray(output, np.float64) - np.asarray(base_value, np.float64)
    if len(values) == 0 or promised.shape != (len(values),):
        raise BadInput(
            f"Attributions of shape {np.shape(values)} do not fit outputs of shape {promised.shape}; give one output a sample."
        )
    missed = np.abs(np.asarray(values, np.float64).reshape(len(promised), -1).sum(axis=1) - promised)
    scale = float(np.median(np.abs(promised)))
    rounding = 1e-6 * max(float(np.abs(output).max(initial=0.0)), 1e-6)
    return np.asarray(missed / scale if scale > rounding else np.full(len(promised), np.nan))


def overall_gap(values: np.ndarray, output: np.ndarray, base_value: np.ndarray) -> float:
    """The median over the rows of `relative_gap`, whose arguments it takes: what the lights judge."""
    return float(np.median(relative_gap(values, output, base_value)))


@dataclass(frozen=True)
class Sound:
    """The method may be used on this model. `gap` was measured on a few rows where a look at the model can't tell."""

    gap: float | None = None


@dataclass(frozen=True)
class Refused:
    """The method would fail or mislead on this model, and why; the reason is one sentence that names a way out."""

    reason: str


Verdict = Sound | Refused
