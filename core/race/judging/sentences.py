"""The sentences of a verdict: numbers to the digits that their interval allows, pairs of lanes, the headline."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.race.judging.statistics import MINIMUM_SEEDS, SEEDS_CAP, SIGN_TEST_SEEDS, Difference, SeedsNeeded

FEW = {1: "One seed can't tell: a single run's difference may be luck.", 2: "Two seeds can't tell: both may be luck."}
MOST_DECIMALS = 6
LARGEST_IN_FULL = 1e7


@dataclass(frozen=True, slots=True)
class Words:
    """How a kind of race speaks: `{0}` and `{1}` are lanes, `{2}` is the lead of the first, as `shown` turns it.

    `shown` turns a mean difference (first minus second) into what is told; `lost` is what befell a lane in a seed
    without a result (else it `finished`), `lost_all` and `nobody` if so in every seed, of one lane and of all;
    `margin` tells of the lead over the next lane, `unresolved` of a difference below the resolution.
    """

    wins: str
    beats: str
    margin: str
    differs: str
    finished: str
    lost: str
    lost_all: str
    nobody: str
    unresolved: str
    shown: Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Standing:
    """A race as it stands; lanes are numbers of `names`.

    `groups` of lanes, best first, without those that lost every seed; `beats` (winner, loser); `pairs` by (better
    placed, worse placed); `finished` and `lost` seeds by lane.
    """

    names: Sequence[str]
    groups: Sequence[Sequence[int]]
    beats: set[tuple[int, int]]
    pairs: dict[tuple[int, int], tuple[Difference, SeedsNeeded | None]]
    finished: Sequence[int]
    lost: Sequence[int]

    @property
    def seeds(self) -> int:
        """The most seeds that any lane has a result for."""
        return max((done + lost for done, lost in zip(self.finished, self.lost, strict=True)), default=0)


class Lead(NamedTuple):
    """A lead with its bounds, as shown."""

    size: float
    low: float
    high: float


def lead_of(lane: int, pair: Difference, words: Words) -> Lead:
    """The lead of `lane` over the other of its `pair`; NaN where not known."""
    sign = 1 if lane == pair.a else -1
    size, *bounds = (words.shown(sign * value) for value in (pair.mean, pair.low, pair.high))
    return Lead(size, min(bounds), max(bounds))


def written(lead: Lead) -> tuple[str, str, str]:
    """The three numbers with as many decimals as give the interval's shorter arm two digits, and the lead one."""
    arm = min(lead.size - lead.low, lead.high - lead.size)
    scale = arm if arm > 0 else abs(lead.size)
    decimals = max(0, 1 - math.floor(math.log10(scale))) if scale > 0 else 1
    if decimals > MOST_DECIMALS or max(map(abs, lead)) >= LARGEST_IN_FULL:
        return f"{lead.size:.2g}", f"{lead.low:.2g}", f"{lead.high:.2g}"
    low, high = (f"{round(value, decimals) + 0.0:,.{decimals}f}" for value in lead[1:])
    if lead.size and round(lead.size, decimals) == 0:
        return f"{lead.size:.1g}", low, high
    return f"{lead.size:,.{decimals}f}", low, high


