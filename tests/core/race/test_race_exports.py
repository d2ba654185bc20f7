"""A race taken away: CSV, a standalone page, and plain-PyTorch scripts that reach the same finals."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from races_for_tests import LANES, raced

from app.live.report import standalone_html
from core.export.races import lanes_csv, race_script_zip
from core.store.workspace import Workspace

SHORT = {"train": {"epochs": 2}}


def test_csv_holds_every_value(workspace: Workspace) -> None:
    _, record = raced(workspace, base=SHORT)
    rows = list(csv.DictReader(io.StringIO(lanes_csv(record).decode())))
    found = [row for row in rows if row["lane"] == "Adam" and row["seed"] == "1" and row["series"] == "val_accuracy"]
    member = record.of("race", lane=1)[1]
    assert float(found[-1]["value"]) == record.final(member, "val_accuracy")
    assert int(found[-1]["samples"]) == int(found[-1]["step"]) * 32


def test_the_web_page_holds_charts_and_verdict(workspace: Workspace) -> None:
    run, _ = raced(workspace, [{**LANES[0], "name": "x</script><script>alert(1)</script>"}, LANES[1]], SHORT)
    page = standalone_html([run.id], workspace).decode()
    assert "Two seeds can" in page
    assert "RaceView" in page
    assert "<script>alert(1)" not in page


@pytest.mark.slow
def test_lanes_with_other_balances_read_other_rows(workspace: Workspace) -> None:
    lanes = [{"name": str(k), "changes": {"balance.key": "smote", "balance.k_neighbors": k}} for k in (1, 3)]
    run, _ = raced(workspace, [*lanes, LANES[0]], SHORT, score="balanced_accuracy")
    with zipfile.ZipFile(io.BytesIO(race_script_zip(run))) as archive:
        held = [name for name in archive.namelist() if name.startswith("data-1-seed-0")]
        assert len({archive.read(name) for name in held}) == len(held) == 3
        scripts = [archive.read(name).decode() for name in archive.namelist() if name.endswith("train.py")]
    assert all("scores(output, y, CLASSES)['balanced_accuracy']" in script for script in scripts)


def test_a_lane_that_counts_reads_the_target_as_it_is(workspace: Workspace) -> None:
    lanes = [{"name": key, "changes": {"loss.key": key}} for key in ("mse", "poisson", "mae")]
    run, _ = raced(workspace, lanes, {"data": {"key": "arrivals", "samples": 100}, **SHORT})
    with zipfile.ZipFile(io.BytesIO(race_script_zip(run))) as archive:
        held = {name for name in archive.namelist() if name.startswith("data-1-seed-0")}
        texts = {n.split("/")[0]: archive.read(n).decode() for n in archive.namelist() if n.endswith("0/train.py")}
    assert held == {"data-1-seed-0.npz", "data-1-seed-0-2.npz"}
    read = {folder: "data-1-seed-0-2.npz" in text for folder, text in texts.items()}
    assert read == {"1-1-mse-seed-0": False, "1-2-poisson-seed-0": True, "1-3-mae-seed-0": False}


@pytest.mark.slow
@pytest.mark.parametrize("score", ["metric", "f1"])
def test_the_scripts_reach_the_same_finals(score: str, workspace: Workspace, tmp_path: Path) -> None:
    lanes = [LANES[0], {"name": "balanced", "changes": {"balance.key": "balanced_batches"}}]
    run, record = raced(workspace, lanes, base={**SHORT, "schedule": {"key": "cosine"}}, score=score)
    with zipfile.ZipFile(io.BytesIO(race_script_zip(run))) as archive:
        archive.extractall(tmp_path / "race")
    done = subprocess.run(
        [sys.executable, "race.py"], cwd=tmp_path / "race", capture_output=True, text=True, check=True
    )
    for line, lane in zip(done.stdout.splitlines(), record.standing(), strict=True):
        printed = [float(word) for word in line[40:].split("mean")[0].split()]
        expected = [record.final(member, record.score_of(member)) for member in record.of("race", lane=lane)]
        assert printed == pytest.approx(expected, abs=2 / 60)
