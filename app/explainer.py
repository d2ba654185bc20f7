"""The explainer of this server, shared by all pages and sessions, and who asks it."""

from __future__ import annotations

from app.single import Single
from app.state import asker
from core.runtime.explainer import Explainer
from core.store.workspace import Workspace

__all__ = ["asker", "explainer"]


@Single
def explainer() -> Explainer:
    """The one explainer. Its processes start with the first question, or when a page that explains calls `warm_up`."""
    return Explainer(Workspace().home)
