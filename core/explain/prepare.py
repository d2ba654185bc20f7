"""The subject of an explanation: an eval-mode copy of a model, made fit to be explained, and a run's model rebuilt."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from core.data.base import Prepared
from core.errors import BadInput
from core.evaluation.links import usual_link
from core.explain.scan import CONVOLUTIONS, Facts, scan
from core.explain.scope import why_not_explained
from core.explain.surgery import EmbeddingSlot, OnePerCall, out_of_place, replace, split_reused
from core.models.parts.parametrised import make_plain
from core.models.recurrent import RecurrentNetwork, valid_lengths
from core.models.series.cnn_rnn import ConvolutionalRecurrentNetwork
from core.models.series.reader import SeriesNetwork
from core.models.transformer import TransformerEncoder
from core.recipe.codec import parse_recipe, with_changes
from core.store.workspace import Run
from core.train import state
from core.train.loss_catalogue import LOSSES
from core.train.plan import make_plan
from core.train.seeds import put_streams, take_streams

EVALUATION_ROWS = 1024
READS_LENGTHS = (RecurrentNetwork, TransformerEncoder, SeriesNetwork, ConvolutionalRecurrentNetwork)
"""Models whose forward pass takes the valid steps of series, and counts them where not given."""


class Explained(nn.Module):
    """The function that is explained: (features, *fixed) to logits (n, outputs).

    Of a text the features are its word embeddings and `fixed` its token ids; of a series that a model of READS_LENGTHS
    reads, `fixed` are the counts of valid steps. So a path from the baseline to an input changes neither how many
    words there are nor which step is the last: else f would jump along it.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.slots = [module for module in model.modules() if isinstance(module, EmbeddingSlot)]
        self.reused = [module for module in model.modules() if isinstance(module, OnePerCall)]

    def forward(self, features: torch.Tensor, *fixed: torch.Tensor) -> torch.Tensor:
        """Map features (n, ...) to (n, outputs)."""
        for module in self.reused:
            module.turn = 0
        if not self.slots:
            output = self.model(features, *fixed)
        else:
            self.slots[0].given = features
            try:
                output = self.model(*fixed)
            finally:
                self.slots[0].given = None
        return output.unsqueeze(1) if output.ndim == 1 else output


