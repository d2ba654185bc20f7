"""Trained weights kept to start other runs from: one safetensors file each, named by its contents. No torch."""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from core.errors import BadInput, suggestion
from core.store.files import share_file

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,60}-[0-9a-f]{12}")


@dataclass(frozen=True)
class KeptWeights:
    """Where kept weights come from: the run, its step, model and data."""

    name: str
    run: str
    step: int
    model: str
    data: str

    @property
    def label(self) -> str:
        """In words, for a choice."""
        return f"{self.name} ({self.model} trained on {self.data}, step {self.step:,})"


def are_kept(weights: str | None) -> bool:
    """Whether what a recipe starts from (transfer.weights) are kept weights: the others come with packages, to everybody."""
    return weights not in (None, "", "none", "pretrained", "embeddings")


def weights_folder(home: Path) -> Path:
    """The folder of kept weights of a workspace."""
    return home / "weights"


def weights_name(title: str, digest: str) -> str:
    """The name for weights of a run of that title whose tensors have that hash."""
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40] or "weights"
    return f"{slug}-{digest[:12]}"


def list_weights(home: Path) -> list[KeptWeights]:
    """All kept weights by name; damaged ones are left out."""
    found = []
    for file in sorted(weights_folder(home).glob("*.json")):
        with contextlib.suppress(OSError, ValueError, TypeError):
            if file.with_suffix(".safetensors").exists():
                found.append(KeptWeights(**json.loads(file.read_text())))
    return found


def describe(kept: KeptWeights) -> str:
    """The text of the file beside the tensors."""
    return json.dumps(asdict(kept), indent=2)


def share_weights(home: Path, name: str, other: Path) -> None:
    """Give the workspace `other` the kept weights `name` of `home`, without a second copy on disk where files can be linked.

    Nothing writes into kept weights: those kept anew under the same name take the place of the file.

    Raises:
        BadInput: when `home` has no such weights.
    """
    source, folder = weights_path(home, name), weights_folder(other)
    if (folder / f"{name}.json").is_file():
        return
    folder.mkdir(parents=True, exist_ok=True)
    for path in (source, source.with_suffix(".json")):  # the one that makes them known comes last
        share_file(path, folder / path.name)


def weights_path(home: Path, name: str) -> Path:
    """The file of kept weights.

    Raises:
        BadInput: when there are none of that name.
    """
    path = weights_folder(home) / f"{name}.safetensors"
    if not NAME.fullmatch(name) or not path.is_file():
        known = [kept.name for kept in list_weights(home)]
        hint = suggestion(name, known) if known else "; none have been kept yet"
        raise BadInput(f"There are no kept weights {name[:80]!r}{hint}. Keep some on a run's page, under Checkpoints.")
    return path
