"""The trust light of an explanation: what each check found, in a sentence, and the curves behind it."""

from __future__ import annotations

import streamlit as st

from app.charts.explain.faith import deletion_insertion
from app.charts.figures import draw
from app.words import plain
from core.explain.result import Explanation
from core.explain.trust.light import Light, Trust

LOOKS: dict[Light, tuple[str, str, str]] = {
    "green": ("green", "verified", "passed its checks"),
    "amber": ("orange", "warning", "read with care"),
    "withheld": ("red", "block", "withheld"),
}
CHECKS = {
    "completeness": "Does it add up?",
    "faithfulness": "Do the inputs that it ranks first matter to the model?",
    "dependence": "Does it depend on what was learned?",
    "stability": "Does it hold still when the input hardly moves?",
    "known_answer": "Does it find what was planted?",
    "checkpoints": "Does it hang on one checkpoint?",
}


def trust_light(trust: Trust) -> None:
    """Draw the light with what it means, and why where it is not green."""
    colour, icon, word = LOOKS[trust.light]
    said = {"green": trust.verdict, "amber": trust.reasons or trust.verdict, "withheld": trust.sentence}[trust.light]
    st.markdown(f":{colour}-badge[:material/{icon}: {word}] {plain(said)}")


def shown(found: Explanation, key: str) -> bool:
    """Draw the trust in an explanation; whether it may be shown."""
    trust_light(found.trust)
    with st.expander("What was checked", icon=":material/fact_check:"):
        checks(found.trust)
        if found.curves is not None:
            several = found.outputs.shape[1] > 1
            score = "probability (softmax) of the explained class" if several else "closeness to the full output"
            draw(
                deletion_insertion(found.curves, score), f"{key}.curves",
                "The output while the inputs are deleted and inserted in this order, against random orders.",
            )  # fmt: skip
        for note in found.attribution.notes:
            st.caption(plain(note))
        st.caption(f"Worked out in {found.attribution.seconds:.2f} s, for everybody who asks the same.")
    if found.trust.light == "withheld":
        st.info("Choose another method above, other settings, or ask about more rows.", icon=":material/swap_horiz:")
        return False
    return True


def may_be_shown(trust: Trust, notes: tuple[str, ...]) -> bool:
    """Draw the trust in an answer that is no attribution, with its notes; whether the answer may be shown."""
    trust_light(trust)
    with st.expander("What was checked", icon=":material/fact_check:"):
        checks(trust)
        for note in notes:
            st.caption(plain(note))
    return trust.light != "withheld"


def checks(trust: Trust) -> None:
    """Draw each check's light and sentence."""
    for check in trust.checks:
        colour, icon, _ = LOOKS[check.light]
        st.markdown(f":{colour}[:material/{icon}:] **{CHECKS.get(check.key, check.key)}** {plain(check.sentence)}")
