"""The app under AppTest, in an empty workspace and in one with runs of every kind."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from app.failures import REFERENCE
from core.store.workspace import Run, Workspace
from tests.synthetic_run import SyntheticRun

ROOT = Path(__file__).resolve().parents[2]
Open = Callable[..., AppTest]


@pytest.fixture(autouse=True, scope="package")
def _packages_are_scanned_once() -> Iterator[None]:
    """Every AppTest reads the metadata of all installed packages, in search of components; they do not change meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            manifest_scanner, "scan_component_manifests", functools.cache(manifest_scanner.scan_component_manifests)
        )
        yield


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages wait a moment for an inspector that is warm; here it mostly is not."""
    monkeypatch.setattr("app.inspector.AT_ONCE", 0.02)


@pytest.fixture
def open_page() -> Open:
    """A function that opens a page of the app: open_page("run", run="...")."""

    def opened(key: str = "home", **query: str) -> AppTest:
        at = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
        for name, value in query.items():
            at.query_params[name] = value
        if key != "home":
            at.switch_page(f"../pages/{key}.py")
        return at.run()

    return opened


def calm(at: AppTest) -> None:
    """Fail when the page shows an exception, or an error that nobody foresaw."""
    assert not at.exception, at.exception
    unforeseen = [error.value for error in at.error if REFERENCE in error.value]
    assert not unforeseen, unforeseen


def answered(at: AppTest, wanted: str) -> AppTest:
    """Draw the page again until `wanted` stands on it: answers of the inspector come when they are ready."""
    deadline = time.monotonic() + 40
    while not any(wanted in shown.value for shown in (*at.caption, *at.markdown, *at.warning)):
        assert time.monotonic() < deadline, f"{wanted!r} does not come"
        time.sleep(0.1)
        at.run()
    calm(at)
    return at


def finished(workspace: Workspace, name: str = "one", steps: int = 500) -> Run:
    """A finished synthetic run with a checkpointless folder."""
    made = SyntheticRun(workspace, name, steps, nan=None, spike=None)
    made.append(steps)
    made.finish()
    return made.run


@pytest.fixture
def full(workspace: Workspace) -> Workspace:
    """A workspace with a done, a stopped, a lost, a queued and a damaged run, and one with a hostile name."""
    finished(workspace, "done one")
    stopped = SyntheticRun(workspace, "stopped one", nan=40, spike=20)
    stopped.append(100)
    stopped.finish("stopped")
    lost = SyntheticRun(workspace, "lost one")
    lost.append(100)
    assert lost.writer
    lost.writer.execute("UPDATE attempts SET pid = 4194000, create_time = 1.0")
    lost.writer.close()
    workspace.create({"name": "queued one"}).control.request()
    damaged = finished(workspace, "damaged one")
    for path in damaged.path.glob("run.db*"):
        path.write_bytes(b"this is no database " * 300)
    hostile = finished(workspace, "hostile")
    hostile.control.set_labels(
        name="**<script>alert(1)</script>** :red[x] $x$ [a](http://b)",
        tags=["<b>", ":material/home:", "=1+1"],
        note="# x",
    )
    return workspace
