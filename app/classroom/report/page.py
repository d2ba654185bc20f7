"""A class report as one HTML file: no network, light and dark, to be printed, with a replay. All typed text is escaped."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

from app.classroom.report.charts import HEIGHT, WIDTH, Point, Scale, loss_points, score_points, svg
from app.navigation import BY_KEY
from app.words import count, duration, metric, number
from core.classroom.report.document import Document, standing

FOLDER = Path(__file__).parent
MOST_CHANGED = 12
LONG = 26
Curves = Mapping[str, tuple[list[Point], list[Point]]]


def report_html(report: Document) -> bytes:
    """The file for a document of core.classroom.report."""
    curves = _curves(report)
    title = f"Class of {_day(report['began'])}" if report["began"] else "A class"
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">",
        f"<title>{escape(title)}, Gradient Clinic</title><style>{(FOLDER / 'report.css').read_text()}</style></head><body><main>",
        f"<header><h1>{escape(title)}</h1><small>{_when(report)}</small>",
        '<button type="button" id="print">Print</button><button type="button" id="theme">light / dark</button></header>',
        _REPLAY,
        _members(report),
        _shown(report),
        *(_exercise(report, one, curves) for one in report["exercises"]),
        _polls(report),
        _others(report, curves),
        "</main>",
        f'<script type="application/json" id="class">{_inside_script(_replayed(report, curves))}</script>',
        f"<script>{(FOLDER / 'report.js').read_text()}</script></body></html>",
    ]
    return "\n".join(parts).encode("utf-8", "replace")


_REPLAY = """<section id="replay" hidden><h2>Replay</h2><div class="steer"><button type="button" id="before">Event before</button>
<button type="button" id="play">Play</button><button type="button" id="after">Next event</button>
<input type="range" id="slider" min="0" max="1000" value="1000" step="any" aria-label="Moment of the class"><output id="moment"></output></div>
<p id="there" class="quiet"></p><div id="members" class="chips"></div><p id="shown"></p><h3 id="exercise"></h3>
<div id="curves" class="wall"></div><div id="leaders"></div><div id="poll"></div></section>"""


def _when(report: Document) -> str:
    if not report["began"]:
        return "Nothing happened in it."
    students = count(len(report["members"]), "student")
    return f"{_clock(report['began'])} to {_clock(report['ended'])} · {students} · Gradient Clinic"


def _members(report: Document) -> str:
    if not report["members"]:
        return "<h2>Students</h2><p>Nobody joined.</p>"
    rows = [
        (one["nickname"], _clock(one["joined"]), f"sent out at {_clock(one['kicked'])}" if one["kicked"] else "")
        for one in report["members"]
    ]
    return f"<h2>Students</h2>{_table(('Nickname', 'Joined', ''), rows)}"


def _shown(report: Document) -> str:
    rows = [(one["from"], one["to"], _place(report, one)) for one in report["shown"]]
    rows += [(one["from"], one["to"], "All screens held") for one in report["held"]]
    if not rows:
        return "<h2>What was shown</h2><p>Nothing.</p>"
    told = [
        (_clock(begin), _clock(end) if end else "to the end", words)
        for begin, end, words in sorted(rows, key=lambda row: row[0])
    ]
    return f"<h2>What was shown</h2>{_table(('From', 'To', 'What'), told)}"


def _place(report: Document, shown: Mapping[str, Any]) -> str:
    """A shown page in words: its title, and the names of its runs or what its address says."""
    page = str(shown["page"])
    title = BY_KEY[page].title if page in BY_KEY else page
    names = [run["name"] or run["id"] for run in report["runs"] if run["id"] in shown["runs"]]
    query = [f"{name} {value}" for name, value in shown["query"].items() if not shown["runs"]]
    return f"{title}: {', '.join(names or query)}" if names or query else title


def _exercise(report: Document, given: Mapping[str, Any], curves: Curves) -> str:
    runs = [run for run in report["runs"] if run["exercise"] == given["id"]]
    students = len({run["who"] for run in runs})
    when = f"{_clock(given['from'])} to {_clock(given['to']) if given['to'] else 'the end'}"
    facts = f"{when} · {count(len(runs), 'run')} of {count(students, 'student')} · open: {', '.join(given['open']) or 'nothing'}"
    parts = [
        f"<h2>Exercise: {escape(given['title'])}</h2>",
        f'<p class="task">{escape(given["task"])}</p>' if given["task"] else "",
    ]
    parts += [f'<p class="quiet">{escape(facts)}</p>']
    if report["leaderboard"]:
        parts.append(_leaderboard(report, given["id"]))
    if runs:
        parts += [_cards(runs, curves), _runs_table(runs)]
    return "".join(parts)


def _leaderboard(report: Document, exercise: str) -> str:
    best = standing(report, exercise)
    if not best:
        return ""
    rows = [
        (str(place), run["nickname"], f"{metric(run['metric'])} {number(run['final'])}")
        for place, run in enumerate(best, 1)
    ]
    return f"<h3>Leaderboard</h3>{_table(('', 'Nickname', 'Final figure of the best run'), rows)}"


def _cards(runs: list[Document], curves: Curves) -> str:
    found = []
    for run in runs:
        losses, scores = curves[run["id"]]
        who = run["nickname"] or run["name"] or run["id"]
        words = f"Training loss and {metric(run['metric']) if run['metric'] else 'validation'} of {who}"
        picture = svg(losses, scores, words) if losses else '<p class="quiet">Nothing was recorded.</p>'
        said = "".join(f'<p class="matter">{escape(one["label"])}</p>' for one in run["findings"])
        found.append(f'<div class="card"><b>{escape(who)}</b>{picture}<p>{escape(_final(run))}</p>{said}</div>')
    legend = "Solid: training loss, one scale for all. Dashed: the validation metric. Triangles: beyond the picture."
    return f'<div class="wall">{"".join(found)}</div><p class="quiet">{legend}</p>'


def _runs_table(runs: list[Document]) -> str:
    rows = []
    for run in runs:
        changed = [f"{path}: {_value(old)} → {_value(new)}" for path, (old, new) in run["changed"].items()]
        more = [f"and {len(changed) - MOST_CHANGED} more"] if len(changed) > MOST_CHANGED else []
        found = " ".join(str(one["sentence"]) for one in run["findings"]) or run["reason"]
        steps = f"{number(run['steps'])} of {number(run['total_steps'])}" if run["total_steps"] else "–"
        status = "deleted" if run["status"] == "gone" else run["status"]
        rows.append(
            (
                run["nickname"], _clock(run["started"]), "; ".join([*changed[:MOST_CHANGED], *more]) or "nothing",
                status, steps, duration(run["seconds"]), _final(run), found,
            )
        )  # fmt: skip
    heads = ("Who", "Started", "Changed", "Status", "Steps", "Trained", "Came to", "What is the matter")
    return _table(heads, rows)


def _final(run: Document) -> str:
    """The final figure of a run in words."""
    if run["final"] is None:
        return "not evaluated"
    best = f", best {number(run['best'])}" if run["best"] is not None and run["best"] != run["final"] else ""
    return f"{metric(run['metric'])} {number(run['final'])}{best}"


def _polls(report: Document) -> str:
    if not report["polls"]:
        return ""
    parts = ["<h2>Polls</h2>"]
    for poll in report["polls"]:
        parts.append(f"<h3>{escape(poll['question'])}</h3>")
        if poll["counts"] is None:
            parts.append(f"<p>{escape(' / '.join(poll['options']))}</p>")
            parts.append(f'<p class="quiet">{count(poll["answered"], "answer")}, not revealed.</p>')
            continue
        most = max(1, *poll["counts"])
        for place, (option, votes) in enumerate(zip(poll["options"], poll["counts"], strict=True)):
            right = place == poll["right"]
            words = f"{escape(option)}{' (right)' if right else ''}"
            parts.append(
                f'<div class="option"><span{" class=right" if right else ""}>{words}</span>'
                f'<i style="width:{100 * votes / most:.1f}%"></i><span>{votes}</span></div>'
            )
        parts.append(f'<p class="quiet">Asked at {_clock(poll["asked"])}, revealed at {_clock(poll["revealed"])}.</p>')
    return "".join(parts)


def _others(report: Document, curves: Curves) -> str:
    """Runs that were shown and belong to no exercise; the students' own ones are only counted."""
    runs = [run for run in report["runs"] if not run["exercise"]]
    left = f"{count(report['left_out'], 'run')} outside of the exercises left out." if report["left_out"] else ""
    if not runs and not left:
        return ""
    shown = f"<h2>Other runs that were shown</h2>{_cards(runs, curves)}" if runs else ""
    return f'{shown}<p class="quiet">{left}</p>'


