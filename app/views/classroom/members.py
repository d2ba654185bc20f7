"""How students come in, who is there, and sending somebody out or letting them back in."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import pandas as pd
import segno
import streamlit as st

from app import failures, state
from app.classroom.public import public_address
from app.live.assets import base_path
from app.words import ago, plain
from core.classroom.room import Classroom
from core.classroom.visitors import Visitor

REFRESH = "3s"
NOTHING = "–"


def server_address() -> str:
    """The public address of this server, else as the teacher's browser knows it; without a page."""
    if address := public_address():
        return str(address)
    found = urlsplit(st.context.url or "")
    return f"{found.scheme}://{found.netloc}{base_path()}" if found.netloc else base_path()


def join_popover(room: Classroom, visitor: Visitor) -> None:
    """A button that carries the code, with the whole panel behind it."""
    if room.state.ended:
        return
    with st.popover(f"Join with {room.code[:4]} {room.code[4:]}", icon=":material/qr_code_2:"):
        join_panel(room, visitor, place="popover")


def join_panel(room: Classroom, visitor: Visitor, *, place: str) -> None:
    """QR picture, code and link with which students join, and a button for another code."""
    link = f"{server_address()}/join?code={room.code}"
    with st.container(horizontal=True, vertical_alignment="center", gap="large"):
        picture = segno.make(link, error="m").svg_data_uri(scale=6, border=2, light="white", dark="black")
        st.image(picture, width=220, alt="QR code of the link with which students join")
        with st.container(width=320):
            st.markdown(f"# {plain(room.code[:4])} {plain(room.code[4:])}")
            st.code(link, language=None, wrap_lines=True)
            _warnings(link)
            if st.button("New code", icon=":material/autorenew:", key=f"class.code.{place}",
                         help="The old code and its link serve no more. Those who are in stay in."):  # fmt: skip
                room.renew_code(visitor)
                st.rerun()


def _warnings(link: str) -> None:
    found = urlsplit(link)
    if found.hostname in ("localhost", "127.0.0.1", "::1"):
        st.caption(
            ":material/computer: This address works on this machine only. Start the class with `--address` for others."
        )
    elif found.scheme != "https":
        st.caption(
            ":material/lock_open: Plain HTTP shows codes and cookies to whoever listens on this network. The guide says how to "
            "put TLS in front."
        )


def students(room: Classroom, visitor: Visitor) -> None:
    """Draw who is there, and what can be done about each of them."""
    st.fragment(_table, run_every=REFRESH)(room)
    present = room.state.present
    names = {member.id: member.nickname for member in present}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        who = st.selectbox(
            "Student", list(names), format_func=lambda one: names.get(one, NOTHING), key="class.who", disabled=not names,
            width=280, placeholder="Nobody is here yet",
        )  # fmt: skip
        with st.popover("New way in", icon=":material/key:", disabled=not who):
            if who:
                _way_back(room, visitor, who)
        with st.popover("Send out", icon=":material/person_remove:", disabled=not who):
            st.markdown(
                "Their page closes at once, and neither cookie nor nickname serves again. With the code they could come in under another "
                "name: make a new code to keep them out. Their runs stay on this machine."
            )
            if st.button("Send out for good", type="primary", key="class.kick") and who:
                with failures.guard():
                    room.kick(visitor, who)
                    state.notify("toast", f"{plain(names[who])} is out.")
                    st.rerun()
    if not room.state.ended:
        st.divider()
        _end(room, visitor)


def _table(room: Classroom) -> None:
    present, runs = room.state.present, [one.who for one in room.state.runs]
    frame = pd.DataFrame(
        {
            "Nickname": [member.nickname for member in present],
            "Joined": [ago(member.joined) for member in present],
            "Runs": [runs.count(member.id) for member in present],
        }
    )
    st.dataframe(frame, hide_index=True, placeholder="")
    if gone := [member.nickname for member in room.state.members.values() if member.kicked]:
        st.caption(f"Sent out: {plain(', '.join(gone))}.")


def _way_back(room: Classroom, visitor: Visitor, who: str) -> None:
    """The link for a student who lost the cookie; made only when it is asked for."""
    st.markdown(
        "For a student who changed laptops or lost the cookie. Whoever opens this link **is** that student: hand it to nobody else."
    )
    if st.button("Make the link", icon=":material/key:", key="class.back"):
        with failures.guard():
            link = f"{server_address()}/back#{quote(room.cookie_of(visitor, who))}"
            st.code(link, language=None, wrap_lines=True)
            st.image(
                segno.make(link, error="l").svg_data_uri(scale=4, border=2, light="white", dark="black"),
                width=220,
                alt="QR code of the link",
            )


def _end(room: Classroom, visitor: Visitor) -> None:
    with st.popover("End the class", icon=":material/event_available:"):
        st.markdown("Nobody can join any more, and nothing is shown. Those who are in can still look at their runs.")
        if st.checkbox("I mean it", key="class.end.sure") and st.button(
            "End the class", type="primary", key="class.end"
        ):
            room.end(visitor)
            st.rerun()
