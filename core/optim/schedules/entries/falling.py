"""Schedules that fall once, after a warm-up or without. No torch."""

from __future__ import annotations

from core.optim.schedules.points import check_milestones
from core.optim.schedules.spec import ScheduleSpec, final, warmup
from core.registry import Param

FALLING = (
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
        key="multistep",
        label="Multistep decay",
        summary="Cut the rate by a factor at moments of your choice.",
        article="factor = f ^ (number of milestones behind step t); the milestones are shares of the run. Residual networks "
        "were trained so, cut tenfold at a half and at three quarters of the run. He et al. 2016.",
        build="core.optim.schedules.points:multistep_schedule",
        params=(
            Param("milestones", "0.5, 0.75", "Milestones", "Rising shares of the run.", check=check_milestones),
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
        params=(final(positive=True),),
    ),
    ScheduleSpec(
        key="polynomial",
        label="Polynomial decay",
        summary="Fall as a power of what is left of the run.",
        article="factor = final + (1 - final) (1 - t / (T - 1)) ^ power over T steps. Power 1 is a straight line; a higher one "
        "falls early and spends the end at a low rate, one below 1 does the opposite. Liu et al. 2015 (ParseNet), with 0.9.",
        build="core.optim.schedules.open_loop:polynomial_schedule",
        params=(
            Param("power", 2.0, "Power", "1: a straight line.", above=0, maximum=20),
            final(),
        ),
    ),
    ScheduleSpec(
        key="linear",
        label="Linear decay",
        summary="A straight line from the base rate down to the end.",
        article="factor = 1 - (1 - final) t / (T - 1) over T steps. With a budget fixed in advance a straight line to near 0 is hard "
        "to beat, whatever the length. Li et al. 2020 (Budgeted training).",
        build="core.optim.schedules.open_loop:linear_schedule",
        params=(final(),),
    ),
    ScheduleSpec(
        key="cosine",
        label="Cosine",
        summary="Slow at first, steep in the middle, flat at the end.",
        article="factor = final + (1 - final) (1 + cos(pi t / (T - 1))) / 2 over T steps: half a cosine, without "
        "the restarts of the paper. Loshchilov and Hutter 2017 (SGDR).",
        build="core.optim.schedules.open_loop:cosine_schedule",
        params=(final(),),
    ),
    ScheduleSpec(
        key="warmup_cosine",
        label="Warm-up, then cosine",
        summary="Start small while gradients are wild, then fall by a cosine.",
        article="factor = (t + 1) / (w + 1) for the first w steps, then half a cosine from 1 to the final factor. "
        "The warm-up keeps the first steps from throwing the weights off (Goyal et al. 2017). "
        "Loshchilov and Hutter 2017.",
        build="core.optim.schedules.open_loop:warmup_cosine_schedule",
        params=(warmup(), final()),
    ),
    ScheduleSpec(
        key="inverse_sqrt",
        label="Inverse square root",
        summary="A straight rise, then a slow fall that needs no planned end; transformers were first trained so.",
        article="factor = min((t + 1) / w, sqrt(w / (t + 1))), with w the warm-up in steps: the base rate is the peak, where "
        "the paper writes it as a function of the width. After four times the warm-up half of the rate is left. "
        "Vaswani et al. 2017.",
        build="core.optim.schedules.open_loop:inverse_sqrt_schedule",
        params=(warmup(0.1),),
    ),
    ScheduleSpec(
        key="wsd",
        label="Warm-up, stable, decay",
        summary="Rise, stay at the base rate, and fall only at the very end.",
        article="factor = (t + 1) / (w + 1), then 1, then down to the final factor over the last share of the run. All that "
        "comes before the fall serves a run of any length: one can go on from there, or end it by a short decay. "
        "Hu et al. 2024 (MiniCPM), who let it fall exponentially.",
        build="core.optim.schedules.open_loop:wsd_schedule",
        params=(
            warmup(),
            Param("decay", 0.2, "Decay", "Share of the run, at its end.", minimum=0, maximum=1, unit="of the run"),
            final(positive=True),
            Param("shape", "linear", "Shape of the decay", "How it falls.", choices=("linear", "exponential")),
        ),
    ),
)
