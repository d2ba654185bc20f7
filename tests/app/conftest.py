"""A class behind its gate."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.store.workspace import Workspace
from tests.app.class_for_tests import Building, building


@pytest.fixture
def school(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Building]:
    """Ann, Bob and their teacher in a class."""
    with building(workspace, monkeypatch) as found:
        yield found
