"""The wall: every student's newest run of the exercise in small, one scatter of all that ended, and the leaderboard."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import failures, navigation, projector
from app.charts.figures import CONFIG
from app.charts.wall import common_matters, common_scale, empty_tile, scatter_figure, summary_line, tile
from app.classroom.board import board_of
from app.components.class_board import class_board
from app.components.class_wall import class_wall
from app.views.classroom.labels import matter_label, setting_label, short_label
from app.words import metric, number, plain
from core.classroom.events import Exercise
from core.classroom.standings import SCORES, Standing, axes, ranking, standings_of
from core.classroom.visitors import Visitor
from core.classroom.workspaces import ClassWorkspaces
from core.store.summaries import ENDED

REFRESH = "2s"
BEST = (
    "Best run of each; the last evaluation counts. The best of many tries on the same validation rows looks a little better than "
    "it is."
)


def teachers_wall(held: ClassWorkspaces, visitor: Visitor) -> None:
    """Draw the wall of the exercise under way, or of one that was chosen."""
    exercises = list(reversed(held.room.state.exercises.values()))
    if not exercises:
        st.info(
            "There is no exercise yet. Give one under **Exercise**: every student's run then shows here as it trains.",
            icon=":material/assignment:",
        )
        return
    titles = {one.id: one.title for one in exercises}
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = exercises[0]
        if len(exercises) > 1:
            picked = st.selectbox("Exercise", list(titles), format_func=titles.__getitem__, key="class.wall", width=320)
            chosen = held.room.exercise_of(picked)
        else:
            st.markdown(f"**:material/assignment: {plain(chosen.title)}**", width="content")
        on = st.toggle("Leaderboard for the students", value=held.room.state.leaderboard, key="class.board",
                       help="Every student's best run, ranked, on all Class pages.")  # fmt: skip
    held.room.leaderboard(visitor, on)
    found = standings_of(held).of(chosen)
    st.fragment(_guarded_tiles, run_every=REFRESH)(held, chosen, _ended(found))
    _scatter(found, chosen)
    if on:
        board(found)


def _ended(found: list[Standing]) -> list[tuple[str, str]]:
    """The runs that ended, and how: the scatter is drawn anew only when this changes, and keeps its zoom until then."""
    return [(one.run, one.status) for one in found if one.status in ENDED]


def _guarded_tiles(held: ClassWorkspaces, exercise: Exercise, drawn: list[tuple[str, str]]) -> None:
    with failures.guard():
        _tiles(held, exercise, drawn)


def _tiles(held: ClassWorkspaces, exercise: Exercise, drawn: list[tuple[str, str]]) -> None:
    found = standings_of(held).of(exercise)
    if _ended(found) != drawn:
        st.rerun()
    newest = {one.who: one for one in found}
    present = held.room.state.present
    matters = {who: matter_label(one.finding) for who, one in newest.items()}
    st.caption(summary_line(list(newest.values()), len(present)))
    if counted := common_matters(matters.values()):
        st.markdown(" ".join(f":orange-badge[:material/stethoscope: {plain(name)} · {n}]" for name, n in counted))
    scale = common_scale(one.curve for one in newest.values())
    tiles = [
        tile(newest[member.id], scale, matters[member.id])
        if member.id in newest
        else empty_tile(member.id, member.nickname)
        for member in present
    ]
    if not tiles:
        st.caption("Nobody is in the class yet.")
        return
    if opened := class_wall(tiles, key=f"class_wall.{exercise.id}"):
        navigation.go("run", run=opened)
    st.caption(
        "Training loss over the run, on one scale for all. Dashed: the loss became NaN or infinite; ▲: it left the picture. "
        "Click a student to look at the run."
    )


def _scatter(found: list[Standing], exercise: Exercise) -> None:
    ended = [one for one in found if one.status in ENDED]
    scores = [name for name in SCORES if any(name in one.scores for one in ended)]
    if not scores:
        st.caption("Here every run becomes a point once it has ended: a setting against what came of it.")
        return
    options = axes(found, exercise)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        axis = st.selectbox("Across", options, format_func=setting_label, key=f"class.axis.{exercise.id}", width=300)
        score = st.selectbox("Up", scores, format_func=metric, key=f"class.up.{exercise.id}", width=300)
    figure = scatter_figure(found, axis, short_label(axis), score)
    event = st.plotly_chart(
        projector.enlarged(figure), key=f"class.scatter.{exercise.id}", config=CONFIG, on_select="rerun", selection_mode="points",
        alt=f"Every ended run: {short_label(axis)} against {metric(score)}.",
    )  # fmt: skip
    points = event["selection"]["points"]
    if points and points[0].get("customdata"):
        chosen = points[0]["customdata"]
        navigation.go("run", run=str(chosen[0] if isinstance(chosen, list) else chosen))


def board(found: list[Standing]) -> None:
    """Draw the leaderboard on the teacher's page, which draws itself anew."""
    ranked = ranking(found)
    st.subheader("Leaderboard", anchor=False)
    if not ranked:
        st.caption("No run is done yet.")
        return
    name = ranked[0].metric
    frame = pd.DataFrame(
        {
            "Place": range(1, len(ranked) + 1),
            "Student": [one.nickname for one in ranked],
            metric(name).capitalize(): [number(one.score) for one in ranked],
        }
    )
    st.dataframe(frame, hide_index=True)
    st.caption(BEST)


def students_board(held: ClassWorkspaces, visitor: Visitor) -> None:
    """Draw the leaderboard of the newest exercise, where the teacher has switched it on; it goes on with the class's stream."""
    if (found := board_of(held)) is not None:
        st.subheader("Leaderboard", anchor=False)
        class_board(found, visitor.nickname, key=f"class.board.{found['exercise']}")
        st.caption(BEST)
