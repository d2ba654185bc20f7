"""The typed parts of a recipe: every setting of a run, with its default, range, label and unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

from core.optim.clippings import CLIPPINGS
from core.recipe.base import ChosenPart, Part, SeveralPart, setting
from core.recipe.loop_parts import RecordPart, TrainPart
from core.registry import Param

FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class DataPart(ChosenPart):
    """Which data, and how it is split and scaled."""

    key: str = "digits"
    predict: str = setting(
        "target", "Predict",
        "target: what the data set asks for; input: the input itself, for an autoencoder, which has to squeeze it through a "
        "narrow code.",
        choices=("target", "input"),
    )  # fmt: skip
    validation_fraction: float = setting(
        0.2,
        "Validation share",
        "Rows held out to measure generalisation, stratified by class.",
        minimum=0.05,
        maximum=0.9,
    )
    standardise: bool = setting(
        True,
        "Standardise",
        "Scale inputs to mean 0 and standard deviation 1 with statistics of the training rows only.",
    )
    limit: int | None = setting(
        None, "Rows used", "Use only this many rows (a stratified sample); empty = all.",
        minimum=10, optional=True, type="int", advanced=True,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ModelPart(ChosenPart):
    """Which network."""

    key: str = "mlp"


@dataclass(frozen=True, kw_only=True)
class InitPart(ChosenPart):
    """How the weights are drawn before the first step."""

    key: str = "default"


@dataclass(frozen=True, kw_only=True)
class LossPart(ChosenPart):
    """What is minimised."""

    key: str = "cross_entropy"
    reduction: str = setting(
        "mean", "Reduction",
        "What a step minimises: the mean over the rows of its batch, or their sum, which is the mean with a learning rate as "
        "many times larger (adaptive optimizers hardly notice). Charts show the mean either way.",
        choices=("mean", "sum"), advanced=True,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class OptimPart(ChosenPart):
    """The optimizer."""

    key: str = "adam"
    lr: float = setting(
        0.001,
        "Learning rate",
        "The base step size; the schedule multiplies it.",
        minimum=0.0,
        maximum=1e6,
        log=True,
    )
    weight_decay: float = setting(
        0.0, "Weight decay", "Pulls weights toward zero: decoupled in AdamW, an L2 penalty elsewhere.",
        minimum=0.0, maximum=100.0, log=True,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SchedulePart(ChosenPart):
    """How the learning rate moves over the run."""

    key: str = "constant"
    linear_warmup: float = setting(
        0.0, "Warm-up before all", "Over this share of the run the schedule is multiplied by a straight rise to 1.",
        minimum=0, below=1, unit="of the run",
    )  # fmt: skip
    cycle_momentum: float | None = setting(
        None, "Lowest momentum",
        "Momentum (beta 1 of Adam and its kin) moves against the rate: this low where the factor is 1, its own value where it is "
        "0; empty = it stays.",
        above=0, below=1, optional=True, type="float", advanced=True,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ClipPart(Part):
    """Gradient clipping."""

    mode: str = setting(
        "none", "Gradient clipping",
        "norm: rescale all gradients so that their joint norm is at most the limit; value: clamp each element; parameter: "
        "each parameter's own norm; adaptive: each unit's norm as a share of its weights' (AGC; limit 0.01 is usual).",
        choices=tuple(CLIPPINGS),
    )  # fmt: skip
    limit: float = setting(
        1.0, "Clip limit", "The largest norm, element, or ratio to the weights (adaptive).", above=0.0, log=True
    )


@dataclass(frozen=True, kw_only=True)
class BalancePart(ChosenPart):
    """What is done about classes of unequal size."""

    key: str = "none"


@dataclass(frozen=True, kw_only=True)
class AugmentPart(SeveralPart):
    """How training rows are varied before each use."""


@dataclass(frozen=True, kw_only=True)
class RegularisePart(SeveralPart):
    """What holds the network back from fitting the training rows too well."""


@dataclass(frozen=True, kw_only=True)
class TransferPart(Part):
    """What is taken over from an earlier training, and which layers learn when."""

    weights: str | None = setting(
        None, "Start from", "Trained weights: kept ones by name; pretrained for those that the architecture's package "
        "brings; embeddings for MiniLM's word embeddings alone, in a text model that has 384 numbers a word; empty = fresh ones.", type="text", optional=True,
    )  # fmt: skip
    fresh_output: bool = setting(
        True,
        "Fresh output layer",
        "Initialise the last layer anew, as other classes need it; else it is taken over too.",
    )
    frozen: str = setting(
        "none", "Frozen layers",
        "Layers that do not learn. body: all but the output layer (a linear probe); half: the half near the input.",
        choices=("none", "half", "body"),
    )  # fmt: skip
    thaw: str = setting(
        "never", "Thaw",
        "never; at_once: all layers after so many epochs; gradually: from the output down, one more each epoch "
        "(Howard and Ruder 2018).",
        choices=("never", "at_once", "gradually"),
    )  # fmt: skip
    thaw_after: int = setting(1, "Thaw after", "Epochs with frozen layers.", minimum=0, maximum=100_000, unit="epochs")
    layer_decay: float = setting(
        1.0, "Rate per layer",
        "Each layer's learning rate is this times that of the layer after it, so that early layers change less; 1 = the same.",
        above=0, maximum=1, advanced=True,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that fixes a run: same recipe, same seed, same machine = same numbers."""

    name: str = "Untitled"
    seed: int = setting(
        0,
        "Seed",
        "Fixes the split, the initial weights and the order of the batches.",
        minimum=0,
        maximum=2**31 - 1,
    )
    data: DataPart = field(default_factory=DataPart)
    balance: BalancePart = field(default_factory=BalancePart)
    augment: AugmentPart = field(default_factory=AugmentPart)
    model: ModelPart = field(default_factory=ModelPart)
    init: InitPart = field(default_factory=InitPart)
    transfer: TransferPart = field(default_factory=TransferPart)
    loss: LossPart = field(default_factory=LossPart)
    regularise: RegularisePart = field(default_factory=RegularisePart)
    optim: OptimPart = field(default_factory=OptimPart)
    schedule: SchedulePart = field(default_factory=SchedulePart)
    clip: ClipPart = field(default_factory=ClipPart)
    train: TrainPart = field(default_factory=TrainPart)
    record: RecordPart = field(default_factory=RecordPart)


SEED: Param = replace(next(f for f in fields(Recipe) if f.name == "seed").metadata["param"], name="seed")

PARTS: Mapping[str, type[Part]] = {
    "data": DataPart,
    "balance": BalancePart,
    "augment": AugmentPart,
    "model": ModelPart,
    "init": InitPart,
    "transfer": TransferPart,
    "loss": LossPart,
    "regularise": RegularisePart,
    "optim": OptimPart,
    "schedule": SchedulePart,
    "clip": ClipPart,
    "train": TrainPart,
    "record": RecordPart,
}
