"""The learning-rate schedules to choose from. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from core.registry import Catalogue, Param, Spec


@dataclass(frozen=True, kw_only=True)
class ScheduleSpec(Spec):
    """A schedule: a factor on the base learning rate.

    Not reactive: `load()` is a pure function (step, total_steps, **params) -> factor, steps from 0.
    Reactive: `load()(**params)` is an object with update(metric) -> factor, called after each evaluation with
    the validation loss, and state_dict() / load_state_dict(state).
    """

    reactive: bool = False


def _final(default: float = 0.01) -> Param:
    return Param(
        "final",
        default,
        "Final factor",
        "What is left of the base rate at the last step.",
        minimum=0,
        maximum=1,
    )


SCHEDULES: Catalogue[ScheduleSpec] = Catalogue(
    "schedule",
    (
        ScheduleSpec(
            key="constant",
            label="Constant",
            summary="The base rate all the way.",
            article="factor = 1. With noisy gradients the loss settles at a level set by the rate; reaching the "
            "minimum needs a rate that falls over time. Robbins and Monro 1951.",
            build="core.optim.schedules.open_loop:constant_schedule",
        ),
        ScheduleSpec(
            key="step",
            label="Step decay",
            summary="Cut the rate by a factor a few times during the run.",
            article="factor = f ^ floor(t / n), where n is the share `every` of the run in steps. The loss often "
            "drops at each cut, as in the residual networks of He et al. 2016.",
            build="core.optim.schedules.open_loop:step_schedule",
            params=(
                Param("every", 0.3, "Cut after every", "Share of the run.", above=0, maximum=1, unit="of the run"),
                Param("factor", 0.1, "Factor", "Each cut multiplies the rate by this.", above=0, maximum=1),
            ),
        ),
        ScheduleSpec(
            key="exponential",
            label="Exponential decay",
            summary="The same small cut at every step.",
            article="factor = final ^ (t / (T - 1)) over T steps: the rate falls by the same ratio at each one, most "
            "of it early in the run. Compared with others by Senior et al. 2013.",
            build="core.optim.schedules.open_loop:exponential_schedule",
            params=(
                Param(
                    "final",
                    0.01,
                    "Final factor",
                    "What is left of the base rate at the last step.",
                    above=0,
                    maximum=1,
                    log=True,
                ),
            ),
        ),
        ScheduleSpec(
            key="cosine",
            label="Cosine",
            summary="Slow at first, steep in the middle, flat at the end.",
            article="factor = final + (1 - final) (1 + cos(pi t / (T - 1))) / 2 over T steps: half a cosine, without "
            "the restarts of the paper. Loshchilov and Hutter 2017 (SGDR).",
            build="core.optim.schedules.open_loop:cosine_schedule",
            params=(_final(),),
        ),
        ScheduleSpec(
            key="warmup_cosine",
            label="Warm-up, then cosine",
            summary="Start small while gradients are wild, then fall by a cosine.",
            article="factor = (t + 1) / (w + 1) for the first w steps, then half a cosine from 1 to the final factor. "
            "The warm-up keeps the first steps from throwing the weights off (Goyal et al. 2017). "
            "Loshchilov and Hutter 2017.",
            build="core.optim.schedules.open_loop:warmup_cosine_schedule",
            params=(
                Param("warmup", 0.05, "Warm-up", "Share of the run.", minimum=0, below=1, unit="of the run"),
                _final(),
            ),
        ),
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
                _final(1e-4),
            ),
        ),
        ScheduleSpec(
            key="cyclic",
            label="Cyclic (triangular)",
            summary="Up and down in straight lines, again and again; the base rate is the top.",
            article="factor = low + (1 - low) (1 - |2 p - 1|), where p in 0..1 is the place in the cycle. Rising again "
            "can carry the weights out of poor regions. Smith 2017.",
            build="core.optim.schedules.open_loop:cyclic_schedule",
            params=(
                Param("period", 0.25, "Cycle", "Share of the run.", above=0, maximum=1, unit="of the run"),
                Param("low", 0.1, "Lowest factor", "Factor at the bottom.", minimum=0, maximum=1),
            ),
        ),
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
    ),
)
