"""What all methods share: chunks that can be called off, seeds, base values and gaps."""

from __future__ import annotations

import contextlib
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch

from core.errors import Cancelled
from core.explain.base import SOUND_GAP, Attribution, Request, relative_gap
from core.explain.prepare import Subject
from core.registry import ParamValue
from core.train.seeds import put_streams, seed_everything, take_streams

CHUNK_ROWS = 64
FORWARD_ROWS = 1000
MOST_DOUBLINGS = 3


@dataclass
class Chunk:
    """Some rows, on the device: features (n, ...), fixed inputs, target (n,), baseline (1, ...) and the rows' numbers."""

    features: torch.Tensor
    fixed: tuple[torch.Tensor, ...]
    target: torch.Tensor
    baseline: torch.Tensor
    rows: slice

    @property
    def arguments(self) -> dict[str, object]:
        """The named arguments that every captum method takes."""
        return {"target": self.target, "additional_forward_args": self.fixed or None}


def attribute(
    subject: Subject,
    request: Request,
    method: str,
    compute: Callable[[Chunk], torch.Tensor | np.ndarray],
    *,
    base: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    params: Mapping[str, ParamValue] | None = None,
    rows: int = CHUNK_ROWS,
    layer: str = "",
    notes: tuple[str, ...] = (),
) -> Attribution:
    """Run `compute` chunk by chunk and put the answer together.

    `compute` returns values of the features (n, *feature shape), or numpy values as they are to be. `base` (m, *shape)
    are the rows whose mean output, weighted by `weights`, is the base value; None where the method has none. A `layer`
    says that values are of its units. Random
    draws follow from the request's seed; the streams outside are left as they were.

    Raises:
        Cancelled: when the request's `should_stop` says so between two chunks.
    """
    begun = time.perf_counter()
    found: list[np.ndarray] = []
    with seeded(request.seed), plain_kernels(subject), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that hooks were set, that gradients were switched on: both are taken back
        for chunk in chunks(subject, request, rows):
            values = compute(chunk)
            found.append(values if isinstance(values, np.ndarray) else subject.in_data_shape(values))
        values = np.concatenate(found).astype(np.float64)
        output = chosen(subject.predict(request.x), request.target)
        base_value = None if base is None else base_values(subject, request, base, weights)
    # In the units of the output where they promise a sum: then the rounding of a float32 output is nothing, too.
    rounding = 0.0 if base is None else 1e-7 * float(np.abs(output).max(initial=0.0))
    silent = int((np.abs(values.reshape(len(values), -1)) <= rounding).all(axis=1).sum())
    said = (f"{silent} of {len(values)} rows got 0 everywhere: the method saw nothing in them.",) if silent else ()
    return Attribution(
        method=method,
        values=values,
        target=request.target,
        output=output,
        base_value=base_value,
        gap=None if base_value is None else relative_gap(values, output, base_value),
        layer=layer,
        params=dict(params or {}),
        notes=subject.notes + notes + said,
        seconds=time.perf_counter() - begun,
    )


def until_complete(explain: Callable[[int], Attribution], steps: int) -> Attribution:
    """`explain(steps)`, with twice the steps again and again, up to eight times, while the gap is too wide."""
    found, begun = explain(steps), steps
    for _ in range(MOST_DOUBLINGS):
        if found.overall_gap is None or not found.overall_gap > SOUND_GAP:  # NaN where there is nothing to sum up
            break
        steps, before = 2 * steps, found.seconds
        found = explain(steps)
        found = replace(found, seconds=found.seconds + before)
    if steps > begun:
        found = replace(found, notes=(*found.notes, f"Took {steps} steps, since {begun} missed the promised sum."))
    return found


def chunks(subject: Subject, request: Request, rows: int) -> Iterator[Chunk]:
    """The request's rows, `rows` at a time; tells the request's `progress` before each.

    Raises:
        Cancelled: when `should_stop` says so.
    """
    target = torch.as_tensor(request.target, device=subject.device)
    baseline = subject.features(request.baseline[None])
    for start in range(0, len(request.x), rows):
        check(request)
        request.progress(start / len(request.x))
        part = slice(start, min(start + rows, len(request.x)))
        x = request.x[part]
        yield Chunk(subject.features(x), subject.fixed(x), target[part], baseline, part)


def check(request: Request) -> None:
    """Stop here if it was called off.

    Raises:
        Cancelled: then.
    """
    if request.should_stop():
        raise Cancelled("The explanation was cancelled.")


def chosen(outputs: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The output of each row's target: (n, outputs) and (n,) to (n,)."""
    return np.asarray(outputs[np.arange(len(target)), target])


def base_values(subject: Subject, request: Request, base: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Mean over `base` (m, *shape) of f for each row's target and fixed inputs, (n,); `weights` (m,) sum to 1."""
    shares = np.full(len(base), 1 / len(base)) if weights is None else weights
    features = subject.features(base)
    if not subject.fixed(request.x[:1]):
        return np.asarray((shares @ subject.logits(features))[request.target])
    found = []
    for row, target in zip(request.x, request.target, strict=True):
        fixed = (one.expand(len(base), *one.shape[1:]) for one in subject.fixed(row[None]))
        found.append(float(shares @ subject.logits(features, *fixed)[:, target]))
    return np.array(found)


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Every random stream starts from `seed` inside and goes on outside as if nothing had been drawn."""
    streams = take_streams()
    seed_everything(seed)
    try:
        yield
    finally:
        put_streams(streams)


def plain_kernels(subject: Subject) -> contextlib.AbstractContextManager[object]:
    """For recurrent layers on a GPU, without cuDNN, whose backward pass refuses eval mode (captum #564)."""
    if subject.recurrent and subject.device.type == "cuda":
        return torch.backends.cudnn.flags(enabled=False)
    return contextlib.nullcontext()
