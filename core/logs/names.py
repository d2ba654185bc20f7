"""What other tools call the series that the rules look at: one table of names, in the order in which they are preferred."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

WORDS: dict[str, tuple[str, ...]] = {
    "validation": ("val", "valid", "validation", "eval", "evaluation", "dev", "test"),
    "train": ("train", "training"),
    "accuracy": (
        "accuracy", "acc", "top1", "top_1", "acc1", "top1_accuracy", "top1_acc", "sparse_categorical_accuracy",
        "categorical_accuracy", "binary_accuracy", "multiclass_accuracy",
    ),
}  # fmt: skip
"""What stands for a word in braces in NAMES."""

NAMES: dict[str, tuple[str, ...]] = {
    "step.loss": (
        "loss", "{train}_loss", "loss_{train}", "{train}_loss_step", "loss_step", "{train}_step_loss", "iter_loss",
        "{train}_loss_epoch", "{train}_epoch_loss", "epoch_loss", "loss_epoch", "{train}_total_loss", "total_loss",
        "loss_total", "{train}_batch_loss", "batch_loss", "*loss*",
    ),
    "step.lr": (
        "lr", "learning_rate", "{train}_lr", "{train}_learning_rate", "optimizer_lr", "epoch_lr", "epoch_learning_rate",
        "{train}_epoch_learning_rate", "lr_*", "learning_rate_*", "{train}_lr_*",
    ),
    "step.samples_per_second": (
        "samples_per_second", "samples_per_sec", "examples_per_second", "images_per_second", "throughput",
        "{train}_samples_per_second",
    ),
    "evaluation.val_loss": (
        "{validation}_loss", "loss_{validation}", "{validation}_loss_epoch", "{validation}_epoch_loss",
        "{validation}_total_loss", "{validation}_evaluation_loss_vs_iterations",
    ),
    "evaluation.val_accuracy": (
        "{validation}_{accuracy}", "{accuracy}_{validation}", "{validation}_{accuracy}_epoch",
        "{validation}_epoch_{accuracy}",
    ),
    "evaluation.train_loss_eval": ("train_loss_eval", "eval_train_loss", "train_eval_loss"),
    "evaluation.train_accuracy": (
        "{train}_{accuracy}", "{accuracy}", "{accuracy}_{train}", "{train}_{accuracy}_epoch", "{train}_epoch_{accuracy}",
        "epoch_{accuracy}", "{train}_{accuracy}_step",
    ),
    "gradients.gradient_norm": (
        "grad_norm", "gradient_norm", "gradnorm", "{train}_grad_norm", "{train}_gradient_norm", "grad_norm_total",
        "gradient_norm_total", "total_grad_norm", "total_gradient_norm", "global_grad_norm", "grad_2_0_norm_total",
    ),
    "axis.step": (
        "global_step", "{train}_global_step", "trainer_global_step", "step", "steps", "iteration", "iterations", "iter",
        "it", "n_iter", "num_steps", "{train}_step",
    ),
    "axis.epoch": ("epoch", "epochs", "{train}_epoch", "current_epoch", "trainer_epoch"),
    "axis.seconds": ("runtime", "seconds", "elapsed", "elapsed_time", "relative_time", "time", "wall_time", "timestamp"),
}  # fmt: skip
"""Names of each of our columns as `normalise` writes them, the preferred one first. `*` stands for anything."""

LAYERS = (
    "grad_norm",
    "gradient_norm",
    "grad_norms",
    "gradient_norms",
    "gradients",
    "gradient",
    "grad",
    "grad_2.0_norm",
)
"""What stands before the name of a layer in a column of its gradient norms, after `train/` or not."""

AXES = ("axis.step", "axis.epoch", "axis.seconds")
RANGES = re.compile(r"__(min|max)$", re.IGNORECASE)
LAYER = re.compile(rf"(?:train(?:ing)?/)?(?:{'|'.join(map(re.escape, LAYERS))})[/.](.+)", re.IGNORECASE)


def short(name: str) -> str:
    """A name without what W&B's chart export puts before it: "warm-sun-3 - train/loss" is "train/loss"."""
    return name.strip().rpartition(" - ")[2].strip()


