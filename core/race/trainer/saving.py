"""The state of every member on disk, so that a race that was stopped or killed goes on exactly where it was."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch

from core.race.trainer.tracks import Track
from core.store.files import atomic_write

FILE = "members.pt"


def save_tracks(folder: Path, tracks: Iterable[Track], ended: Iterable[int]) -> None:
    """Write the state of every track that has begun, and the numbers of the members that have ended.

    Raises:
        OSError: when there is no space; what was there before stays.
    """
    begun = [track for track in tracks if track.window]
    document = {
        "format": 1,
        "ended": sorted(ended),
        "tracks": [
            {"members": [member.number for member in track.members], "captured": track.capture()} for track in begun
        ],
    }
    with atomic_write(folder / FILE) as file:
        torch.save(document, file)


def load_tracks(folder: Path) -> dict[str, Any]:
    """What `save_tracks` wrote; nothing when it is not there or can't be read, and the members then start again."""
    try:
        found = torch.load(folder / FILE, map_location="cpu", weights_only=True)
        if found["format"] != 1:
            raise KeyError
        return dict(found)
    except Exception:
        return {"ended": [], "tracks": []}
