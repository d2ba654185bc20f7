"""Gradient methods of captum: along a path, at the input, through DeepLift's rules."""

from __future__ import annotations

import torch
from captum.attr import (
    DeepLift,
    DeepLiftShap,
    GradientShap,
    GuidedBackprop,
    InputXGradient,
    IntegratedGradients,
    NoiseTunnel,
    Saliency,
)

from core.explain.base import Attribution, Request
from core.explain.methods.common import FORWARD_ROWS, Chunk, attribute, until_complete
from core.explain.prepare import Subject

DEEP_ROWS = 8


def integrated_gradients(subject: Subject, request: Request, *, steps: int = 50) -> Attribution:
    """Gradients at `steps` points from the baseline to the input, times their difference."""
    method = IntegratedGradients(subject.explained)

    def with_steps(steps: int) -> Attribution:
        def compute(chunk: Chunk) -> torch.Tensor:
            at_once = max(FORWARD_ROWS, len(chunk.features))
            return method.attribute(
                chunk.features, chunk.baseline, n_steps=steps, internal_batch_size=at_once, **chunk.arguments
            )

        base = request.baseline[None]
        return attribute(subject, request, "integrated_gradients", compute, base=base, params={"steps": steps})

    return until_complete(with_steps, steps)


def gradient_shap(subject: Subject, request: Request, *, samples: int = 100) -> Attribution:
    """Mean gradient at random points between the input and random background rows, times their difference."""
    method = GradientShap(subject.explained)
    rows = request.background.in_proportion()
    baselines = subject.features(rows)

    def compute(chunk: Chunk) -> torch.Tensor:
        return method.attribute(chunk.features, baselines, n_samples=samples, **chunk.arguments)

    chunk_rows = max(1, FORWARD_ROWS // samples)
    params = {"samples": samples}
    return attribute(subject, request, "gradient_shap", compute, base=rows, params=params, rows=chunk_rows)


def deep_lift(subject: Subject, request: Request) -> Attribution:
    """Differences of activations from the baseline's, carried back by the Rescale rule."""
    method = DeepLift(subject.explained)

    def compute(chunk: Chunk) -> torch.Tensor:
        return method.attribute(chunk.features, chunk.baseline, **chunk.arguments)

    return attribute(subject, request, "deep_lift", compute, base=request.baseline[None])


def deep_lift_shap(subject: Subject, request: Request) -> Attribution:
    """DeepLift averaged over the background rows."""
    method = DeepLiftShap(subject.explained)
    rows = request.background.in_proportion()
    baselines = subject.features(rows)

    def compute(chunk: Chunk) -> torch.Tensor:
        return method.attribute(chunk.features, baselines, **chunk.arguments)

    return attribute(subject, request, "deep_lift_shap", compute, base=rows, rows=DEEP_ROWS)


def saliency(subject: Subject, request: Request) -> Attribution:
    """Size of the gradient at the input."""
    method = Saliency(subject.explained)
    return attribute(subject, request, "saliency", lambda chunk: method.attribute(chunk.features, **chunk.arguments))


def input_x_gradient(subject: Subject, request: Request) -> Attribution:
    """Gradient times input."""
    method = InputXGradient(subject.explained)
    compute = lambda chunk: method.attribute(chunk.features, **chunk.arguments)  # noqa: E731
    return attribute(subject, request, "input_x_gradient", compute)


def guided_backprop(subject: Subject, request: Request) -> Attribution:
    """Gradient in which every ReLU lets only positive gradients pass."""
    method = GuidedBackprop(subject.explained)
    compute = lambda chunk: method.attribute(chunk.features, **chunk.arguments)  # noqa: E731
    return attribute(subject, request, "guided_backprop", compute)


def smooth_grad(subject: Subject, request: Request, *, samples: int = 20, noise: float = 0.15) -> Attribution:
    """Mean gradient over copies of the input with Gaussian noise; `noise` is a share of the rows' range."""
    method = NoiseTunnel(Saliency(subject.explained))
    features = subject.features(request.x)
    spread = noise * float(features.max() - features.min())

    def compute(chunk: Chunk) -> torch.Tensor:
        return method.attribute(
            chunk.features, nt_type="smoothgrad", nt_samples=samples, stdevs=spread, abs=False, **chunk.arguments
        )

    chunk_rows = max(1, FORWARD_ROWS // samples)
    params = {"samples": samples, "noise": noise}
    return attribute(subject, request, "smooth_grad", compute, params=params, rows=chunk_rows)