def listed(names: Sequence[str]) -> str:
    """Names as a list in a sentence: "A, B and C"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def seeds_phrase(needed: SeedsNeeded) -> str:
    """How many seeds it would take: "about 14 seeds, perhaps 40"."""
    if needed.likely is None:
        return f"more than {SEEDS_CAP} seeds"
    if needed.likely == needed.cautious:
        return f"about {needed.likely} seeds"
    return f"about {needed.likely} seeds, perhaps {needed.cautious or f'more than {SEEDS_CAP}'}"


def loss_sentence(name: str, lost: int, seeds: int, words: Words) -> str:
    """What befell a lane: "SGD diverged in 2 of 5 seeds"."""
    if lost == seeds:
        return f"{name} {words.lost if seeds == 1 else words.lost_all}"
    return f"{name} {words.lost} in {lost} of {seeds} seeds"


def pair_sentence(names: Sequence[str], first: int, pair: Difference, needed: SeedsNeeded | None, words: Words) -> str:
    """The sentence on a pair of lanes, `first` the better placed."""
    lane = first if pair.winner is None else pair.winner
    lead = lead_of(lane, pair, words)
    if pair.winner is None and lead.size < 0:
        lane = pair.a + pair.b - lane
        lead = lead_of(lane, pair, words)
    other = pair.a + pair.b - lane
    size, interval = _size(lead, pair)
    lost = _losses(names, pair, words)
    if pair.winner is not None and pair.test == "t":
        return _sentence(words.wins.format(names[lane], names[other], size) + interval, lost)
    if pair.winner is not None:
        wins = max(pair.wins_a, pair.wins_b)
        ahead = f"{words.beats.format(names[lane], names[other])}: ahead in {wins} of {pair.wins_a + pair.wins_b} seeds"
        return _sentence(ahead + (f", by {size} in each" if pair.sd == 0 and pair.n == wins else ""), lost)
    if pair.n == 0:
        return _sentence("", lost) if lost else f"{names[lane]} and {names[other]} have finished no seed in common yet."
    differs = words.differs.format(names[lane], names[other], size)
    if pair.mean == 0 and pair.sd == 0:
        alike = f"{names[lane]} and {names[other]} are identical in each of {pair.n} seeds"
        return _sentence(f"Not separable: {alike}", lost)
    if pair.n < MINIMUM_SEEDS:
        start = f"Not separable with {pair.seeds + pair.both_diverged} seeds: " if lost else ""
        return _sentence(f"{start}{differs} in the {('one seed', 'two seeds')[pair.n - 1]} that both finished", lost)
    start = f"Not separable with {pair.seeds + pair.both_diverged} seeds: {differs}"
    if not interval:
        few = f"where nothing varies, it takes at least {SIGN_TEST_SEEDS} seeds to tell"
        return _sentence(f"{start} in each; {few}", lost)
    if abs(pair.mean) < pair.resolution:
        return _sentence(f"Not separable: {differs}, {words.unresolved}{interval}", lost)
    if lost and not pair.low < 0 < pair.high:
        return _sentence(f"{start} where both finished{interval}", [*lost, "a lost seed counts as the worst"])
    needs = "" if lost or needed is None else f"; at this spread it would take {seeds_phrase(needed)}"
    return _sentence(f"{start}{interval}{needs}", lost)


def _size(lead: Lead, pair: Difference) -> tuple[str, str]:
    """The lead as written, and its interval in brackets where there is one."""
    if pair.n == 0:
        return "", ""
    size, low, high = written(lead)
    if pair.n == 1 or not pair.spread > 0:
        return size, ""
    return size, f" (95 % interval {low} to {high}, {pair.n} paired seeds)"


def _losses(names: Sequence[str], pair: Difference, words: Words) -> list[str]:
    seeds = pair.seeds + pair.both_diverged
    lost = {pair.a: pair.only_a_diverged + pair.both_diverged, pair.b: pair.only_b_diverged + pair.both_diverged}
    return [loss_sentence(names[lane], count, seeds, words) for lane, count in lost.items() if count]


def _sentence(start: str, lost: Sequence[str]) -> str:
    return "; ".join([start, *lost] if start else lost) + "."


def losses(standing: Standing, words: Words) -> dict[int, str]:
    """A sentence for each lane that lost a seed."""
    told = enumerate(zip(standing.names, standing.finished, standing.lost, strict=True))
    return {lane: loss_sentence(name, lost, done + lost, words) + "." for lane, (name, done, lost) in told if lost}


def headline(standing: Standing, words: Words) -> str:
    """The sentence on the race."""
    names, lanes = standing.names, [lane for group in standing.groups for lane in group]
    seeds, lost = standing.seeds, losses(standing, words)
    if len(names) < 2:
        return "There is one lane: nothing to compare it with."
    if seeds == 0:
        return "No seed has finished yet."
    if not lanes:
        return words.nobody if len(lost) == len(names) else " ".join(lost.values())
    if seeds < MINIMUM_SEEDS:
        return " ".join([FEW[seeds], *lost.values(), f"Run at least {MINIMUM_SEEDS} seeds."])
    if len(lanes) == 2:
        said = pair_sentence(names, lanes[0], *standing.pairs[lanes[0], lanes[1]], words)
        return " ".join([said, *(sentence for lane, sentence in lost.items() if lane not in lanes)])
    if len(lanes) > 1:
        return " ".join([_of_many(standing, words), *lost.values()])
    count = f"{standing.finished[lanes[0]]} of {standing.finished[lanes[0]] + standing.lost[lanes[0]]} seeds"
    return " ".join([f"Only {names[lanes[0]]} {words.finished} ({count}).", *lost.values()])


def _of_many(standing: Standing, words: Words) -> str:
    names, seeds = standing.names, standing.seeds
    best, rest = standing.groups[0], [lane for group in standing.groups[1:] for lane in group]
    top, beaten = (listed([names[lane] for lane in group]) for group in (best, rest))
    if not rest:
        return f"Not separable with {seeds} seeds: {top}.{_nearest(standing)}"
    if not all((winner, loser) in standing.beats for winner in best for loser in rest):
        return f"{_unbeaten(standing)} ({seeds} seeds)."
    if len(best) > 1:
        return f"{top} are not separable; {'both' if len(best) == 2 else 'all'} beat {beaten} ({seeds} seeds)."
    said, (pair, _) = words.beats.format(top, beaten), standing.pairs[best[0], rest[0]]
    if pair.test != "t":
        return f"{said} ({seeds} seeds)."
    size, interval = _size(lead_of(best[0], pair, words), pair)
    return f"{said}; {words.margin.format(names[rest[0]], size)}{interval}."


def _nearest(standing: Standing) -> str:
    """What it would take to separate the pair that is nearest to it."""
    known = [(pair.p, lanes, needed) for lanes, (pair, needed) in standing.pairs.items() if needed]
    if not known:
        return ""
    _, lanes, needed = min(known)
    first, second = (standing.names[lane] for lane in lanes)
    return f" To tell {first} from {second} would take {seeds_phrase(needed)}."


def _unbeaten(standing: Standing) -> str:
    names, best = standing.names, standing.groups[0]
    lanes = [lane for group in standing.groups for lane in group]
    by: dict[tuple[str, ...], list[str]] = {}
    for lane in lanes[len(best) :]:
        by.setdefault(tuple(names[other] for other in lanes if (other, lane) in standing.beats), []).append(names[lane])
    top = listed([names[lane] for lane in best])
    start = f"{top} is unbeaten" if len(best) == 1 else f"{top} are unbeaten and not separable"
    losers = [
        f"{listed(beaten)} {'is' if len(beaten) == 1 else 'are'} beaten by {listed(winners)}"
        for winners, beaten in by.items()
    ]
    return "; ".join([start, *losers])
