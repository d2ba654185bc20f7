"""`make bench`: every benchmark, one after the other. Each prints a ratio against a baseline of the same run, and n."""

from __future__ import annotations

import platform
import subprocess
import sys

BENCHMARKS = (
    "overhead",
    "stopwatch",
    "watch",
    "batched",
    "live_path",
    "shapley",
    "explain_worker",
    "classroom",
    "class_restart",
)


def main() -> None:
    """Run each in a process of its own."""
    chosen = sys.argv[1:] or BENCHMARKS
    print(f"{platform.platform()}, Python {platform.python_version()}")
    for name in chosen:
        print(f"\n== {name} ==", flush=True)
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)


if __name__ == "__main__":
    main()
