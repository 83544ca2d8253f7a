"""The server: `streamlit run app.py` starts it. Its first page is home.py."""

from __future__ import annotations

import streamlit as st
from starlette.middleware import Middleware

from pages.shared import serving
from pages.shared.arriving import Arriving

app = st.App(
    "home.py",
    lifespan=serving.open_for,
    routes=serving.ROUTES,
    middleware=[Middleware(serving.Guard), Middleware(Arriving)],
)
