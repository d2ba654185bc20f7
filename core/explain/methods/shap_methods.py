"""Methods of shap. The agnostic ones play one game: which groups of inputs are the row's, and which the background's."""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import shap
import torch
from torch import nn

from core.errors import BadInput
from core.explain.base import Attribution, Request
from core.explain.methods.common import FORWARD_ROWS, Chunk, attribute, check
from core.explain.methods.groups import MOST_EXACT, auto_side, feature_groups, group_note, spread
from core.explain.prepare import Explained, Subject

GAME_ROWS = 8 * FORWARD_ROWS


class OneOutput(nn.Module):
    """The explained function of one target and one row's fixed inputs: features to (n, 1), the only shape shap can't misread."""

    def __init__(self, explained: Explained, target: int, fixed: tuple[torch.Tensor, ...]) -> None:
        super().__init__()
        self.explained, self.target, self.fixed = explained, target, fixed

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Map features (n, ...) to (n, 1)."""
        fixed = (one.expand(len(features), *one.shape[1:]) for one in self.fixed)
        return self.explained(features, *fixed)[:, self.target : self.target + 1]


def _by_target(
    chunk: Chunk, compute: Callable[[torch.Tensor, int, tuple[torch.Tensor, ...]], np.ndarray]
) -> torch.Tensor:
    """Rows of one target together, or each alone where inputs are held fixed; values like the chunk's features."""
    found = torch.zeros_like(chunk.features, dtype=torch.float64)
    if chunk.fixed:
        parts = [torch.tensor([row]) for row in range(len(chunk.target))]
    else:
        parts = [torch.nonzero(chunk.target == target)[:, 0] for target in chunk.target.unique()]
    for rows in parts:
        rows = rows.to(chunk.features.device)
        values = compute(chunk.features[rows], int(chunk.target[rows[0]]), tuple(one[rows] for one in chunk.fixed))
        found[rows] = torch.as_tensor(values.reshape(found[rows].shape), dtype=torch.float64, device=found.device)
    return found


def shap_deep(subject: Subject, request: Request) -> Attribution:
    """DeepLift's rules against every background row, averaged."""
    rows = request.background.in_proportion()
    background = subject.features(rows)

    def one(features: torch.Tensor, target: int, fixed: tuple[torch.Tensor, ...]) -> np.ndarray:
        explainer = shap.DeepExplainer(OneOutput(subject.explained, target, fixed), background)
        return np.asarray(explainer.shap_values(features, check_additivity=False))  # the gap is ours to judge

    return attribute(subject, request, "shap_deep", lambda chunk: _by_target(chunk, one), base=rows, rows=8)


def shap_gradient(subject: Subject, request: Request, *, samples: int = 200) -> Attribution:
    """Expected gradients: like gradient_shap, in shap's own hand."""
    rows = request.background.in_proportion()
    background = subject.features(rows)

    def one(features: torch.Tensor, target: int, fixed: tuple[torch.Tensor, ...]) -> np.ndarray:
        explainer = shap.GradientExplainer(OneOutput(subject.explained, target, fixed), background)
        return np.asarray(explainer.shap_values(features, nsamples=samples, rseed=request.seed))

    params = {"samples": samples}
    compute = lambda chunk: _by_target(chunk, one)  # noqa: E731
    return attribute(subject, request, "shap_gradient", compute, base=rows, params=params, rows=16)


