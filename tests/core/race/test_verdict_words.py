"""What a user reads after a race, word for word, and that the parts of a verdict agree."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import numpy as np
import pytest

from core.errors import BadInput
from core.race.judging.sentences import Lead, written
from core.race.judging.verdict import PEEKING, Verdict, judge, judge_times

NAN, INF = math.nan, math.inf
TWO, FOUR = ("Adam", "SGD"), ("Adam", "SGD", "Lion", "Muon")
FIVE = [0.01, -0.012, 0.004, 0.009, -0.011]
OTHER = [-0.008, 0.011, 0.002, -0.006, 0.01]
THIRD = [0.003, 0.007, -0.011, 0.01, -0.009]
FOURTH = [-0.002, -0.009, 0.012, 0.003, 0.006]


def around(*means: float) -> list[list[float]]:
    """Four lanes of five seeds around these means."""
    noise = [FIVE, OTHER, THIRD, FOURTH]
    return [[mean + value for value in values] for mean, values in zip(means, noise, strict=False)]


def accuracy(names: tuple[str, ...], finals: object, **more: object) -> Verdict:
    return judge(names, finals, score_label="validation accuracy", higher_is_better=True, **more)  # type: ignore[arg-type]


def loss(names: tuple[str, ...], finals: object, **more: object) -> Verdict:
    return judge(names, finals, score_label="validation loss", higher_is_better=False, **more)  # type: ignore[arg-type]


def steps(names: tuple[str, ...], times: object, **more: object) -> Verdict:
    return judge_times(names, times, target_label="a validation loss of 0.3", **more)  # type: ignore[arg-type]


SITUATIONS: dict[str, tuple[Verdict, str]] = {
    "a winner": (
        accuracy(TWO, around(0.95, 0.9)),
        "Adam beats SGD by 0.048 in validation accuracy (95 % interval 0.024 to 0.072, 5 paired seeds).",
    ),
    "a winner by the loss": (
        loss(TWO, around(0.4, 1.3)),
        "Adam beats SGD by 0.902 in validation loss (95 % interval 0.878 to 0.926, 5 paired seeds).",
    ),
    "a tie": (
        accuracy(TWO, around(0.91, 0.9)),
        "Not separable with 5 seeds: Adam and SGD differ by 0.008 in validation accuracy (95 % interval -0.016 to 0.032, 5 paired seeds); at this spread it would take about 46 seeds, perhaps more than 100.",
    ),
    "a tie of three seeds": (
        loss(TWO, [[0.31, 0.35, 0.29], [0.33, 0.36, 0.34]]),
        "Not separable with 3 seeds: Adam and SGD differ by 0.027 in validation loss (95 % interval -0.025 to 0.078, 3 paired seeds); at this spread it would take about 7 seeds, perhaps 24.",
    ),
    "a hopeless tie": (
        accuracy(TWO, around(0.9, 0.9)),
        "Not separable with 5 seeds: SGD and Adam differ by 0.002 in validation accuracy (95 % interval -0.022 to 0.026, 5 paired seeds); at this spread it would take more than 100 seeds.",
    ),
    "one seed": (
        accuracy(TWO, [[0.99], [0.1]]),
        "One seed can't tell: a single run's difference may be luck. Run at least 3 seeds.",
    ),
    "one seed, one lane diverged": (
        loss(TWO, [[0.3], [NAN]]),
        "One seed can't tell: a single run's difference may be luck. SGD diverged. Run at least 3 seeds.",
    ),
    "two seeds": (
        accuracy(TWO, [[0.99, 0.98], [0.1, 0.11]]),
        "Two seeds can't tell: both may be luck. Run at least 3 seeds.",
    ),
    "identical lanes": (
        accuracy(("Adam", "Adam again"), [[0.9, 0.92, 0.91, 0.93, 0.9]] * 2),
        "Not separable: Adam and Adam again are identical in each of 5 seeds.",
    ),
    "always the same difference": (
        loss(TWO, [[0.5] * 4, [0.7] * 4]),
        "Not separable with 4 seeds: Adam and SGD differ by 0.20 in validation loss in each; where nothing varies, it takes at least 6 seeds to tell.",
    ),
    "always the same difference, enough seeds": (
        loss(TWO, [[0.5] * 6, [0.7] * 6]),
        "Adam beats SGD in validation loss: ahead in 6 of 6 seeds, by 0.20 in each.",
    ),
    "less than a row": (
        accuracy(TWO, [[0.9722, 0.975, 0.9722], [0.9722, 0.9722, 0.9722]], resolution=1 / 360),
        "Not separable: Adam and SGD differ by 0.0009 in validation accuracy, less than its smallest step of 0.0028 (95 % interval -0.0031 to 0.0049, 3 paired seeds).",
    ),
    "a lane diverged in every seed": (
        loss(TWO, [[0.3, 0.32, 0.31], [NAN] * 3]),
        "Only Adam finished (3 of 3 seeds). SGD diverged in every seed.",
    ),
    "the loser also diverged": (
        loss(TWO, [[0.1, 0.12, 0.11, 0.1, 0.12], [0.3, NAN, 0.35, NAN, 0.33]]),
        "Adam beats SGD by 0.217 in validation loss (95 % interval 0.165 to 0.268, 3 paired seeds); SGD diverged in 2 of 5 seeds.",
    ),
    "the better one diverged": (
        loss(TWO, [[0.1, NAN, 0.11, NAN, 0.12], [0.3, 0.32, 0.35, 0.3, 0.33]]),
        "Not separable with 5 seeds: Adam and SGD differ by 0.217 in validation loss where both finished (95 % interval 0.165 to 0.268, 3 paired seeds); Adam diverged in 2 of 5 seeds; a lost seed counts as the worst.",
    ),
    "lost by divergence": (
        loss(TWO, [[0.1, 0.12, 0.11, 0.1, 0.12, 0.1], [NAN, NAN, INF, NAN, 0.33, NAN]]),
        "Adam beats SGD in validation loss: ahead in 6 of 6 seeds; SGD diverged in 5 of 6 seeds.",
    ),
    "all diverged": (
        loss(TWO, [[NAN] * 3, [INF] * 3]),
        "Every lane diverged in every seed: there is no score to compare. Try lower learning rates.",
    ),
    "nothing yet": (loss(TWO, [[NAN] * 3, [NAN] * 3], unfinished=True), "No seed has finished yet."),
    "a winner so far": (
        accuracy(TWO, [[*row, NAN] for row in around(0.95, 0.9)], unfinished=True),
        "So far: Adam beats SGD by 0.048 in validation accuracy (95 % interval 0.024 to 0.072, 5 paired seeds).",
    ),
    "one lane": (accuracy(TWO[:1], [[0.9, 0.91, 0.92]]), "There is one lane: nothing to compare it with."),
    "four lanes, one best": (
        accuracy(FOUR, around(0.95, 0.9, 0.8, 0.7)),
        "Adam beats SGD, Lion and Muon in validation accuracy; SGD, the closest, by 0.048 (95 % interval 0.024 to 0.072, 5 paired seeds).",
    ),
    "four lanes, two best": (
        accuracy(FOUR, around(0.95, 0.945, 0.8, 0.7)),
        "Adam and SGD are not separable; both beat Lion and Muon (5 seeds).",
    ),
    "four lanes, three best": (
        loss(FOUR, around(0.3, 0.305, 0.31, 0.7)),
        "Adam, SGD and Lion are not separable; all beat Muon (5 seeds).",
    ),
    "four lanes, none best": (
        accuracy(FOUR, around(0.9, 0.905, 0.908, 0.9)),
        "Not separable with 5 seeds: Lion, SGD, Muon and Adam. To tell Lion from Adam would take about 41 seeds, perhaps 93.",
    ),
    "four lanes in a chain": (
        accuracy(FOUR, around(0.95, 0.93, 0.915, 0.7)),
        "Adam and SGD are unbeaten and not separable; Lion is beaten by Adam; Muon is beaten by Adam, SGD and Lion (5 seeds).",
    ),
    "three lanes, one diverged": (
        loss(FOUR[:3], [*around(0.3, 0.9), [NAN] * 5]),
        "Adam beats SGD by 0.602 in validation loss (95 % interval 0.578 to 0.626, 5 paired seeds). Lion diverged in every seed.",
    ),
    "four lanes, one seed": (
        accuracy(FOUR, np.array(around(0.95, 0.9, 0.8, 0.7))[:, :1]),
        "One seed can't tell: a single run's difference may be luck. Run at least 3 seeds.",
    ),
    "sooner": (
        steps(TWO, [[100, 120, 110, 105, 130], [200, 260, 210, 220, 300]], resolution=5),
        "Adam reaches a validation loss of 0.3 in 0.478 times the steps of SGD (95 % interval 0.437 to 0.523, 5 paired seeds).",
    ),
    "as soon": (
        steps(TWO, [[100, 120, 160, 105, 130], [120, 110, 120, 140, 130]], resolution=5),
        "Not separable: Adam takes 0.98 times the steps of SGD to reach a validation loss of 0.3, less than the time between two evaluations can resolve (95 % interval 0.74 to 1.30, 5 paired seeds).",
    ),
    "between two evaluations": (
        steps(TWO, [[100, 120, 110], [110, 120, 120]], resolution=10),
        "Not separable: Adam takes 0.94 times the steps of SGD to reach a validation loss of 0.3, less than the time between two evaluations can resolve (95 % interval 0.83 to 1.07, 3 paired seeds).",
    ),
    "one never": (
        steps(TWO, [[100, 120, 110, 105, 130], [INF] * 5]),
        "Only Adam reached a validation loss of 0.3 (5 of 5 seeds). SGD never reached it.",
    ),
    "one seldom": (
        steps(TWO, [[100, 120, 110, 105, 130], [INF, INF, 300, INF, INF]]),
        "Not separable with 5 seeds: Adam takes 0.37 times the steps of SGD to reach a validation loss of 0.3 in the one seed that both finished; SGD did not reach it in 4 of 5 seeds.",
    ),
    "none ever": (steps(TWO, [[INF] * 3] * 2), "No lane reached a validation loss of 0.3 in any seed."),
    "four lanes to a target": (
        steps(FOUR, np.exp(np.array(around(5, 5.5, 5.8, 6)))),
        "Adam reaches a validation loss of 0.3 sooner than SGD, Lion and Muon; in 0.605 times the steps of SGD, the closest (95 % interval 0.585 to 0.627, 5 paired seeds).",
    ),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_headlines_word_for_word(situation: str) -> None:
    verdict, words = SITUATIONS[situation]
    assert verdict.headline == words


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_parts_of_a_verdict_agree(situation: str) -> None:
    verdict, _ = SITUATIONS[situation]
    place = {name: rank for rank, group in enumerate(verdict.ranking) for name in group}
    assert verdict.separable == any(pair.winner for pair in verdict.pairs)
    assert verdict.details == tuple(pair.sentence for pair in verdict.pairs)
    for pair in verdict.pairs:
        assert pair.winner in (None, pair.first, pair.second)
        assert (
            pair.winner is None or place[pair.winner] < place[pair.first if pair.winner == pair.second else pair.second]
        )
        assert (pair.winner is not None) == (" beats " in pair.sentence or " reaches " in pair.sentence)
        assert pair.winner is None or pair.seeds_needed is None
        assert re.match(r"[^;]+(; [^;]+)*\.$", pair.sentence)
        assert "nan" not in pair.sentence
    for above, group in pairwise(verdict.ranking):
        for name in group:
            told = any(pair.winner in above and name in (pair.first, pair.second) for pair in verdict.pairs)
            assert told or name in str(verdict.notes)


def test_one_seed_and_two_never_have_a_winner() -> None:
    random = np.random.default_rng(0)
    for seeds in (1, 2):
        for _ in range(50):
            finals = random.normal(size=(4, seeds)) * 1e-6 + 100 * np.arange(4)[:, None]
            for verdict in (
                loss(FOUR, finals),
                steps(FOUR, np.exp(finals / 100)),
                accuracy(FOUR, finals, resolution=1),
            ):
                assert not verdict.separable
                assert "beat" not in verdict.headline + " ".join(verdict.details)


def test_pairs_are_told_from_the_better_placed_lane() -> None:
    verdict = loss(FOUR, around(0.7, 0.5, 0.3, 0.1))
    assert verdict.ranking == (("Muon",), ("Lion",), ("SGD",), ("Adam",))
    assert [(pair.first, pair.second) for pair in verdict.pairs[:3]] == [
        ("Muon", "Lion"),
        ("Muon", "SGD"),
        ("Muon", "Adam"),
    ]
    first = verdict.pairs[0]
    assert first.lead == pytest.approx(0.2, abs=0.02)
    assert first.low is not None
    assert first.high is not None
    assert 0 < first.low < first.lead < first.high  # type: ignore[operator]
    assert verdict.details[0].startswith("Muon beats Lion by 0.198 in validation loss")


def test_a_lane_marked_as_diverged_lost_whatever_its_score() -> None:
    exploded = [[0.3, 0.31, 0.3], [1e30, 0.2, 0.2]]
    verdict = loss(TWO, exploded, diverged=[[False] * 3, [True, False, False]])
    assert verdict.notes == ("SGD diverged in 1 of 3 seeds.",)
    assert verdict.pairs[0].seeds == 2


def test_speed_is_told_as_a_ratio_of_geometric_means() -> None:
    times = np.array([[100.0, 120, 110, 105, 130], [200, 260, 210, 220, 300]])
    (pair,) = steps(TWO, times).pairs
    assert pair.lead == pytest.approx(np.exp(np.mean(np.log(times[0] / times[1]))))
    assert steps(TWO, times * 60).pairs[0].lead == pytest.approx(pair.lead)


def test_a_target_reached_at_the_start_is_no_infinite_ratio() -> None:
    verdict = steps(TWO, [[0, 0, 0], [0, 10, 0]], resolution=10)
    assert not verdict.separable
    assert all(math.isfinite(value) for pair in verdict.pairs for value in (pair.lead, pair.low, pair.high))  # type: ignore[arg-type]


def test_notes_name_what_the_reader_must_know() -> None:
    finals = [*around(0.3, 0.9), [NAN, *THIRD[1:]]]
    notes = loss(FOUR[:3], finals, unfinished=True, diverged=np.isnan(finals)).notes
    assert notes[0] == "Lion diverged in 1 of 5 seeds."
    assert "3 comparisons among 3 lanes" in notes[1]
    assert notes[2] == PEEKING
    assert loss(TWO, around(0.3, 0.9)).notes == ()


def test_unfinished_seeds_are_not_told_as_diverged() -> None:
    finals = [[0.3, 0.31, NAN], [0.5, INF, NAN]]
    assert "SGD diverged in 1 of 2 seeds" in " ".join(loss(TWO, finals, unfinished=True).notes)
    assert "SGD diverged in 2 of 3 seeds" in " ".join(loss(TWO, finals).notes)


@pytest.mark.parametrize(
    ("lead", "words"),
    [
        (Lead(0.0312, 0.0123, 0.0501), ("0.031", "0.012", "0.050")),
        (Lead(0.00004, -0.0141, 0.0141), ("4e-05", "-0.014", "0.014")),
        (Lead(12345.6, 2345.6, 22345.6), ("12,346", "2,346", "22,346")),
        (Lead(3.2e-9, 1e-9, 5.4e-9), ("3.2e-09", "1e-09", "5.4e-09")),
        (Lead(0.0, -0.0001, 0.0001), ("0.00000", "-0.00010", "0.00010")),
        (Lead(0.5, NAN, NAN), ("0.50", "nan", "nan")),
        (Lead(0.0, NAN, NAN), ("0.0", "nan", "nan")),
        (Lead(0.98, 0.0003, 3000.0), ("0.98", "0.00", "3,000.00")),
        (Lead(1.2, 1e-300, 1e300), ("1.2", "1e-300", "1e+300")),
        (Lead(0.2, -0.0001, 0.4001), ("0.20", "0.00", "0.40")),
    ],
)
def test_numbers_have_the_digits_that_the_interval_allows(lead: Lead, words: tuple[str, str, str]) -> None:
    assert written(lead) == words


@pytest.mark.parametrize("given", [(TWO, [[1.0, 2.0]]), (TWO, [1.0, 2.0]), (("Adam", "Adam"), [[1.0], [2.0]])])
def test_names_and_scores_that_do_not_fit_are_refused(given: tuple[tuple[str, ...], object]) -> None:
    with pytest.raises(BadInput, match=r"pass \(lanes, seeds\)"):
        loss(*given)
    with pytest.raises(BadInput, match="one flag per score"):
        loss(TWO, [[1.0], [2.0]], diverged=[True])
