"""Home: what Transfer Lab is, a race that shows it, and where to go next."""

from __future__ import annotations

import streamlit as st

from pages.shared import frame, history
from pages.shared.lessons import listing
from pages.shared.race import home_race

student = frame.page("Home")

st.title("Transfer Lab", anchor=False)
st.markdown(
    "Take a network that has already learned to see, decide layer by layer what stays frozen, and train it on new "
    "pictures. An honest twin that starts from scratch races beside it, and every curve is measured while you watch."
)
home_race.draw(student)

st.subheader("Lessons: guess, run, see", anchor=False)
listing.short(student)

st.subheader("Your last experiments", anchor=False)
history.recent(student)
