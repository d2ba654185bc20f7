"""The teacher's Class page."""

from __future__ import annotations

import pandas as pd
import segno
import streamlit as st

from app.views.classroom import report
from app.words import ago, plain
from core.classroom.visitors import Visitor
from core.classroom.workspaces import ClassWorkspaces


def page(held: ClassWorkspaces, visitor: Visitor) -> None:
    """Draw the page."""
    st.title("Class")
    room = held.room
    left, right = st.columns([2, 1], gap="large")
    with left:
        _members(held, visitor)
    with right:
        st.subheader("Join", anchor=False)
        link = f"{st.context.url.rsplit('/', 1)[0] if st.context.url else ''}/join?code={room.code}"
        st.image(segno.make(link, error="m").svg_data_uri(scale=6, border=2), width=220, alt="QR code of the link")
        st.markdown(f"## {plain(room.code[:4])} {plain(room.code[4:])}")
        st.code(link, language=None, wrap_lines=True)
        report.save_report(held, visitor)


def _members(held: ClassWorkspaces, visitor: Visitor) -> None:
    present = held.room.state.present
    st.subheader(f"Students ({len(present)})", anchor=False)
    frame = pd.DataFrame({"Nickname": [m.nickname for m in present], "Joined": [ago(m.joined) for m in present]})
    st.dataframe(frame, hide_index=True, placeholder="")
    names = {m.id: m.nickname for m in present}
    with st.popover("Send somebody out", icon=":material/person_remove:", disabled=not present):
        who = st.selectbox("Who", list(names), format_func=names.__getitem__, key="class.kick.who")
        if st.button("Send out", key="class.kick") and who:
            held.room.kick(visitor, who)
            st.rerun()
