"""The server process never imports torch, captum or shap; the pages import nothing but the app."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "captum", "shap", "ray", "optuna")
SCRIPT = """
import importlib, sys
from pathlib import Path
root = Path({root!r})
sys.path.insert(0, str(root))
for path in sorted(root.glob("app/**/*.py")):
    name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
    if name not in ("app.main", "app.server"):
        importlib.import_module(name)
import core.export.records, core.export.script, core.families, core.runtime.feed, core.runtime.jobs, core.store.summaries
from core.data.prepare import prepare
for key in ("digits", "moons", "adding_problem", "tweets", "penguins"):
    prepare(key, {{}}, seed=0, validation_fraction=0.2, standardise=True)
print(",".join(name for name in {heavy!r} if name in sys.modules))
"""


def test_all_the_app_imports_is_light() -> None:
    script = SCRIPT.format(root=str(ROOT), heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == ""


def test_server_module_is_light() -> None:
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import app.server; "
        f"print(','.join(n for n in {HEAVY!r} if n in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == ""
