"""The answer to what the page asks about some rows, with its light; nothing where it would mislead."""

from __future__ import annotations

from functools import partial

from app.explainer import asker, explainer
from app.views.explain import trust
from app.views.explain.settings import Asked
from app.views.explain.waiting import answered
from app.words import count
from core.explain.result import Explanation


def explained(asked: Asked, rows: tuple[int, ...], key: str) -> Explanation | None:
    """The explanation of validation rows, its light drawn; None while it is on its way, or where it is withheld."""
    question = asked.of(rows)
    ask = partial(explainer().explanation, asked.run, asked.checkpoint, question, asked.checks, asker=asker())
    about = (asked.run.id, asked.checkpoint.step, question, asked.checks)
    found = answered(ask, about, key, f"the explanation of {count(len(rows), 'row')}")
    return found if found is not None and trust.shown(found, key) else None
