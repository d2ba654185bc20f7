"""What the lanes of a race rest on while they train: when each lane's reasons settled, and one lane in full."""

from __future__ import annotations

import streamlit as st

from app.charts.explain.lanes import lanes_agreement
from app.charts.figures import draw
from app.forms.checks import prepared
from app.views.explain.training import history_view
from app.words import plain
from core.errors import BadInput
from core.explain.over_training import History, importance, rank_to_final, read, recorded_members
from core.explain.trust.ranks import rank_correlation
from core.race.record import RaceRecord
from core.store.workspace import Run
from core.train.loss_catalogue import LOSSES


def reasons(run: Run, record: RaceRecord) -> None:
    """Draw the comparison of the lanes on one data set, and the history of the chosen lane."""
    histories, members = {}, {}
    kept = {member.number: member for member in record.members}
    task = _task(record)
    for number in recorded_members(run):
        member = kept.get(number)
        if member is None or member.task != task:
            continue
        name = record.lanes[member.lane].lane.name
        try:
            histories[name], members[name] = read(run, number), member
        except BadInput as error:
            st.caption(plain(f"{name}: {error}"))
    if not histories:
        st.info(
            "No attributions were recorded here: too dear for this network, or switched off (record.attributions).",
            icon=":material/lightbulb:",
        )
        return
    first = next(iter(histories.values()))
    draw(
        lanes_agreement({name: (one.steps, rank_to_final(one)[0]) for name, one in histories.items()}, len(first.rows)),
        "race.reasons", "Rank correlation of each lane's explanations with its own last ones.",
    )  # fmt: skip
    st.caption(plain(alike(histories)))
    lane = st.segmented_control(
        "Lane", list(histories), default=next(iter(histories)), required=True, key="race.reasons.lane"
    )
    recipe = record.recipe(members[lane])
    history_view(histories[lane], prepared(recipe, run.home), LOSSES[recipe.loss.key].link, f"race.reasons.{lane}")


def _task(record: RaceRecord) -> int:
    tasks = record.race.tasks
    if len(tasks) < 2:
        return 0
    return st.selectbox("Data set", range(len(tasks)), format_func=record.race.task_name, key="race.reasons.task")


def alike(histories: dict[str, History]) -> str:
    """In words: which two lanes end with the most and the least similar order of features."""
    names = list(histories)
    ends = [importance(history) for history in histories.values()]
    pairs = [
        (rank_correlation(ends[i].sizes[-1:], ends[j].sizes[-1:]), names[i], names[j])
        for i in range(len(names))
        for j in range(i)
        if ends[i].names == ends[j].names
    ]
    if not pairs:
        return "Only one lane has records here."
    least, most = min(pairs), max(pairs)
    said = f"In the end {most[2]} and {most[1]} order the features most alike (rank correlation {most[0]:.2f})"
    return said + (f", {least[2]} and {least[1]} least ({least[0]:.2f})." if len(pairs) > 1 else ".")
