"""The documents name things that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.navigation import PAGES
from core.store.status import NEXT_ACTION

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "sample_data/README.md",
]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_files_named_in_code_marks_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (path.parent / target).exists(), target
    for name in re.findall(r"`((?:core|app|tests|tools|benchmarks)/[\w./-]+)`", text):
        assert (ROOT / name).exists(), name


def test_the_two_commands_are_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"`?make ([a-z-]+)", (ROOT / "README.md").read_text()):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_page_and_status_is_described() -> None:
    guide, architecture = ((ROOT / "docs" / name).read_text() for name in ("guide.md", "architecture.md"))
    for entry in PAGES:
        if entry.key != "catalogue":
            assert entry.title in guide, entry.title
    for word in NEXT_ACTION:
        assert word in architecture, word


def test_every_page_has_screenshots_in_both_schemes() -> None:
    for entry in PAGES:
        name = {"train": "new-run"}.get(entry.key, entry.key)
        for ending in ("-light", "-dark", "-phone-light", "-phone-dark"):
            assert (ROOT / "docs" / "screenshots" / f"{name}{ending}.png").exists(), f"{name}{ending}"


def test_the_reference_of_the_rules_is_up_to_date() -> None:
    from tools.build_reference import TARGET, rules_page

    assert TARGET.read_text(encoding="utf-8") == rules_page(), "run: python -m tools.build_reference"
