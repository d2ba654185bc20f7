"""What is refused before anything is parsed: too large, too wide, not a table at all."""

from __future__ import annotations

import io
from pathlib import PurePath

from core.errors import DataError

MAX_BYTES = 20 * 2**20
MAX_COLUMNS = 2_000
MAX_CELLS = 20_000_000
CSV_ENDINGS = (".csv", ".tsv", ".txt")
ENDINGS = (*CSV_ENDINGS, ".parquet")
DELIMITERS = (",", ";", "\t", "|")
FIRST_LINE = 1_000_000


def check_file(filename: str, data: bytes) -> str:
    """Return "csv" or "parquet" for a file that may be parsed.

    Raises:
        DataError: with what was given, what is allowed and what to do next.
    """
    ending = PurePath(filename).suffix.lower()
    if ending not in ENDINGS:
        raise DataError(
            f"{filename!r} ends in {ending or 'nothing'}; upload a table as {', '.join(ENDINGS)}. Spreadsheets can save as CSV."
        )
    if not data.strip():
        raise DataError(f"{filename!r} is empty; upload a table with a header line and at least ten rows.")
    if len(data) > MAX_BYTES:
        raise DataError(
            f"{filename!r} has {len(data) / 2**20:.1f} MB; at most {MAX_BYTES // 2**20} MB are read. Upload fewer rows or columns."
        )
    if ending == ".parquet":
        _check_parquet(filename, data)
        return "parquet"
    _check_csv(filename, data)
    return "csv"


def _check_csv(filename: str, data: bytes) -> None:
    if b"\x00" in data[:FIRST_LINE]:
        raise DataError(f"{filename!r} is not text but binary data; save it as CSV in UTF-8 and upload that.")
    first = data.lstrip(b"\r\n")[:FIRST_LINE].splitlines()[0]
    columns = 1 + max(first.count(mark.encode()) for mark in DELIMITERS)
    _check_width(filename, columns)
    rows = data.count(b"\n")
    if columns * rows > MAX_CELLS:
        raise DataError(
            f"{filename!r} has about {columns * rows:,} cells; at most {MAX_CELLS:,} are read. Upload fewer rows."
        )


def _check_parquet(filename: str, data: bytes) -> None:
    """Look at the footer's row and column counts; its byte sizes can claim anything and are not trusted."""
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    try:
        footer = parquet.ParquetFile(io.BytesIO(data)).metadata
        rows, columns = footer.num_rows, footer.num_columns
    except (arrow.ArrowException, OSError, ValueError):
        raise DataError(f"{filename!r} is not a readable Parquet file; write it again, or upload CSV.") from None
    _check_width(filename, columns)
    if rows * columns > MAX_CELLS:
        raise DataError(
            f"{filename!r} unfolds to {rows:,} rows of {columns:,} columns; at most {MAX_CELLS:,} cells are read. Upload fewer rows."
        )


def _check_width(filename: str, columns: int) -> None:
    if columns > MAX_COLUMNS:
        raise DataError(
            f"{filename!r} has {columns:,} columns; at most {MAX_COLUMNS:,} are read. Leave out what you don't need."
        )
    if columns < 2:
        raise DataError(
            f"{filename!r} has one column; a table needs a target and at least one feature, separated by comma, semicolon, tab or |."
        )
