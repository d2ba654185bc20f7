"""Screenshots of a class: the teacher's wall and a student's page, made by the app itself with real browsers in it."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tools.browser import browsing
from tools.classroom import ClassServer, class_serving
from tools.screenshots import FOLDER, SIZES, save

RATES = {"Ada": "0.01", "Bela": "0.3", "Chidi": "10", "Dora": "0.1"}
WAIT = 60_000


def seat(browser: Any, address: str) -> Any:
    """A tab of a browser of its own, at an address of the class."""
    tab = browser.new_context(viewport={"width": 1366, "height": 900}).new_page()
    tab.goto(address)
    return tab


def teach(teacher: Any) -> None:
    """Give an exercise in which the learning rate is open."""
    teacher.get_by_role("tab", name="Exercise").click(timeout=WAIT)
    teacher.get_by_text("The students may change").first.wait_for(timeout=WAIT)
    teacher.get_by_label("Title").fill("Find a learning rate")
    teacher.get_by_label("Task").fill("Reach the highest validation accuracy you can. What happens far above it?")
    teacher.keyboard.press("Control+Enter")
    time.sleep(1)
    teacher.get_by_role("button", name="Give it to all").click(timeout=WAIT)
    teacher.get_by_role("button", name="End this exercise").wait_for(timeout=WAIT)
    teacher.get_by_role("tab", name="Wall").click()


def learn(browser: Any, server: ClassServer, name: str, rate: str) -> Any:
    """Join and train a copy at a learning rate."""
    tab = seat(browser, f"{server.url}/join?code={server.code}")
    tab.get_by_label("Nickname").fill(name)
    tab.get_by_role("button", name="Join").click()
    field = tab.get_by_label("Learning rate", exact=True).first
    field.fill(rate, timeout=WAIT)
    field.press("Enter")
    time.sleep(1.5)
    tab.get_by_role("button", name="Train").click()
    tab.get_by_text("Your runs of this exercise").first.wait_for(timeout=WAIT)
    return tab


def shoot(tab: Any, name: str, folder: Path) -> None:
    """Both schemes, at both widths."""
    for scheme in ("light", "dark"):
        tab.emulate_media(color_scheme=scheme)
        for suffix, (width, height) in SIZES.items():
            tab.set_viewport_size({"width": width, "height": height})
            time.sleep(3)
            save(tab, folder / f"{name}{suffix}-{scheme}.png")


def main() -> None:
    """Hold a small class and photograph it."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    with tempfile.TemporaryDirectory() as home, class_serving(Path(home)) as server, browsing() as browser:
        teacher = seat(browser, f"{server.url}/teach#{server.key}")
        teach(teacher)
        students = [learn(browser, server, name, rate) for name, rate in RATES.items()]
        teacher.locator(".gc-tile-line").nth(len(RATES) - 1).wait_for(timeout=WAIT, state="attached")
        teacher.locator(".gc-tile-word", has_text="done").nth(len(RATES) - 1).wait_for(timeout=3 * WAIT)
        shoot(teacher, "class", folder)
        shoot(students[0], "class-student", folder)


if __name__ == "__main__":
    main()