@dataclass(eq=False)
class Subject:
    """What methods work on. One per job: captum's and shap's hooks are not safe from two threads on one model.

    `shape` is that of one sample as the data has it; `facts` what the scan saw after the surgery; `notes` say what
    the surgery changed, for the user.
    """

    explained: Explained
    kind: str
    shape: tuple[int, ...]
    facts: Facts
    notes: tuple[str, ...] = ()

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        found = next(self.explained.parameters(), None)
        return torch.device("cpu") if found is None else found.device

    @property
    def recurrent(self) -> list[str]:
        """Paths of the recurrent layers."""
        return self.facts.having(nn.RNNBase, nn.RNNCellBase)

    @property
    def convolutions(self) -> list[str]:
        """Paths of the convolutions that run once, in order."""
        return [path for path in self.facts.having(*CONVOLUTIONS) if path in self.facts.layers]

    def features(self, x: np.ndarray) -> torch.Tensor:
        """Rows (n, *shape) as the explained function takes them: floats (n, *shape), or embeddings (n, time, size)."""
        if self.kind != "text":
            return torch.tensor(np.asarray(x, np.float32), device=self.device)
        with torch.no_grad():
            return self.explained.slots[0].table(self.tokens(x))

    def tokens(self, x: np.ndarray) -> torch.Tensor:
        """Token ids (n, time) on the device."""
        return torch.as_tensor(np.ascontiguousarray(x, np.int64), device=self.device)

    def fixed(self, x: np.ndarray) -> tuple[torch.Tensor, ...]:
        """What stays as it is in rows `x` while their features change; see `Explained`."""
        if self.kind == "text":
            return (self.tokens(x),)
        if self.kind == "sequence" and isinstance(self.explained.model, READS_LENGTHS):
            return (valid_lengths(self.features(x)),)
        return ()

    def in_data_shape(self, values: torch.Tensor) -> np.ndarray:
        """Attributions of features as float64 (n, *shape): those of an embedding's numbers are summed to the word's."""
        array = values.detach().double().cpu().numpy()
        return np.asarray(array.sum(axis=-1) if self.kind == "text" else array)

    @torch.no_grad()
    def logits(self, features: torch.Tensor, *fixed: torch.Tensor) -> np.ndarray:
        """Outputs (n, outputs) float64 for features on the device."""
        found = []
        for start in range(0, len(features), EVALUATION_ROWS):
            part = slice(start, start + EVALUATION_ROWS)
            found.append(self.explained(features[part], *(one[part] for one in fixed)).double().cpu().numpy())
        return np.concatenate(found)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Outputs (n, outputs) float64 for rows as the data has them."""
        return self.logits(self.features(x), *self.fixed(x))

    def layer(self, path: str) -> nn.Module:
        """The module of that path of the original model.

        Raises:
            BadInput: when it has no such layer, or one that can't be explained.
        """
        if path not in self.facts.layers:
            known = ", ".join(self.facts.layers)
            raise BadInput(f"The model has no layer {path!r} with one output per pass; choose one of: {known}.")
        return self.explained.model.get_submodule(path)


def prepare(model: nn.Module, x: np.ndarray, kind: str) -> Subject:
    """A subject from any model that maps rows `x` (2 or more, as the data has them) to outputs; `model` is not touched.

    The copy is in eval mode and puts out logits: a softmax or sigmoid module at its end is taken away. Weights that are
    computed (weight norm, spectral norm) are parameters of their own in it. Modules work out of place, re-used ones become one per call, and of a text the embeddings can be given.

    Raises:
        BadInput: when a text model has no embedding to explain at.
    """
    copied = copy.deepcopy(model).eval()
    make_plain(copied)
    notes = []
    if out_of_place(copied):
        notes.append("Modules that overwrite their input were told not to, in the copy.")
    device = next((p.device for p in copied.parameters()), torch.device("cpu"))
    rows = torch.as_tensor(x[:2], device=device)
    rows = rows if kind == "text" else rows.float()

    def forward() -> torch.Tensor:
        return copied(rows)

    facts = scan(copied, forward)
    if facts.squash:
        kind_of_end = facts.kinds[facts.squash].__name__
        replace(copied, copied.get_submodule(facts.squash), nn.Identity())
        notes.append(f"The {kind_of_end} at the end was taken away: logits are explained, not probabilities.")
    if kind == "text":
        tables = facts.having(nn.Embedding)
        if not tables:
            raise BadInput("This text model has no nn.Embedding; explanations need one to attribute words at.")
        table = copied.get_submodule(tables[0])
        assert isinstance(table, nn.Embedding)
        replace(copied, table, EmbeddingSlot(table))
    reused = {path: count for path, count in facts.calls.items() if path not in facts.having(nn.Embedding)}
    if split := split_reused(copied, reused):
        notes.append(f"Re-used modules ({', '.join(split)}) became one per call, in the copy.")
    subject = Subject(Explained(copied).eval(), kind, tuple(x.shape[1:]), facts, tuple(notes))
    features, fixed = subject.features(x[:2]), subject.fixed(x[:2])
    subject.facts = scan(copied, lambda: subject.explained(features, *fixed))
    return subject


@dataclass(eq=False)
class Opened:
    """A run's model at a checkpoint, ready to be explained, with the run's data.

    `weights` is the hash of its weights; `link` what makes answers of its outputs (core.evaluation.links).
    """

    subject: Subject
    data: Prepared
    step: int
    weights: str
    link: str = ""

    def __post_init__(self) -> None:
        self.link = self.link or usual_link(len(self.data.class_names))


def open_run(run: Run, step: int | None = None, uploads: Path | None = None) -> Opened:
    """Rebuild a run's model from the checkpoint at `step` (None = the newest); nothing of a live training is touched.

    Raises:
        BadInput: when the run has no such checkpoint, no recipe to rebuild the model from, or weights that are not finite.
    """
    if run.watched or run.is_race:
        if run.watched:
            way_out = "give it on the command line: gradclinic explain RUN --model package.module:name --data rows.npz"
            raise BadInput(f"{run.id} was watched in a program of its own, which alone can build its model; {way_out}.")
        raise BadInput(f"{run.id} is a race; explain a run that was trained here.")
    known = {checkpoint.step: checkpoint for checkpoint in run.checkpoints.list()}
    if not known:
        raise BadInput(f"Run {run.id} has no checkpoint yet; wait for its first evaluation, or press Checkpoint.")
    step = max(known) if step is None else step
    if step not in known:
        raise BadInput(f"Run {run.id} has no checkpoint at step {step}; it has {', '.join(map(str, sorted(known)))}.")
    if reason := why_not_explained(parse_recipe(run.document())):
        raise BadInput(reason)
    recipe = with_changes(
        parse_recipe(run.document()), {"train.device": "auto", "train.precision": "fp32", "train.compile": False}
    )
    plan = _apart(lambda: make_plan(recipe, uploads))
    saved = state.load(run.checkpoints.path(step), plan.device)
    state.load_weights(plan.model, saved)
    if broken := not_finite(plan.model):
        sound = [other for other in sorted(known) if other < step]
        way_out = f"an earlier checkpoint ({', '.join(map(str, sound))})" if sound else "a run that did not diverge"
        raise BadInput(
            f"The weights of {run.id} at step {step} are not finite numbers (first in {broken}), so nothing can be explained; "
            f"explain {way_out}."
        )
    weights = state.tensors_hash(saved["model"])
    return Opened(
        prepare(plan.model, plan.data.x_val, plan.data.kind), plan.data, step, weights, LOSSES[recipe.loss.key].link
    )


def not_finite(model: nn.Module) -> str:
    """The name of the first parameter or buffer with a NaN or an infinity in it, or ""."""
    return next((name for name, value in model.state_dict().items() if not torch.isfinite(value).all()), "")


def _apart(work: Callable[[], Any]) -> Any:
    """`work()`, with the random streams left as they were."""
    streams = take_streams()
    try:
        return work()
    finally:
        put_streams(streams)