class Game:
    """v(S) of one row: the mean over the background of f, with the groups in S as the row has them. Weights count."""

    def __init__(self, subject: Subject, request: Request, side: int | None) -> None:
        self.subject, self.request = subject, request
        self.side = side or auto_side(subject.kind, subject.shape)
        self.groups = feature_groups(subject.kind, subject.shape, self.side)
        self.players = int(self.groups.max()) + 1
        self.background = subject.features(request.background.rows)
        self.shares = request.background.shares
        self.notes = group_note(subject.kind, self.side)

    def of(self, chunk: Chunk) -> Callable[[np.ndarray], np.ndarray]:
        """The game of a chunk of one row: switches (m, players) of 0 and 1 to values (m,)."""
        features, target = chunk.features[0], int(chunk.target[0])
        count = len(self.background)
        switch = torch.as_tensor(self.groups, device=features.device)
        at_once = max(1, GAME_ROWS // count)

        def value(switches: np.ndarray) -> np.ndarray:
            check(self.request)
            found = []
            for start in range(0, len(switches), at_once):
                on = torch.as_tensor(np.asarray(switches[start : start + at_once]) > 0.5, device=features.device)
                mask = on[:, switch]
                mask = mask.unsqueeze(-1) if self.subject.kind == "text" else mask
                mixed = torch.where(mask.unsqueeze(1), features, self.background).flatten(0, 1)
                held = (one.expand(len(mixed), *one.shape[1:]) for one in chunk.fixed)
                outputs = self.subject.logits(mixed, *held)[:, target]
                found.append(outputs.reshape(len(on), count) @ self.shares)
            return np.concatenate(found)

        return value


def _play(
    subject: Subject,
    request: Request,
    name: str,
    side: int | None,
    params: dict[str, Any],
    solve: Callable[[Callable[[np.ndarray], np.ndarray], int], np.ndarray],
) -> Attribution:
    game = Game(subject, request, side)

    def compute(chunk: Chunk) -> np.ndarray:
        with contextlib.redirect_stderr(io.StringIO()):  # shap's progress bars
            values = solve(game.of(chunk), game.players)
        return spread(np.asarray(values, np.float64).reshape(1, game.players), game.groups)

    background = request.background
    return attribute(
        subject, request, name, compute, base=background.rows, weights=background.shares, params={**params, "side": game.side},
        notes=game.notes, rows=1,
    )  # fmt: skip


def shap_kernel(
    subject: Subject, request: Request, *, samples: int | None = None, side: int | None = None
) -> Attribution:
    """Shapley values by weighted regression, with no feature left out (l1_reg=0; shap's default keeps only ten)."""

    def solve(value: Callable[[np.ndarray], np.ndarray], players: int) -> np.ndarray:
        explainer = shap.KernelExplainer(value, np.zeros((1, players)))
        drawn = "auto" if samples is None else samples
        return np.asarray(explainer.shap_values(np.ones((1, players)), nsamples=drawn, l1_reg=0, silent=True))

    return _play(subject, request, "shap_kernel", side, {"samples": samples}, solve)


def shap_permutation(
    subject: Subject, request: Request, *, permutations: int = 10, side: int | None = None
) -> Attribution:
    """Shapley values from random orders, each walked forth and back."""

    def solve(value: Callable[[np.ndarray], np.ndarray], players: int) -> np.ndarray:
        masker = shap.maskers.Independent(np.zeros((1, players)))
        explainer = shap.explainers.Permutation(value, masker, seed=request.seed)
        return np.asarray(
            explainer(np.ones((1, players)), max_evals=permutations * (2 * players + 1), silent=True).values
        )

    return _play(subject, request, "shap_permutation", side, {"permutations": permutations}, solve)


def shap_exact(subject: Subject, request: Request, *, side: int | None = None) -> Attribution:
    """Shapley values over all subsets.

    Raises:
        BadInput: for more than MOST_EXACT inputs, each of which doubles the work.
    """
    if (players := Game(subject, request, side).players) > MOST_EXACT:
        raise BadInput(f"All subsets of {players} inputs are too many; give at most {MOST_EXACT}, or larger patches.")

    def solve(value: Callable[[np.ndarray], np.ndarray], players: int) -> np.ndarray:
        masker = shap.maskers.Independent(np.zeros((1, players)))
        explainer = shap.explainers.Exact(value, masker)
        return np.asarray(explainer(np.ones((1, players)), max_evals=2**players + 1, silent=True).values)

    return _play(subject, request, "shap_exact", side, {}, solve)


def shap_partition(
    subject: Subject, request: Request, *, evaluations: int = 500, side: int | None = None
) -> Attribution:
    """Owen values: inputs join in a tree, of correlated columns or of neighbours in space and time."""
    from scipy.cluster.hierarchy import linkage

    game = Game(subject, request, side)
    tree = linkage(_places(subject, request, game.groups), method="average") if game.players > 1 else None

    def solve(value: Callable[[np.ndarray], np.ndarray], players: int) -> np.ndarray:
        if tree is None:
            return value(np.ones((1, 1))) - value(np.zeros((1, 1)))
        scaled = tree.copy()
        scaled[:, 2] /= max(float(scaled[:, 2].max()), 1e-12)
        masker = shap.maskers.Partition(np.zeros((1, players)), max_samples=1, clustering=scaled)
        explainer = shap.explainers.Partition(value, masker)
        return np.asarray(explainer(np.ones((1, players)), max_evals=evaluations, silent=True).values)

    return _play(subject, request, "shap_partition", side, {"evaluations": evaluations}, solve)


def _places(subject: Subject, request: Request, groups: np.ndarray) -> np.ndarray:
    """Points (players, d) whose distance says which groups belong together."""
    if subject.kind != "tabular":
        axes = np.stack(np.meshgrid(*(np.arange(size) for size in subject.shape), indexing="ij"), axis=-1)
        players = int(groups.max()) + 1
        return np.stack([axes[groups == player].mean(axis=0) for player in range(players)])
    rows = request.background.rows.astype(np.float64)
    spread_of = rows.std(axis=0)
    scaled = (rows - rows.mean(axis=0)) / np.where(spread_of > 0, spread_of, 1) / math.sqrt(len(rows))
    return np.asarray(scaled.T)
