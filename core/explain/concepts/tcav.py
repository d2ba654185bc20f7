"""TCAV with its own error: a concept counts where it leaves the spread of concepts that are random rows (Kim et al. 2018).

Shares of rows whose output rises saturate: near a linear head every direction, also a random one, gets 0 or 1, and a t-test on
such shares calls most of them significant. So the verdict rests on the mean cosine of gradient and direction, one draw
against those of many random concepts, each made and averaged over random sets exactly as the concept is. What is laid over
images is measured against random patterns laid over them: to be laid over with anything at all may speak for a class.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.data.base import Prepared
from core.errors import BadInput
from core.explain.base import never, silent
from core.explain.catalogue import EXPLANATIONS
from core.explain.concepts.base import Ask, Concepts
from core.explain.concepts.examples import default_asks, draw, draw_random, set_size
from core.explain.concepts.judging import judged, repeatability
from core.explain.concepts.layer import activations, check_layer, gradients, middle_layer
from core.explain.concepts.vectors import Tables, fit
from core.explain.prepare import Opened, Subject
from core.explain.trust.light import trust

POOL = 400
MOST_CLASSES = 10
MOST_CONCEPTS = 12
MOST_ROWS = 500


@dataclass(frozen=True, eq=False)
class Directions:
    """Of one concept over its random sets: cosines' means (sets, classes), shares of rows that rise alike, accuracy (sets,)."""

    alignment: np.ndarray
    score: np.ndarray
    accuracy: np.ndarray


def concepts(
    opened: Opened,
    asks: Sequence[Ask] = (),
    *,
    layer: str = "",
    outputs: Sequence[int] = (),
    rows: int = 100,
    sets: int = 20,
    nulls: int = 30,
    examples: int = 40,
    seed: int = 0,
    should_stop: Callable[[], bool] = never,
    progress: Callable[[float], None] = silent,
) -> Concepts:
    """How much each class (`outputs`, none = the first MOST_CLASSES) depends on each concept (none = the data's own).

    `rows` validation rows of each class are counted, at `layer` ("" = a middle one). Each concept is told from `sets` sets
    of random training rows, and so are `nulls` random concepts; all have `examples` rows, or as many as there are.

    Raises:
        BadInput: when there is no such concept, layer or output, or there are too few rows.
        Cancelled: when `should_stop()` says so.
    """
    begun = time.perf_counter()
    settings = EXPLANATIONS["tcav"].parse({"sets": sets, "nulls": nulls, "examples": examples})
    subject, data, random = opened.subject, opened.data, np.random.default_rng([seed, 17])
    layer = layer or middle_layer(subject, data.x_val[:8])
    check_layer(subject, layer)
    wanted = _outputs(data, outputs)
    asked = tuple(asks) or default_asks(data)
    if not asked:
        raise BadInput("These data have no concept that enough rows show; name one, such as class:NAME.")
    if len(asked) > MOST_CONCEPTS:
        raise BadInput(f"{len(asked)} concepts are too many at once; ask for at most {MOST_CONCEPTS}.")
    patterns = asked[0].kind == "pattern"
    if any((ask.kind == "pattern") != patterns for ask in asked):
        raise BadInput(
            "Patterns are measured against random patterns, other concepts against random rows: ask for them apart."
        )
    size = set_size(data, asked, examples)
    shown = [draw(data, ask, size, random) for ask in asked]
    counted_rows = [_rows_of(data, output, min(rows, MOST_ROWS)) for output in wanted]
    slopes = [gradients(subject, layer, x, output, should_stop) for x, output in zip(counted_rows, wanted, strict=True)]
    bounds = np.cumsum([0, *(len(one) for one in slopes)])
    pool = np.sort(random.choice(len(data.x_train), min(max(POOL, 4 * size), len(data.x_train)), replace=False))
    on_pool = activations(subject, layer, data.x_train[pool], should_stop)
    every = np.concatenate(slopes)

    plain, found = Tables.of(on_pool, every), []
    work = [*(draw_random(data, patterns, size, random) for _ in range(nulls)), *shown]
    for number, example in enumerate(work):
        table = plain.with_more((on_pool, activations(subject, layer, example.x, should_stop)), every)
        own, others = np.arange(len(pool), len(pool) + size), np.flatnonzero(np.isin(pool, example.others))
        found.append(_directions(table, own, others, bounds, sets, size, random))
        progress((number + 1) / len(work))
    by_chance, of_concepts = found[:nulls], found[nulls:]
    counted = np.array([int((np.linalg.norm(one, axis=1) > 0).sum()) for one in slopes])
    answer = judged(by_chance, of_concepts)
    names = [data.class_names[one] if data.task == "classification" else data.target_name for one in wanted]
    check = repeatability(answer, [one.words for one in shown], names, counted, sets, nulls)
    return Concepts(
        layer=layer,
        concepts=tuple(one.words for one in shown),
        classes=tuple(str(name) for name in names),
        outputs=np.array(wanted),
        **answer,
        counted=counted,
        trust=trust([check]),
        params=dict(settings),
        step=opened.step,
        notes=(*subject.notes, *_notes(subject, data, layer, counted, slopes, sets, nulls, size, patterns)),
        seconds=time.perf_counter() - begun,
    )


