"""Shared fixtures: every test works in a workspace of its own, and none may leave the environment changed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

LIBRARIES = ("PYTEST_", "KMP_", "TORCH", "_TORCH")  # set by pytest and by torch at its first import
ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from core.store.workspace import HOME_VARIABLE, Workspace  # noqa: E402


@pytest.fixture(autouse=True)
def _clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    before = _environment()
    yield
    assert _environment() == before, "a test changed the environment and did not restore it"


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(LIBRARIES)}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty workspace."""
    return Workspace(tmp_path / "home")
