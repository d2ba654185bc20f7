"""Secrets of a class: signed cookies, the join code, the teacher's key, and how often somebody may try one.

The secret is one file that only its owner can read. Nothing that opens a door is kept in clear: the join code is computed
from the secret, and of the teacher's key there is only a hash.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path

from itsdangerous import BadData, URLSafeTimedSerializer

SECRET_BYTES = 32
CODE_LENGTH = 8
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""32 letters and digits that can be told apart when read aloud or off a wall: no I, O, 0 or 1."""
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def secret_of(folder: Path) -> bytes:
    """The secret of the class in `folder`; made when there is none, readable for its owner only."""
    path = folder / "secret"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(descriptor, "wb") as file:
        made = secrets.token_bytes(SECRET_BYTES)
        file.write(made)
    return made


def new_key() -> str:
    """A fresh key for a teacher, to be shown once."""
    return secrets.token_urlsafe(18)


def hashed(key: str) -> str:
    """What is kept of a key. It is random and long, so a plain SHA-256 can't be reversed by guessing."""
    return hashlib.sha256(key.encode()).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two texts are equal, found in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def join_code(secret: bytes, generation: int) -> str:
    """The code of a class: CODE_LENGTH letters, another one for every `generation`."""
    digest = hmac.digest(secret, f"join code {generation}".encode(), "sha256")
    text = base64.b32encode(digest).decode()[:CODE_LENGTH]
    return text.translate(str.maketrans(_BASE32, CODE_LETTERS))


def typed_code(text: str) -> str:
    """A join code as somebody typed it: without spaces and hyphens, in capitals."""
    return "".join(ch for ch in text.upper() if ch.isalnum())[:40]


class Signer:
    """Makes and reads signed, expiring texts for cookies."""

    def __init__(self, secret: bytes, seconds: float) -> None:
        self._serializer = URLSafeTimedSerializer(
            secret, salt="gradclinic class visitor", signer_kwargs={"digest_method": hashlib.sha256}
        )
        self._seconds = int(seconds)

    def sign(self, who: str) -> str:
        """A text that proves to be `who` until it expires."""
        return str(self._serializer.dumps(who))

    def read(self, text: str) -> str | None:
        """Who a signed text stands for; None when it is forged, torn or too old."""
        try:
            found = self._serializer.loads(text[:1000], max_age=self._seconds)
        except BadData:
            return None
        return found if isinstance(found, str) else None


class Throttle:
    """How often something may be tried: `most` times at once, then one more every `seconds`, for each name."""

    MOST_NAMES = 10_000

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def allows(self, name: str) -> bool:
        """Whether `name` may try once more now; if so, that is counted."""
        with self._lock:
            now = self._clock()
            left = self._remaining(name, now)
            if left < 1:
                return False
            if len(self._left) >= self.MOST_NAMES:
                self._left.clear()
            self._left[name] = (left - 1, now)
            return True

    def spent(self, name: str) -> bool:
        """Whether `name` has no try left now; nothing is counted."""
        with self._lock:
            return self._remaining(name, self._clock()) < 1

    def _remaining(self, name: str, now: float) -> float:
        left, at = self._left.get(name, (float(self._most), now))
        return min(self._most, left + (now - at) / self._seconds)
