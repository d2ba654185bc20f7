"""What only a CUDA device can show: same records as on the CPU, data on the device, no wait for it in a step."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.recipe.codec import parse_recipe, to_document
from core.store.workspace import Run, Workspace
from core.train import loop
from core.train.live_settings import LiveSettings
from core.train.plan import make_plan
from core.train.process import train_run
from core.train.state import Progress

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device, and this machine has none"),
]


def trained(workspace: Workspace, **train: object) -> Run:
    document = {"data": {"key": "digits"}, "model": {"key": "mlp", "depth": 3}, "train": {"epochs": 4, **train}}
    run = workspace.create(to_document(parse_recipe({**document, "record": {"budget": None}})))
    assert train_run(run.path, log_to_file=False) == "done"
    return run


def rows(run: Run, stream: str) -> np.ndarray:
    reader = run.reader()
    assert reader is not None
    try:
        return reader.rows(stream).values
    finally:
        reader.close()


def test_records_agree_with_the_cpu(workspace: Workspace) -> None:
    on_gpu, on_cpu = trained(workspace, device="cuda"), trained(workspace, device="cpu")
    for stream in ("step", "gradients", "updates", "activations"):
        ours, theirs = rows(on_gpu, stream), rows(on_cpu, stream)
        assert ours.shape == theirs.shape
        columns = slice(0, 2) if stream == "step" else slice(None)  # the last one of "step" is speed
        assert np.allclose(ours[:8, columns], theirs[:8, columns], rtol=2e-2, atol=1e-4)


def test_same_run_twice_is_the_same(workspace: Workspace) -> None:
    runs = [trained(workspace, device="cuda") for _ in range(2)]
    assert rows(runs[0], "step")[:, 0].tobytes() == rows(runs[1], "step")[:, 0].tobytes()


@pytest.mark.parametrize("precision", ["bf16", "amp"])
def test_reduced_precision_trains(workspace: Workspace, precision: str) -> None:
    losses = rows(trained(workspace, device="cuda", precision=precision), "step")[:, 0]
    assert losses[-10:].mean() < 0.5 * losses[:10].mean()


def test_a_step_does_not_wait_for_the_device(workspace: Workspace) -> None:
    try:
        plan = make_plan(parse_recipe({"data": {"key": "digits"}, "train": {"device": "cuda"}}))
        progress = Progress(LiveSettings.of(plan.recipe))
        batches = list(loop.epoch_batches(plan, progress))
        silent = _Silent()
        loop.train_step(plan, progress, silent, batches[0])
        torch.cuda.set_sync_debug_mode("error")
        for batch in batches[1:4]:
            loop.train_step(plan, progress, silent, batch)
    finally:
        torch.cuda.set_sync_debug_mode("default")


class _Silent:
    def step_begins(self, step: int) -> None: ...
    def gradients_ready(self, step: int, loss_scale: float = 1.0) -> None: ...
    def update_begins(self, step: int) -> None: ...
    def step_done(self, step: int, loss: torch.Tensor, lr: float, samples: int) -> bool:
        return False
