"""The wheel claims only the name gradclinic and carries the whole tree inside it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.slow
def test_the_wheel_holds_one_package(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True)
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"gradclinic"}
    for needed in (
        "core/registry.py",
        "core/export/script_template.py.txt",
        "core/lessons/texts/momentum.yaml",
        "app/main.py",
        "app/.streamlit/config.toml",
        "pages/home.py",
        "sample_data/LICENSES.md",
    ):
        assert f"gradclinic/_tree/{needed}" in names
    assert any(name.startswith("gradclinic/_tree/app/components/") and name.endswith(".js") for name in names)


def test_every_dependency_is_pinned_and_torch_is_the_tested_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = dict(
        line.strip().split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line
    )
    wanted = [
        re.split(r"[<>=;\[ ]", name)[0] for name in project["dependencies"] + project["optional-dependencies"]["dev"]
    ]
    lowered = {name.lower().replace("_", "-") for name in pinned}
    assert [name for name in wanted if name.lower().replace("_", "-") not in lowered] == []
    assert pinned["torch"] == "2.13.0"


def test_no_machine_path_or_registry_host_is_named() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    pattern = re.compile(r"(?<![\w.])/(?:work|opt|root)/|pypi\.org|files\.pythonhosted|registry\.npmjs")
    for name in tracked:
        path = ROOT / name
        if path.suffix in (".py", ".md", ".toml", ".txt", ".js", ".css", ".sh", ".html") or path.name == "Makefile":
            found = pattern.search(path.read_text(encoding="utf-8"))
            assert found is None or path.name == "test_packaging.py", f"{name}: {found and found.group()}"
