"""Uploaded tables in the workspace: <home>/uploads/<name>-<hash>/ with table.parquet and columns.json."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.data.upload.infer import Column, describe_columns
from core.data.upload.limits import check_file
from core.data.upload.read import parse_in_child
from core.errors import DataError, suggestion
from core.store.files import share_file

if TYPE_CHECKING:
    import pandas as pd

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")


@dataclass(frozen=True)
class UploadedTable:
    """One stored table; `name` is its key in recipes (`data.file`)."""

    name: str
    filename: str
    rows: int
    columns: tuple[Column, ...]


def save_upload(home: Path, filename: str, data: bytes) -> UploadedTable:
    """Check, parse and store a table; the same bytes again give the table stored before.

    Raises:
        DataError: when the file can't be used, with what to do next.
    """
    kind = check_file(filename, data)
    slug = re.sub(r"[^a-z0-9]+", "-", Path(filename).stem.lower()).strip("-")[:40] or "table"
    name = f"{slug}-{hashlib.sha256(data).hexdigest()[:8]}"
    folder = _folder(home) / name
    if (folder / "columns.json").exists():
        return _read(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".new-"))
    try:
        raw = staging / "raw"
        raw.write_bytes(data)
        parse_in_child(raw, kind, staging / "table.parquet", filename)
        raw.unlink()
        frame = _frame(staging)
        table = UploadedTable(name, Path(filename).name[:120], len(frame), describe_columns(frame))
        (staging / "columns.json").write_text(json.dumps(asdict(table)))
        with contextlib.suppress(OSError):  # another tab was faster
            os.replace(staging, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return _read(folder)


def list_uploads(home: Path) -> list[UploadedTable]:
    """All stored tables by name; damaged ones are left out."""
    found = []
    for folder in sorted(_folder(home).glob("*/columns.json")):
        with contextlib.suppress(DataError):
            found.append(_read(folder.parent))
    return found


def load_upload(home: Path, name: str) -> tuple[UploadedTable, pd.DataFrame]:
    """A stored table and its values.

    Raises:
        DataError: when there is no such table, or its files are damaged.
    """
    folder = _existing(home, name)
    return _read(folder), _frame(folder)


def preview(home: Path, name: str, rows: int = 20) -> pd.DataFrame:
    """The first rows of a stored table."""
    return load_upload(home, name)[1].head(rows)


def share_upload(home: Path, name: str, other: Path) -> None:
    """Give the workspace `other` the table `name` of `home`, without a second copy on disk where the system can link files.

    Raises:
        DataError: when `home` has no such table.
    """
    source, place = _existing(home, name), _folder(other) / name
    if place.is_dir():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=place.parent, prefix=".new-"))
    try:
        for path in source.iterdir():
            share_file(path, staging / path.name)
        with contextlib.suppress(OSError):  # another tab was faster
            os.replace(staging, place)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def delete_upload(home: Path, name: str) -> None:
    """Delete a stored table; runs that used it keep their records, but can't be resumed."""
    shutil.rmtree(_existing(home, name), ignore_errors=True)


def _folder(home: Path) -> Path:
    return home / "uploads"


def _existing(home: Path, name: str) -> Path:
    if not name:
        raise DataError("No table is chosen; upload one on the Data page, then set data.file to its name.")
    folder = _folder(home) / name
    if not NAME.fullmatch(name) or not folder.is_dir():
        known = [table.name for table in list_uploads(home)]
        hint = suggestion(name, known) if known else "; nothing has been uploaded yet"
        raise DataError(f"There is no uploaded table {name[:80]!r}{hint}. Upload it on the Data page.")
    return folder


def _read(folder: Path) -> UploadedTable:
    try:
        found = json.loads((folder / "columns.json").read_text())
        return UploadedTable(**{**found, "columns": tuple(Column(**column) for column in found["columns"])})
    except (OSError, ValueError, TypeError, KeyError):
        raise DataError(f"The uploaded table {folder.name} is damaged; delete it and upload it again.") from None


def _frame(folder: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        return pd.read_parquet(folder / "table.parquet")
    except (OSError, ValueError):
        raise DataError(f"The uploaded table {folder.name} is damaged; delete it and upload it again.") from None
