"""The example in docs/watch.md runs as it stands and finds nothing wrong."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
def test_the_example_runs(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "watch.md").read_text(encoding="utf-8")
    code = re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "GRADCLINIC_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert len(list((tmp_path / "runs").iterdir())) == 1
