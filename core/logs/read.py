"""Reading a log of any known format: the reader is picked by what a file holds, not only by what it is called."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

from core.errors import BadInput
from core.logs.assemble import Log, assemble
from core.logs.huggingface import is_trainer_state, newest_state, read_trainer_state
from core.logs.series import Metrics
from core.logs.tables import read_csv, read_json, read_jsonl
from core.logs.tensorboard import event_files, is_event_file, read_tensorboard

MAX_BYTES = 200 * 2**20
KNOWN = "TensorBoard event files, a trainer_state.json, or metrics as CSV, TSV, JSON or JSONL"
TABLES = ("metrics.csv", "metrics.jsonl", "log.csv", "training.csv", "history.csv", "log.jsonl", "progress.csv")
OTHERS = {
    b"PK\x03\x04": "a zip archive or spreadsheet", b"\x1f\x8b": "a gzip archive", b"PAR1": "a Parquet file",
    b"SQLite format 3": "a database", b"\x89PNG": "a picture", b"%PDF": "a PDF", b"\x89HDF": "an HDF5 file",
}  # fmt: skip


def read_log(path: Path | str, classes: int | None = None) -> Log:
    """The log at `path`, a file or a folder, as a Case with what was understood of it.

    Args:
        classes: number of classes of a cross-entropy loss; None when unknown, and rules that need it stay silent.

    Raises:
        BadInput: when it is missing, empty, too large, of no known format, or without a training loss.
    """
    path = Path(path)
    try:
        return assemble(_read_folder(path) if path.is_dir() else _read_file(path), classes)
    except FileNotFoundError:
        raise BadInput(f"There is no file or folder {path}; give {KNOWN}.") from None
    except OSError as error:
        raise BadInput(f"{path} can't be read ({error.strerror or error}); give a file that you may read.") from None
    except MemoryError:
        raise BadInput(f"{path} takes more memory than there is; log less often, or give a part of it.") from None


def _read_folder(folder: Path) -> Metrics:
    """Event files of the folder, or else its trainer_state.json, its one table, or the only subfolder with event files."""
    if files := event_files(folder):
        _check_size(folder, sum(path.stat().st_size for paths in files.values() for path in paths))
        return read_tensorboard(files, str(folder))
    if state := newest_state(folder):
        return _read_file(state)
    if table := next((folder / name for name in TABLES if (folder / name).is_file()), None):
        return _read_file(table)
    below = [one for one in sorted(folder.iterdir()) if one.is_dir() and event_files(one)]
    if len(below) == 1:
        return _read_folder(below[0])
    if below:
        names = ", ".join(one.name for one in below[:8]) + (", ..." if len(below) > 8 else "")
        raise BadInput(f"{folder} holds {len(below)} folders with event files; give one of them: {names}.")
    raise BadInput(f"{folder} holds no event files and no trainer_state.json; give {KNOWN}.")


def _read_file(path: Path) -> Metrics:
    size = path.stat().st_size
    if not path.is_file():
        raise BadInput(f"{path} is neither a file nor a folder; give {KNOWN}.")
    if not size:
        raise BadInput(f"{path} is empty; wait until something was logged, then ask again.")
    _check_size(path, size)
    with path.open("rb") as file:
        head = file.read(64)
    if is_event_file(head):
        return read_tensorboard({"": [path]}, str(path))
    if "tfevents" in path.name:
        raise BadInput(
            f"{path} is called an event file but does not begin like one; it is cut or damaged, give another."
        )
    return _read_text(decode(path, head), path)


def _read_text(text: str, path: Path) -> Metrics:
    source, opening = str(path), text.lstrip()[:1]
    if not opening:
        raise BadInput(f"{path} holds only blank lines; wait until something was logged, then ask again.")
    if opening not in "{[":
        return read_csv(text, source)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        if opening == "[" or path.suffix.lower() == ".json":
            first = text.lstrip().splitlines()[0].rstrip()
            if opening == "[" or not first.endswith("}"):
                raise BadInput(f"{path} is no whole JSON document; it was cut or damaged, write it again.") from None
        return read_jsonl(text, source)
    return read_trainer_state(document, source) if is_trainer_state(document) else read_json(document, source)


def decode(path: Path, head: bytes) -> str:
    """The text of a file in UTF-8, or in UTF-16 with its mark.

    Raises:
        BadInput: when it is not text.
    """
    for start, what in OTHERS.items():
        if head.startswith(start):
            raise BadInput(f"{path} is {what}; give {KNOWN}.")
    wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    data = path.read_bytes()
    if b"\x00" in data and not wide:
        raise BadInput(f"{path} is binary; give {KNOWN}.")
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        if not wide and error.end >= len(data) - 1 and error.start >= len(data) - 4:  # cut within its last character
            return data[: error.start].decode("utf-8-sig")
        raise BadInput(f"{path} is not text in UTF-8; save it as UTF-8 and give it again.") from None


def _check_size(path: Path, size: int) -> None:
    if size > MAX_BYTES:
        raise BadInput(
            f"{path} has {size / 2**20:,.0f} MB; at most {MAX_BYTES // 2**20} MB are read: log less often, or give a part of it."
        )
