"""The scripts of the browser: the components' JavaScript parts joined, and Plotly's own file, all gzipped once."""

from __future__ import annotations

import functools
import gzip
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import plotly

COMPONENTS = Path(__file__).resolve().parents[1] / "components"
SOURCES = (COMPONENTS / "live_charts", COMPONENTS / "race_charts")
THEATRE = COMPONENTS / "surface_theatre"
SHARED = ("10_tools.js", "15_follow.js", "20_theme.js")  # parts of the live charts that the theatre is built on
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"


@dataclass(frozen=True)
class Asset:
    """A JavaScript file whose name changes with its content, so a browser may keep it for ever."""

    name: str
    body: bytes
    packed: bytes

    @property
    def path(self) -> str:
        """Where the server offers it."""
        return f"{base_path()}/assets/{self.name}"


def base_path() -> str:
    """The address under which the app lives on its host, without a slash at the end."""
    import streamlit as st  # late: the offline report needs none of it

    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


def script_parts() -> list[Path]:
    """The JavaScript parts in the order in which they are joined."""
    return [path for source in SOURCES for path in sorted((source / "js").glob("*.js"))]


@functools.cache
def bundle() -> str:
    """All parts as one script that defines LiveCharts = {mount, report, loadPlotly}."""
    parts = "\n".join(path.read_text() for path in script_parts())
    return f"const LiveCharts = (() => {{\n'use strict';\n{parts}\nreturn {{ mount, report, loadPlotly }};\n}})();\n"


@functools.cache
def style() -> str:
    """The style sheet of the charts."""
    return (SOURCES[0] / "style.css").read_text()


@functools.cache
def script_asset() -> Asset:
    """The charts as a module."""
    return _script("live_charts", bundle() + "export const { mount, loadPlotly } = LiveCharts;\n")


@functools.cache
def theatre_asset() -> Asset:
    """The loss-surface theatre as a module."""
    parts = [*(SOURCES[0] / "js" / name for name in SHARED), *sorted((THEATRE / "js").glob("*.js"))]
    return _script("surface_theatre", "\n".join(path.read_text() for path in parts) + "\nexport { mount };\n")


@functools.cache
def theatre_style() -> str:
    """The style sheet of the theatre, which begins with that of the charts."""
    return style() + (THEATRE / "style.css").read_text()


def _script(name: str, text: str) -> Asset:
    body = text.encode()
    return Asset(f"{name}-{hashlib.sha256(body).hexdigest()[:12]}.js", body, gzip.compress(body, 9))


@functools.cache
def plotly_asset() -> Asset:
    """Plotly's file from the plotly package: no network needed."""
    body = PLOTLY.read_bytes()
    version = re.search(rb"plotly\.js v([\w.-]+)", body[:200])
    name = version[1].decode() if version else hashlib.sha256(body).hexdigest()[:12]
    return Asset(f"plotly-{name}.min.js", body, gzip.compress(body, 6))
