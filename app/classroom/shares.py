"""How many connections and uploaded bytes one member of a class may hold in the server's memory at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from streamlit import runtime

MOST_CONNECTIONS = 36
"""Of one student: a page has three, and those of a dropped laptop linger for a moment."""
MOST_UPLOADED = 60 * 2**20
"""Bytes of one student's uploads that the server holds; a page lets go of them when it is closed."""
UPLOADS = "/_stcore/upload_file/"


class Uploads:
    """What each member's open pages hold of uploads, as Streamlit keeps them: by session and file."""

    def __init__(self, held: Callable[[str, str], int] | None = None) -> None:
        self._held = held or _held
        self._files: dict[str, set[tuple[str, str]]] = defaultdict(set)

    def refuses(self, member: str, path: str, announced: str) -> tuple[int, str] | None:
        """Why an upload of `announced` bytes to `path` is refused; None lets it through, and it is counted from then on."""
        session, _, file = path.removeprefix(UPLOADS).partition("/")
        if not announced.isdecimal() or len(announced) > 12:
            return 411, "An upload says how large it is."
        known = {one for one in self._files[member] if self._held(*one) or one == (session, file)}
        taken = sum(self._held(*one) for one in known if one != (session, file))
        self._files[member] = known
        if taken + int(announced) > MOST_UPLOADED:
            return (
                413,
                f"Your uploads take more than {MOST_UPLOADED // 2**20} MiB. Close pages with uploads that you are done with.",
            )
        known.add((session, file))
        return None


def _held(session: str, file: str) -> int:
    """Bytes of one uploaded file in the server's memory."""
    if not runtime.exists():
        return 0
    storage = getattr(runtime.get_instance().uploaded_file_mgr, "file_storage", {})
    found = storage.get(session, {}).get(file)
    return len(found.data) if found is not None else 0
