"""The real server of a class, `gradclinic class`, attacked and killed; without a browser."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg

from core.recipe.codec import parse_recipe
from core.runtime import jobs
from core.store.status import run_status
from core.store.workspace import Run, Workspace
from tools.classroom import COOKIE, ClassServer, class_serving, connect, joined, page_of, teaching, until

pytestmark = pytest.mark.slow
LONG = {
    "name": "Shown run",
    "data": {"key": "digits", "limit": 300},
    "model": {"depth": 1, "width": 8},
    "train": {"epochs": 100_000},
}
SECONDS = 180.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClassServer]:
    """A class on a free port of this machine."""
    with class_serving(tmp_path_factory.mktemp("class") / "home") as found:
        yield found


def within_time(work: Any) -> None:
    """Run `work`, and fail rather than hang."""
    asyncio.run(asyncio.wait_for(work, SECONDS))


def test_without_a_cookie_nothing_of_streamlit_is_served(server: ClassServer) -> None:
    async def attack() -> None:
        async with httpx2.AsyncClient(base_url=server.url, timeout=60) as client:
            cookie = await joined(client, server, "Zoe")
            client.cookies.clear()
            paths = (
                "/",
                "/run",
                "/_stcore/host-config",
                "/_stcore/metrics",
                "/_stcore/agent/openapi.json",
                "/static/x",
                "/media/x",
            )
            for path in paths:
                assert (await client.get(path)).status_code in (401, 404), path
                assert (await client.get(path, headers={"cookie": f"{COOKIE}=forged"})).status_code in (401, 404)
            assert (
                await client.get("/", headers={"host": "evil.example", "cookie": f"{COOKIE}={cookie}"})
            ).status_code == 400
            assert (await client.put("/_stcore/upload_file/s/f", content=b"x")).status_code == 401
            assert (await client.get("/", headers={"cookie": f"{COOKIE}={cookie}"})).status_code == 200
            for path in ("/_stcore/stream", "/api/class", "/api/live"):
                with pytest.raises(websockets.InvalidStatus):
                    await connect(server, path, "forged").__aenter__()
                url, headers = server.url.replace("http", "ws") + path, {"Cookie": f"{COOKIE}={cookie}"}
                foreign = websockets.connect(url, additional_headers=headers, origin="http://evil.example")  # type: ignore[arg-type]
                with pytest.raises(websockets.InvalidStatus):
                    await foreign.__aenter__()
            begun = time.monotonic()
            huge = {"cookie": f'{COOKIE}="' + "\\" * 60_000}
            assert (await client.get("/", headers=huge)).status_code in (401, 400, 431)
            assert (
                time.monotonic() - begun < 20
            )  # Python's own parser of cookies takes half a minute on an idle machine
            form = {"code": server.code, "nickname": "Behind TLS"}
            answer = await client.post("/join", data=form, headers={"x-forwarded-proto": "https"})
            assert "secure" in answer.headers["set-cookie"].lower()

    within_time(attack())


def test_a_student_who_empties_the_caches_harms_nobody(server: ClassServer) -> None:
    async def attack() -> None:
        async with httpx2.AsyncClient(timeout=60) as client:
            cookie = await joined(client, server, "Vandal")
        async with page_of(server, cookie) as page:
            await page.draw("home")
            before = {child.pid for child in server.server().children()}
            for _ in range(3):
                message = BackMsg()
                message.clear_cache = True
                await page._socket.send(message.SerializeToString())
                await page.draw("home")
            assert len(server.server().children()) <= len(before) + 2

    within_time(attack())


@pytest.mark.parametrize("interruption", ["news at once", "news while it is drawn", "another widget while it is drawn"])
def test_a_press_of_train_outlives_a_drawing_that_is_broken_off(server: ClassServer, interruption: str) -> None:
    def students_runs() -> list[Run]:
        return [run for home in server.home.glob("classes/*/students/*") for run in Workspace(home).runs()]

    async def press_and_be_interrupted() -> None:
        async with httpx2.AsyncClient(timeout=60) as client:
            cookie = await joined(client, server, interruption[:20])
        before = len(students_runs())
        async with page_of(server, cookie) as page:
            await page.draw("train")
            await page.press("Train")
            if "while" in interruption:
                await page.begun()
            await (page.hear_news() if "news" in interruption else page.draw_again())
            deadline = time.monotonic() + 30
            while len(students_runs()) == before and time.monotonic() < deadline:
                await page.listen(0.2)
            await page.listen(1.0)
        found = students_runs()
        for run in found:
            run.control.cancel_request()
            run.control.send("stop")
        assert len(found) == before + 1

    within_time(press_and_be_interrupted())


def test_a_killed_server_comes_back_with_everybody_in_it(server: ClassServer) -> None:
    async def day() -> None:
        async with httpx2.AsyncClient(timeout=60) as client:
            ann, teacher = await joined(client, server, "Ann"), await teaching(client, server)
        run = jobs.start(Workspace(server.home), parse_recipe(LONG))
        await until(lambda: run_status(run).state.get("step", 0) > 10, 90)
        async with page_of(server, teacher) as lead:
            await lead.draw("home")
            await lead.draw("run", f"run={run.id}", Show_my_page_to_all=True)
        async with page_of(server, ann) as page:
            await page.draw("home")
            assert any("Shown run" in text for text in page.texts)  # she follows
        step = run_status(run).state["step"]
        await asyncio.to_thread(server.kill)
        assert not server.answers()
        await asyncio.to_thread(server.start)
        assert run_status(run).state["step"] > step
        assert run_status(run).word == "running"
        async with connect(server, "/api/class", ann) as stream, connect(server, "/api/live", ann) as live:
            assert "news" in orjson.loads(await stream.recv())
            await live.send(orjson.dumps({"subscribe": [run.id]}).decode())
            assert b"gone" not in (await live.recv())[:200]
        async with page_of(server, ann) as page:
            await page.draw("home")
            assert any("Shown run" in text for text in page.texts)  # still shown, still lent, still she
        async with page_of(server, teacher) as lead:
            await lead.draw("class")
            assert any(":material/school:" in text for text in lead.texts)  # the bar of the teacher
        run.control.send("stop")
        await until(lambda: not run_status(run).active, 60)

    within_time(day())


def test_a_class_whose_journal_is_torn_says_so_and_a_new_one_opens(tmp_path: Path) -> None:
    with class_serving(tmp_path / "home") as found:
        found.kill()
        for path in (tmp_path / "home" / "classes").glob("*/class.db*"):
            path.write_bytes(b"this is no database " * 400)
        with pytest.raises(RuntimeError, match="gradclinic class --new"):
            found.start()


def test_who_ends_the_command_ends_its_server(tmp_path: Path) -> None:
    with class_serving(tmp_path / "home") as alone:
        server = alone.server()
        assert alone.process is not None
        alone.process.terminate()
        alone.process.wait(20)
        server.wait(5)
        assert not alone.answers()
