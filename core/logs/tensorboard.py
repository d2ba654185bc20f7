"""TensorBoard event files, decoded with `struct` alone: TFRecord frames around protobuf messages."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from pathlib import Path

from core.errors import BadInput
from core.logs.series import Metrics, Series, make_series

PATTERN = "*tfevents*"
SUBFOLDERS = ("train", "training", "validation", "val", "valid", "eval", "test")
FLOAT, DOUBLE, INT32, INT64 = 1, 2, 3, 9
CASTAGNOLI = 0x82F63B78
Field = tuple[int, int, "int | bytes"]


def _crc_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (CASTAGNOLI if value & 1 else 0)
        table.append(value)
    return tuple(table)


CRC_TABLE = _crc_table()


def masked_crc32c(data: bytes) -> int:
    """The checksum that TFRecord keeps of `data` (RFC 3720 polynomial, rotated and offset as TensorFlow does)."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def is_event_file(head: bytes) -> bool:
    """Whether a file that begins with `head` (12 bytes or more) is one of TFRecords."""
    return len(head) >= 12 and struct.unpack_from("<I", head, 8)[0] == masked_crc32c(head[:8])


def records(data: bytes) -> Iterator[bytes | None]:
    """The payload of every whole record; a last None when the file ends within a record or is damaged from there on.

    Only the length's checksum is checked: it tells a cut or damaged frame, and a payload is decoded with care anyway.
    """
    at = 0
    while at < len(data):
        if not is_event_file(data[at : at + 12]):
            yield None
            return
        length = struct.unpack_from("<Q", data, at)[0]
        if at + 16 + length > len(data):
            yield None
            return
        yield data[at + 12 : at + 12 + length]
        at += 16 + length


def fields(message: bytes) -> Iterator[Field]:
    """Every field of a protobuf message: its number, its wire type and its raw value.

    Raises:
        ValueError: when the message is cut or malformed.
    """
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = varint(message, at)
            yield number, wire, value
            continue
        if wire == 2:
            size, at = varint(message, at)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise ValueError(f"wire type {wire}")
        if at + size > len(message):
            raise ValueError("cut message")
        yield number, wire, message[at : at + size]
        at += size


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The variable-length integer at `at`, and where the next field begins.

    Raises:
        ValueError: when the data end within it, or it is longer than 64 bits.
    """
    value = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7
    raise ValueError("cut number")


def scalars(event: bytes) -> Iterator[tuple[str, int, float, float]]:
    """(tag, step, wall time in seconds, value) of every scalar in one Event message.

    Raises:
        ValueError: when the message is malformed.
    """
    wall, step, summaries = 0.0, 0, []
    for number, wire, value in fields(event):
        if number == 1 and wire == 1 and isinstance(value, bytes):
            wall = struct.unpack("<d", value)[0]
        elif number == 2 and isinstance(value, int):
            step = value - 2**64 if value >= 2**63 else value
        elif number == 5 and isinstance(value, bytes):
            summaries.append(value)
    for summary in summaries:
        for number, _, one in fields(summary):
            if number != 1 or not isinstance(one, bytes):
                continue
            tag, found = _value(one)
            if found is not None:
                yield tag, step, wall, found


def _value(message: bytes) -> tuple[str, float | None]:
    """Tag and number of one Summary.Value; None for what is no scalar."""
    tag, found = "", None
    for number, wire, value in fields(message):
        if not isinstance(value, bytes):
            continue
        if number == 1:
            tag = value.decode("utf-8", "replace")
        elif number == 2 and wire == 5:
            found = struct.unpack("<f", value)[0]
        elif number == 8 and wire == 2:
            found = _tensor(value)
    return tag, found


def _tensor(message: bytes) -> float | None:
    """The number in a TensorProto of one element; None for other shapes and types."""
    kind, numbers = 0, []
    for number, wire, value in fields(message):
        if number == 1 and isinstance(value, int):
            kind = value
        elif number in (4, 5, 6) and isinstance(value, bytes):
            numbers.append((number, value))
        elif number in (7, 10) and isinstance(value, int):
            numbers.append((number, struct.pack("<q", value - 2**64 if value >= 2**63 else value)))
        elif number in (7, 10) and isinstance(value, bytes) and wire == 2:
            packed, _ = varint(value, 0)
            numbers.append((number, struct.pack("<q", packed - 2**64 if packed >= 2**63 else packed)))
    form = {FLOAT: "<f", DOUBLE: "<d", INT32: "<i", INT64: "<q"}.get(kind)
    if form is None or len(numbers) != 1:
        return None
    number, content = numbers[0]
    form = "<q" if number in (7, 10) else form
    return float(struct.unpack(form, content)[0]) if len(content) == struct.calcsize(form) else None


def event_files(folder: Path) -> dict[str, list[Path]]:
    """The event files of a run by prefix of their tags, oldest first: "" for the folder's own, "train/" for a subfolder's."""
    found = {"": _files(folder)} | {f"{name}/": _files(folder / name) for name in SUBFOLDERS}
    return {prefix: paths for prefix, paths in found.items() if paths}


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob(PATTERN) if path.is_file() and path.stat().st_size)


def read_tensorboard(files: dict[str, list[Path]], source: str) -> Metrics:
    """Every scalar of a run's event files; see `event_files` for their order. A later start supersedes an older one.

    Raises:
        BadInput: when there is not one whole record in them.
    """
    metrics = Metrics("tensorboard", source)
    found: dict[str, tuple[array[int], array[float], array[float]]] = {}
    whole = cut = 0
    for prefix, path in ((prefix, path) for prefix, paths in files.items() for path in paths):
        for record in records(path.read_bytes()):
            try:
                if record is None:
                    raise ValueError("cut record")
                for tag, step, wall, value in scalars(record):
                    steps, times, values = found.setdefault(prefix + tag, (array("q"), array("d"), array("d")))
                    steps.append(step)
                    times.append(wall)
                    values.append(value)
                whole += 1
            except (ValueError, struct.error):
                cut += 1
    if not whole:
        raise BadInput(f"{source} holds no whole record; is it still being written, or was it cut? Try again later.")
    if cut:
        metrics.notes.append(
            f"{cut} record{'s' if cut > 1 else ''} could not be read whole (a file still being written?)."
        )
        metrics.status = "running"
    start = min((kept[1][0] for kept in found.values()), default=0.0)
    for name, kept in found.items():
        metrics.series[name] = make_series(kept[0], (time - start for time in kept[1]), kept[2])
    metrics.columns = tuple(found)
    if any(_counts_epochs(name, one) for name, one in metrics.series.items()):
        metrics.unit = "epoch"
    return metrics


def _counts_epochs(name: str, series: Series) -> bool:
    """Whether the steps of a series are epochs, as those of Keras's "epoch_loss" are."""
    named = name.rpartition("/")[2].startswith("epoch_")
    return named and int(series.step[-1] - series.step[0]) == len(series) - 1
