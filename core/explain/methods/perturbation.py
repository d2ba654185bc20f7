"""Methods of captum that switch inputs off and watch the output."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from captum._utils.models.linear_model import SkLearnLasso
from captum.attr import FeatureAblation, FeaturePermutation, KernelShap, Lime, Occlusion, ShapleyValueSampling

from core.errors import BadInput
from core.explain.base import Attribution, Request
from core.explain.methods.common import Chunk, attribute
from core.explain.methods.groups import auto_side, feature_groups, group_note
from core.explain.prepare import Subject

AT_ONCE = 64
SMALLEST_SAMPLE = 256


class Groups:
    """The groups of a subject's inputs, `mask` as captum takes them: int64 (1, *feature shape)."""

    def __init__(self, subject: Subject, side: int | None) -> None:
        self.side = side or auto_side(subject.kind, subject.shape)
        self.numbers = feature_groups(subject.kind, subject.shape, self.side)
        self.count = int(self.numbers.max()) + 1
        self.sizes = np.bincount(self.numbers.ravel())[self.numbers]
        self.notes = group_note(subject.kind, self.side)
        self._subject = subject
        mask = torch.as_tensor(self.numbers, device=subject.device).unsqueeze(0)
        if subject.kind == "text":
            mask = mask.unsqueeze(2).expand(-1, -1, subject.features(np.zeros((1, *subject.shape))).shape[2])
        self.mask = mask.contiguous()

    def shared_out(self, values: torch.Tensor) -> np.ndarray:
        """captum's values, which stand in full at every input of a group, as (n, *shape) that sum to the groups' values."""
        array = values.detach().double().cpu().numpy()
        return np.asarray((array[..., 0] if self._subject.kind == "text" else array) / self.sizes)

    def samples(self, asked: int | None) -> int:
        """How many samples a weighted regression draws: as asked, else 8 for each group.

        Raises:
            BadInput: when there are fewer than 2 for each group, which determine nothing.
        """
        if asked is not None and asked < 2 * self.count:
            raise BadInput(
                f"{asked} samples can't tell {self.count} inputs apart; give at least {2 * self.count}, or larger patches."
            )
        return asked or max(SMALLEST_SAMPLE, 8 * self.count)


class RelativeLasso(SkLearnLasso):
    """A lasso whose alpha is a share of the spread of the outputs it is fitted to.

    captum's fixed 0.01 answers with zeros throughout where the outputs of a model are small.
    """

    def __init__(self, alpha: float) -> None:
        super().__init__(alpha=alpha)
        self.share = alpha

    def fit(self, train_data: Any, **options: Any) -> Any:
        """Set alpha by the outputs in `train_data`, batches of (switches, output, weight), and fit."""
        outputs = torch.cat([batch[1].flatten() for batch in train_data])
        self.construct_kwargs["alpha"] = max(self.share * float(outputs.std()), 1e-12)
        return super().fit(train_data, **options)


def occlusion(subject: Subject, request: Request, *, window: int | None = None) -> Attribution:
    """What the output loses when a window that slides over the input shows the baseline."""
    method = Occlusion(subject.explained)
    side, shape = window or max(1, auto_side(subject.kind, subject.shape, 200)), subject.shape
    step = max(1, side // 2)
    windows: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
        "tabular": ((side,), (side,)),
        "image": ((shape[0], side, side), (shape[0], step, step)),
        "sequence": ((side, 1), (step, 1)),
        "text": ((side,), (1,)),
    }
    size, stride = windows[subject.kind]
    size = tuple(min(one, whole) for one, whole in zip(size, shape, strict=True))
    if subject.kind == "text":
        width = subject.features(request.x[:1]).shape[2]
        size, stride = (*size, width), (*stride, width)

    def compute(chunk: Chunk) -> torch.Tensor | np.ndarray:
        values = method.attribute(
            chunk.features, size, stride, chunk.baseline, perturbations_per_eval=AT_ONCE, **chunk.arguments
        )
        return values[..., 0].double().cpu().numpy() if subject.kind == "text" else values

    notes = (f"A window of {side} slides over the input; an input's value is the mean over the windows on it.",)
    return attribute(subject, request, "occlusion", compute, params={"window": side}, notes=notes)


