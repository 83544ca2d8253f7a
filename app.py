"""The server: `streamlit run app.py` starts it. Its first page is home.py."""

from __future__ import annotations

import streamlit as st
from starlette.middleware import Middleware

from pages.shared.arriving import Arriving

app = st.App("home.py", middleware=[Middleware(Arriving)])
