"""The app as a visitor sees it: a server of its own, and a headless browser on it."""

from __future__ import annotations

import base64
import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from tl_core.bench.measure import ROOT, Skipped
from tl_core.store import Store, open_store

CLICK = "Race: transfer against from scratch"  # the button on Home
APP = ROOT / "app.py"
ONE_LINE = "import streamlit as st\nst.button('Hello')\n"
BROWSERS = ("chromium", "google-chrome", "chromium-browser", "msedge")
START_S, WAIT_MS = 120, 120_000
POINTS = """() => [...document.querySelectorAll('.js-plotly-plot')].flatMap(plot => (plot.data || []).map(
    trace => (trace.x && (trace.x.length ?? trace.x._inputArray?.length)) || 0)).reduce((a, b) => a + b, 0) > 0"""
RESTING = "document.querySelector('[data-test-script-state]')?.dataset.testScriptState === 'notRunning'"

# Notes when a message goes out and when a short one, such as that of the end of a script, comes in. Followed from
# outside, by the browser's debugger, every message would cost the two cores that are measured.
FRAMES = """(() => {
  let frames = []
  const note = (sent, data) => frames.push([sent, performance.now(), new Uint8Array(data.slice(0))])
  window.WebSocket = class extends window.WebSocket {
    constructor(...where) {
      super(...where)
      this.addEventListener("message", ({ data }) => { if (data.byteLength < 100) note(false, data) })
    }
    send(data) {
      note(true, data)
      super.send(data)
    }
  }
  window.takeFrames = () => {
    const taken = frames.map(([sent, at, data]) => [sent, at, btoa(String.fromCharCode(...data))])
    frames = []
    return taken
  }
})()"""


class Server:
    """`streamlit run` on a data home, until it is closed with all that it started."""

    def __init__(self, script: Path, home: Path) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = listener.getsockname()[1]
        self.home, self.url = home, f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "streamlit",
                "run",
                str(script),
                "--server.port",
                str(port),
                "--server.headless",
                "true",
                "--server.address",
                "127.0.0.1",
            ],
            cwd=ROOT,
            env=os.environ | {"TL_HOME": str(home)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def wait(self) -> None:
        end = time.monotonic() + START_S
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2):
                return
            time.sleep(0.02)
        raise RuntimeError("The server did not start.")

    def store(self) -> Store:
        return open_store(f"sqlite:///{(self.home / 'lab.sqlite').as_posix()}")

    def memory_mb(self) -> float:
        """Of the web process alone."""
        return float(psutil.Process(self.process.pid).memory_info().rss / 1e6)

    def close(self) -> None:
        family = psutil.Process(self.process.pid).children(recursive=True)
        self.process.terminate()
        _, alive = psutil.wait_procs([psutil.Process(self.process.pid), *family], timeout=30)
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait()


@contextlib.contextmanager
def _page() -> Iterator[Any]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if importlib.util.find_spec("playwright") is None or path is None:
        raise Skipped("Playwright or Chromium is not installed, so nothing was measured in a browser.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.set_default_timeout(WAIT_MS)
        yield page
        browser.close()


@contextlib.contextmanager
def opened(home: Path) -> Iterator[tuple[Server, Any]]:
    """The app, and a page of a browser."""
    with _page() as page:
        server = Server(APP, home)
        try:
            server.wait()
            yield server, page
        finally:
            server.close()


def start_s(script: Path | str, home: Path, button: str) -> float:
    """Seconds from `streamlit run` of a script (a path, or its text) until this button can be pressed."""
    with _page() as page, tempfile.TemporaryDirectory() as folder:
        if isinstance(script, str):
            path = Path(folder) / "one_line.py"
            path.write_text(script, encoding="utf-8")
            script = path
        began = time.perf_counter()
        server = Server(script, home)
        try:
            server.wait()
            page.goto(server.url)
            page.get_by_role("button", name=button).wait_for()
            return time.perf_counter() - began
        finally:
            server.close()


def visit(page: Any, address: str) -> None:
    """Open a page and wait until its script has run."""
    page.goto(address)
    page.get_by_test_id("stHeading").first.wait_for()
    page.wait_for_function(RESTING)


def click_to_point_s(page: Any, server: Server) -> float:
    """Seconds from the click on Home to the first point on the chart, with no other run under way."""
    while server.store().active():
        time.sleep(0.1)
    visit(page, server.url)
    button = page.get_by_role("button", name=CLICK)
    button.wait_for()
    began = time.perf_counter()
    button.click()
    page.wait_for_function(POINTS)
    return time.perf_counter() - began


class Reruns:
    """How long the scripts of a page run, by the clock of the browser: from the request to the message of the end.

    Made before the page is opened. Runs of fragments, which the page asks for by itself, do not count.
    """

    def __init__(self, page: Any) -> None:
        self.page = page
        page.add_init_script(FRAMES)

    def next_s(self, button: str) -> float:
        """Seconds of the rerun of the whole page that a press of this button asks for."""
        self.page.evaluate("takeFrames()")
        self.page.get_by_role("button", name=button, exact=True).click()
        asked_at, end = None, time.monotonic() + START_S
        while time.monotonic() < end:
            for sent, at, data in self.page.evaluate("takeFrames()"):
                frame = base64.b64decode(data)
                if sent and _asks_for_the_page(frame):
                    asked_at = at
                elif not sent and asked_at is not None and _ends_the_page(frame):
                    return float(at - asked_at) / 1000
            self.page.wait_for_timeout(25)
        raise RuntimeError("The page did not run again.")


def _asks_for_the_page(frame: bytes) -> bool:
    from streamlit.proto.BackMsg_pb2 import BackMsg

    asked = BackMsg.FromString(frame)
    return asked.HasField("rerun_script") and not asked.rerun_script.fragment_id


def _ends_the_page(frame: bytes) -> bool:
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    message = ForwardMsg.FromString(frame)
    ended = message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
    return message.WhichOneof("type") == "script_finished" and ended
