"""What is the matter with a run: one most likely cause, its evidence, and remedies that can be proved on a twin."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import failures, navigation, state
from app.views.run.forensics import forensics
from app.words import plain
from core.diagnosis.catalogue import RULES
from core.diagnosis.of_run import diagnosis_of
from core.errors import ClinicError
from core.store.status import RunStatus
from core.store.workspace import Run

COLOURS: dict[str, Any] = {"critical": "red", "warning": "orange", "info": "gray"}
ICONS = {"critical": "emergency_home", "warning": "warning", "info": "info"}
REFRESH = "3s"
Finding = Mapping[str, Any]


def findings(run: Run, status: RunStatus) -> None:
    """Draw the diagnosis of a run, or that nothing was found."""
    try:
        document = diagnosis_of(run)
    except ClinicError as error:
        st.caption(failures.sentence(error))
        return
    found = document["findings"]
    quiet = set(run.control.labels().get("acknowledged") or ())
    _announce(run, status, found, quiet)
    serious = [f for f in found if f["severity"] != "info"]
    cause = next((f for f in found if f["role"] == "cause"), None)
    if cause is None:
        _nothing(status, document, found)
        return
    if cause["id"] in quiet:
        _acknowledged(run, cause)
        return
    with st.container(border=True, key="diagnosis", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            _badge(cause)
            st.markdown(f"**Most likely cause: {plain(RULES[cause['name']].label)}**", width="content")
            _buttons(run, cause)
        following = [f for f in serious if f["role"] == "consequence"]
        then = " What follows from it: " + ", ".join(_named(f) for f in following) + "." if following else ""
        st.markdown(plain(cause["sentence"]) + then)
        lost = next((f for f in serious if f["name"] == "non-finite"), None)
        if lost is not None and not status.active:
            forensics(run, lost["first_step"])
        st.fragment(_remedies, run_every=REFRESH if _under_way(run) else None)(run, cause)
        with st.expander("Why it happens, and what else was considered", type="compact"):
            _article(cause)
            _rest(found, document["considered"], cause)


def _nothing(status: RunStatus, document: Mapping[str, Any], found: list[Finding]) -> None:
    """Say that no fault was found, on what grounds, and what is worth knowing."""
    looked = len(document["considered"])
    if status.word == "queued" or not looked:
        return
    words = "No fault found so far" if status.active else "No fault found"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(
            words, icon=":material/task_alt:", color="green", help=f"{looked} rules had the records to judge this run."
        )
        notes = [f for f in found if f["severity"] == "info"]
        if notes:
            with st.popover(f"{len(notes)} to know", icon=":material/info:"):
                for note in notes:
                    st.markdown(f"**{plain(RULES[note['name']].label)}.** {plain(note['sentence'])}")


def _announce(run: Run, status: RunStatus, found: list[Finding], quiet: set[str]) -> None:
    """A toast for each fault, once, while the run is live."""
    told = st.session_state.setdefault("told_findings", {}).setdefault(run.id, set())
    for finding in found:
        if finding["severity"] == "info" or finding["id"] in told or finding["id"] in quiet:
            continue
        told.add(finding["id"])
        if status.active and finding["role"] in ("cause", "other"):
            st.toast(
                f"**{plain(RULES[finding['name']].label)}**: {plain(finding['sentence'])}",
                icon=":material/stethoscope:",
            )


def _acknowledged(run: Run, cause: Finding) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        _badge(cause)
        st.caption(f"{plain(RULES[cause['name']].label)}: acknowledged.")
        if not run.read_only and st.button("Show it again", key="finding.unquiet", type="tertiary"):
            _set_quiet(run, cause["id"], False)


def _set_quiet(run: Run, finding: str, on: bool) -> None:
    known = set(run.control.labels().get("acknowledged") or ())
    known = known | {finding} if on else known - {finding}
    run.control.set_labels(acknowledged=sorted(known) or None)
    st.rerun()


def _badge(finding: Finding) -> None:
    severity = finding["severity"]
    st.badge(f"{finding['id']} {severity}", icon=f":material/{ICONS[severity]}:", color=COLOURS[severity])


def _named(finding: Finding) -> str:
    label = RULES[finding["name"]].label
    label = label if label[1:2].isupper() else label[0].lower() + label[1:]  # NaN, not nan
    return f"{plain(label)} ({finding['id']}, step {finding['first_step']:,})"


def _buttons(run: Run, cause: Finding) -> None:
    if st.button("Show the evidence", icon=":material/query_stats:", key="finding.evidence", type="tertiary"):
        layers = cause["layers"]
        st.session_state["focus"] = {
            "token": secrets.token_hex(4),
            "run": run.id,
            "panel": cause["panel"],
            "from": cause["first_step"],
            "to": max(cause["last_step"], cause["first_step"] + 10),
            "layer": layers[0] if layers else None,
        }
    if not run.read_only and st.button(
        "Acknowledge", icon=":material/notifications_off:", key="finding.quiet", type="tertiary"
    ):
        _set_quiet(run, cause["id"], True)


def focus(run: Run) -> dict[str, Any] | None:
    """What the live charts are asked to show, once per press of "Show the evidence"."""
    wanted = st.session_state.get("focus")
    return {k: v for k, v in wanted.items() if k != "run"} if wanted and wanted["run"] == run.id else None


def _under_way(run: Run) -> bool:
    from core.runtime.treatment import treatments

    return any(t.verdict is None for t in treatments(run))


def _remedies(run: Run, cause: Finding) -> None:
    """Draw each remedy with what became of it on a twin."""
    from core.runtime import treatment

    remedies = cause["remedies"]
    if not remedies:
        st.caption("No change of the recipe cures this; see below what to look for.")
        return
    workspace = state.workspace()
    known_treatments = treatment.treatments(run) if run.read_only else treatment.settle(workspace, run)
    tried = {t.label: t for t in known_treatments if t.finding == cause["id"]}
    before = st.session_state.get(f"tried.{run.id}")
    settled = sum(t.verdict is not None and t.verdict.helped is not None for t in tried.values())
    st.session_state[f"tried.{run.id}"] = settled
    if before is not None and before != settled and settled == len(tried):
        st.rerun()  # nothing is under way any more: draw without refreshing
    with st.container(horizontal=True, vertical_alignment="center"):
        untried = [(number, r) for number, r in enumerate(remedies) if r["label"] not in tried]
        left = [] if run.read_only else untried
        if run.read_only and untried:
            st.markdown("**What could cure it:** " + plain(", ".join(str(r["label"]) for _, r in untried)) + ".")
        if left:
            st.markdown("**Prove a cure** on a twin:", width="content", help="Same seed, same batches, one change.")
        for number, remedy in left:
            changes = ", ".join(f"{path} = {value}" for path, value in remedy["changes"].items())
            if st.button(remedy["label"], key=f"treat.{run.id}.{number}", icon=":material/healing:", help=changes):
                with failures.guard():
                    treatment.treat(workspace, run, cause, remedy)
                    st.rerun()
        if len(left) > 1 and not tried and st.button(
            "Try them in turn", key=f"treat.{run.id}.all", icon=":material/playlist_play:", type="tertiary",
            help="Each remedy trains its twin; those still waiting are withdrawn once one has helped.",
        ):  # fmt: skip
            with failures.guard():
                treatment.treat_all(workspace, run, cause)
                st.rerun()
    for known in tried.values():
        with st.container(horizontal=True, vertical_alignment="center"):
            _outcome(run, known)
    known_outcomes = treatment.outcomes(workspace)
    labels = [r["label"] for r in remedies if (cause["name"], r["label"]) in known_outcomes]
    if labels:
        told = [(label, *known_outcomes[cause["name"], label]) for label in labels]
        st.caption("In this workspace: " + "; ".join(f"{plain(la)} helped {h} of {n}" for la, n, h in told) + ".")


def _outcome(run: Run, known: Any) -> None:
    verdict = known.verdict
    if verdict is None or verdict.helped is None:
        badge = ":blue-badge[:material/hourglass_top: trying]"
    elif verdict.helped:
        badge = ":green-badge[:material/check_circle: helped]"
    else:
        badge = ":gray-badge[:material/do_not_disturb_on: did not help, withdrawn]"
    told = plain(verdict.sentence) if verdict else "queued"
    st.markdown(f"{badge} **{plain(known.label)}**: {told}", width="stretch")
    if not run.read_only:
        navigation.link("run", "Twin", run=known.run)
        navigation.link("compare", "Compare", runs=f"{run.id},{known.run}")


def _article(cause: Finding) -> None:
    rule = RULES[cause["name"]]
    st.markdown(f"{plain(rule.summary)} {plain(rule.sections['Why it happens'])}")
    for heading in ("Measured", "Threshold", "Traps", "Source"):
        st.markdown(f"**{heading}.** {plain(rule.sections[heading])}")


def _rest(found: list[Finding], considered: list[str], cause: Finding) -> None:
    """The consequences, the other findings, and the rules that saw nothing."""
    for role, title in (("consequence", "Explained by it"), ("other", "Also found"), ("note", "Worth knowing")):
        group = [f for f in found if f["role"] == role]
        if group:
            st.markdown(f"**{title}**")
            for finding in group:
                st.markdown(f"- {finding['id']} {plain(RULES[finding['name']].label)}: {plain(finding['sentence'])}")
    names = ", ".join(RULES[name].label for name in considered if name in RULES)
    st.markdown(f"**Looked for and not found:** {plain(names)}.")
