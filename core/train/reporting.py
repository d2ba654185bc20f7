"""What a session tells about itself: fixed facts once, progress figures with every commit."""

from __future__ import annotations

import math
import platform
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from core.models.summary import trace_network
from core.probes.recorder import Recorder
from core.store.rows import RunWriter
from core.store.schema import RUN_FORMAT
from core.train import devices
from core.train.events import Evaluated
from core.train.plan import Plan
from core.train.state import Progress


def facts(plan: Plan, progress: Progress, recorder: Recorder) -> dict[str, Any]:
    """What stays the same during a run, JSON-able; kept in the run's meta table."""
    return {
        "format": RUN_FORMAT,
        "steps_per_epoch": plan.steps_per_epoch,
        "layers": [
            {
                "name": la.name,
                "type": la.type,
                "parameters": la.parameters,
                "activation": la.activation_type,
                "units": getattr(la.module, "hidden_size", len(la.weights[0])),
            }
            for la in recorder.layers
        ],
        "network": trace_network(plan.model, plan.example()).document(),
        "parameters": sum(p.numel() for p in plan.model.parameters()),
        "task": plan.data.task,
        "class_names": list(plan.data.class_names),
        "target_name": plan.data.target_name,
        "train_rows": len(plan.x_train),
        "val_rows": len(plan.x_val),
        "notes": list(plan.data.notes),
        "loss": plan.recipe.loss.key,
        "total_steps": plan.total_steps(progress.settings),
        "device": devices.label(plan.device),
        "has_momentum": progress.settings.momentum is not None,
        "versions": {"torch": str(torch.__version__), "python": platform.python_version(), "numpy": np.__version__},
    }


def write_evaluation(writer: RunWriter, result: Evaluated, seconds: float) -> None:
    """The rows of an evaluation: its metrics, and how the predictions are spread."""
    for stream, values in (("evaluation", result.metrics), ("predictions", result.predictions)):
        writer.put_named(stream, result.step, seconds, values)


def figures(plan: Plan, progress: Progress, recorder: Recorder, step_seconds: float) -> dict[str, Any]:
    """Progress figures for the status line. `step_seconds` is the smoothed wall time of one step."""
    settings, total = progress.settings, plan.total_steps(progress.settings)
    seconds, done = recorder.training_seconds, max(progress.step, 1)
    batch = min(plan.recipe.train.batch_size, len(plan.x_train))
    return {
        "total_steps": total,
        "epoch": progress.step / plan.steps_per_epoch,
        "epochs": settings.epochs,
        "seconds": seconds,
        "step_seconds": step_seconds,
        "eta_seconds": max(total - progress.step, 0) * max(step_seconds, seconds / done),
        "samples_per_second": batch / step_seconds if step_seconds else 0.0,
        "overhead_share": recorder.cadence.share,
        "budget": plan.recipe.record.budget,
        "cadence": recorder.cadence.in_force,
        "memory_mb": devices.memory_bytes(plan.device) / 2**20,
        "device": devices.label(plan.device),
        "settings": asdict(settings),
        "lr": plan.lr_in_force(settings.lr * plan.factor(progress.step, settings)),
        "metrics": {k: v if math.isfinite(v) else str(v) for k, v in progress.metrics.items()},
        "best_step": progress.best_step,
    }
