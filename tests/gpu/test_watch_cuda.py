"""Watching a loop on a CUDA device changes no number, and records what the CPU would."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.core.watch.loops_for_tests import batches, column, loss_function, mlp, task, watched, weights

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device, and this machine has none"),
]


@pytest.mark.parametrize("half", [False, True])
def test_same_weights_and_full_records(half: bool, tmp_path: Path) -> None:
    found = []
    for with_doctor in (False, True):
        torch.manual_seed(0)
        model = mlp().cuda()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.003, fused=True)
        scaler = torch.amp.GradScaler("cuda", enabled=half)
        doctor = watched(model, optimizer, tmp_path, scaler=scaler) if with_doctor else None
        x, y = (part.cuda() for part in task())
        for rows in batches(40):
            optimizer.zero_grad()
            with torch.autocast("cuda", dtype=torch.float16, enabled=half):
                outputs = model(x[rows.cuda()])
                loss = loss_function(outputs, y[rows.cuda()])
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
            if doctor:
                doctor.step(loss, outputs, y[rows.cuda()])
        found.append(weights(model))
        if doctor:
            assert doctor.recording
            doctor.close()
            assert len(column(doctor, "step", "loss")) == 40
            assert (column(doctor, "gradients", "gradient_norm") < 100).all()
    assert torch.equal(*found)
