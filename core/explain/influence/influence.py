"""From a run and rows to the training rows that pushed its predictions, with the check that goes with them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from core.data.base import Prepared
from core.errors import BadInput
from core.explain.base import PARTS, never, silent
from core.explain.catalogue import EXPLANATIONS
from core.explain.influence.base import Influence
from core.explain.influence.line import Line, run_line
from core.explain.influence.steadiness import steadiness, top
from core.explain.influence.tracin import Rows, Terms, terms
from core.explain.trust.light import trust
from core.store.workspace import Run

MOST_EXPLAINED = 50
MOST_SEARCHED = 20_000
SUSPECTS = 50


def influence(
    run: Run,
    rows: Sequence[int],
    *,
    step: int | None = None,
    part: str = "validation",
    target: int | str = "predicted",
    most: int = 10,
    weights: str = "last",
    retrace: bool = True,
    seed: int = 0,
    uploads: Path | None = None,
    data: Prepared | None = None,
    should_stop: Callable[[], bool] = never,
    progress: Callable[[float], None] = silent,
) -> Influence:
    """The `most` strongest proponents and opponents, among the training rows, of each of `rows` of a `part`.

    The checkpoint at `step` (None = the newest) is explained, from those before it. `target` says for which class:
    "predicted" there asks what made the model think so; or "true", or a class's number. A regression is always asked for its true values: at what it says itself its loss has no slope.
    `data` spares loading them again.

    Raises:
        BadInput: when there is no such row or target, or the run has too few checkpoints or no last linear layer.
        Cancelled: when `should_stop()` says so between two chunks of rows.
    """
    begun = time.perf_counter()
    settings = EXPLANATIONS["tracin"].parse({"most": most, "weights": weights, "retrace": retrace})
    shown = int(settings["most"] or 0)
    line, data = run_line(
        run,
        step,
        uploads,
        data,
        retrace=bool(settings["retrace"]),
        should_stop=should_stop,
        progress=lambda share: progress(share / 2),
    )
    x, y = asked_rows(data, part, rows)
    wanted, words = targets(line, data, x, y, target)
    searched, searched_words = search(len(data.y_train), seed)
    training = (data.x_train[searched], data.y_train[searched])
    found = terms(
        line,
        training,
        (x, wanted),
        str(settings["weights"]),
        should_stop=should_stop,
        progress=lambda share: progress((1 + share) / 2),
    )
    answer = ranked(found, shown, searched, data.y_train)
    steps = np.array([point.step for point in line.points])
    return Influence(
        method="tracin",
        part=part,
        rows=np.asarray(rows, np.int64),
        target=wanted,
        **answer,
        searched=searched,
        made_up=made_up(data, answer),
        steps=steps,
        rates=np.array([point.rate for point in line.points]),
        shares=np.array([point.share for point in line.points]),
        trust=trust([steadiness(found.scores, tuple(steps.tolist()), shown)]),
        params=dict(settings),
        notes=(words, searched_words, f"Summed over {len(steps)} checkpoints, steps {steps[0]:,} to {steps[-1]:,}.", *line.notes),
        cautions=line.cautions,
        seconds=time.perf_counter() - begun,
    )  # fmt: skip


def asked_rows(data: Prepared, part: str, rows: Sequence[int]) -> Rows:
    """x (n, *shape) and targets (n,) of those rows.

    Raises:
        BadInput: when part or rows do not exist, or there are too many.
    """
    if part not in PARTS:
        raise BadInput(f"There is no part {part!r}; choose {' or '.join(PARTS)}.")
    x, y = (data.x_val, data.y_val) if part == "validation" else (data.x_train, data.y_train)
    numbers = np.asarray(rows, np.int64)
    if not 1 <= len(numbers) <= MOST_EXPLAINED or numbers.min() < 0 or numbers.max() >= len(x):
        raise BadInput(
            f"These rows can't be traced at once: give 1 to {MOST_EXPLAINED} row numbers from 0 to {len(x) - 1} ({part} part)."
        )
    return x[numbers], y[numbers]


def targets(line: Line, data: Prepared, x: np.ndarray, y: np.ndarray, target: int | str) -> tuple[np.ndarray, str]:
    """What the loss of each explained row is taken against, (n,), and a sentence that says so.

    Raises:
        BadInput: when there is no such output.
    """
    if data.task == "regression":
        return y, "Explained is the loss against the true value: proponents made it smaller."
    if target == "predicted":
        outputs = line.explained()(line.tensor(x)).detach().cpu().numpy()
        return outputs.argmax(axis=1), "Explained is the class that the model predicts: proponents spoke for it."
    if target == "true":
        return y, "Explained is the true class: proponents spoke for it."
    if isinstance(target, int) and 0 <= target < data.outputs:
        return np.full(
            len(y), target, np.int64
        ), f"Explained is class {data.class_names[target]}: proponents spoke for it."
    raise BadInput(f"There is no output {target!r}; give predicted, true, or a number from 0 to {data.outputs - 1}.")


def search(total: int, seed: int) -> tuple[np.ndarray, str]:
    """The training rows to look at, in order, and a sentence that says which: all, or MOST_SEARCHED drawn by `seed`."""
    if total <= MOST_SEARCHED:
        return np.arange(total), f"All {total:,} training rows were searched."
    drawn = np.sort(np.random.default_rng([seed, 11]).choice(total, MOST_SEARCHED, replace=False))
    return (
        drawn,
        f"{MOST_SEARCHED:,} of {total:,} training rows were searched, drawn by seed {seed}: the strongest may be elsewhere.",
    )


def made_up(data: Prepared, answer: dict[str, np.ndarray]) -> np.ndarray:
    """Those of the training rows named in `answer` that a balance made up, in order."""
    if data.made_up is None:
        return np.zeros(0, np.int64)
    named = np.unique(np.concatenate([answer[name].ravel() for name in ("proponents", "opponents", "suspects")]))
    return named[data.made_up[named]]


def ranked(found: Terms, most: int, searched: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """The arrays of an `Influence` that name training rows; `labels` (all training rows,)."""
    scores, own = found.scores.sum(axis=0, dtype=np.float64), found.own.sum(axis=0, dtype=np.float64)
    best, worst = top(scores, most), top(-scores, most)
    suspects = searched[np.argsort(-own, kind="stable")[:SUSPECTS]]
    return {
        "proponents": searched[best],
        "proponent_scores": np.take_along_axis(scores, best, axis=1),
        "proponent_labels": labels[searched[best]],
        "opponents": searched[worst],
        "opponent_scores": np.take_along_axis(scores, worst, axis=1),
        "opponent_labels": labels[searched[worst]],
        "self_influence": own,
        "suspects": suspects,
    }
