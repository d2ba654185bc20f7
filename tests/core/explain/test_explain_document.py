"""docs/explain.md says what the code does: its methods, its thresholds, its backgrounds, its options."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.explain import trusted
from core.explain.base import SOUND_GAP
from core.explain.baselines import BACKGROUND_ROWS, BASELINES
from core.explain.catalogue import DEFAULTS, EXPLANATIONS
from core.explain.preflight import MEASURED_ROWS
from core.explain.trust import completeness, curves, randomisation, sensitivity
from core.explain.watched import NESTED
from gradclinic.cli import build_parser
from tools.build_reference import EXPLAIN, with_methods_table


@pytest.fixture(scope="module")
def page() -> str:
    return Path(EXPLAIN).read_text(encoding="utf-8")


def row(page: str, first: str) -> list[str]:
    """The cells of the line of a table that begins with `first`."""
    line = next(line for line in page.splitlines() if line.startswith(f"| {first} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_table_of_methods_is_up_to_date(page: str) -> None:
    assert with_methods_table(page) == page, "run: python -m tools.build_reference"


def test_what_to_begin_with_is_what_the_catalogue_says(page: str) -> None:
    for kind, defaults in DEFAULTS.items():
        told = [cell.lower() for cell in row(page, kind)[1:]]
        for cell, key in zip(told, defaults, strict=True):
            assert cell.startswith(EXPLANATIONS[key].label.lower()), (kind, key)


def test_the_thresholds_are_those_of_the_checks(page: str) -> None:
    def percent(share: float) -> str:
        return f"{share:.0%}".replace("%", " %")

    of = {key: row(page, key) for key in trusted.CHECKS}
    assert of["completeness"][1:4] == [
        f"gap up to {percent(completeness.AMBER)}", f"above {percent(completeness.AMBER)}", f"above {percent(completeness.WITHHELD)}"
    ]  # fmt: skip
    assert f"all {curves.ORDERS} random orders" in of["faithfulness"][1]
    assert of["dependence"][1].endswith(f"up to {randomisation.LARGEST:g}")
    assert f"up to {percent(sensitivity.AMBER)} when each input moves by {sensitivity.RADIUS:g}" in of["stability"][1]
    assert f"on {MEASURED_ROWS} rows its values miss the promised sum by more than {percent(SOUND_GAP)}" in page
    assert (
        f"judged on up to {trusted.FAITHFULNESS_ROWS} rows, dependence on up to {trusted.DEPENDENCE_ROWS} with "
        f"{min(trusted.RANDOM_MODELS.values())} to {max(trusted.RANDOM_MODELS.values())} random networks, stability on up to "
        f"{trusted.STABILITY_ROWS}." in page
    )


def test_baselines_and_options_exist(page: str) -> None:
    section = page.partition("## What it is compared with")[2]
    for kind, known in BASELINES.items():
        assert tuple(re.findall(r"`(\w+)`", row(section, kind)[1])) == known
    assert f"{BACKGROUND_ROWS} training rows" in section
    commands = next(action for action in build_parser()._actions if action.choices)
    options = commands.choices["explain"].format_help()  # type: ignore[index, call-overload]
    for option in set(re.findall(r"(--[a-z][a-z-]+)", page)):
        assert option in options, option
    for name in NESTED:
        assert f"`{name}`" in page
