"""Parsing an uploaded table in a child process with limits: `python -m core.data.upload.read IN KIND OUT`."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.data.upload.limits import DELIMITERS, MAX_CELLS
from core.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

ROOT = Path(__file__).resolve().parents[3]
MEMORY_BYTES = 3 * 2**30
CPU_SECONDS = 30
MISSING = ("", "NA", "N/A", "n/a", "na", "NaN", "nan", "null", "NULL", "None", "none", "?", "-")


def parse_in_child(source: Path, kind: str, target: Path, filename: str) -> None:
    """Parse `source` ("csv" or "parquet") into a clean Parquet file `target`.

    Raises:
        DataError: when it is no table, or parsing it takes more memory or time than allowed.
    """
    command = [sys.executable, "-m", "core.data.upload.read", str(source), kind, str(target)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=4 * CPU_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise DataError(f"Reading {filename!r} took too long; upload fewer rows or columns.") from None
    if done.returncode == 3:
        raise DataError(f"{filename!r} can't be read: {done.stdout.strip()}")
    if done.returncode != 0 or not target.exists():
        raise DataError(f"Reading {filename!r} took more memory or time than allowed; upload fewer rows or columns.")


def read_table(source: Path, kind: str) -> pd.DataFrame:
    """The table with clean, distinct column names.

    Raises:
        ValueError: with the reason, when it can't be parsed.
    """
    import pandas as pd

    frame = pd.read_parquet(source) if kind == "parquet" else _read_csv(source.read_bytes())
    if frame.shape[1] < 2:
        raise ValueError("it has one column; a table needs a target and at least one feature.")
    if not len(frame):
        raise ValueError("it has a header but no rows; add at least ten.")
    if frame.size > MAX_CELLS:
        raise ValueError(f"it has {frame.size:,} cells; at most {MAX_CELLS:,} are read.")
    frame.columns = pd.Index(clean_names([str(name) for name in frame.columns]))
    for name in frame.columns:
        if frame[name].dtype == object:  # lists, dicts, mixed values of a Parquet file
            frame[name] = frame[name].map(lambda value: None if _is_missing(value) else str(value))
    return frame.reset_index(drop=True)


def _read_csv(data: bytes) -> pd.DataFrame:
    import io

    import pandas as pd

    for encoding in ("utf-8-sig", "latin-1"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    first = text.lstrip("\r\n").splitlines()[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        return pd.read_csv(
            io.StringIO(text),
            sep=delimiter,
            na_values=list(MISSING),
            keep_default_na=True,
            skipinitialspace=True,
            low_memory=False,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"{reason}. Check quotes, and that every line has as many cells as the header.") from None


def clean_names(names: list[str]) -> list[str]:
    """Names without control characters and angle brackets, at most 80 long, each once."""
    found: list[str] = []
    for number, name in enumerate(names, start=1):
        text = re.sub(r"[\x00-\x1f<>]", " ", re.sub(r"\.\d+$", "", name) if name.count(".") == 1 else name)
        text = " ".join(text.split())[:80] or f"column {number}"
        if text.lower().startswith("unnamed:"):
            text = f"column {number}"
        unique, again = text, 2
        while unique in found:
            unique, again = f"{text} ({again})", again + 1
        found.append(unique)
    return found


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)


def _limit_resources() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))


def main() -> int:
    """Read the table named on the command line; prints the reason and returns 3 when it can't be read."""
    source, kind, target = sys.argv[1:]
    _limit_resources()
    try:
        read_table(Path(source), kind).to_parquet(target)
    except MemoryError:
        return 4
    except Exception as error:
        if "memory" in str(error).lower() or "malloc" in str(error).lower():
            return 4
        print(" ".join(str(error).split())[:300])
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
