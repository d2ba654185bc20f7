"""Writes docs/reference/rules.md from the rules themselves; a test says when it is out of date."""

from __future__ import annotations

from pathlib import Path

from core.diagnosis.catalogue import RULES
from core.diagnosis.examples import EXAMPLES, WITHOUT

TARGET = Path(__file__).resolve().parents[1] / "docs" / "reference" / "rules.md"


def rules_page() -> str:
    """The page as Markdown."""
    lines = [
        "# Rules",
        "",
        f"The {len(RULES)} faults that are looked for, generated from core/diagnosis/rules by tools/build_reference.py. "
        "How often each is found, and how often it is claimed in vain, is on the page *How good is it?*.",
    ]
    for rule in RULES.values():
        lines += ["", f"## {rule.id} {rule.key}", "", f"**{rule.label}** ({rule.severity}). {rule.summary}", ""]
        lines += [f"- **{heading}.** {text}" for heading, text in rule.sections.items()]
        shown = EXAMPLES.get(rule.key)
        seen = (
            WITHOUT[rule.key]
            if shown is None
            else f"preset `{shown}`"
            if isinstance(shown, str)
            else "Catalogue, Faults"
        )
        lines.append(f"- **See it happen.** {seen}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(rules_page(), encoding="utf-8")
    print(f"wrote {TARGET}")
