"""The server: the app, the live feed beside it, and the dispatcher that starts queued runs. `streamlit run app/server.py`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path[:2]:
    sys.path.insert(0, str(ROOT))

import asyncio  # noqa: E402
import gc  # noqa: E402
import importlib  # noqa: E402
from collections.abc import AsyncIterator, Callable  # noqa: E402
from contextlib import asynccontextmanager  # noqa: E402
from typing import Any  # noqa: E402

import streamlit as st  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402

from app.classroom.access import the_class  # noqa: E402
from app.classroom.board import board_of  # noqa: E402
from app.classroom.door import door_routes  # noqa: E402
from app.classroom.gate import Gate  # noqa: E402
from app.classroom.stream import ClassStream, stream_routes  # noqa: E402
from app.explainer import explainer  # noqa: E402
from app.inspector import inspector  # noqa: E402
from app.live.assets import plotly_asset, script_asset, theatre_asset  # noqa: E402
from app.live.routes import routes  # noqa: E402
from core.classroom.workspaces import ClassWorkspaces  # noqa: E402
from core.runtime.feed import Hub  # noqa: E402
from core.store.workspace import Workspace  # noqa: E402

workspace = Workspace()
hub = Hub(workspace)
INSPECTOR_SECONDS = 6.0  # after the start, when the dispatcher's spare process has loaded torch


def _load_ahead() -> None:
    """What the first visitor would otherwise wait for."""
    plotly_asset()
    script_asset()
    theatre_asset()
    for name in ("home", "train", "runs", "compare", "data", "reference", "surfaces.page", "run.page", "race.page"):
        importlib.import_module(f"app.views.{name}")


async def _warm_inspector() -> None:
    """Start the process that checks recipes before the first visitor asks."""
    await asyncio.sleep(INSPECTOR_SECONDS)
    await asyncio.to_thread(inspector().warm_up)


def _soon(loop: asyncio.AbstractEventLoop, act: Callable[[], None]) -> None:
    loop.call_soon_threadsafe(act)


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[dict[str, Any] | None]:
    """Start and stop what runs beside the pages."""
    from core.runtime.jobs import Dispatcher

    await asyncio.to_thread(_load_ahead)
    hub.start()
    loop = asyncio.get_running_loop()
    leave = held.room.listen(lambda state: _soon(loop, hub.recheck)) if held else lambda: None
    dispatcher = Dispatcher(workspace)
    dispatcher.start()
    warming = asyncio.create_task(_warm_inspector())
    gc.collect()
    gc.freeze()  # Streamlit collects after every script run; what is loaded now will never be garbage
    try:
        yield {}
    finally:
        leave()
        warming.cancel()
        await hub.stop()
        await asyncio.to_thread(dispatcher.stop)
        await asyncio.to_thread(explainer().close)


def _stream(held: ClassWorkspaces) -> ClassStream:
    return ClassStream(held.room, lambda: board_of(held))


held = the_class()
app = st.App(
    Path(__file__).with_name("main.py"),
    lifespan=lifespan,
    routes=[*routes(hub), *(door_routes(held.room) + stream_routes(_stream(held)) if held else [])],
    middleware=[Middleware(Gate, room=held.room)] if held else [],
)
