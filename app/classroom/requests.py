"""What of a request is looked at before anybody acts on it: its host, its origin, its cookies, and addresses nobody needs."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from app.classroom.public import public_address

Scope = MutableMapping[str, Any]
Headers = dict[bytes, bytes]

OURS = ("gradclinic_", "_streamlit")
"""How the cookies begin that this server reads; those of other servers of the same host are dropped unread."""
MOST_COOKIES, LONGEST_COOKIE = 12, 2_000
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
CLOSED = (
    "/_stcore/metrics",
    "/_stcore/script-health-check",
    "/_stcore/agent",
    "/auth",
    "/oauth2callback",
    "/app/static",
)
"""Addresses of Streamlit that a class has no use for: figures about the server, an interface for programs, logins of others."""


def headers_of(scope: Scope) -> Headers:
    """The headers of a request by name in small letters."""
    return {name.lower(): value for name, value in scope["headers"]}


def fault(scope: Scope, headers: Headers, path: str) -> tuple[int, str] | None:
    """Why a request is refused whoever sends it, as an HTTP status and a sentence; None when nothing is wrong with it.

    A WebSocket, and everything that is not only read, has to come from a page of this very server, or from no browser.
    """
    host = headers.get(b"host", b"").decode("latin-1")
    if not is_host_allowed(host):
        return 400, "This server does not answer to that name."
    if (scope["type"] == "websocket" or scope["method"] not in SAFE_METHODS) and not same_site(headers, host):
        return 403, "That did not come from a page of this server."
    if any(path == closed or path.startswith(f"{closed}/") for closed in CLOSED):
        return 404, "There is nothing here."
    return None


def same_site(headers: Headers, host: str) -> bool:
    """Whether the origin of a request, where it names one, is this server."""
    origin = headers.get(b"origin")
    return is_own_origin(None if origin is None else origin.decode("latin-1"), host)


def is_own_origin(origin: str | None, host: str) -> bool:
    """Whether an origin is this server, by the name it was asked under or by its public address; none is no browser's."""
    if origin is None:
        return True
    if (public := public_address()) and origin.lower() == public.origin:
        return True  # a proxy may put another host in place of it
    try:
        return urlsplit(origin).netloc.lower() == host.lower() != ""
    except ValueError:
        return False


def cookies(header: bytes) -> dict[str, str]:
    """The cookies of this server in a header.

    They are read here without Python's own parser: up to 3.11.9 that takes time that grows with the square of the length of
    a quoted value (CVE-2024-7592), which was half a minute for a header of 60 KB.
    """
    found: dict[str, str] = {}
    for part in header.decode("latin-1").split(";"):
        name, _, value = part.strip().partition("=")
        plain = value.isprintable() and not set(value) & set('\\"')
        if name.startswith(OURS) and len(value) <= LONGEST_COOKIE and plain and len(found) < MOST_COOKIES:
            found.setdefault(name, value)
    return found


def with_cookies(headers: Iterable[tuple[bytes, bytes]], kept: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """The headers with these cookies alone, for all who read them after the gate."""
    others = [(name, value) for name, value in headers if name.lower() != b"cookie"]
    line = "; ".join(f"{name}={value}" for name, value in kept.items()).encode("latin-1")
    return [*others, (b"cookie", line)] if kept else others
