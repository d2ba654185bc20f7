"""`gradclinic claims`: its list, its JSON, its file, its words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.claims import results
from core.claims.catalogue import CLAIMS
from core.registry import Catalogue
from gradclinic import claims as command
from gradclinic.cli import main
from tests.core.claims.claims_for_tests import ELSEWHERE, TINY


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue of one quick claim and one that can't be run."""
    small = Catalogue("claim", (TINY, ELSEWHERE))
    monkeypatch.setattr(command, "CLAIMS", small)
    monkeypatch.setattr(results, "CLAIMS", small)


def test_the_list_runs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["claims", "--list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["claims"]
    assert [row["key"] for row in rows] == list(CLAIMS)
    assert main(["claims", "--list"]) == 0
    assert "he-init" in capsys.readouterr().out


def test_json_file_and_words(tiny: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "claims.json"
    assert main(["--home", str(tmp_path), "claims", "--json", "--out", str(out)]) == 0
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert [one["key"] for one in document["claims"]] == ["tiny", "elsewhere"]
    assert [one["verdict"] for one in document["claims"]] == ["held", "not run"]
    first = document["claims"][0]["statements"][0]
    assert (first["direction"], first["measured"]["n"]) == ("held", 3)
    assert first["measured"]["low"] > 0
    assert document["claims"][0]["measured"]["seeds"] == [0, 1, 2]
    assert "1/1 tiny: 0 of 10 trainings" in said.err
    assert json.loads(out.read_text()) == document
    assert main(["--home", str(tmp_path), "claims", "tiny", "--seeds", "4", "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("Learning beats standing still: held")
    assert "elsewhere" not in said.out
    again = json.loads(out.read_text())
    assert again["claims"][0]["measured"]["seeds"] == [0, 1, 2, 3]
    assert again["claims"][1] == document["claims"][1]


def test_what_cannot_be_done_is_one_sentence(tiny: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.json"
    other.write_text("{}")
    for arguments, words in (
        (["nonsense"], "has no entry 'nonsense'"),
        (["tiny", "--seeds", "2"], "at least 3"),
        (["elsewhere"], "can't be run here"),
        (["tiny", "--out", str(other)], "holds no claims"),
    ):
        assert main(["--home", str(tmp_path), "claims", *arguments]) == 2
        assert words in capsys.readouterr().err
    assert other.read_text() == "{}"
