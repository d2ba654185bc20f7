"""The words of the trust light, as the reader sees them."""

from __future__ import annotations

import numpy as np
import pytest

from core.explain.trust.completeness import completeness
from core.explain.trust.curves import Curves, faithfulness
from core.explain.trust.light import Check, percent, trust
from core.explain.trust.randomisation import Cascade, dependence
from core.explain.trust.sensitivity import stability


def add_up(scale: float) -> Check:
    return completeness(np.full((4, 2), scale / 2), np.ones(4), np.zeros(4))


def curves(deletion: float, insertion: float, n: int = 1) -> Curves:
    random = np.array([[0.5, 0.5], [0.6, 0.6]])
    return Curves(np.array([0.0, 1.0]), np.full(2, deletion), np.full(2, insertion), random, random, n)


def randomised(correlation: float) -> Check:
    return dependence([Cascade(("head",), (correlation,), 20)] * 2)


SAID = {
    "adds up": (add_up(1.003), "The attributions add up: they leave 0.3 % of the change in output unexplained."),
    "nearly": (
        add_up(1.042),
        "The attributions leave 4.2 % of the change in output unexplained: do not read the small ones.",
    ),
    "does not": (
        add_up(1.58),
        "The attributions should add up but leave 58 % of the change in output unexplained: the method does not work on "
        "this model.",
    ),
    "not a number": (add_up(np.nan), "Some attributions or outputs are not finite numbers."),
    "no change": (
        completeness(np.ones((4, 2)), np.ones(4), np.ones(4)),
        "The output is the same on the baseline as on the samples, so there is no change to explain; choose another baseline.",
    ),
    "both curves": (
        faithfulness(curves(0.12, 0.9)),
        "Deleting and inserting the features it ranks first changes the output faster than all 2 random orders (areas 0.12 "
        "and 0.90, random 0.50 to 0.60, 1 sample).",
    ),
    "insertion only": (
        faithfulness(curves(0.55, 0.9)),
        "Inserting the features it ranks first beats all 2 random orders, but deleting them is no better than random (areas "
        "0.55 and 0.90, random 0.50 to 0.60, 1 sample).",
    ),
    "deletion only": (
        faithfulness(curves(0.1, 0.55)),
        "Deleting the features it ranks first beats all 2 random orders, but inserting them is no better than random (areas "
        "0.10 and 0.55, random 0.50 to 0.60, 1 sample).",
    ),
    "random": (
        faithfulness(curves(0.55, 0.55, n=20)),
        "Its ranking is no better than random: neither deleting nor inserting in its order beats 2 random orders (areas 0.55 "
        "and 0.55, random 0.50 to 0.60, 20 samples).",
    ),
    "random on few": (
        faithfulness(curves(0.55, 0.55)),
        "Here its ranking is no better than random, which so few samples do not settle: neither deleting nor inserting in its "
        "order beats 2 random orders (areas 0.55 and 0.55, random 0.50 to 0.60, 1 sample).",
    ),
    "too few draws": (
        completeness(np.full((4, 2), 0.79), np.ones(4), np.zeros(4), on_average=True),
        "The attributions should add up but leave 58 % of the change in output unexplained: it drew too few samples; give it "
        "more.",
    ),
    "depends": (
        randomised(0.05),
        "With all weights replaced at random it changes (rank correlation 0.05, 2 random models, n = 20), so it depends on what was learned.",
    ),
    "does not depend": (
        randomised(0.81),
        "With all weights replaced at random it stays much the same (rank correlation 0.81, 2 random models, n = 20): it shows the input or "
        "the architecture, not what was learned.",
    ),
    "stable": (
        stability(np.array([0.05, 0.06, 0.9])),
        "It is stable: it changes by up to 6.0 % when every input moves by up to 0.02 (median, n = 3).",
    ),
    "unstable": (
        stability(np.array([0.5])),
        "It is unstable: it changes by up to 50 % when every input moves by up to 0.02 (median, n = 1).",
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_each_check_speaks_plainly(name: str) -> None:
    check, words = SAID[name]
    assert check.sentence == words


def test_the_whole_says_what_the_light_means() -> None:
    assert trust([]).sentence == "Nothing has checked this explanation: take it as a guess."
    assert trust([SAID["does not"][0], SAID["both curves"][0]]).sentence == (
        "Not shown, because it would mislead. The attributions should add up but leave 58 % of the change in output "
        "unexplained: the method does not work on this model."
    )
    assert trust([SAID["nearly"][0], SAID["depends"][0]]).sentence == (
        "Read with care. The attributions leave 4.2 % of the change in output unexplained: do not read the small ones."
    )
    assert trust([SAID["adds up"][0]]).sentence == (
        "It passed the one check made here, which does not prove it right. The attributions add up: they leave 0.3 % of the "
        "change in output unexplained."
    )
    assert "all 2 checks" in trust([SAID["adds up"][0], SAID["stable"][0]]).sentence


def test_shares_are_written_with_sense() -> None:
    assert [percent(share) for share in (0.0031, 0.042, 0.58, 12.5)] == ["0.3 %", "4.2 %", "58 %", "1,250 %"]
