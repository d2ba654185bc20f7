"""From verdicts to the published table: counts with their denominators, misses, drops; and its Markdown."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from benchmarks.gallery.baselines import BASELINES
from benchmarks.gallery.judge import Judged

Count = dict[str, int]


def share(of: Iterable[Judged], holds: Callable[[Judged], bool]) -> Count:
    """How many of them hold, and of how many."""
    members = list(of)
    return {"hits": sum(map(holds, members)), "n": len(members)}


def summary(judged: list[Judged]) -> dict[str, Any]:
    """The headline figures of one half."""
    kept = [one for one in judged if not one.dropped]
    sick, healthy = [one for one in kept if one.case.sick], [one for one in kept if not one.case.sick]
    curable = [one for one in sick if one.curable]
    twins = [one for one in sick if one.twin_alarms is not None]
    delays = [one.delay for one in sick if one.delay is not None]
    return {
        "cases": len(judged),
        "dropped": len(judged) - len(kept),
        "named": share(sick, lambda one: one.named),
        "any_alarm": share(sick, lambda one: bool(one.alarms)),
        "top_cause": share(sick, lambda one: one.right_cause),
        "false_alarms": share(healthy, lambda one: bool(one.alarms)),
        "twin_alarms": share(twins, lambda one: bool(one.twin_alarms)),
        "median_delay": statistics.median(delays) if delays else None,
        "cured": share(curable, lambda one: one.cured),
        "cured_at_random": share(curable, lambda one: one.cured_at_random),
        "baselines": {name: baseline(name, sick, healthy) for name in BASELINES},
    }


def baseline(name: str, sick: list[Judged], healthy: list[Judged]) -> dict[str, Any]:
    """The figures of one other rule set; its false alarms also without the rule that gives most of them."""
    kinds = Counter(alarm for one in healthy for alarm in one.baselines[name]["alarms"])
    noisiest = kinds.most_common(1)[0][0] if kinds else ""
    return {
        "named": share(sick, lambda one: one.baselines[name]["named"]),
        "any_alarm": share(sick, lambda one: bool(one.baselines[name]["alarms"])),
        "false_alarms": share(healthy, lambda one: bool(one.baselines[name]["alarms"])),
        "noisiest": noisiest,
        "without_noisiest": share(healthy, lambda one: bool(set(one.baselines[name]["alarms"]) - {noisiest})),
    }


def by_fault(judged: list[Judged]) -> list[dict[str, Any]]:
    """One row per fault, confirmed cases only."""
    rows = []
    for fault in dict.fromkeys(one.case.fault for one in judged if one.case.sick):
        mine = [one for one in judged if one.case.fault == fault and not one.dropped]
        delays = [one.delay for one in mine if one.delay is not None]
        curable = [one for one in mine if one.curable]
        rows.append({
            "fault": fault,
            "n": len(mine),
            "dropped": sum(one.case.fault == fault and bool(one.dropped) for one in judged),
            "named": sum(one.named for one in mine),
            "top_cause": sum(one.right_cause for one in mine),
            "delay": statistics.median(delays) if delays else None,
            "curable": len(curable),
            "cured": sum(one.cured for one in curable),
            "cured_at_random": sum(one.cured_at_random for one in curable),
            **{name: sum(bool(one.baselines[name]["named"]) for one in mine) for name in BASELINES},
        })  # fmt: skip
    return rows


def misses(judged: list[Judged]) -> list[dict[str, Any]]:
    """Every confirmed case on which the diagnosis was wrong in any way, in words."""
    found = []
    for one in judged:
        wrong = []
        if one.dropped:
            continue
        if not one.case.sick and one.alarms:
            wrong.append("false alarm")
        if one.case.sick and not one.named:
            wrong.append("not named" if one.alarms else "not seen")
        elif one.case.sick and not one.right_cause:
            wrong.append("named, but another cause first")
        if one.case.sick and one.curable and not one.cured:
            wrong.append("first remedy does not cure")
        if one.twin_alarms:
            wrong.append(f"alarm on the repaired twin: {', '.join(one.twin_alarms)}")
        if wrong:
            found.append({
                "id": one.case.id, "fault": one.case.fault, "what": "; ".join(wrong), "cause": one.cause,
                "alarms": list(one.alarms), "remedy": one.remedy, "closed": rounded(one.closed),
                "score": rounded(one.sick), "twin": rounded(one.twin),
            })  # fmt: skip
    return found


def drops(judged: list[Judged]) -> list[dict[str, str]]:
    """Cases whose outcome did not confirm their construction."""
    return [{"id": one.case.id, "half": one.half, "why": one.dropped} for one in judged if one.dropped]


def rounded(value: float | None) -> float | None:
    """Two decimals, None for nothing."""
    return None if value is None or value != value else round(max(min(value, 99.0), -99.0), 2)


def percent(count: Count) -> str:
    """A share in words: 93 % (27/29)."""
    return f"{100 * count['hits'] / count['n']:.0f} % ({count['hits']}/{count['n']})" if count["n"] else "none"


def markdown(found: dict[str, Any]) -> str:
    """Headline and table of one half."""
    head = found["summary"]
    lines = [
        f"Named {percent(head['named'])}, any alarm on a sick run {percent(head['any_alarm'])}, false alarms "
        f"{percent(head['false_alarms'])}, on repaired twins {percent(head['twin_alarms'])}, top cause {percent(head['top_cause'])}, "
        f"cured by the first remedy {percent(head['cured'])}, at random {percent(head['cured_at_random'])}, "
        f"median delay {head['median_delay']} steps; dropped {head['dropped']} of {head['cases']}.",
        *(
            f"{name}: named {percent(one['named'])}, any alarm {percent(one['any_alarm'])}, false alarms {percent(one['false_alarms'])}, "
            f"without {one['noisiest'] or 'any'} {percent(one['without_noisiest'])}."
            for name, one in head["baselines"].items()
        ),
        "",
        "| fault | n | named | top cause | delay | cured | at random | " + " | ".join(BASELINES) + " |",
        "|--" * (7 + len(BASELINES)) + "|",
    ]
    for row in found["faults"]:
        cured = [f"{row[name]}/{row['curable']}" if row["curable"] else "-" for name in ("cured", "cured_at_random")]
        cells = [
            row["fault"],
            row["n"],
            row["named"],
            row["top_cause"],
            row["delay"],
            *cured,
            *(row[b] for b in BASELINES),
        ]
        lines.append("| " + " | ".join("-" if cell is None else str(cell) for cell in cells) + " |")
    return "\n".join(lines)
