"""Every page, light and dark, held to axe-core's rules, with a race of the visitor's own in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Server
from tests.e2e.test_journeys import END_MS, RACE, _open_lab, _rows, _start
from tests.sounding import recorded
from tests.uploading import pictures, zipped
from tl_core.learn.chapters import CHAPTERS

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

RULES = {"rules": {"label-content-name-mismatch": {"enabled": True}}}  # axe leaves it out unless it is asked for
KNOWN = {  # (rule, what its element says of itself): Streamlit's own markup, which no theme, style or option reaches
    ("presentation-role-conflict", "stFileUploaderDropzone")  # a section of no role has a label and takes the focus
}
READ_IN_PART = {"transfer", "example", "questions"}  # between them they have all that chapters are made of
PAGES = (
    "",
    "?experiment={experiment}",
    "Lab",
    "Lab?experiment={experiment}",
    "History",
    "Your_images",
    "Predict",
    "Lessons",
    "Lessons?lesson=why_transfer",
    "Studies",
    "Compare?runs={runs}",
    *(
        pytest.param(f"Learn?chapter={name}", marks=[] if name in READ_IN_PART else pytest.mark.long)
        for name in CHAPTERS
    ),
)


@pytest.fixture(scope="module")
def student(browser: Browser) -> Iterator[Page]:
    """A screen so high that nothing has to be scrolled to: axe judges the contrast of what it sees."""
    context = browser.new_context(viewport={"width": 1366, "height": 6000}, reduced_motion="reduce")
    context.set_default_timeout(120_000)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def raced(student: Page, server: Server) -> dict[str, str]:
    """A finished race, by what an address names of it."""
    _open_lab(student, server, f"{RACE},feature_extraction&epochs=2")
    experiment = _start(student)
    expect(student.get_by_role("heading", name="On the test images")).to_be_visible(timeout=END_MS)
    runs = _rows(server, f"select id from runs where experiment_id = '{experiment}'")
    return {"experiment": experiment, "runs": ",".join(str(run) for (run,) in runs)}


def _visit(page: Page, address: str) -> None:
    """The page at rest, with everything unfolded."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(address)
    page.add_style_tag(content="* { transition: none !important; animation: none !important }")
    expect(page.locator("h1")).to_have_count(1)
    at_rest = page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')
    expect(at_rest).to_be_attached()
    page.evaluate("document.querySelectorAll('main summary').forEach(summary => summary.click())")
    expect(at_rest).to_be_attached()
    page.wait_for_timeout(500)


def _violations(page: Page) -> list[str]:
    found = Axe().run(page, options={"resultTypes": ["violations"], **RULES}).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
        if not any(rule["id"] == known and sign in node["html"] for known, sign in KNOWN)
    ]


def _breaks_no_rule(page: Page, address: str) -> None:
    _visit(page, address)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        expect(page.locator(".stApp")).to_have_css("color-scheme", scheme)
        assert _violations(page) == [], scheme


@pytest.mark.parametrize("address", PAGES)
def test_no_page_breaks_a_rule_light_or_dark(
    student: Page, server: Server, raced: dict[str, str], address: str
) -> None:
    _breaks_no_rule(student, f"{server.url}/{address.format(**raced)}")


@pytest.mark.long
def test_the_answer_of_a_lesson_breaks_no_rule(student: Page, server: Server) -> None:
    student.goto(f"{server.url}/Lessons?lesson=why_transfer")
    student.get_by_role("slider").press("ArrowRight")  # from "no guess" on
    student.get_by_role("button", name="Run it and see").click()
    expect(student.get_by_role("heading", name=re.compile("Measured: "))).to_be_visible(timeout=END_MS)
    _breaks_no_rule(student, student.url)


@pytest.mark.long
@pytest.mark.parametrize(("made", "classes"), [(pictures, ("ants", "bees")), (recorded, ("no", "yes"))])
def test_data_of_ones_own_break_no_rule(
    student: Page, server: Server, tmp_path: Path, made: Callable, classes: tuple[str, str]
) -> None:
    student.goto(f"{server.url}/Your_images")
    archive = zipped(tmp_path / f"{classes[0]}.zip", made(*classes, each=12))
    student.locator("input[type=file]").set_input_files(archive)
    expect(student.get_by_text(f"{classes[0]} 12, {classes[1]} 12")).to_be_visible()
    _breaks_no_rule(student, student.url)
    student.get_by_role("button", name="Make the data set").click()
    expect(student.get_by_role("heading", name=classes[0])).to_be_visible()
    _breaks_no_rule(student, student.url)


FOCUS = """() => {
  const targets = [...document.querySelectorAll('a, input[role="combobox"]')].filter(e => e.checkVisibility());
  return targets.map(target => {
    target.focus();
    const framed = target.closest('a, [role="group"][data-rac]');
    const {outlineStyle, outlineWidth} = getComputedStyle(framed ?? target);
    const unseen = outlineStyle === 'none' || parseFloat(outlineWidth) < 2;
    return [unseen, target.getAttribute('aria-label') || target.textContent];
  });
}"""


@pytest.mark.parametrize("address", ["Lab", "Compare?runs={runs}", "Learn?chapter=transfer"])
def test_the_focus_is_seen_on_every_link_and_select(
    student: Page, server: Server, raced: dict[str, str], address: str
) -> None:
    _visit(student, f"{server.url}/{address.format(**raced)}")
    student.keyboard.press("Tab")  # from here on the browser shows the focus, as for anyone who uses the keyboard
    student.wait_for_function(f"({FOCUS})().length > 9")
    found = student.evaluate(FOCUS)
    assert [name for unseen, name in found if unseen] == []
