"""Writes docs/reference/rules.md from the rules and the table in docs/explain.md from the methods; tests say when they are out of date."""

from __future__ import annotations

from pathlib import Path

from core.diagnosis.catalogue import RULES
from core.diagnosis.examples import EXAMPLES, WITHOUT
from core.explain.catalogue import EXPLANATIONS

DOCS = Path(__file__).resolve().parents[1] / "docs"
TARGET = DOCS / "reference" / "rules.md"
EXPLAIN = DOCS / "explain.md"
TABLE_HEAD = "| method | key | data | compared with | sum promised | cost |"


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


def methods_table() -> str:
    """The explanation methods as a Markdown table."""
    lines = [TABLE_HEAD, "|---|---|---|---|---|---|"]
    for key, spec in EXPLANATIONS.items():
        if spec.answers == "attribution":
            against = "a baseline" if spec.needs_baseline else "a background" if spec.needs_background else "-"
            promised = "yes" if spec.complete else "-"
            lines.append(f"| {spec.label} | `{key}` | {', '.join(spec.kinds)} | {against} | {promised} | {spec.cost} |")
    return "\n".join(lines) + "\n"


def with_methods_table(page: str) -> str:
    """A page whose table of methods is the present one; it ends at the first empty line."""
    before, _, rest = page.partition(TABLE_HEAD)
    return before + methods_table() + "\n" + rest.partition("\n\n")[2]


if __name__ == "__main__":
    TARGET.write_text(rules_page(), encoding="utf-8")
    EXPLAIN.write_text(with_methods_table(EXPLAIN.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"wrote {TARGET} and the table in {EXPLAIN}")
