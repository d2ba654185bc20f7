"""Thinning series for the screen: extremes are kept, non-finite values are listed, totals are counted."""

from __future__ import annotations

import numpy as np
from tsdownsample import MinMaxDownsampler, MinMaxLTTBDownsampler

NAN, PLUS_INF, MINUS_INF = 0, 1, 2
CAPACITY, COMPACTED = 4096, 2048
MOST_PIECES = 64
"""Arrays of a line before they become one: what is added at a tick may be a single point, of which each takes 300 bytes."""
MAX_RANGES = 200
_SHAPE, _EXTREMES = MinMaxLTTBDownsampler(), MinMaxDownsampler()


def decimate(x: np.ndarray, y: np.ndarray, points: int) -> np.ndarray:
    """Indices (at most `points`, ascending) that keep the look of a finite series.

    Half are chosen by MinMaxLTTB (Van Der Donckt et al., 2023); the rest are the lowest and the highest value of each of
    points/4 equal stretches of `x`, so no spike is lost. Positive series over two decades are judged on a log scale.

    Args:
        x: (n,) int64, ascending.
        y: (n,) float32, finite.
        points: at least 8.
    """
    n = len(x)
    if n <= points:
        return np.arange(n)
    low, high = float(y.min()), float(y.max())
    shape = np.log10(y) if low > 0 and high > 100 * low else y
    half = max(4, points // 4) * 2
    picked = np.union1d(
        _SHAPE.downsample(x, shape, n_out=max(3, points - half)), _EXTREMES.downsample(x, y, n_out=half)
    )
    return picked.astype(np.int64)


def extremes(values: np.ndarray, points: int) -> np.ndarray:
    """Row indices (k, columns) of the finite minimum and maximum of each of points/2 runs of rows, ascending per column.

    Args:
        values: (n, columns) float32; a run of rows without a finite value yields any of its rows.
    """
    n, columns = values.shape
    if n <= points:
        return np.broadcast_to(np.arange(n)[:, None], (n, columns))
    size = -(-n // max(1, points // 2))
    full = n // size
    parts = [values[: full * size].reshape(full, size, columns)]
    if n % size:
        parts.append(values[full * size :][None])
    finite = bool(np.isfinite(values).all())
    picked, offset = [], 0
    for part in parts:
        bad = None if finite else ~np.isfinite(part)
        lowest = (part if bad is None else np.where(bad, np.inf, part)).argmin(axis=1)
        reverse = (part if bad is None else np.where(bad, -np.inf, part))[:, ::-1]
        highest = part.shape[1] - 1 - reverse.argmax(axis=1)
        starts = offset + size * np.arange(part.shape[0])[:, None]
        pairs = np.sort(np.stack([lowest, highest], axis=1), axis=1) + starts[:, None]
        picked.append(pairs.reshape(-1, columns))
        offset += part.shape[0] * part.shape[1]
    return np.concatenate(picked)


def non_finite_ranges(steps: np.ndarray, values: np.ndarray) -> list[list[int]]:
    """Neighbouring rows of one non-finite kind as [first step, last step, kind, rows]."""
    at = np.flatnonzero(~np.isfinite(values))
    if not len(at):
        return []
    found = values[at]
    kinds = np.where(np.isnan(found), NAN, np.where(found > 0, PLUS_INF, MINUS_INF))
    cuts = np.flatnonzero((np.diff(at) > 1) | (np.diff(kinds) != 0)) + 1
    return [
        [int(steps[part[0]]), int(steps[part[-1]]), int(kind[0]), len(part)]
        for part, kind in zip(np.split(at, cuts), np.split(kinds, cuts), strict=True)
    ]


class Track:
    """One series as it grows: its extremes, its non-finite values, and how many rows it had in all."""

    def __init__(self) -> None:
        self.total = 0
        self.bad: list[list[int]] = []
        self._x: list[np.ndarray] = []
        self._y: list[np.ndarray] = []
        self._kept = 0
        self._in_bad = False

    def add(self, x: np.ndarray, y: np.ndarray, rows: int) -> None:
        """Append points already thinned from `rows` rows; non-finite ones among them are left out."""
        self.total += rows
        if len(x):
            self._x.append(x)
            self._y.append(y)
            self._kept += len(x)
        if self._kept > CAPACITY:
            self._merge(COMPACTED)
        elif len(self._x) > MOST_PIECES:
            self._merge(CAPACITY)

    @property
    def pieces(self) -> int:
        """How many pairs of arrays hold its points."""
        return len(self._x)

    def add_bad(self, steps: np.ndarray, values: np.ndarray) -> bool:
        """Note the non-finite values among all rows of a piece; True when there are any."""
        found = non_finite_ranges(steps, values)
        found_any = bool(found)
        if found and self._in_bad and self.bad[-1][2] == found[0][2] and found[0][0] == steps[0]:
            first = found.pop(0)
            self.bad[-1] = [self.bad[-1][0], first[1], first[2], self.bad[-1][3] + first[3]]
        self.bad += found
        self._in_bad = bool(len(values)) and not np.isfinite(values[-1])
        while len(self.bad) > MAX_RANGES:  # neighbours join in pairs; the count of values stays exact
            pairs = [self.bad[i : i + 2] for i in range(0, len(self.bad), 2)]
            self.bad = [[p[0][0], p[-1][1], p[0][2], sum(r[3] for r in p)] for p in pairs]
        return found_any

    def close_bad(self) -> bool:
        """Note that a piece held no non-finite value; always False."""
        self._in_bad = False
        return False

    def points(self, limit: int) -> tuple[np.ndarray, np.ndarray]:
        """At most about `limit` points (x int64, y float32); a NaN stands where a non-finite range begins."""
        self._merge(CAPACITY)
        if not self._x:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        picked = decimate(self._x[0], self._y[0], limit)
        return with_gaps(self._x[0][picked], self._y[0][picked], self.bad)

    def _merge(self, limit: int) -> None:
        if len(self._x) > 1 or self._kept > limit:
            x, y = np.concatenate(self._x), np.concatenate(self._y)
            if self._kept > limit:
                picked = decimate(x, y, limit)
                x, y = x[picked], y[picked]
            self._x, self._y, self._kept = [x], [y], len(x)


def with_gaps(x: np.ndarray, y: np.ndarray, bad: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Insert a NaN where each non-finite range begins, so that a line breaks there."""
    if not bad:
        return x, y
    firsts = np.array([r[0] for r in bad], np.int64)
    at = np.searchsorted(x, firsts)
    return np.insert(x, at, firsts), np.insert(y, at, np.float32(np.nan))


class MeanTrack:
    """Mean of the finite values over neighbouring rows, with their number: what smoothing starts from.

    Smoothing the drawn points would be wrong, since they are extremes; these means are over all rows.
    """

    def __init__(self, capacity: int = 2000) -> None:
        self.capacity = capacity
        self.step = np.empty(0, np.int64)
        self.mean = np.empty(0)
        self.rows = np.empty(0, np.int64)

    def add(self, steps: np.ndarray, values: np.ndarray, groups: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Append rows in at most `groups` groups; returns what was added (last step, mean, rows)."""
        good = np.isfinite(values)
        steps, values = steps[good], values[good].astype(np.float64)
        if not len(steps):
            return self.step[:0], self.mean[:0], self.rows[:0]
        starts = np.arange(0, len(steps), -(-len(steps) // max(1, groups)))
        rows = np.diff(np.append(starts, len(steps)))
        added = steps[starts + rows - 1], np.add.reduceat(values, starts) / rows, rows
        self.step = np.concatenate([self.step, added[0]])
        self.mean = np.concatenate([self.mean, added[1]])
        self.rows = np.concatenate([self.rows, added[2]])
        while len(self.step) > self.capacity:
            self._halve()
        return added

    def _halve(self) -> None:
        even = len(self.step) // 2 * 2
        rows = self.rows[:even].reshape(-1, 2)
        mean = (self.mean[:even].reshape(-1, 2) * rows).sum(axis=1) / rows.sum(axis=1)
        self.step = np.concatenate([self.step[1:even:2], self.step[even:]])
        self.mean = np.concatenate([mean, self.mean[even:]])
        self.rows = np.concatenate([rows.sum(axis=1), self.rows[even:]])


class HeatMap:
    """Layers over time: the largest value of each layer in each time bin.

    A bin is `width` steps wide; widths double so that there are at most `bins` and none lies between two records.
    """

    ZERO, NON_FINITE = -99.0, 99.0

    def __init__(self, layers: int, bins: int = 240) -> None:
        self.bins = bins
        self.width = 1
        self.largest = np.full((0, layers), -np.inf)
        self._last_step: int | None = None

    def add(self, steps: np.ndarray, values: np.ndarray) -> int:
        """Take in rows (n, layers); returns the first bin that changed (0 when the bins got wider)."""
        if not len(steps):
            return len(self.largest)
        gap = int(np.diff(steps, prepend=steps[:1] if self._last_step is None else self._last_step).max())
        self._last_step = int(steps[-1])
        coarser = False
        while int(steps[-1]) // self.width >= self.bins or gap > self.width:
            self._halve()
            coarser = True
        at = steps // self.width
        missing = int(at[-1]) + 1 - len(self.largest)
        if missing > 0:
            self.largest = np.concatenate([self.largest, np.full((missing, values.shape[1]), -np.inf)])
        starts = np.flatnonzero(np.diff(at, prepend=-1))
        top = np.maximum.reduceat(np.where(np.isfinite(values), values, np.inf), starts, axis=0)
        self.largest[at[starts]] = np.maximum(self.largest[at[starts]], top)
        return 0 if coarser else int(at[0])

    def encoded(self, first: int = 0) -> np.ndarray:
        """log10 from bin `first` on, (bins, layers) float32: NaN nothing recorded, ZERO exactly zero, NON_FINITE."""
        part = self.largest[first:]
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log10(part)
        logs = np.where(part == -np.inf, np.nan, np.where(part == 0, self.ZERO, logs))
        return np.where(part == np.inf, self.NON_FINITE, np.round(logs, 2)).astype(np.float32)

    def _halve(self) -> None:
        self.width *= 2
        if len(self.largest) % 2:
            self.largest = np.concatenate([self.largest, np.full_like(self.largest[:1], -np.inf)])
        self.largest = self.largest.reshape(len(self.largest) // 2, 2, self.largest.shape[1]).max(axis=1)


class Moments:
    """A few whole rows from earlier steps, evenly spread over the run so far."""

    def __init__(self, capacity: int = 8) -> None:
        self.capacity = capacity
        self.kept: list[tuple[int, np.ndarray]] = []
        self._every = 1

    def add(self, steps: np.ndarray, values: np.ndarray) -> bool:
        """Take in rows; True when another moment was kept."""
        before = len(self.kept), self._every
        at = int(np.searchsorted(steps, self.kept[-1][0] + self._every)) if self.kept else 0
        while at < len(steps):
            self.kept.append((int(steps[at]), values[at].copy()))
            while len(self.kept) > self.capacity:
                self._every *= 2
                self._thin()
            at = int(np.searchsorted(steps, self.kept[-1][0] + self._every))
        return (len(self.kept), self._every) != before

    def _thin(self) -> None:
        kept = self.kept[:1]
        for moment in self.kept[1:]:
            if moment[0] - kept[-1][0] >= self._every:
                kept.append(moment)
        self.kept = kept
