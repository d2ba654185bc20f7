"""`gradclinic race` and what the other commands say of a race."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from gradclinic.cli import main

RACE = {
    "name": "Twins",
    "seeds": 2,
    "base": {
        "data": {"key": "digits", "limit": 200},
        "model": {"key": "mlp", "depth": 1, "width": 8},
        "train": {"epochs": 2},
    },
    "lanes": [{"name": "one", "changes": {"optim.lr": 0.01}}, {"name": "two", "changes": {"optim.lr": 0.01}}],
}


def test_a_race_file_is_held_shown_and_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "race.yaml"
    file.write_text(yaml.safe_dump(RACE))
    home = ["--home", str(tmp_path / "home")]
    assert main([*home, "race", str(file), "--json", "--set", "seeds=5"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["status"] == "done"
    assert found["seeds"] == [0, 1, 2, 3, 4]
    (task,) = found["tasks"]
    assert task["separable"] is False
    assert [lane["lane"] for lane in task["lanes"]] == ["one", "two"]
    assert task["lanes"][0]["finals"] == task["lanes"][1]["finals"]
    assert main([*home, "show", found["race_id"]]) == 0
    assert task["verdict"] in capsys.readouterr().out
    assert main([*home, "races"]) == 0
    assert "Twins" in capsys.readouterr().out
    for kind in ("csv", "json", "html", "script"):
        assert main([*home, "export", found["race_id"], "--format", kind, "--out", str(tmp_path / kind)]) == 0
        assert (tmp_path / kind).stat().st_size > 500


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["no-such-race"], "has no entry 'no-such-race'"),
        (["missing.yaml"], "no race file missing.yaml"),
        (["nesterov", "--set", "seeds=0"], "seeds: is 0"),
        (["nesterov", "--set", "base.x=1"], "base: unknown section"),
        (["race-20200101-000000-x-abcdef"], "There is no run"),
    ],
)
def test_bad_input_is_one_sentence(
    given: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--home", str(tmp_path), "race", *given]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
