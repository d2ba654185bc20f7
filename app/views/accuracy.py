"""The accuracy page: how well the diagnosis does on runs of known fault, with every miss."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app.words import plain
from core.diagnosis.accuracy import interval, results, rules_hash

HALVES = {"test": "Test half: never seen by the thresholds", "calibration": "Calibration half: used to set them"}
TOOLS = ("AutoTrainer", "SageMaker Debugger", "TheDeepChecker")


def page() -> None:
    """Draw the page."""
    st.title("How good is it?")
    found = results()
    if found is None:
        st.info("The measured accuracy is not part of this installation.", icon=":material/info:")
        return
    st.caption(
        f"{found['cases']} small runs with {found['faults']} kinds of fault built in, or none. Each was trained, judged by its "
        "outcome, and then diagnosed."
    )
    if found["rules_hash"] != rules_hash():
        st.info("The rules have changed since these figures were measured.", icon=":material/history:")
    names = [half for half in HALVES if half in found["halves"]]
    half = st.segmented_control(
        "Half", names, default=names[0], format_func=lambda name: HALVES[name].partition(":")[0], key="accuracy.half"
    )
    half = half or names[0]
    part = found["halves"][half]
    st.caption(f"{HALVES[half]}.")
    _headline(part["summary"])
    st.subheader("By fault", anchor=False)
    st.dataframe(fault_table(part["faults"]), hide_index=True, height="content")
    twins = part["summary"]["twin_alarms"]
    st.caption(
        "Cured: four fifths of the gap to the repaired twin closed. The last three columns count runs with an alarm of that rule "
        f"set that can be read as the fault. Of the repaired twins, which are healthy too, {of(twins)} still get a warning."
    )
    st.subheader("Beside other rule sets", anchor=False)
    st.dataframe(tool_table(part["summary"]), hide_index=True)
    st.caption(
        "The others are re-implemented here from their published formulas and default thresholds, over the same records. They are "
        "not their authors' programs, which see more than was recorded."
    )
    with st.expander(f"Misses ({len(part['misses'])})"):
        _misses(part["misses"])
    with st.expander(f"Dropped cases ({len(part['drops'])})"):
        st.caption("Their outcome did not bear out what they were built to be, so they count nowhere.")
        for drop in part["drops"]:
            st.markdown(f"- `{drop['id']}`: {plain(drop['why'])}")
    st.subheader("How it was measured", anchor=False)
    st.markdown(_method(found))


def share(count: dict[str, int]) -> str:
    """A share as a figure: 93 %."""
    return f"{100 * count['hits'] / count['n']:.0f} %" if count["n"] else "none"


def of(count: dict[str, int]) -> str:
    """The counts behind a share: 27 of 29."""
    return f"{count['hits']} of {count['n']}"


def bounds(count: dict[str, int]) -> str:
    """The counts behind a share and its 95 % interval: 27 of 29 (78 to 98 %)."""
    low, high = interval(count["hits"], count["n"])
    return f"{of(count)} ({100 * low:.0f} to {100 * high:.0f} %)"


def _headline(summary: dict[str, Any]) -> None:
    figures = (
        ("Faults named", "named", "Sick runs of which a warning names the fault."),
        ("False alarms", "false_alarms", "Healthy runs with any warning at all."),
        ("Right cause first", "top_cause", "Sick runs whose one named cause is the fault."),
        ("Cured by first remedy", "cured", "Four fifths of the gap to the repaired twin closed by the first remedy."),
        ("Cured at random", "cured_at_random", "The same by a repair drawn at random from a list of the usual ones."),
    )
    with st.container(horizontal=True):
        for label, key, help in figures:
            st.metric(label, share(summary[key]), bounds(summary[key]), delta_color="off", delta_arrow="off", help=help)


def fault_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """One row per fault: how often it was named, first named, and cured, of how many."""
    return pd.DataFrame(
        {
            "Fault": [row["fault"].replace("-", " ") for row in rows],
            "Runs": [row["n"] for row in rows],
            "Named": [row["named"] for row in rows],
            "Cause first": [row["top_cause"] for row in rows],
            "Steps until named": [row["delay"] for row in rows],
            "Cured": [f"{row['cured']} of {row['curable']}" if row["curable"] else "" for row in rows],
            "At random": [f"{row['cured_at_random']} of {row['curable']}" if row["curable"] else "" for row in rows],
            **{tool: [row[tool] for row in rows] for tool in TOOLS},
        }
    )


def tool_table(summary: dict[str, Any]) -> pd.DataFrame:
    """Ours and the others: faults named, sick runs with any alarm, healthy runs with any alarm."""
    rows = {"Gradient Clinic": summary, **summary["baselines"]}
    columns = {
        "Faults named": "named",
        "Alarm on a sick run": "any_alarm",
        "False alarm on a healthy run": "false_alarms",
        "Without its noisiest rule": "without_noisiest",
    }
    return pd.DataFrame(
        {"Rules": list(rows)}
        | {
            label: [f"{share(row[key])} ({of(row[key])})" if key in row else "" for row in rows.values()]
            for label, key in columns.items()
        }
        | {"That rule": [row.get("noisiest", "") for row in rows.values()]}
    )


def _misses(misses: list[dict[str, Any]]) -> None:
    if not misses:
        st.caption("None.")
        return
    st.dataframe(
        pd.DataFrame(
            {
                "Run": [miss["id"] for miss in misses],
                "What went wrong": [miss["what"] for miss in misses],
                "Cause named": [miss["cause"] or "none" for miss in misses],
                "First remedy": [miss["remedy"] for miss in misses],
                "Gap closed": [miss["closed"] for miss in misses],
            }
        ),
        hide_index=True,
    )


def _method(found: dict[str, Any]) -> str:
    words = {"mlp": "MLPs", "cnn": "CNNs", "rnn": "recurrent networks", "transformer": "transformers"}
    families = ", ".join(f"{n} {words[name]}" for name, n in found["families"].items())
    return (
        f"{found['cases']} recipes ({families}), {found['healthy']} of them healthy but of kinds that invite false alarms: warm-ups, "
        "frozen layers, tiny batches, noise, deep networks. A fault is built into a recipe or into the training loop; its twin is "
        "the same with only the fault undone. It counts as sick if the twin ends better by a margin fixed beforehand, and a healthy "
        "run counts if it reaches a sound score and does not overfit; the rest is dropped and listed. Each fault's runs were dealt to "
        "two halves by a hash of their names, before any was diagnosed. Thresholds, order of causes and remedies were set on the "
        "calibration half alone; then the test half was judged once. (Cases were added until each fault had some that its outcome "
        "confirmed, by looking at outcomes only.) A remedy cures if it closes 80 % of the gap to the twin. Faults of "
        "the loop and rare classes have no remedy in a recipe and are left out there. The intervals are for 95 % (Wilson).\n\n"
        "What this does not say: the same people built the faults and the rules, both halves hold the same kinds of fault, and the runs "
        "are small and short. On networks of your own expect less. Rules as of commit "
        f"{found['rules_commit']}, PyTorch {found['versions']['torch']}; `make gallery` repeats it all."
    )
