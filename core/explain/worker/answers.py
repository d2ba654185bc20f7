"""Answers of the explanation worker on disk: one file each, under a key that says what was asked, bounded in bytes. No torch."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.metadata
import json
import os
import tempfile
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from core.errors import DiskFull
from core.store.files import atomic_write

CORE = Path(__file__).resolve().parents[2]
DECIDING = ("explain", "models", "data")  # the folders of core/ whose code decides an answer
LIBRARIES = ("torch", "captum", "shap")
MOST_BYTES = 512 * 2**20
FILE_BYTES = 16 * 2**10  # counted for a file beside what is in it, so that small ones do not become too many
LEFTOVER_SECONDS = 3600.0
DOCUMENT, SUFFIX, TEMPORARY = "document.json", ".npz", "gradclinic-answer-"


@dataclass(frozen=True, eq=False)
class Answer:
    """What a question of the worker gives: a JSON document and arrays by name. Shared by all who asked: read only."""

    document: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]

    @property
    def bytes(self) -> int:
        """The memory that it takes, about."""
        return 1000 + sum(array.nbytes for array in self.arrays.values())


@functools.cache
def code_version() -> str:
    """Changes with the code and the libraries that decide an answer."""
    digest = hashlib.sha256(" ".join(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES).encode())
    for folder in DECIDING:
        for path in sorted((CORE / folder).rglob("*.py")):
            digest.update(path.relative_to(CORE).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def answer_key(what: str, question: Mapping[str, Any]) -> str:
    """The name of the answer to a question: whatever decides it stands in the question, the checkpoint's state included."""
    text = json.dumps([what, question, code_version()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class AnswerStore:
    """A folder of answers. Those that nobody used for longest go when it grows beyond `most_bytes`.

    Several processes may share it: each counts what it wrote since it last looked at the folder.
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self.folder = folder
        self._most = most_bytes
        self._known: int | None = None  # bytes in the folder, as far as this process knows

    def get(self, name: str) -> Answer | None:
        """The answer of that name, or None when there is none or it is damaged."""
        path = self.folder / f"{name}{SUFFIX}"
        found = read_answer(path)
        if found is not None:
            with contextlib.suppress(OSError):
                os.utime(path)
        return found

    def take(self, name: str) -> Answer | None:
        """The answer that the worker called `name`; a temporary file, which `keep` falls back to, is deleted."""
        path = Path(name)
        if not path.is_absolute():
            return self.get(name)
        found = read_answer(path)
        if path.name.startswith(TEMPORARY):
            path.unlink(missing_ok=True)
        return found

    def keep(self, name: str, answer: Answer) -> str:
        """Store an answer; returns what `take` needs to find it: `name`, or where the folder can't be written a path elsewhere.

        Raises:
            DiskFull: when it can't be written anywhere.
        """
        try:
            self._put(name, answer)
            return name
        except OSError:
            pass
        with contextlib.suppress(OSError):  # perhaps older answers take the space
            self._shrink(0)
            self._put(name, answer)
            return name
        try:
            return _write_elsewhere(answer)
        except OSError as error:
            raise DiskFull(
                f"The answer was made but can't be handed over: no file can be written ({error.strerror}). Free some space and ask again."
            ) from None

    def _put(self, name: str, answer: Answer) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{name}{SUFFIX}"
        with atomic_write(path, durable=False) as file:
            _write(file, answer)
        if self._known is not None:
            self._known += FILE_BYTES + path.stat().st_size
        if self._known is None or self._known > self._most:
            self._shrink(self._most)

    def _shrink(self, most: int) -> None:
        """Where the folder takes more than `most` bytes, delete what was used longest ago until an eighth is free again."""
        found = []
        for entry in os.scandir(self.folder):
            with contextlib.suppress(OSError):
                about = entry.stat()
                if entry.name.endswith(SUFFIX):
                    found.append((about.st_mtime_ns, FILE_BYTES + about.st_size, entry.path))
                elif time.time() - about.st_mtime > LEFTOVER_SECONDS:  # of a process that was killed while it wrote
                    os.unlink(entry.path)
        total = sum(size for _, size, _ in found)
        goal = total if total <= most else most * 7 // 8
        for _, size, path in sorted(found):
            if total <= goal:
                break
            with contextlib.suppress(OSError):
                os.unlink(path)
            total -= size
        self._known = total


def _write(file: IO[bytes], answer: Answer) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as packed:
        packed.writestr(DOCUMENT, json.dumps(answer.document))
        for name, array in answer.arrays.items():
            with packed.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)


def _write_elsewhere(answer: Answer) -> str:
    descriptor, path = tempfile.mkstemp(prefix=TEMPORARY, suffix=SUFFIX)
    try:
        with os.fdopen(descriptor, "wb") as file:
            _write(file, answer)
    except BaseException:
        os.unlink(path)
        raise
    return path


def read_answer(path: Path) -> Answer | None:
    """The answer in a file, its arrays read-only; None when it is not there or damaged."""
    arrays = {}
    try:
        with zipfile.ZipFile(path) as packed:
            document = json.loads(packed.read(DOCUMENT))
            for name in packed.namelist():
                if name.endswith(".npy"):
                    with packed.open(name) as member:
                        array = np.lib.format.read_array(member, allow_pickle=False)
                    array.flags.writeable = False
                    arrays[name.removesuffix(".npy")] = array
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError):
        return None
    return Answer(document, arrays)