def _directions(
    table: Tables,
    own: np.ndarray,
    others: np.ndarray,
    bounds: np.ndarray,
    sets: int,
    examples: int,
    random: np.random.Generator,
) -> Directions:
    alignment, score, accuracy = [], [], []
    for _ in range(sets):
        vector = fit(table.inner, own, random.choice(others, min(examples, len(others)), replace=False), random)
        cosines = table.cosines(vector)
        by_class = [one[np.isfinite(one)] for one in np.split(cosines, bounds[1:-1])]
        alignment.append([float(one.mean()) if len(one) else np.nan for one in by_class])
        score.append([float((one > 0).mean()) if len(one) else np.nan for one in by_class])
        accuracy.append(vector.accuracy)
    return Directions(np.array(alignment), np.array(score), np.array(accuracy))


def _outputs(data: Prepared, outputs: Sequence[int]) -> list[int]:
    wanted = list(outputs) or list(range(min(data.outputs, MOST_CLASSES)))
    if any(not 0 <= one < data.outputs for one in wanted) or len(wanted) > MOST_CLASSES:
        raise BadInput(
            f"These outputs can't be asked about ({', '.join(map(str, wanted))}); give at most {MOST_CLASSES} numbers from 0 to {data.outputs - 1}."
        )
    return wanted


def _rows_of(data: Prepared, output: int, most: int) -> np.ndarray:
    """Up to `most` validation rows of a class, or any of a regression.

    Raises:
        BadInput: when there is none.
    """
    found = np.flatnonzero(data.y_val == output) if data.task == "classification" else np.arange(len(data.y_val))
    if not len(found):
        raise BadInput(f"No validation row is of class {data.class_names[output]}; choose another class.")
    return np.asarray(data.x_val[found[np.linspace(0, len(found) - 1, min(most, len(found))).astype(int)]])


def _notes(
    subject: Subject,
    data: Prepared,
    layer: str,
    counted: np.ndarray,
    slopes: list[np.ndarray],
    sets: int,
    nulls: int,
    examples: int,
    patterns: bool,
) -> list[str]:
    shape = " x ".join(map(str, subject.facts.layers[layer]))
    notes = [
        f"Read at {layer} ({shape} units).",
        f"Every figure is a mean over {sets} random sets of {examples} training rows; the band is that of {nulls} concepts "
        f"that are random {'patterns' if patterns else 'rows'}.",
    ]
    if patterns:
        notes.append(
            "Patterns are laid over training images: it is them, not the scene, that tells examples from other rows."
        )
    quiet = sum(len(one) for one in slopes) - int(counted.sum())
    if quiet:
        notes.append(f"{quiet} rows whose output does not move with this layer at all were left out.")
    return notes
