"""Writing a file so that it is either the old one or the new one, whatever dies in between."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO


@contextlib.contextmanager
def atomic_write(path: Path, *, durable: bool = True) -> Iterator[IO[bytes]]:
    """Yield a temporary binary file in the folder of `path`; on success it is synced and takes the name of `path`.

    Without `durable` it is not synced, which is quicker: a power cut, but no dying process, may leave it torn.

    Raises:
        OSError: when it can't be written; `path` is then as it was and the temporary file is gone.
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    if not durable:
        return
    with contextlib.suppress(OSError):  # some file systems can't sync a folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def share_file(source: Path, place: Path) -> None:
    """Let `place` be `source` as well, without a second copy on disk where files can be linked; one that is there stays."""
    try:
        os.link(source, place)
    except FileExistsError:
        return
    except OSError:  # another disk, or one that knows no links
        with source.open("rb") as read, atomic_write(place) as file:
            shutil.copyfileobj(read, file)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, atomically."""
    with atomic_write(path) as file:
        file.write(text.encode())
