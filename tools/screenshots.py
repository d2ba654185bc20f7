"""Screenshots of every page, light and dark, at laptop and phone width, made by the app itself: `make screenshots`."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from core.race.presets import RACES
from core.race.recipe import parse_race
from core.recipe.codec import parse_recipe, with_changes
from core.recipe.presets import PRESETS
from core.runtime import jobs
from core.store.status import run_status
from core.store.workspace import Run, Workspace
from tools.browser import ROOT, Server, browsing, serving

FOLDER = ROOT / "docs" / "screenshots"
SIZES = {"": (1366, 900), "-phone": (390, 844)}
SETTLE_SECONDS = 2.5
COMES_LATE = {"new-run": "Signal and gradient over depth", "errors": "Most wrong", "explain": "Explained:", "explain-many": "Values as CSV",
              "explain-training": "One sample over time", "signals": "Train it with"}  # fmt: skip


def train(home: Path, preset: str, changes: dict[str, object] | None = None) -> Run:
    """Start a preset and wait for its end."""
    recipe = with_changes(parse_recipe(PRESETS[preset].document), changes or {})
    run = jobs.start(Workspace(home), recipe)
    while run_status(run).active:
        time.sleep(0.2)
    return run


def hold(home: Path, preset: str) -> Run:
    """Start a ready-made race and wait for its end."""
    run = jobs.start_document(Workspace(home), parse_race(RACES[preset].document).document())
    while run_status(run).active:
        time.sleep(0.2)
    return run


def pages(runs: list[Run]) -> dict[str, str]:
    """What to visit, by file name."""
    return {
        "home": "",
        "lessons": "lessons",
        "lesson": "lessons?lesson=learning-rate",
        "new-run": "train",
        "race": f"race?race={runs[3].id}",
        "race-set-up": "race",
        "run": f"run?run={runs[0].id}",
        "run-bad": f"run?run={runs[1].id}",
        "errors": f"errors?run={runs[0].id}",
        "explain": f"explain?run={runs[0].id}&row=1",
        "explain-many": f"explain?run={runs[0].id}&view=many",
        "explain-training": f"explain?run={runs[0].id}&view=training",
        "runs": "runs",
        "compare": f"compare?runs={runs[0].id},{runs[2].id}",
        "data": "data",
        "surfaces": "surfaces",
        "signals": "signals",
        "claims": "claims",
        "catalogue": "catalogue",
        "accuracy": "accuracy",
    }


def shoot(browser: Any, server: Server, runs: list[Run], folder: Path) -> None:
    """Take every picture: the window on a phone, the whole page on a laptop."""
    for scheme in ("light", "dark"):
        for suffix, (width, height) in SIZES.items():
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            tab = context.new_page()
            for name, path in pages(runs).items():
                tab.set_viewport_size({"width": width, "height": height})
                tab.goto(f"{server.url}/{path}", wait_until="domcontentloaded")
                tab.locator("h1").first.wait_for(timeout=60_000)
                if name in COMES_LATE:
                    tab.get_by_text(COMES_LATE[name]).first.wait_for(timeout=60_000)
                time.sleep(SETTLE_SECONDS)
                if not suffix:
                    tall = tab.evaluate("() => document.querySelector('[data-testid=stMain]')?.scrollHeight || 900")
                    tab.set_viewport_size({"width": width, "height": max(height, min(int(tall) + 20, 2600))})
                    time.sleep(1.0)
                save(tab, folder / f"{name}{suffix}-{scheme}.png")
            context.close()


def save(tab: Any, path: Path) -> None:
    """Write a picture with 256 colours, a third of the size."""
    import io

    from PIL import Image

    picture = Image.open(io.BytesIO(tab.screenshot())).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    print(path, flush=True)


def main() -> None:
    """Train a few runs and photograph the app."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, serving(Path(home)) as server, browsing() as browser:
        runs = [
            train(server.home, "digits28-cnn", {"train.epochs": 6}),
            train(server.home, "vanishing-sigmoid"),
            train(
                server.home,
                "digits28-cnn",
                {"train.epochs": 6, "optim.key": "sgd", "optim.lr": 0.05, "name": "The same with SGD"},
            ),
            hold(server.home, "initialisation"),
        ]
        shoot(browser, server, runs, folder)


if __name__ == "__main__":
    main()
