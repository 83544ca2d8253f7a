"""The web process stays small: no page imports TensorFlow, Keras, Dask or what reads sounds when it opens."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tl_core.base.settings import ROOT

PAGES = ["home.py", *sorted(f"pages/{path.name}" for path in (ROOT / "pages").glob("[0-9]*.py"))]

SCRIPT = """
import sys
from tl_core.processes import jobs
jobs.ensure_supervisor = lambda: None
from pages.shared import frame
frame._student = lambda: "student"  # AppTest has no cookies
from streamlit.testing.v1 import AppTest
app = AppTest.from_file({main!r}, default_timeout=60).run()
if {page!r} != "home.py":
    app.switch_page({page!r}).run()
assert not app.exception, app.exception
print(sorted({{"tensorflow", "keras", "distributed", "torch", "soundfile"}} & set(sys.modules)))
"""


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_opens_imports_nothing_heavy(page: str) -> None:
    script = SCRIPT.format(main=str(ROOT / "home.py"), page=page)
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1] == "[]"
