"""Tiny models of every family, with offsets that matter, and requests about them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch
from torch import nn

from core.explain.base import Attribution, Request, Verdict
from core.explain.baselines import Background
from core.explain.catalogue import EXPLANATIONS
from core.explain.preflight import judge
from core.explain.prepare import Subject, prepare
from core.models.base import ModelInput
from core.models.catalogue import ARCHITECTURES

FAMILIES: dict[str, tuple[str, str, tuple[int, ...], dict[str, Any]]] = {
    "mlp": ("mlp", "tabular", (6,), {"depth": 2, "width": 8}),
    "mlp_text": ("mlp", "text", (6,), {"depth": 1, "width": 8, "embedding": 5}),
    "cnn": ("cnn", "image", (1, 8, 8), {"channels": 4}),
    "residual": ("residual_cnn", "image", (1, 8, 8), {"width": 4, "stages": 2}),
    "lstm_text": ("lstm", "text", (6,), {"hidden": 6, "embedding": 5}),
    "lstm_series": ("lstm", "sequence", (8, 2), {"hidden": 6, "bidirectional": True}),
    "series": ("cnn", "sequence", (12, 2), {"channels": 4}),
    "gru_series": ("gru", "sequence", (8, 2), {"hidden": 6}),
    "transformer_text": ("transformer", "text", (6,), {"width": 8, "heads": 2, "blocks": 1}),
    "transformer_series": (
        "transformer",
        "sequence",
        (8, 2),
        {"width": 8, "heads": 2, "blocks": 1, "norm_place": "after"},
    ),
    "mlp_norm": ("mlp", "tabular", (6,), {"depth": 2, "width": 8, "norm": "layer"}),
    "mlp_gelu": ("mlp", "tabular", (6,), {"depth": 2, "width": 8, "activation": "gelu"}),
}
MORE_FAMILIES: dict[str, tuple[str, str, tuple[int, ...], dict[str, Any]]] = {
    "linear": ("linear", "tabular", (6,), {}),
    "deep_cross": ("deep_cross", "tabular", (6,), {"width": 8}),
    "vgg": ("vgg", "image", (1, 8, 8), {"channels": 4, "dense": 8}),
    "mobile": ("mobile", "image", (1, 8, 8), {"width": 4, "stages": 2}),
    "vit": ("vit", "image", (1, 8, 8), {"width": 8, "heads": 2, "blocks": 1}),
    "capsule": ("capsule", "image", (1, 8, 8), {"channels": 4, "types": 2, "dimension": 4, "class_dimension": 4}),
    "attention_text": ("lstm_attention", "text", (6,), {"hidden": 6, "embedding": 5}),
    "minilm_text": ("minilm", "text", (6,), {"blocks": 1}),
    "cnn_rnn_series": ("cnn_rnn", "sequence", (8, 2), {"channels": 4, "hidden": 6}),
    "tcn_series": ("tcn", "sequence", (8, 2), {"channels": 4, "blocks": 2}),
}
"""Families that are asked in the slow tests."""


def rows(kind: str, shape: tuple[int, ...], count: int = 24) -> np.ndarray:
    """Random rows; the first six texts and series end in padding, after lengths of their own."""
    random = np.random.default_rng(1)
    if kind == "text":
        x = random.integers(1, 30, (count, *shape))
    else:
        x = random.normal(size=(count, *shape)).astype(np.float32)
    if kind in ("text", "sequence"):
        for row in range(6):
            x[row, shape[0] - 1 - row % 3 :] = 0
    return x


def offsets(model: nn.Module) -> nn.Module:
    """Biases, and statistics of batch norms, that are not the 0 and 1 of a fresh model: f(baseline) is not trivial."""
    torch.manual_seed(5)
    for module in model.modules():
        if isinstance(getattr(module, "bias", None), torch.Tensor):
            nn.init.normal_(module.bias, std=0.5)  # type: ignore[arg-type]
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.running_mean.normal_()  # type: ignore[union-attr]
            module.running_var.uniform_(0.5, 2)  # type: ignore[union-attr]
    return model


def build(name: str) -> tuple[nn.Module, str, np.ndarray]:
    """(model in training mode, kind, rows)."""
    key, kind, shape, params = {**FAMILIES, **MORE_FAMILIES}[name]
    torch.manual_seed(3)
    model = ARCHITECTURES[key].load()(ModelInput(kind, shape, 30), 3, **params)
    return offsets(model), kind, rows(kind, shape)


def ask(subject: Subject, x: np.ndarray, count: int = 8, **changes: Any) -> Request:
    """The first `count` rows and their predicted classes, against zeros or the rows after the eighth."""
    target = subject.predict(x[:count]).argmax(axis=1)
    zeros = np.zeros(x.shape[1:], x.dtype)
    if "background" not in changes:
        changes["background"] = Background(zeros[None] if subject.kind == "text" else x[8:], "rows")
    return Request(**{"x": x[:count], "target": target, "baseline": zeros, **changes})


@cache
def family(name: str) -> tuple[Subject, np.ndarray]:
    """A subject and rows, made once."""
    model, kind, x = build(name)
    return prepare(model, x, kind), x


@cache
def family_verdict(name: str, method: str) -> Verdict:
    """Preflight's verdict on a method for a family."""
    subject, x = family(name)
    return judge(subject, ask(subject, x), EXPLANATIONS[method])


def use(subject: Subject, request: Request, method: str, **params: Any) -> Attribution:
    """The method's answer, whatever preflight thinks of it."""
    found = EXPLANATIONS[method].load()(subject, request, **params)
    assert isinstance(found, Attribution)
    return found


def verdict(model: nn.Module, x: np.ndarray, method: str, kind: str = "tabular") -> Verdict:
    """Preflight's verdict on a model of one's own."""
    subject = prepare(model, x, kind)
    return judge(subject, ask(subject, x), EXPLANATIONS[method])
