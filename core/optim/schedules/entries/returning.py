"""Schedules that rise again, follow a drawing or one another, or watch the run. No torch."""

from __future__ import annotations

from core.optim.schedules.points import check_points
from core.optim.schedules.spec import ScheduleSpec, final
from core.registry import Param

PARTS = (
    "constant", "step", "multistep", "exponential", "polynomial", "linear", "cosine", "warmup_cosine", "inverse_sqrt", "wsd",
    "one_cycle", "cyclic", "cosine_restarts",
)  # fmt: skip

RETURNING = (
    ScheduleSpec(
        key="one_cycle",
        label="One cycle",
        summary="One rise to the base rate and one long fall; the base rate is the peak.",
        article="By half cosines from the start factor up to 1, then down to the final factor. The short time at a "
        "high rate regularises and can train in far fewer steps. Smith and Topin 2018; cosines as in PyTorch.",
        build="core.optim.schedules.open_loop:one_cycle_schedule",
        params=(
            Param("peak", 0.3, "Peak at", "Share of the run.", above=0, below=1, unit="of the run"),
            Param("start", 0.04, "Start factor", "Factor at the first step.", minimum=0, maximum=1),
            final(1e-4),
        ),
    ),
    ScheduleSpec(
        key="cyclic",
        label="Cyclic",
        summary="Up and down in straight lines, again and again; the base rate is the top.",
        article="factor = low + (1 - low) (1 - |2 p - 1|) h, where p in 0..1 is the place in the cycle and h the height: 1, or "
        "half as much in each cycle (triangular2), or smaller by the same ratio at every step (exp_range). Rising again "
        "can carry the weights out of poor regions. Smith 2017.",
        build="core.optim.schedules.open_loop:cyclic_schedule",
        params=(
            Param("period", 0.25, "Cycle", "Share of the run.", above=0, maximum=1, unit="of the run"),
            Param("low", 0.1, "Lowest factor", "Factor at the bottom.", minimum=0, maximum=1),
            Param(
                "mode",
                "triangular",
                "Height of the cycles",
                "triangular: all alike; triangular2: each half as high as the one before; exp_range: shrinking at every step.",
                choices=("triangular", "triangular2", "exp_range"),
            ),
            Param(
                "end",
                0.1,
                "Height at the end",
                "With exp_range: share of the height that is left at the last step.",
                above=0,
                maximum=1,
                log=True,
                advanced=True,
            ),
        ),
    ),
    ScheduleSpec(
        key="cosine_restarts",
        label="Cosine with restarts",
        summary="Fall by a cosine and jump back to the base rate, each cycle longer than the last.",
        article="factor = final + (1 - final) (1 + cos(pi t' / T')) / 2, with t' the step within a cycle of T' steps; the "
        "cycles fill the run. The weights at the end of each are usable, so one run gives several models (an ensemble of "
        "snapshots). Loshchilov and Hutter 2017 (SGDR).",
        build="core.optim.schedules.open_loop:cosine_restarts_schedule",
        params=(
            Param("cycles", 3, "Cycles", "How many fill the run.", minimum=1, maximum=20),
            Param(
                "multiply", 2, "Each longer by", "Length of a cycle over that of the one before.", minimum=1, maximum=5
            ),
            final(),
        ),
    ),
)

WRITTEN = (
    ScheduleSpec(
        key="custom",
        label="Custom points",
        summary="Draw it: the factor goes through points of your own.",
        article="factor = the straight line between the two points around t / (T - 1), or with steps the factor of the last "
        "point behind. Drag the points on the New run page or write them down. Such tables are the oldest form of "
        "schedule; He et al. 2016 drop the rate so by hand.",
        build="core.optim.schedules.points:custom_schedule",
        params=(
            Param(
                "points",
                "0:0.1, 0.1:1, 1:0.01",
                "Points",
                "share of the run:factor, with rising shares; factors from 0 to 1 of the base rate.",
                check=check_points,
            ),
            Param(
                "between",
                "lines",
                "Between the points",
                "lines: straight from point to point; steps: each factor holds until the next point.",
                choices=("lines", "steps"),
            ),
        ),
    ),
    ScheduleSpec(
        key="sequence",
        label="One after another",
        summary="One schedule for a share of the run, then a second one.",
        article="factor = first(t, c) for the first c steps, then second(t - c, T - c), both with their default settings and "
        "clocks of their own. Where one ends low and the next begins high the rate jumps. Composition as in PyTorch's "
        "SequentialLR; a phase that explores and one that settles are as old as Robbins and Monro 1951.",
        build="core.optim.schedules.composition:sequence_schedule",
        params=(
            Param("first", "constant", "First", "Which schedule begins.", choices=PARTS),
            Param("share", 0.5, "Until", "Share of the run.", above=0, below=1, unit="of the run"),
            Param("second", "cosine", "Second", "Which schedule follows.", choices=PARTS),
        ),
    ),
)

REACTIVE = (
    ScheduleSpec(
        key="reduce_on_plateau",
        label="Reduce on plateau",
        summary="Cut the rate when the validation loss stops falling.",
        article="After more than `patience` evaluations without a new best (better by the threshold share), factor "
        "is multiplied by f, down to a minimum. It needs no planned length, but reacts late when evaluations are "
        "noisy. Bengio 2012 describes the heuristic; the rule is PyTorch's.",
        build="core.optim.schedules.reactive:ReduceOnPlateau",
        reactive=True,
        params=(
            Param("factor", 0.5, "Factor", "Each cut multiplies the rate by this.", above=0, below=1),
            Param(
                "patience",
                5,
                "Patience",
                "Evaluations without progress that are let pass.",
                minimum=0,
                maximum=1000,
                unit="evaluations",
            ),
            Param(
                "threshold",
                1e-3,
                "Least improvement",
                "Share by which the loss must fall to count.",
                minimum=0,
                below=1,
                advanced=True,
            ),
            Param(
                "minimum",
                1e-3,
                "Lowest factor",
                "The factor never falls under this.",
                minimum=0,
                maximum=1,
                advanced=True,
            ),
        ),
    ),
)
