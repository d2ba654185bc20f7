"""Which layers stand still at which time, and how fast each one learns, counted from the output."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn


def depth_groups(model: nn.Module) -> list[tuple[str, nn.Module]]:
    """The model's direct parts that have parameters, from input to output: what is frozen and thawed as one."""
    return [(name, part) for name, part in model.named_children() if next(part.parameters(), None) is not None]


def learning_groups(model: nn.Module, decay: float) -> list[dict[str, object]]:
    """Parameter groups whose rate is multiplied by `decay` once for each part between them and the output.

    Discriminative rates (Howard and Ruder 2018); "lr_scale" says the factor.
    """
    parts = depth_groups(model)
    return [
        {"params": list(part.parameters()), "lr_scale": decay ** (len(parts) - 1 - place)}
        for place, (_, part) in enumerate(parts)
    ]


class Freezing:
    """Holds parts of a model still: a pure function of the epoch. Frozen norms keep their statistics, as in evaluation.

    `frozen`, `thaw` and `thaw_after` as in the transfer section of a recipe.
    """

    def __init__(self, model: nn.Module, frozen: str, thaw: str, thaw_after: int) -> None:
        self._parts = [part for _, part in depth_groups(model)]
        self._frozen, self._thaw, self._thaw_after = frozen, thaw, thaw_after
        self._still = -1

    def still(self, epoch: int) -> int:
        """How many parts, counted from the input, stand still in `epoch` (from 0)."""
        body = len(self._parts) - 1
        count = {"none": 0, "half": body // 2, "body": body}[self._frozen]
        late = epoch - self._thaw_after
        if self._thaw == "never" or late < 0:
            return count
        return 0 if self._thaw == "at_once" else max(0, count - 1 - late)

    def apply(self, epoch: int) -> None:
        """Freeze and thaw as `epoch` asks for."""
        still = self.still(epoch)
        if still == self._still:
            return
        for place, part in enumerate(self._parts):
            for parameter in part.parameters():
                parameter.requires_grad_(place >= still)
                if place < still:
                    parameter.grad = None
            for norm in _norms(part):
                hold(norm, place < still)
        self._still = still


def _norms(part: nn.Module) -> Iterator[nn.Module]:
    return (module for module in part.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm))


def hold(norm: nn.Module, still: bool) -> None:
    """Keep `norm` in evaluation mode whatever is asked of it, or let it go again."""
    if still:
        norm.eval()
        norm.train = lambda mode=True: norm
    elif "train" in vars(norm):
        del norm.train
        norm.train()
