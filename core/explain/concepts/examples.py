"""Examples of concepts that people have words for, from a run's own data: classes, features, patterns, words. No torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.data.base import Prepared
from core.data.tokens.wordpiece import SPECIAL
from core.data.tokens.words import PADDING, UNKNOWN
from core.errors import BadInput, suggestion
from core.explain.concepts.base import Ask

HIGH = 90
LEAST_EXAMPLES = 10
MOST_DEFAULT = 6
PERIOD = 4
NO_WORDS = (PADDING, UNKNOWN, *SPECIAL)

Pattern = Callable[[np.ndarray, np.ndarray], np.ndarray]
# From the row and column numbers of pixels to 1 where it is to be brighter and -1 where darker: stripes do both alike.
PATTERNS: dict[str, tuple[str, Pattern]] = {
    "horizontal": ("horizontal stripes", lambda row, column: _bars(row + 0 * column)),
    "vertical": ("vertical stripes", lambda row, column: _bars(column + 0 * row)),
    "diagonal": ("diagonal stripes", lambda row, column: _bars(row + column)),
    "checker": ("a checkerboard", lambda row, column: _bars(row + 0 * column) * _bars(column + 0 * row)),
    "bright": ("brightness", lambda row, column: np.ones((row + column).shape)),
    "dark": ("darkness", lambda row, column: -np.ones((row + column).shape)),
}
STRENGTH = 0.3  # of the span from the darkest to the brightest pixel


@dataclass(frozen=True, eq=False)
class Examples:
    """Rows (n, *shape) that show a concept, and the numbers of the training rows that may stand against them."""

    words: str
    x: np.ndarray
    others: np.ndarray


def draw(data: Prepared, ask: Ask, count: int, random: np.random.Generator) -> Examples:
    """`count` examples of a concept (see `set_size`); a pattern is laid over random training rows, others are training rows themselves.

    Raises:
        BadInput: when the data have no such concept.
    """
    if ask.kind == "pattern":
        return _pattern(data, ask, count, random)
    member, words = members(data, ask)
    shown, others = np.flatnonzero(member), np.flatnonzero(~member)
    return Examples(words, data.x_train[random.choice(shown, count, replace=False)], others)


def set_size(data: Prepared, asks: Sequence[Ask], wanted: int) -> int:
    """`wanted`, or as many examples as the rarest of the concepts has, with twice as many rows to tell them from.

    Raises:
        BadInput: when the data have no such concept, or these are fewer than LEAST_EXAMPLES.
    """
    size = min(wanted, len(data.x_train) // 3)
    for ask in asks:
        if ask.kind == "pattern":
            continue
        member, words = members(data, ask)
        count = int(member.sum())
        size = min(size, count, (len(member) - count) // 2)
        if size < LEAST_EXAMPLES:
            raise BadInput(
                f"{count} training rows show the concept {words!r} and {len(member) - count} do not, which is too few to "
                f"learn it from: {LEAST_EXAMPLES} and {2 * LEAST_EXAMPLES} are the least; choose another concept."
            )
    if size < LEAST_EXAMPLES:
        raise BadInput(
            f"{len(data.x_train)} training rows are too few for concepts; {3 * LEAST_EXAMPLES} are the least."
        )
    return size


def members(data: Prepared, ask: Ask) -> tuple[np.ndarray, str]:
    """Which training rows show a concept of rows, (n,) bool, and its words.

    Raises:
        BadInput: when the data have no such class, feature or word.
    """
    if ask.kind == "class":
        return data.y_train == _number(ask.name, data.class_names, "class"), f"class {ask.name}"
    if ask.kind == "word" and data.kind == "text":
        token = _number(ask.name, data.vocabulary, "word")
        return (data.x_train == token).any(axis=1), f"the word {ask.name}"
    if ask.kind == "feature" and data.kind in ("tabular", "sequence"):
        values = _columns(data)[:, _number(ask.name, data.feature_names, "feature")]
        return values > np.percentile(values, HIGH), f"high {ask.name}"
    raise BadInput(f"{data.kind} data have no concept of the kind {ask.kind!r}; ask for {' or '.join(kinds_of(data))}.")


def kinds_of(data: Prepared) -> tuple[str, ...]:
    """The kinds of concepts that these data have."""
    own = {"tabular": "feature", "sequence": "feature", "image": "pattern", "text": "word"}[data.kind]
    return (own, "class") if data.task == "classification" else (own,)


def common_tokens(data: Prepared, most: int) -> tuple[str, ...]:
    """The `most` commonest tokens of the training texts; none of a data set without words."""
    if data.kind != "text":
        return ()
    counts = np.bincount(data.x_train.ravel(), minlength=len(data.vocabulary))
    order = np.argsort(-counts, kind="stable")
    found = [data.vocabulary[one] for one in order[: most + len(NO_WORDS)] if counts[one]]
    return tuple(token for token in found if token not in NO_WORDS)[:most]


def default_asks(data: Prepared) -> tuple[Ask, ...]:
    """The patterns, for images; else the features or words that differ most between the classes (a target's halves)."""
    if data.kind == "image":
        return tuple(Ask("pattern", name) for name in PATTERNS)
    kind, names = ("word", data.vocabulary) if data.kind == "text" else ("feature", data.feature_names)
    if kind == "word":
        shown = np.zeros((len(data.x_train), len(names)), bool)
        shown[np.arange(len(shown))[:, None], data.x_train] = True
        shown[:, 0] = False  # padding
    else:
        values = _columns(data)
        shown = values > np.percentile(values, HIGH, axis=0)
    groups = data.y_train if data.task == "classification" else data.y_train > np.median(data.y_train)
    shares = np.stack([shown[groups == group].mean(axis=0) for group in np.unique(groups)])
    best = np.argsort(-(shares.max(axis=0) - shares.min(axis=0)), kind="stable")[:MOST_DEFAULT]
    return tuple(Ask(kind, str(names[one])) for one in best if shown[:, one].sum() >= LEAST_EXAMPLES)


def _lay_over(data: Prepared, x: np.ndarray, pattern: Pattern, random: np.random.Generator) -> np.ndarray:
    """Images (n, channels, height, width) with a pattern added, shifted at random, as the model reads them."""
    shift = random.integers(0, PERIOD, (2, len(x), 1, 1, 1))
    height, width = x.shape[-2:]
    added = pattern(np.arange(height)[:, None] + shift[0], np.arange(width)[None, :] + shift[1])
    plain = x * data.x_std + data.x_mean
    low, high = float(plain.min()), float(plain.max())
    shown = np.clip(plain + STRENGTH * (high - low) * added, low, high)
    return np.asarray((shown - data.x_mean) / data.x_std, np.float32)


def draw_random(data: Prepared, patterns: bool, count: int, random: np.random.Generator) -> Examples:
    """`count` examples of nothing: random training rows, or with `patterns` a random one of blocks laid over them.

    Any pattern makes an image unlike the others. What stripes do must be told from what that does.
    """
    order = random.permutation(len(data.x_train))
    x = data.x_train[order[:count]]
    if patterns:
        blocks = random.choice([-1.0, 1.0], [size // 2 + PERIOD for size in x.shape[-2:]])
        x = _lay_over(data, x, lambda row, column: blocks[row // 2, column // 2], random)
    return Examples("a random concept", x, np.sort(order[count:]))


def _bars(position: np.ndarray) -> np.ndarray:
    return np.where(position % PERIOD < PERIOD // 2, 1.0, -1.0)


def _pattern(data: Prepared, ask: Ask, count: int, random: np.random.Generator) -> Examples:
    if data.kind != "image":
        raise BadInput(
            f"{data.kind} data have no concept of the kind 'pattern'; ask for {' or '.join(kinds_of(data))}."
        )
    if ask.name not in PATTERNS:
        raise BadInput(f"There is no pattern {ask.name!r}{suggestion(ask.name, PATTERNS)}.")
    order = random.permutation(len(data.x_train))
    words, pattern = PATTERNS[ask.name]
    return Examples(words, _lay_over(data, data.x_train[order[:count]], pattern, random), np.sort(order[count:]))


def _columns(data: Prepared) -> np.ndarray:
    """A value for each training row and feature, (n, features); of a series each channel's mean over time."""
    return np.asarray(data.x_train.mean(axis=1) if data.kind == "sequence" else data.x_train)


def _number(name: str, names: tuple[str, ...], noun: str) -> int:
    if name not in names:
        raise BadInput(f"There is no {noun} {name!r}{suggestion(name, names)}.")
    return names.index(name)
