"""A batch on a CUDA device gives what single runs give there."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from core.recipe.codec import parse_recipe, with_changes
from core.train.batched.batch import Batch
from core.train.batched.plans import make_plans
from tests.core.train.alone_for_tests import train_alone

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device, and this machine has none"),
]
STEPS = 20


@pytest.mark.parametrize("model", [{"key": "mlp", "norm": "layer"}, {"key": "cnn", "channels": 8}], ids=str)
@pytest.mark.parametrize("key", ["momentum", "adam"])
def test_batch_equals_single_runs(key: str, model: dict[str, Any]) -> None:
    base = parse_recipe({"model": model, "optim": {"key": key}, "clip": {"mode": "norm"}, "train": {"device": "cuda"}})
    members = [with_changes(base, {"seed": seed, "optim.lr": lr}) for seed in (0, 1) for lr in (1e-3, 5e-3)]
    batch = Batch(make_plans(members))
    losses = torch.stack([batch.train_step().loss for _ in range(STEPS)])
    metrics = batch.evaluate()
    for member, one in enumerate(members):
        alone = train_alone(one, STEPS)
        torch.testing.assert_close(losses[:, member], alone.losses, rtol=1e-3, atol=1e-4)
        assert metrics[member]["val_loss"] == pytest.approx(alone.last["val_loss"], rel=1e-3)
