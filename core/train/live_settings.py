"""The settings that can be changed while a run trains, and their values at this moment. No torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from core.errors import BadInput, suggestion
from core.optim.catalogue import OPTIMIZERS
from core.recipe.parts import ClipPart, OptimPart, Recipe, TrainPart
from core.registry import Param

MOST_EPOCHS = next(int(param.maximum or 0) for param in TrainPart.settings() if param.name == "epochs")
_OPTIM = {param.name: param for param in OptimPart.settings()}
_CLIP = {param.name: param for param in ClipPart.settings()}

CHANGEABLE: dict[str, Param] = {
    "optim.lr": _OPTIM["lr"],
    "optim.weight_decay": _OPTIM["weight_decay"],
    "optim.momentum": Param(
        "momentum", 0.9, "Momentum", "Momentum, or beta1 of Adam and its kin.", minimum=0.0, below=1.0, optional=True
    ),
    "clip.mode": _CLIP["mode"],
    "clip.limit": _CLIP["limit"],
}


@dataclass(frozen=True)
class LiveSettings:
    """Values in force. `momentum` is None where the optimizer has none; `epochs` and `steps` fix the length."""

    lr: float
    weight_decay: float
    momentum: float | None
    clip_mode: str
    clip_limit: float
    epochs: int
    steps: int | None

    @classmethod
    def of(cls, recipe: Recipe) -> LiveSettings:
        """What `recipe` starts with."""
        momentum = recipe.optim.params.get("momentum", recipe.optim.params.get("beta1"))
        return cls(
            lr=recipe.optim.lr,
            weight_decay=recipe.optim.weight_decay,
            momentum=float(momentum) if momentum is not None else None,
            clip_mode=recipe.clip.mode,
            clip_limit=recipe.clip.limit,
            epochs=recipe.train.epochs,
            steps=recipe.train.steps,
        )

    def get(self, setting: str) -> Any:
        """The value of a CHANGEABLE setting."""
        return asdict(self)[field_name(setting)]

    def change(self, setting: str, value: object) -> LiveSettings:
        """Return settings with one CHANGEABLE setting replaced.

        Raises:
            BadInput: for an unknown setting or a value outside its range.
        """
        if setting not in CHANGEABLE:
            raise BadInput(f"{setting!r} can't be changed while training{suggestion(setting, CHANGEABLE)}.")
        if setting == "optim.momentum" and self.momentum is None:
            raise BadInput("This optimizer has no momentum; fork the run with optim.key=momentum instead.")
        try:
            parsed = CHANGEABLE[setting].parse(value)
        except ValueError as error:
            raise BadInput(f"{setting} {error}.") from None
        return replace(self, **{field_name(setting): parsed})  # type: ignore[arg-type]

    def extend(self, epochs: int, steps_per_epoch: int) -> LiveSettings:
        """Return settings for a run longer by `epochs`."""
        if self.epochs + epochs > MOST_EPOCHS:
            raise BadInput(
                f"A run has at most {MOST_EPOCHS:,} epochs; with {epochs:,} more it would have {self.epochs + epochs:,}."
            )
        steps = None if self.steps is None else self.steps + epochs * steps_per_epoch
        return replace(self, epochs=self.epochs + epochs, steps=steps)


def check_changeable(setting: str, optimizer: str) -> None:
    """Refuse a change that the optimizer of that key would not notice.

    Raises:
        BadInput: for a setting that it reads once, at its start.
    """
    spec = OPTIMIZERS[optimizer]
    if setting in spec.fixed:
        raise BadInput(
            f"{spec.label} reads {setting} once, at its start, so it can't be changed while training; "
            f"set {setting} in a new run instead."
        )


def field_name(setting: str) -> str:
    """The LiveSettings field of a CHANGEABLE setting."""
    section, _, name = setting.partition(".")
    return f"clip_{name}" if section == "clip" else name
