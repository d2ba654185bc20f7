"""What a rule is, what it finds, and what it advises: a change of the recipe."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.errors import RecipeError
from core.recipe.codec import with_changes
from core.recipe.parts import Recipe
from core.registry import Spec

if TYPE_CHECKING:
    from core.diagnosis.case import Case

SEVERITIES = ("critical", "warning", "info")
NEEDS = {
    "step": "training losses",
    "step.lr": "the learning rate",
    "evaluation": "evaluations",
    "evaluation.val_loss": "a validation loss",
    "evaluation.train_loss_eval": "a training loss at the evaluations",
    "gradients": "gradient norms",
    "gradients.gradient_norm": "gradient norms",
    "updates": "weight updates per layer",
    "activations": "activations per layer",
    "units": "unit statistics",
    "predictions": "predictions",
    "inspection": "the inspection of the first batch",
    "chance": "the loss of guessing",
    "recipe": "the recipe",
    "events": "the run's history",
}
"""What a rule may need, and what it is called: tables, columns of tables, and other parts of a Case."""
HEADINGS = ("Measured", "Threshold", "Judged", "Traps", "Why it happens", "Source")


@dataclass(frozen=True)
class Remedy:
    """An advice that can be tried: `changes` of the recipe, given as to `with_changes`.

    `from_start` says that the fault is in how the run began, so that a twin must start anew; otherwise it goes on from
    the last healthy checkpoint.
    """

    label: str
    changes: Mapping[str, object]
    from_start: bool = True

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return {"label": self.label, "changes": dict(self.changes), "from_start": self.from_start}


@dataclass(frozen=True)
class Finding:
    """One fault that a rule found in a run.

    `first_step` and `last_step` bound the evidence; `evidence` are the figures the sentence quotes; `panel` is the chart
    that shows it; `active` says whether it still held at the newest record that could tell.
    """

    id: str
    name: str
    severity: str
    sentence: str
    first_step: int
    last_step: int
    layers: tuple[str, ...] = ()
    evidence: Mapping[str, float] = field(default_factory=dict)
    remedies: tuple[Remedy, ...] = ()
    panel: str = "loss"
    active: bool = True

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "id": self.id, "name": self.name, "severity": self.severity, "sentence": self.sentence,
            "first_step": self.first_step, "last_step": self.last_step, "layers": list(self.layers),
            "evidence": dict(self.evidence), "remedies": [r.document() for r in self.remedies],
            "panel": self.panel, "active": self.active,
        }  # fmt: skip


@dataclass(frozen=True)
class Sign:
    """What a rule's judgement returns; the rule adds its own name. `severity` overrides the rule's usual one."""

    sentence: str
    first_step: int
    last_step: int
    layers: tuple[str, ...] = ()
    evidence: Mapping[str, float] = field(default_factory=dict)
    severity: str = ""
    active: bool = True


Judgement = Callable[["Case"], "Sign | None"]


@dataclass(frozen=True, kw_only=True)
class Rule(Spec):
    """One fault: how it is recognised and what may cure it.

    `key` is its name, `id` its stable number. `sections` are the headings of the judgement's docstring.
    `needs` names what it can't be judged without, by the keys of NEEDS.
    """

    id: str
    severity: str
    needs: tuple[str, ...]
    panel: str
    sections: Mapping[str, str]
    judge: Judgement = field(repr=False)
    advise: Callable[[Case], tuple[Remedy, ...]] = field(repr=False)

    def lacks(self, case: Case) -> tuple[str, ...]:
        """Which of its `needs` the case does not hold."""
        return tuple(need for need in self.needs if not case.has(need))

    def examine(self, case: Case) -> Finding | None:
        """The finding of this rule in `case`, or None."""
        if self.lacks(case):
            return None
        sign = self.judge(case)
        if sign is None:
            return None
        return Finding(
            self.id,
            self.key,
            sign.severity or self.severity,
            sign.sentence,
            sign.first_step,
            sign.last_step,
            sign.layers,
            sign.evidence,
            fitting(case.recipe, self.advise(case)) if case.recipe else (),
            self.panel,
            sign.active,
        )


def fitting(recipe: Recipe, remedies: tuple[Remedy, ...]) -> tuple[Remedy, ...]:
    """Those remedies that `recipe` takes and that change something in it."""
    found = []
    for remedy in remedies:
        with contextlib.suppress(RecipeError):
            if with_changes(recipe, remedy.changes) != recipe:
                found.append(remedy)
    return tuple(found)


def no_advice(case: Case) -> tuple[Remedy, ...]:
    """For faults that no change of the recipe cures."""
    return ()


def rule(
    id: str,
    key: str,
    label: str,
    *,
    severity: str = "warning",
    needs: tuple[str, ...] = ("step",),
    panel: str = "loss",
    advise: Callable[[Case], tuple[Remedy, ...]] = no_advice,
) -> Callable[[Judgement], Rule]:
    """Make a Rule of a judgement whose docstring opens with one sentence and has the HEADINGS."""

    def make(judge: Judgement) -> Rule:
        summary, sections = parse_docstring(judge.__doc__ or "")
        missing = [heading for heading in HEADINGS if heading not in sections]
        if missing or severity not in SEVERITIES:
            raise ValueError(f"rule {id} lacks {', '.join(missing) or 'a known severity'}")
        return Rule(
            key=key,
            label=label,
            summary=summary,
            article=f"{sections['Why it happens']} {sections['Source']}",
            build=f"{judge.__module__}:{judge.__name__}",
            id=id,
            severity=severity,
            needs=needs,
            panel=panel,
            sections=sections,
            judge=judge,
            advise=advise,
        )

    return make


def parse_docstring(text: str) -> tuple[str, dict[str, str]]:
    """The first sentence of a docstring and its sections, each on one line."""
    parts = re.split(rf"^\s*({'|'.join(HEADINGS)}):", text, flags=re.MULTILINE)
    sections = {name: " ".join(body.split()) for name, body in zip(parts[1::2], parts[2::2], strict=True)}
    return " ".join(parts[0].split()), sections
