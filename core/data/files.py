"""Where the shipped sample files are."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.errors import DataError

SAMPLE_DATA = Path(__file__).resolve().parents[2] / "sample_data"


def sample_file(name: str) -> Path:
    """The path of a file in sample_data/.

    Raises:
        DataError: when this installation lacks it.
    """
    path = SAMPLE_DATA / name
    if not path.is_file():
        raise DataError(f"The sample file {name} is missing from this installation; install Gradient Clinic again.")
    return path


def load_arrays(name: str) -> dict[str, np.ndarray]:
    """The arrays of an .npz file in sample_data/ (never unpickled)."""
    with np.load(sample_file(name), allow_pickle=False) as archive:
        return {key: archive[key] for key in archive.files}