def _curves(report: Document) -> dict[str, tuple[list[Point], list[Point]]]:
    """Loss and score of every run as points; all runs of one exercise on one scale, every other run on its own."""
    groups: dict[str, list[Document]] = {}
    for run in report["runs"]:
        groups.setdefault(run["exercise"] or run["id"], []).append(run)
    found: dict[str, tuple[list[Point], list[Point]]] = {}
    for runs in groups.values():
        scale = Scale.of(runs)
        found |= {run["id"]: (loss_points(run, scale), score_points(run, scale)) for run in runs}
    return found


def _replayed(report: Document, curves: Curves) -> Document:
    """What the replay needs, and nothing else of the report."""
    moments = {
        one[key]
        for name in ("shown", "held", "leaderboard", "exercises")
        for one in report[name]
        for key in ("from", "to")
    }
    moments |= {one["joined"] for one in report["members"]} | {one["kicked"] for one in report["members"]}
    moments |= {poll[key] for poll in report["polls"] for key in ("asked", "revealed")}
    moments |= {run["started"] for run in report["runs"]}
    return {
        "began": report["began"], "ended": report["ended"], "offset": time.localtime(report["began"]).tm_gmtoff,
        "width": WIDTH, "height": HEIGHT,
        "moments": sorted(t for t in moments if t is not None and report["began"] <= t <= report["ended"]),
        "members": report["members"], "held": report["held"], "leaderboard": report["leaderboard"],
        "shown": [{**one, "words": _place(report, one)} for one in report["shown"]],
        "exercises": [{key: one[key] for key in ("id", "title", "from", "to")} for one in report["exercises"]],
        "polls": [{**poll, "answered": None} for poll in report["polls"]],
        "runs": [
            {
                "id": run["id"], "who": run["who"], "nickname": run["nickname"], "name": run["name"] or run["id"],
                "exercise": run["exercise"], "started": run["started"], "less": run["metric"] == "val_loss",
                "metric": metric(run["metric"]) if run["metric"] else "",
                "findings": [{"label": one["label"], "time": one["time"]} for one in run["findings"]],
                "losses": curves[run["id"]][0], "scores": curves[run["id"]][1],
                "values": [
                    [t, number(v), v if math.isfinite(v) else None]
                    for t, v in zip(run["score"]["time"], run["score"]["value"], strict=True)
                ],
            }
            for run in report["runs"]
        ],
    }  # fmt: skip


def _inside_script(document: Document) -> str:
    """JSON that can stand inside a script element: no tag can begin or end in it."""
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A table of plain texts."""
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(value: object) -> str:
    text = str(value)
    return f"<td{' class=long' if len(text) > LONG else ''}>{escape(text)}</td>"


def _value(value: object) -> str:
    return number(value) if value is None or isinstance(value, float | int) else str(value)[:80]


def _clock(moment: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(moment)) if moment else "–"


def _day(moment: float) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(moment))
