"""New run: write a recipe and start it."""

import streamlit as st

from app import demo
from app.forms import current, text
from app.forms.recipe_form import name_input, recipe_form
from app.views import train

if held := demo.now():
    train.demo_page(held)
else:
    st.title("New run")
    train.starting_point()
    left, right = st.columns([3, 2], gap="large")
    with left:
        form, as_text = st.tabs(["Form", "Recipe as text"], key="recipe_tabs", on_change="rerun")
        if form.open:
            with form:
                name_input(current.draft(), current.version())
                recipe_form(current.draft(), current.version())
        if as_text.open:
            with as_text:
                text.text_editor()
    with right, st.container(key="side_panel"):
        train.summary()
