"""Steps in which nothing but the loss is recorded: most of them, so they are kept cheap and written together."""

from __future__ import annotations

import time

import torch

from core.probes.recorder import Recorder
from core.store.rows import FLUSH_SECONDS

TOGETHER = 32


class PlainSteps:
    """Loss, learning rate and end of the newest plain steps."""

    def __init__(self) -> None:
        self.ends: list[float] = []
        self.lrs: list[float] = []
        self._losses: list[float | torch.Tensor] = []

    def __len__(self) -> int:
        return len(self.ends)

    def add(self, loss: torch.Tensor, lr: float) -> bool:
        """Keep one more step that ends now; False when it is time to write.

        A loss on a device is copied there, since the loop may use its memory again.
        """
        now = time.perf_counter()
        self.ends.append(now)
        self._losses.append(loss.item() if loss.is_cpu else loss.detach().clone())
        self.lrs.append(lr)
        return len(self.ends) < TOGETHER and now - self.ends[0] < FLUSH_SECONDS

    def write(self, recorder: Recorder, step: int, samples: int) -> float | torch.Tensor:
        """Hand them to `recorder`, the last one being the step before `step`; returns the sum of their losses."""
        ends, losses, lrs = self.ends, self._losses, self.lrs
        self.ends, self._losses, self.lrs = [], [], []
        if not ends:
            return 0.0
        recorder.plain_steps_done(step - len(ends), ends, losses, lrs, samples)
        return sum(losses[1:], losses[0])
