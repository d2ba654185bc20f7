"""Where core/, app/ and pages/ are: beside this package in a checkout, inside it in an installed wheel."""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
ROOT = _HERE / "_tree" if (_HERE / "_tree").is_dir() else _HERE.parent


def on_path() -> Path:
    """Make core and app importable; returns the folder that holds them."""
    if str(ROOT) not in sys.path[:2]:
        sys.path.insert(0, str(ROOT))
    return ROOT
