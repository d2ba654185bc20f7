"""Data: every data set, and your own tables."""

import streamlit as st

from app import failures
from app.views import data, upload

st.title("Data")
shipped, own = st.tabs(["Data sets", "Your own table"], key="data_tabs", on_change="rerun")
if shipped.open:
    with shipped, failures.guard():
        data.browse()
if own.open:
    with own, failures.guard():
        upload.page()
