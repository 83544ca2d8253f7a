"""Files on their way from browsers into the server's memory: how much of it they may take, and for how long.

The framework receives a file at its upload address, whoever sends it, and holds it until the visitor leaves. `Arriving`
stands before that address. A file counts from its first byte on; pages say which ones they go on using (`claim`).
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from streamlit import runtime

from tl_core.base.settings import settings
from tl_core.uploads.limits import megabytes

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ADDRESS = re.compile(r"/_stcore/upload_file/([^/]+)/([^/]+)$")  # session, file
WAIT_S = 120.0  # for room, behind those who came before
STALL_S = 60.0  # a sender that is silent for so long is given up
UNCLAIMED_S = 60.0  # a file that no page has used by then is forgotten
LOOK_S = 0.1
NO_LENGTH = (411, "The length of the file has to be said before it is sent.")

REMEMBERED = 1000  # refusals

_claimed: set[str] = set()
_refusals: dict[str, str] = {}  # session → why its last file was refused


def claim(file_ids: Iterable[str]) -> None:
    """These files are used by a page that keeps them."""
    _claimed.update(file_ids)


def refusal(session: str) -> str:
    """Why the last file that a visitor sent was refused; "" when it was not."""
    return _refusals.get(session, "")


def _remember(session: str, sentence: str) -> None:
    """The oldest refusal gives way: whoever makes up visitors fills no memory."""
    if len(_refusals) >= REMEMBERED:
        del _refusals[next(iter(_refusals))]
    _refusals[session] = sentence


class Arriving:
    """ASGI middleware: admits uploads while there is room for them, and forgets what no page asked for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._on_the_way: dict[str, int] = defaultdict(int)  # session → bytes
        self._last: dict[str, float] = {}  # session → when its last file came
        self._line: asyncio.Lock | None = None  # first come, first served

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = ADDRESS.search(scope["path"]) if scope["type"] == "http" and scope["method"] == "PUT" else None
        if found is None or not runtime.get_instance().is_active_session(found[1]):  # the framework refuses those
            await self._app(scope, receive, send)
            return
        session, size = found[1], _length(scope)
        refused = await self._admit(session, size) if size else NO_LENGTH
        if refused is not None:
            _remember(session, refused[1])
            await _refuse(_impatient(receive), send, *refused)
            return
        _refusals.pop(session, None)
        try:
            await self._app(scope, _impatient(receive), send)
        finally:
            self._on_the_way[session] -= size
            self._last[session] = time.monotonic()
            asyncio.get_running_loop().call_later(UNCLAIMED_S, self._forget, session)

    async def _admit(self, session: str, size: int) -> tuple[int, str] | None:
        """Count an upload as arriving once there is room for it; else a status and a sentence that refuse it."""
        limits, self._line = settings(), self._line or asyncio.Lock()
        most, end = megabytes(limits.arriving_each_bytes), time.monotonic() + WAIT_S
        async with self._line:
            if self._held(session) + self._on_the_way[session] + size > limits.arriving_each_bytes:
                return 413, f"At most {most} can be sent at once: send it in several parts."
            while self._held() + sum(self._on_the_way.values()) + size > limits.arriving_bytes:
                if time.monotonic() > end:
                    return 503, "Many others are sending files at this moment. Try again in a few minutes."
                await asyncio.sleep(LOOK_S)
            self._on_the_way[session] += size
        return None

    def _held(self, session: str = "") -> int:
        """Bytes in memory, of one visitor or of all."""
        storage = runtime.get_instance().uploaded_file_mgr.file_storage  # type: ignore[attr-defined]
        visitors = [storage.get(session, {})] if session else list(storage.values())
        return sum(len(file.data) for files in visitors for file in list(files.values()))

    def _forget(self, session: str) -> None:
        """Once a visitor's files have come to rest, those that no page has claimed go."""
        if self._on_the_way[session] or time.monotonic() - self._last[session] < UNCLAIMED_S - LOOK_S:
            return
        manager = runtime.get_instance().uploaded_file_mgr
        for file in list(manager.file_storage.get(session, ())):  # type: ignore[attr-defined]
            if file not in _claimed:
                manager.remove_file(session, file)  # type: ignore[attr-defined]
        del self._on_the_way[session], self._last[session]


def _length(scope: Scope) -> int:
    """Bytes of the body as its sender declares them, which the server holds it to; 0: not declared."""
    given = dict(scope["headers"]).get(b"content-length", b"")
    return int(given) if given.isdigit() else 0


def _impatient(receive: Receive) -> Receive:
    async def within_time() -> Message:
        try:
            return await asyncio.wait_for(receive(), STALL_S)
        except TimeoutError:
            return {"type": "http.disconnect"}

    return within_time


async def _refuse(receive: Receive, send: Send, status: int, sentence: str) -> None:
    """Answer once the body has passed by: a browser that is cut off while it sends does not read the answer."""
    left = settings().arriving_bytes
    while left > 0 and (message := await receive()).get("more_body", False):
        left -= len(message.get("body", b""))
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": sentence.encode()})
