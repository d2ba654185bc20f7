"""The inspector process: looks at the first batch of a recipe, or takes the fatal step of a run apart.

It stays warm between questions. One JSON document a line on standard input, {"recipe": ..., "uploads": folder} or
{"trace": run folder, "step": number, "uploads": folder}; one a line on standard output, {"inspection": ..., "facts": ...,
"seconds": ...}, {"trace": ...} or {"error": sentence}.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from pathlib import Path
from typing import Any


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """The answer to one question; what goes wrong is a sentence under "error"."""
    from core.errors import ClinicError

    try:
        return _trace(question) if "trace" in question else _inspect(question)
    except ClinicError as error:
        return {"error": str(error)}
    except (RuntimeError, MemoryError) as error:
        return {"error": f"The model can't be built or run ({type(error).__name__}: {str(error)[:200]})."}


def _trace(question: dict[str, Any]) -> dict[str, Any]:
    from core.store.workspace import Run
    from core.train.forensics import trace

    return {"trace": trace(Run(Path(question["trace"])), int(question["step"]), Path(question["uploads"]))}


def _inspect(question: dict[str, Any]) -> dict[str, Any]:
    """The inspection of one recipe document, and the facts that the rules need with it."""
    from core.recipe.codec import parse_recipe
    from core.train.inspection import inspect_start
    from core.train.plan import make_plan

    begun = time.perf_counter()
    plan = make_plan(parse_recipe(question["recipe"]), Path(question["uploads"]))
    found = inspect_start(plan)
    facts = {
        "class_names": list(plan.data.class_names),
        "steps_per_epoch": plan.steps_per_epoch,
        "loss": plan.recipe.loss.key,
        "parameters": sum(p.numel() for p in plan.model.parameters()),
    }
    return {"inspection": found, "facts": facts, "seconds": time.perf_counter() - begun}


def main() -> None:
    """Answer questions until the input ends."""
    for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    said = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints must not mix with the answers
    from core.train.process import warm_up

    if hasattr(os, "nice"):
        os.nice(5)
    warm_up()
    for line in sys.stdin:
        said.write(json.dumps(_jsonable(answer(json.loads(line)))) + "\n")
        said.flush()


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _jsonable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_jsonable(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value


if __name__ == "__main__":
    main()
