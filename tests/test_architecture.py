"""The layers hold: pages -> app -> core and nothing back; light parts stay light; folders and files stay small."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from core.store.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("torch", "captum", "shap", "numba")
SOURCE_FOLDERS = ("core", "app", "pages", "gradclinic")


def files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    """Every module that `path` imports anywhere, as written."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def tops(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}


@pytest.mark.parametrize("path", files("core"), ids=lambda path: str(path.relative_to(ROOT)))
def test_core_knows_no_user_interface(path: Path) -> None:
    assert not tops(path) & {"streamlit", "plotly", "app", "pages", "gradclinic"}


@pytest.mark.parametrize("path", files("app"), ids=lambda path: str(path.relative_to(ROOT)))
def test_app_knows_no_pages(path: Path) -> None:
    assert not tops(path) & {"pages", "gradclinic"}


@pytest.mark.parametrize("path", files("core/recipe", "core/store", "core/data", "app", "pages"), ids=lambda p: p.name)
def test_light_parts_import_nothing_heavy(path: Path) -> None:
    assert not tops(path) & set(HEAVY)


@pytest.mark.slow
def test_an_explanation_reaches_the_server_without_what_computes_it(tmp_path: Path) -> None:
    """Train a tiny run, ask for its explanation as a page does, and look at what the asking process has loaded."""
    from core.train.process import train_run
    from tests.core.train.runs_for_tests import create

    run = create(Workspace(tmp_path), train={"epochs": 1})
    assert train_run(run.path, log_to_file=False) == "done"
    code = f"""
import sys
from pathlib import Path
from core.explain.base import Question
from core.runtime.explainer import Explainer
from core.store.workspace import Run
run, explainer = Run(Path({str(run.path)!r})), Explainer(Path({str(tmp_path)!r}))
question = Question(method="saliency", rows=(0, 1))
ticket = explainer.explanation(run, run.checkpoints.list()[-1], question, asker="test")
ticket.wait(300)
print(ticket.state, ticket.answer.trust.sentence, ticket.sentence)
explainer.close()
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said, loaded = done.stdout.strip().splitlines()
    assert said.startswith("done ")
    assert loaded == "[]"


@pytest.mark.parametrize("path", files(*SOURCE_FOLDERS), ids=lambda path: str(path.relative_to(ROOT)))
def test_files_are_short_and_open_with_a_line_that_says_what_they_hold(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), "no module docstring"


def test_nothing_unpickles_what_it_is_given() -> None:
    for path in files(*SOURCE_FOLDERS, "benchmarks", "tools"):
        text = path.read_text(encoding="utf-8")
        for danger in ("weights_only=False", "read_pickle", "allow_pickle=True", "import pickle", "import dill"):
            assert danger not in text or path.name == "build_sample_data.py", f"{path}: {danger}"


def test_unsafe_html_stands_in_one_file_at_most() -> None:
    found = [path for path in files("app", "pages") if "unsafe_allow_html=True" in path.read_text(encoding="utf-8")]
    assert len(found) <= 1, found
