"""Exported scripts run one after the other, each in a process forked from one that has loaded libraries and nothing of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

RUNNER = """
import os, runpy, sys, traceback
import numpy, pytorch_optimizer, torch
torch.optim.Adam([torch.zeros(1, requires_grad=True)])  # which loads the compiler
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.chdir(line.strip())
            for stream in (1, 2):
                os.dup2(os.open("said.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
            runpy.run_path("train.py", run_name="__main__")
            assert not {"core", "app", "gradclinic"} & set(sys.modules), "the script imports ours"
            code = 0
        except SystemExit as left:
            code = int(left.code or 0)
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def clean() -> dict[str, str]:
    """The environment without our path."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


@cache
def _runner() -> subprocess.Popen[str]:
    command = [sys.executable, "-I", "-c", RUNNER]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=clean(), cwd="/")


def run_forked(folder: Path) -> None:
    """Run train.py in `folder`."""
    runner = _runner()
    assert runner.stdin is not None
    assert runner.stdout is not None
    runner.stdin.write(f"{folder}\n")
    runner.stdin.flush()
    assert int(runner.stdout.readline()) == 0, (folder / "said.txt").read_text()


def run_alone(folder: Path) -> None:
    """Run train.py in `folder` as a user does."""
    done = subprocess.run([sys.executable, "-I", "train.py"], cwd=folder, capture_output=True, text=True, env=clean())
    assert done.returncode == 0, done.stderr
