"""`make gallery`: train what is missing, judge one half or both, print the table; with `--publish`, write what the app shows."""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.gallery import table
from benchmarks.gallery.case import GalleryCase, halves
from benchmarks.gallery.cases import all_cases
from benchmarks.gallery.judge import Judged, judge, measure_repairs
from benchmarks.gallery.work import PROCESSES, runs_of_cases, train_missing
from core.diagnosis.accuracy import RESULTS, rules_hash
from core.store.workspace import default_home

ROOT = Path(__file__).resolve().parents[2]
RULES = ("core/diagnosis/rules", "core/diagnosis/causes.py", "core/diagnosis/case.py", "core/probes")


def main() -> None:
    """Read the arguments and do it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gallery", description=__doc__)
    parser.add_argument("half", nargs="?", choices=("calibration", "test", "both"), default="both")
    parser.add_argument("--out", type=Path, default=default_home() / "gallery", help="folder of the trained runs")
    parser.add_argument("--publish", action="store_true", help=f"write {RESULTS.relative_to(ROOT)}")
    parser.add_argument("--processes", type=int, default=PROCESSES)
    given = parser.parse_args()
    cases = all_cases()
    half_of = halves(cases)
    chosen = ("calibration", "test") if given.half == "both" else (given.half,)
    found = {}
    for half in chosen:
        judged = run_half(given.out, [c for c in cases if half_of[c.id] == half], half, given.processes)
        found[half] = {
            "summary": table.summary(judged),
            "faults": table.by_fault(judged),
            "misses": table.misses(judged),
            "drops": table.drops(judged),
        }
        print(f"\n## {half}\n\n{table.markdown(found[half])}\n")
        for miss in found[half]["misses"]:
            print(f"- {miss['id']}: {miss['what']}; cause {miss['cause'] or 'none'}; alarms {miss['alarms']}; "
                  f"{miss['remedy'] or 'no remedy'} closed {miss['closed']}")  # fmt: skip
        for drop in found[half]["drops"]:
            print(f"- dropped {drop['id']}: {drop['why']}")
    if given.publish:
        RESULTS.write_text(json.dumps({**about(cases), "halves": found}, indent=1) + "\n")
        print(f"wrote {RESULTS}")


def run_half(cache: Path, cases: list[GalleryCase], half: str, processes: int) -> list[Judged]:
    """Train, judge and repair these cases."""
    failed = train_missing(cache, runs_of_cases(cases), processes)
    both = [judge(cache, case, half) for case in cases]
    failed += train_missing(cache, (one for _, work in both for one in work), processes)
    for sentence in failed:
        print(f"failed: {sentence}")
    for judged, work in both:
        measure_repairs(cache, judged, work)
    return [judged for judged, _ in both]


def about(cases: list[GalleryCase]) -> dict[str, Any]:
    """What the figures were measured with."""
    import torch

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True).stdout.strip()

    return {
        "cases": len(cases),
        "healthy": sum(not case.sick for case in cases),
        "faults": len({case.fault for case in cases if case.sick}),
        "families": {f: sum(case.family == f for case in cases) for f in ("mlp", "cnn", "rnn", "transformer")},
        "rules_commit": git("log", "-1", "--format=%h", "--", *RULES),
        "rules_hash": rules_hash(),
        "date": git("log", "-1", "--format=%cs"),
        "versions": {"torch": str(torch.__version__), "python": platform.python_version()},
    }


if __name__ == "__main__":
    main()
