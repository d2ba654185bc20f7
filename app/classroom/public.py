"""The address under which a class is reached from outside, where that is another than the server's own: behind a proxy."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.errors import BadInput

URL_VARIABLE = "GRADCLINIC_CLASS_URL"
BASE_VARIABLE = "STREAMLIT_SERVER_BASE_URL_PATH"
HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*")
USUAL = {"http": 80, "https": 443}


@dataclass(frozen=True)
class PublicAddress:
    """A public address: `origin` as browsers send it, `host` without a port, `path` empty or with a slash before it."""

    origin: str
    host: str
    path: str

    @property
    def secure(self) -> bool:
        """Whether browsers come over TLS."""
        return self.origin.startswith("https:")

    def __str__(self) -> str:
        return f"{self.origin}{self.path}"


def parse_address(text: str) -> PublicAddress:
    """Read an address that somebody typed; a slash at the end and a usual port say nothing.

    Raises:
        BadInput: when it is no address of a web site, or says more than where the class is.
    """
    try:
        found = urlsplit(text.strip())
        host, port = (found.netloc.rpartition("@")[2].lower(), found.port)
    except ValueError:
        raise _bad(text) from None
    name = host.removesuffix(f":{port}") if port is not None else host.removesuffix(":")
    path = found.path.rstrip("/")
    plain = HOST.fullmatch(name) and PATH.fullmatch(path) and not {".", ".."} & set(path.split("/"))
    if found.scheme not in USUAL or not plain or "@" in found.netloc or any(mark in text for mark in "?#"):
        raise _bad(text)
    shown = name if port in (None, USUAL[found.scheme]) else f"{name}:{port}"
    return PublicAddress(f"{found.scheme}://{shown}", name.strip("[]"), path)


def public_address() -> PublicAddress | None:
    """The public address that this server was started with, if any."""
    text = os.environ.get(URL_VARIABLE, "")
    return parse_address(text) if text else None


def base_path_for(address: PublicAddress | None) -> str:
    """The path under which the server has to offer the class: that of the address, else what the environment says.

    Raises:
        BadInput: when the two say different things.
    """
    said = (os.environ.get(BASE_VARIABLE) or "").strip("/")
    said = f"/{said}" if said else ""
    if address is None:
        return said
    if BASE_VARIABLE in os.environ and said != address.path:
        raise BadInput(
            f"--url {address} has the path {address.path or '/'}, but {BASE_VARIABLE} says {said or '/'}; let both say the "
            "same, or leave the variable out."
        )
    return address.path


def _bad(text: str) -> BadInput:
    return BadInput(
        f"--url {text} is no address of a class; give where its first page is, such as https://class.example.org or "
        "https://example.org/lab."
    )
