"""Every threat of a class names tests that attack, and they exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TABLE = [
    line.split("|")
    for line in (ROOT / "docs" / "classroom-threats.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| Threat")
]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[1].strip()[:40])
def test_the_tests_that_a_threat_names_exist(row: list[str]) -> None:
    named = TEST.findall(row[3])
    assert named, "a threat without a test"
    for path, name in named:
        assert re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE), name
    assert len(row) == 5


def test_the_table_is_read() -> None:
    assert len(TABLE) >= 20
