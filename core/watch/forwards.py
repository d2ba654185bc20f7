"""Whole forward passes of the watched model, looked at for evaluations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from core.probes.hooks import ProbeHook

Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]


class _Before(ProbeHook):
    """Before a forward pass; the ordinary one, of a training step, is only counted."""

    __slots__ = ("_forwards",)

    def __init__(self, forwards: Forwards, act: Callable[..., Any]) -> None:
        super().__init__(act)
        self._forwards = forwards

    def __call__(self, module: nn.Module, *inputs: Any) -> None:
        """Count the pass."""
        forwards = self._forwards
        if forwards.moved:
            forwards.reset()
        if module.training and torch.is_grad_enabled():
            forwards.training += 1
        else:
            self._act(module)


class Forwards:
    """Watches whole forward passes for evaluations: in which mode they run, and what single units do in them.

    Passes between an optimizer's step and the next `validate` belong to the evaluation.
    """

    def __init__(self, model: nn.Module, evaluating: Callable[[], Callable[[], None]], wrap: Wrap) -> None:
        self._begin = evaluating
        self.ever = self.moved = False
        self.evaluating = self.quiet_training = self.training = 0
        self._end: Callable[[], None] | None = None
        self._handles = [
            model.register_forward_pre_hook(_Before(self, wrap(self._before))),
        ]
        self._wrap = wrap

    def _before(self, module: nn.Module) -> None:
        if module.training:
            self.quiet_training += 1
            return
        self.evaluating += 1
        self.end()
        if torch.is_grad_enabled():
            return
        self._end = self._begin()
        handle = module.register_forward_hook(ProbeHook(self._wrap(self._after)))
        self._handles = [self._handles[0], handle]

    def _after(self, module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        self.end()

    def end(self) -> None:
        """An evaluating pass is over, or was left by an error."""
        if self._end is not None:
            self._end()
            self._end = None
        for handle in self._handles[1:]:
            handle.remove()
        del self._handles[1:]

    def reset(self) -> None:
        """What comes now is counted anew."""
        self.ever = self.ever or bool(self.evaluating or self.quiet_training or self.training)
        self.moved = False
        self.evaluating = self.quiet_training = self.training = 0

    def in_training_mode(self, model: nn.Module) -> bool:
        """Whether the evaluation that ends now ran in training mode, as far as could be seen."""
        if self.moved:
            self.reset()
        if not self.ever and not (self.evaluating or self.quiet_training or self.training):
            return model.training  # its forward pass is never called as a whole
        if self.evaluating:
            return False
        return self.quiet_training > 0 or (self.training > 0 and model.training)

    def detach(self) -> None:
        """Take the hooks off."""
        self.end()
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
