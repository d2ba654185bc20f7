"""What the charts of one run show, kept up to date from its rows: lines, heat map, depth profiles, events."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.runtime.decimate import HeatMap, MeanTrack, Moments, Track, extremes, with_gaps
from core.runtime.documents import event_document, run_document, status_document
from core.store.rows import Event, RunReader
from core.store.status import RunStatus

CHUNK = 25_000
CHUNK_POINTS = 1_000
TICK_POINTS, TICK_ROWS = 24, 5_000
LAYER_POINTS = 24_000
FAR = 2**62

STREAMS = ("step", "evaluation", "gradients", "updates", "activations")
DEPTH = ("gradient_rms", "pre_activation_gradient_rms", "activation_std")
HIDDEN = (*DEPTH, "activation_mean")
HEAT = "gradient_norm"
SMOOTHED = ("loss", "gradient_norm")
SURPLUS = ("loss", "gradient_norm", "val_loss")
CAPACITY_OF_CLOCK = 2_000


class NewAttempt(Exception):
    """A newer attempt has written rows: what was read of older ones may be superseded, so read the run again."""


class _Stream:
    """The part of a RunSeries that comes from one stream."""

    def __init__(self, columns: list[str], first: dict[int, int]) -> None:
        self.columns = columns
        self.cursor = (-1, -1)
        self.rows = 0
        self.attempts = sorted(first)
        later = [first[a] for a in self.attempts]
        self.cut = {a: min(later[i + 1 :], default=FAR) for i, a in enumerate(self.attempts)}
        self.lines = [
            (j, name) for j, name in enumerate(columns) if name.partition("/")[0] not in HIDDEN or "/" not in name
        ]
        self.families: dict[str, list[int]] = {}
        for j, name in enumerate(columns):
            family, slash, _ = name.partition("/")
            if slash:
                self.families.setdefault(family, []).append(j)


class RunSeries:
    """Reads a run incrementally; `advance` takes in new rows, `snapshot` says how everything looks now.

    Memory is bounded by the number of series, not by the length of the run.

    Args:
        reader: stays open as long as this object is used, and is not closed by it.
    """

    def __init__(self, reader: RunReader) -> None:
        self.reader = reader
        self.tracks: dict[str, Track] = {}
        self.means: dict[str, MeanTrack] = {name: MeanTrack() for name in SMOOTHED}
        self.surplus: dict[tuple[str, int], Track] = {}
        self.heat: HeatMap | None = None
        self.moments: dict[str, Moments] = {}
        self.latest: dict[str, tuple[int, np.ndarray]] = {}
        self.clock = (np.empty(0, np.int64), np.empty(0))
        self.events: list[Event] = []
        self._streams: dict[str, _Stream] = {}

    @property
    def last_step(self) -> int:
        """The newest step taken in."""
        newest = max((stream.cursor[0] for stream in self._streams.values()), default=0)
        return max((s.cursor[1] for s in self._streams.values() if s.cursor[0] == newest), default=0)

    def layers(self) -> dict[str, list[str]]:
        """Layer names of every per-layer family recorded so far, in forward order."""
        return {
            family: [stream.columns[j].partition("/")[2] for j in at]
            for stream in self._streams.values()
            for family, at in stream.families.items()
        }

    def advance(self, tick_points: int = TICK_POINTS) -> dict[str, Any] | None:
        """Take in what was recorded since the last call; returns it thinned for the charts.

        None means: nothing new, {} too much to be shown as an addition (take a snapshot).

        Raises:
            NewAttempt: make a new RunSeries and read again.
            sqlite3.Error: when the file can't be read.
        """
        doc: dict[str, Any] = {}
        news, large = False, False
        for name in STREAMS:
            if not (stream := self._open(name)):
                continue
            behind = stream.cursor == (-1, -1)
            while True:
                rows = self.reader.rows(name, stream.cursor, limit=CHUNK)
                if not len(rows):
                    break
                if int(rows.attempt[-1]) not in stream.cut:
                    raise NewAttempt
                news = True
                behind = behind or len(rows) > TICK_ROWS
                large = large or behind
                stream.cursor = int(rows.attempt[-1]), int(rows.step[-1])
                cuts = np.array([stream.cut[int(a)] for a in np.unique(rows.attempt)])
                keep = rows.step < cuts[np.searchsorted(np.unique(rows.attempt), rows.attempt)]
                if not keep.all():
                    self._add_surplus(stream, rows.attempt[~keep], rows.step[~keep], rows.values[~keep])
                    piece = rows.step[keep], rows.seconds[keep], rows.values[keep]
                else:
                    piece = rows.step, rows.seconds, rows.values
                if len(piece[0]):
                    self._add(name, stream, *piece, CHUNK_POINTS if behind else tick_points, doc)
                if len(rows) < CHUNK:
                    break
        events = self.reader.events(self.events[-1].id if self.events else 0)
        if events:
            self.events += events
            doc["events"] = [event_document(event) for event in events]
        if not news and not events:
            return None
        return {} if large else {**doc, "totals": self.totals(), "step": self.last_step}

    def totals(self) -> dict[str, int]:
        """Rows of each stream in the newest attempt's history."""
        return {name: stream.rows for name, stream in self._streams.items()}

    def snapshot(self, points: int = 1_000) -> dict[str, Any]:
        """Everything the charts need, at most `points` points a line (fewer where there are very many layers)."""
        layered = sum("/" in name for name in self.tracks)
        per_layer = min(points, max(150, LAYER_POINTS * points // 1_000 // max(1, layered)))
        shown = {name: track.points(per_layer if "/" in name else points) for name, track in self.tracks.items()}
        thin = slice(None, None, max(1, len(self.clock[0]) // 500))
        return {
            "step": self.last_step,
            "series": {name: list(found) for name, found in shown.items()},
            "bad": {name: track.bad for name, track in self.tracks.items() if track.bad},
            "means": {name: [m.step, m.mean, m.rows] for name, m in self.means.items() if len(m.step)},
            "surplus": [
                {"name": name, "attempt": attempt, "points": list(track.points(300))}
                for (name, attempt), track in self.surplus.items()
            ],
            "clock": [
                np.append(self.clock[0][thin], self.clock[0][-1:]),
                np.append(self.clock[1][thin], self.clock[1][-1:]),
            ],
            "heat": self._heat(0) if self.heat else None,
            "depth": {family: _row(found) for family, found in self.latest.items()},
            "trail": {family: [_row(m) for m in found.kept] for family, found in self.moments.items()},
            "layers": self.layers(),
            "stream_of": {name: stream for stream, part in self._streams.items() for name in part.columns},
            "totals": self.totals(),
            "events": [event_document(event) for event in self.events],
        }

    def _open(self, name: str) -> _Stream | None:
        if name not in self._streams:
            columns = self.reader.streams().get(name)
            if columns is None:
                return None
            first = self._first_steps(name)
            if not first:
                return None
            for attempt, step in self._first_steps("step").items():  # one that has trained, but not evaluated yet
                first[attempt] = min(step, first.get(attempt, step))
            stream = self._streams[name] = _Stream(columns, first)
            self.tracks.update({column: Track() for _, column in stream.lines})
            if HEAT in stream.families:
                self.heat = HeatMap(len(stream.families[HEAT]))
        return self._streams[name]

    def _first_steps(self, name: str) -> dict[int, int]:
        """The first step that each attempt recorded in a stream."""
        first: dict[int, int] = {}
        after = (-1, -1)
        while len(row := self.reader.rows(name, after, limit=1)):
            first[int(row.attempt[0])] = int(row.step[0])
            after = int(row.attempt[0]), FAR
        return first

    def _add(
        self,
        name: str,
        stream: _Stream,
        steps: np.ndarray,
        seconds: np.ndarray,
        values: np.ndarray,
        points: int,
        doc: dict[str, Any],
    ) -> None:
        stream.rows += len(steps)
        at = [j for j, _ in stream.lines]
        lines = values if len(at) == values.shape[1] else values[:, at]
        finite = np.isfinite(lines)
        clean = finite.all(axis=0)
        picked = extremes(lines, points)
        x = np.ascontiguousarray(steps[picked].T)
        y = np.ascontiguousarray(np.take_along_axis(lines, picked, axis=0).T)
        doubled = (np.diff(picked, axis=0) == 0).any(axis=0) if len(picked) > 1 else np.zeros(len(at), bool)
        series, bad = doc.setdefault("series", {}), doc.setdefault("bad", {})
        for i, (_, column) in enumerate(stream.lines):
            track, xs, ys = self.tracks[column], x[i], y[i]
            if doubled[i]:
                once = np.diff(xs, prepend=-1) > 0
                xs, ys = xs[once], ys[once]
            if not clean[i]:
                good = np.isfinite(ys)
                xs, ys = xs[good], ys[good]
            track.add(xs, ys, len(steps))
            if track.add_bad(steps, lines[:, i]) if not clean[i] else track.close_bad():
                bad[column] = track.bad
                xs, ys = with_gaps(xs, ys, [r for r in track.bad if r[0] >= steps[0]])
            if len(xs):
                series[column] = [xs, ys]
        for column in SMOOTHED:
            if column in stream.columns:
                values_of = values[:, stream.columns.index(column)]
                doc.setdefault("means", {})[column] = list(
                    self.means[column].add(steps, values_of, 12 if points <= TICK_POINTS else 500)
                )
        self._add_depth(stream, steps, values, doc)
        if HEAT in stream.families and self.heat:
            first = self.heat.add(steps, values[:, stream.families[HEAT]])
            doc["heat"] = self._heat(first)
        if name == "step":
            every = max(1, len(steps) // (4 if points <= TICK_POINTS else 100))
            moment = [np.append(steps[::every], steps[-1:]), np.append(seconds[::every], seconds[-1:])]
            self.clock = np.append(self.clock[0], moment[0]), np.append(self.clock[1], moment[1])
            if len(self.clock[0]) > CAPACITY_OF_CLOCK:
                self.clock = self.clock[0][::2], self.clock[1][::2]
            doc["clock"] = moment

    def _add_depth(self, stream: _Stream, steps: np.ndarray, values: np.ndarray, doc: dict[str, Any]) -> None:
        for family in DEPTH:
            if family not in stream.families:
                continue
            found = values[:, stream.families[family]]
            self.latest[family] = int(steps[-1]), found[-1].copy()
            doc.setdefault("depth", {})[family] = _row(self.latest[family])
            moments = self.moments.setdefault(family, Moments())
            if moments.add(steps, found):
                doc.setdefault("trail", {})[family] = [_row(m) for m in moments.kept]

    def _add_surplus(self, stream: _Stream, attempts: np.ndarray, steps: np.ndarray, values: np.ndarray) -> None:
        for attempt in np.unique(attempts):
            mine = attempts == attempt
            for column in SURPLUS:
                if column in stream.columns:
                    found = values[mine, stream.columns.index(column)]
                    good = np.isfinite(found)
                    track = self.surplus.setdefault((column, int(attempt)), Track())
                    track.add(steps[mine][good], found[good], int(mine.sum()))

    def _heat(self, first: int) -> dict[str, Any]:
        assert self.heat is not None
        return {"width": self.heat.width, "from": first, "z": self.heat.encoded(first)}


def _row(found: tuple[int, np.ndarray]) -> dict[str, Any]:
    return {"step": found[0], "values": found[1]}


def snapshot(reader: RunReader, status: RunStatus, points: int = 1_000) -> dict[str, Any]:
    """The whole run as numpy arrays, at most `points` points a line, with its status and its unchanging facts.

    Raises:
        sqlite3.Error: when the file can't be read.
    """
    series = read_all(reader)
    return {"status": status_document(status), "meta": run_document(reader), **series.snapshot(points)}


def read_all(reader: RunReader) -> RunSeries:
    """A RunSeries with everything recorded so far; starts again when a new attempt begins meanwhile."""
    for _ in range(3):
        series = RunSeries(reader)
        try:
            series.advance()
            return series
        except NewAttempt:
            continue
    raise NewAttempt
