"""The sections of a recipe about the loop: how long and where it trains, and what it records."""

from __future__ import annotations

from dataclasses import dataclass

from core.recipe.base import Part, setting


@dataclass(frozen=True, kw_only=True)
class TrainPart(Part):
    """The loop: how long, in which batches, where and in which precision."""

    epochs: int = setting(20, "Epochs", "Passes over the training rows.", minimum=1, maximum=100_000)
    steps: int | None = setting(
        None, "Steps", "Stop after exactly this many optimizer steps instead of the epochs; empty = use epochs.",
        minimum=1, maximum=100_000_000, optional=True, type="int", advanced=True,
    )  # fmt: skip
    batch_size: int = setting(64, "Batch size", "Rows per optimizer step.", minimum=1, maximum=65_536)
    shuffle: bool = setting(True, "Shuffle", "Draw a new order of the rows each epoch.", advanced=True)
    patience: int | None = setting(
        None, "Early stopping patience",
        "Stop when the validation loss has not improved for this many epochs, and keep the best weights; empty = never.",
        minimum=1, maximum=100_000, optional=True, type="int",
    )  # fmt: skip
    fault: str = setting(
        "none", "Fault on purpose",
        "Breaks the loop, for teaching. no_zero_grad: gradients pile up; uphill: the optimizer maximises the loss; "
        "left_out_layer: the first layer is not given to the optimizer; double_softmax: a softmax before cross-entropy; "
        "training_mode: evaluated without model.eval(); sorted_rows: rows sorted by target and never shuffled.",
        choices=("none", "no_zero_grad", "uphill", "left_out_layer", "double_softmax", "training_mode", "sorted_rows"), advanced=True,
    )  # fmt: skip
    pause_on_nan: bool = setting(
        False,
        "Pause on NaN",
        "Pause at the first loss that is not a finite number, instead of after 50.",
        advanced=True,
    )
    device: str = setting(
        "auto", "Device", "auto takes the first accelerator found: cuda, mps, xpu, else cpu.",
        choices=("auto", "cpu", "cuda", "mps", "xpu"), advanced=True,
    )  # fmt: skip
    precision: str = setting(
        "fp32", "Precision",
        "fp32; bf16 runs the forward pass in bfloat16; amp runs it in float16 with loss scaling (CUDA only).",
        choices=("fp32", "bf16", "amp"), advanced=True,
    )  # fmt: skip
    compile: bool = setting(
        False, "Compile", "torch.compile the model: slower to start, faster steps on a GPU.", advanced=True
    )
    threads: int = setting(
        1, "CPU threads", "Threads for CPU arithmetic; results are exact only for an unchanged number.",
        minimum=1, maximum=256, advanced=True,
    )  # fmt: skip
    checkpoint_every: int = setting(
        1,
        "Checkpoint every",
        "Epochs between two checkpoints.",
        minimum=1,
        maximum=100_000,
        unit="epochs",
        advanced=True,
    )
    keep_checkpoints: int = setting(
        5, "Checkpoints kept", "Older automatic ones are thinned out; the first, the best and yours stay.",
        minimum=1, maximum=1000, advanced=True,
    )  # fmt: skip

    def steps_per_epoch(self, rows: int) -> int:
        """Optimizer steps in one pass over `rows` training rows; a last batch of one row is left out."""
        batch = max(1, min(self.batch_size, rows))
        remainder = rows % batch
        return rows // batch + (remainder > 1 or (remainder == 1 and batch == 1))

    def total_steps(self, rows: int) -> int:
        """Optimizer steps of the whole run on `rows` training rows."""
        return self.steps or self.epochs * self.steps_per_epoch(rows)


@dataclass(frozen=True, kw_only=True)
class RecordPart(Part):
    """What is measured while training, and what it may cost."""

    budget: float | None = setting(
        5.0, "Overhead budget", "Recording thins itself to stay below this share of the step time; empty = no limit.",
        minimum=0.1, maximum=100.0, unit="%", optional=True, type="float",
    )  # fmt: skip
    gradients: bool = setting(True, "Gradients per layer", "Norm and rms of every layer's gradient.")
    gradients_every: int = setting(
        1, "Gradients every", "Steps between two records.", minimum=1, unit="steps", advanced=True
    )
    updates: bool = setting(True, "Updates per layer", "Weight norm, update norm and their ratio.")
    updates_every: int = setting(
        10, "Updates every", "Steps between two records.", minimum=1, unit="steps", advanced=True
    )
    activations: bool = setting(
        True, "Activations per layer", "Mean, spread, zeros, saturation and the pre-activation gradient."
    )
    activations_every: int = setting(
        10, "Activations every", "Steps between two records.", minimum=1, unit="steps", advanced=True
    )
    attributions: str = setting(
        "auto", "Attributions over training",
        "What the predictions for some fixed validation rows rest on, recorded at evaluations. auto: inside a second, or "
        "2 % of the training time where that is more; on: at every evaluation, whatever it takes; off: never.",
        choices=("auto", "on", "off"),
    )  # fmt: skip