def normalise(name: str) -> str:
    """A name in lower case with single underscores: "Train/Loss", "trainLoss" and "train.loss" are all "train_loss"."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", short(name))
    return re.sub(r"[\W_]+", "_", spaced.lower()).strip("_").removeprefix("metrics_")


def expand(templates: Iterable[str]) -> Iterator[str]:
    """Every name that the templates stand for; the first validation word with all of its templates comes first."""
    templates = tuple(templates)
    first = WORDS["validation"] if any("{validation}" in template for template in templates) else ("",)
    for validation, template in product(first, templates):
        for train, accuracy in product(WORDS["train"], WORDS["accuracy"]):
            name = template.format(validation=validation, train=train, accuracy=accuracy)
            yield name
            if "{accuracy}" not in template and ("{train}" not in template):
                break


KNOWN: dict[str, tuple[str, ...]] = {target: tuple(dict.fromkeys(expand(names))) for target, names in NAMES.items()}


def fits(target: str, name: str) -> int:
    """How far down the list of `target` the raw `name` stands, from 0; -1 when it is not one of its names."""
    plain = normalise(name)
    if RANGES.search(name) or not plain:
        return -1
    for place, known in enumerate(KNOWN[target]):
        if plain == known:
            return place
        if known == "*loss*":
            words = set(plain.split("_"))
            if "loss" in plain and not words & {*WORDS["validation"], "best", "min", "lowest", "scale"}:
                return place
        elif known.endswith("*") and plain.startswith(known[:-1]):
            return place
    return -1


def layer_of(name: str) -> str:
    """The layer whose gradient norm a column holds; empty for other columns."""
    found = LAYER.fullmatch(short(name))
    if not found or RANGES.search(name) or fits("gradients.gradient_norm", name) >= 0:
        return ""
    return found[1]


def wanted(name: str) -> bool:
    """Whether a column may be of use."""
    return bool(layer_of(name)) or any(fits(target, name) >= 0 for target in KNOWN)


@dataclass(frozen=True)
class Picked:
    """Which raw name was taken for each of our columns, by "table.column", and which others would have fitted the loss."""

    names: Mapping[str, str]
    layers: Mapping[str, str]
    passed_over: tuple[str, ...] = ()


def pick(counts: Mapping[str, int]) -> Picked:
    """Choose a raw name for each of our columns, given how many values each raw name has.

    The first in the order of NAMES is taken, of equal ones the first in the log; one with a single value (the mean of a whole run, say) only when no other
    fits. A plain "accuracy" beside a validation loss, without another validation accuracy, is one of validation, as
    fastai writes it.
    """
    found: dict[str, str] = {}
    passed_over: tuple[str, ...] = ()
    for target in KNOWN:
        fitting = [(place, name) for name in counts if (place := fits(target, name)) >= 0]
        fitting.sort(key=lambda one: (counts[one[1]] < 2, one[0]))
        if fitting:
            found[target] = fitting[0][1]
            if target == "step.loss":
                passed_over = tuple(name for _, name in fitting[1:])
    plain = found.get("evaluation.train_accuracy", "")
    if (
        "evaluation.val_loss" in found
        and "evaluation.val_accuracy" not in found
        and normalise(plain) in WORDS["accuracy"]
    ):
        found["evaluation.val_accuracy"] = found.pop("evaluation.train_accuracy")
    layers = {layer: name for name in counts if (layer := layer_of(name))}
    return Picked(found, layers, passed_over)


def table() -> str:
    """The mapping as a Markdown table, as docs/diagnose.md shows it."""
    rows = ["| here | in the log, first choice first |", "|---|---|"]
    for target, names in NAMES.items():
        rows.append(f"| `{target}` | {', '.join(f'`{name}`' for name in names)} |")
    rows.append(f"| `gradients.gradient_norm/<layer>` | {', '.join(f'`{name}/<layer>`' for name in LAYERS)} |")
    rows += ["", "| in braces | stands for |", "|---|---|"]
    rows += [f"| `{{{word}}}` | {', '.join(f'`{one}`' for one in known)} |" for word, known in WORDS.items()]
    return "\n".join(rows)
