"""Races of schedules. No torch."""

from __future__ import annotations

from typing import Any

from core.race.ready.base import DIGITS_MLP, RacePreset, lane, race_preset

HIGH_RATE: dict[str, Any] = {
    **DIGITS_MLP,
    "optim": {"key": "momentum", "lr": 0.1},
    "train": {"epochs": 6, "batch_size": 32},
}

ENTRIES: tuple[RacePreset, ...] = (
    race_preset(
        "warm-up",
        "Warm-up with a transformer",
        "A small transformer with its layer norm after each part, as first published, at a high learning rate: with and "
        "without a slow start, and with the norm moved to the front.",
        "Without warm-up the first steps throw the attention about, and it hardly recovers: look at the update ratio. A "
        "slow start mends it, and so does the norm before each part, which needs none.",
        "Vaswani et al. 2017; Xiong et al. 2020.",
        base={
            "data": {"key": "japanese_vowels"},
            "model": {"key": "transformer", "width": 24, "blocks": 4, "norm_place": "after"},
            "optim": {"key": "adam", "lr": 0.03},
            "schedule": {"key": "cosine"},
            "train": {"epochs": 8, "batch_size": 32},
        },
        lanes=[
            lane("No warm-up", schedule__key="cosine"),
            lane("Warm-up 20 %", schedule__key="warmup_cosine", schedule__warmup=0.2),
            lane("Norm in front", model__norm_place="before"),
        ],
    ),
    race_preset(
        "five-schedules",
        "Five schedules, one budget",
        "Momentum at a high rate on the digits for eight epochs, under five schedules.",
        "The constant rate ends on the noise that it makes itself: its loss (0.178 on average of three seeds here) stays "
        "above that of all that fall, of which one cycle, with the momentum moving against it, ended lowest (0.084). Accuracy "
        "differs less: 95.6 % against 97.5 %.",
        "Smith and Topin 2018; Loshchilov and Hutter 2017; Hu et al. 2024.",
        score="loss",
        base={
            **DIGITS_MLP,
            "optim": {"key": "momentum", "lr": 0.1},
            "train": {"epochs": 8, "batch_size": 32},
        },
        lanes=[
            lane("Constant"),
            lane("Step", schedule__key="step"),
            lane("Cosine", schedule__key="cosine"),
            lane("One cycle", schedule__key="one_cycle", schedule__cycle_momentum=0.85, optim__momentum=0.95),
            lane("Stable, then decay", schedule__key="wsd"),
        ],
    ),
    race_preset(
        "ways-to-fall",
        "Six ways to fall, one budget",
        "Momentum at a high rate on the digits for six epochs: the rate held, and let down in cuts, in curves and in a straight line.",
        "That the rate falls matters, and how hardly does. Over seeds 0 to 2 the loss ended at 0.274 held and at 0.096 along a "
        "straight line; between them cosine 0.111, exponential 0.114, polynomial 0.116, multistep 0.129, and inverse square root "
        "0.130, which needs no planned end and so has a third of the rate left there. The seeds differ by as much as these do. "
        "Accuracy: 93.2 in 100 held, 96.1 to 97.4 all others.",
        "He et al. 2016; Vaswani et al. 2017; Li, Yumer and Ramanan 2020.",
        score="loss",
        base=HIGH_RATE,
        lanes=[
            lane("Constant"),
            lane("Multistep", schedule__key="multistep"),
            lane("Exponential", schedule__key="exponential"),
            lane("Polynomial", schedule__key="polynomial"),
            lane("Linear", schedule__key="linear"),
            lane("Inverse square root", schedule__key="inverse_sqrt"),
            lane("Cosine", schedule__key="cosine"),
        ],
    ),
    race_preset(
        "rise-again",
        "Rates that rise again, are drawn, or watch the run",
        "The same task: up and down, up and down ever lower, cosines with restarts, points of one's own, two schedules in a row, and "
        "cuts when the validation loss stops falling.",
        "What counts is a low rate at the end, not the rises before it. Over seeds 0 to 2 the loss ended at 0.098 where each peak is "
        "half as high as the last, at 0.105 for one after another, 0.108 for the points, 0.117 after restarts, and at 0.175 where "
        "the peaks stay high. Reduce on plateau, 0.173, was as good as those in one seed (0.095) and in another saw no plateau "
        "within six epochs, so it ended as the constant rate did (0.269).",
        "Smith 2017; Loshchilov and Hutter 2017; Bengio 2012.",
        score="loss",
        base={**HIGH_RATE, "schedule": {"key": "reduce_on_plateau", "patience": 0, "factor": 0.3}},
        lanes=[
            lane("Constant", schedule__key="constant"),
            lane("Cyclic", schedule__key="cyclic"),
            lane("Cyclic, ever lower", schedule__key="cyclic", schedule__mode="triangular2"),
            lane("Cosine with restarts", schedule__key="cosine_restarts"),
            lane("Points", schedule__key="custom"),
            lane("Constant, then cosine", schedule__key="sequence"),
            lane("On plateau"),
        ],
    ),
)
