"""One server and one browser for all journeys; skipped with a reason where there is no Chromium.

They end with this folder: while playwright is open its event loop counts as running, and other tests start their own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from tools.browser import Server, browsing, serving


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """A Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    try:
        with browsing() as found:
            yield found
    except playwright.Error as error:
        pytest.skip(f"no Chromium could be started: {str(error).splitlines()[0]}")


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app in a workspace that the journeys fill."""
    with serving(tmp_path_factory.mktemp("browser") / "home") as found:
        yield found


@pytest.fixture(scope="package")
def window(browser: Any) -> Iterator[Any]:
    """One window for all tabs: what a tab has loaded, the next one need not load again."""
    context = browser.new_context(viewport={"width": 1366, "height": 900})
    yield context
    context.close()


@pytest.fixture
def page(window: Any) -> Iterator[Any]:
    """A fresh tab; a JavaScript error in it fails the test."""
    tab = window.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    for left in window.pages:
        with contextlib.suppress(Exception):  # a page of nowhere keeps nothing
            left.evaluate("localStorage.clear()")
        left.close()
    assert errors == []