def feature_ablation(subject: Subject, request: Request, *, side: int | None = None) -> Attribution:
    """What the output loses when one input, or group, shows the baseline."""
    method, groups = FeatureAblation(subject.explained), Groups(subject, side)

    def compute(chunk: Chunk) -> np.ndarray:
        return groups.shared_out(
            method.attribute(
                chunk.features,
                chunk.baseline,
                feature_mask=groups.mask,
                perturbations_per_eval=AT_ONCE,
                **chunk.arguments,
            )
        )

    params = {"side": groups.side}
    return attribute(subject, request, "feature_ablation", compute, params=params, notes=groups.notes)


def feature_permutation(subject: Subject, request: Request, *, side: int | None = None) -> Attribution:
    """What the outputs lose when one input, or group, is shuffled among the rows.

    Raises:
        BadInput: for a single row, which shuffling can't change.
    """
    if len(request.x) < 2:
        raise BadInput("Shuffling one row among itself changes nothing; give feature_permutation at least 2 rows.")
    method, groups = FeaturePermutation(subject.explained), Groups(subject, side)

    def compute(chunk: Chunk) -> np.ndarray:
        return groups.shared_out(
            method.attribute(chunk.features, feature_mask=groups.mask, perturbations_per_eval=8, **chunk.arguments)
        )

    params = {"side": groups.side}
    rows = len(request.x)  # shuffled among all of them
    return attribute(subject, request, "feature_permutation", compute, params=params, notes=groups.notes, rows=rows)


def shapley_value_sampling(
    subject: Subject, request: Request, *, samples: int = 25, side: int | None = None
) -> Attribution:
    """Shapley values against the baseline from random orders of switching the inputs on."""
    method, groups = ShapleyValueSampling(subject.explained), Groups(subject, side)

    def compute(chunk: Chunk) -> np.ndarray:
        return groups.shared_out(
            method.attribute(
                chunk.features, chunk.baseline, feature_mask=groups.mask, n_samples=samples,
                perturbations_per_eval=AT_ONCE, **chunk.arguments,
            )
        )  # fmt: skip

    params = {"samples": samples, "side": groups.side}
    base = request.baseline[None]
    return attribute(
        subject, request, "shapley_value_sampling", compute, base=base, params=params, notes=groups.notes, rows=20
    )


def kernel_shap(
    subject: Subject, request: Request, *, samples: int | None = None, side: int | None = None
) -> Attribution:
    """Shapley values against the baseline by a weighted linear regression on random subsets."""
    method, groups = KernelShap(subject.explained), Groups(subject, side)
    drawn = groups.samples(samples)
    compute = _one_row(groups, method.attribute, drawn)
    params = {"samples": drawn, "side": groups.side}
    base = request.baseline[None]
    return attribute(subject, request, "kernel_shap", compute, base=base, params=params, notes=groups.notes, rows=1)


def lime(
    subject: Subject, request: Request, *, samples: int | None = None, alpha: float = 0.01, side: int | None = None
) -> Attribution:
    """A sparse linear model of the output near the input, over which groups show the baseline."""
    method = Lime(subject.explained, interpretable_model=RelativeLasso(alpha))
    groups = Groups(subject, side)
    drawn = groups.samples(samples)
    compute = _one_row(groups, method.attribute, drawn)
    params = {"samples": drawn, "alpha": alpha, "side": groups.side}
    return attribute(subject, request, "lime", compute, params=params, notes=groups.notes, rows=1)


def _one_row(groups: Groups, method: Callable[..., torch.Tensor], samples: int) -> Callable[[Chunk], np.ndarray]:
    """For chunks of one row, which is what captum's regressions fit at a time; between two it can be called off."""

    def compute(chunk: Chunk) -> np.ndarray:
        values = method(
            chunk.features, chunk.baseline, feature_mask=groups.mask, n_samples=samples, perturbations_per_eval=AT_ONCE,
            return_input_shape=True, **chunk.arguments,
        )  # fmt: skip
        return groups.shared_out(values)

    return compute
