"""Pictures of every plot of the Explain page, light and dark, made by the app itself: `python -m tools.plot_screenshots`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from core.store.workspace import Run
from tools.browser import ROOT, Server, browsing, serving
from tools.screenshots import save, train

FOLDER = ROOT / "docs" / "screenshots" / "explanations"
SIZE = {"width": 1366, "height": 2400}  # so that nothing lies under the header
PATIENCE = 120_000
TABLE, IMAGE, SERIES, TEXT, OTHER = range(5)
# Of each picture: the run, the view, what to press, and the name that Streamlit gives the chart's place.
PLOTS: dict[str, tuple[int, str, str, str]] = {
    "waterfall": (TABLE, "sample", "Waterfall", "explain-sample-waterfall"),
    "force": (TABLE, "sample", "Force", "explain-sample-force"),
    "image": (IMAGE, "sample", "", "explain-sample-image"),
    "series": (SERIES, "sample", "", "explain-sample-series"),
    "importance": (TABLE, "many", "Importance", "many-bar"),
    "beeswarm": (TABLE, "many", "Beeswarm", "many-beeswarm"),
    "dependence": (TABLE, "many", "Dependence", "many-dependence"),
    "heat-map": (TABLE, "many", "Heat map", "many-heat_map"),
    "decision": (TABLE, "many", "Decision", "many-decision"),
    "cohorts": (TABLE, "many", "Cohorts", "many-cohort_bars"),
    "pictures": (IMAGE, "many", "Pictures", "many-pictures"),
    "two-runs": (TABLE, "two-runs", "", "two-comparison"),
    "over-training": (TABLE, "training", "Importance", "explain-training-importance"),
    "shares": (TABLE, "training", "Shares", "explain-training-shares"),
    "agreement": (TABLE, "training", "Agreement with the end", "explain-training-agreement"),
    "training-rows": (IMAGE, "influence", "", "explain-influence-figure"),
    "concepts": (IMAGE, "concepts", "", "explain-concepts-figure"),
}  # fmt: skip
PAGES = {"what-if": (TABLE, "what-if", "It still says"), "words": (TEXT, "sample", "Explained:")}


def shoot(browser: Any, server: Server, runs: list[Run], folder: Path) -> None:
    """Take a picture of every plot, and of the pages of PAGES whole."""
    for scheme in ("light", "dark"):
        context = browser.new_context(viewport=SIZE, color_scheme=scheme)
        tab = context.new_page()
        for name, (run, view, press, place) in PLOTS.items():
            tab.goto(f"{server.url}/explain?run={runs[run].id}&view={view}&row=1", wait_until="domcontentloaded")
            if press:
                tab.get_by_role("radio", name=press, exact=True).first.click(timeout=PATIENCE)
            chart = tab.locator(f"[class*='st-key-{place}'] .js-plotly-plot").first
            chart.locator(".main-svg").first.wait_for(timeout=PATIENCE)
            tab.wait_for_timeout(1_500)
            save(chart, folder / f"{name}-{scheme}.png")
        for name, (run, view, words) in PAGES.items():
            tab.goto(f"{server.url}/explain?run={runs[run].id}&view={view}&row=1", wait_until="domcontentloaded")
            tab.get_by_text(words).first.wait_for(timeout=PATIENCE)
            tab.wait_for_timeout(1_500)
            save(tab, folder / f"{name}-{scheme}.png")
        context.close()


def main() -> None:
    """Train a run of each kind and photograph their explanations."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    table = {"data.key": "breast_cancer", "train.epochs": 15, "name": "Breast cancer"}
    with tempfile.TemporaryDirectory() as home, serving(Path(home)) as server, browsing() as browser:
        runs = [
            train(server.home, "spirals-mlp", table),
            train(server.home, "digits28-cnn", {"train.epochs": 4}),
            train(server.home, "vowels-gru"),
            train(server.home, "spirals-mlp", {"data.key": "tweets", "train.epochs": 4, "name": "Tweets"}),
            train(server.home, "spirals-mlp", {**table, "optim.lr": 0.001, "name": "Breast cancer, slower"}),
        ]
        shoot(browser, server, runs, folder)


if __name__ == "__main__":
    main()
