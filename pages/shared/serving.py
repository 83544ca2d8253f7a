"""What stands between the network and the pages: headers, the student's key in a cookie, and signing out.

The key is all that a browser is known by. Scripts on a page cannot read its cookie, no other site's form can change
it, and the store knows it only signed (`tl_core.base.signing`).
"""

from __future__ import annotations

import ipaddress
import re
import secrets
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "transfer_lab_student"
KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
YEAR_S = 365 * 24 * 3600
FORM_BYTES = 1000
# Nothing is loaded from, sent to or framed by another address. Streamlit's own page has scripts and styles in it.
POLICY = {
    "default-src": "'self'",
    "script-src": "'self' blob: 'unsafe-inline' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' data: blob:",
    "connect-src": "'self' data: blob:",  # a photo of the camera is a data address until it is sent
    "font-src": "'self' data:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",  # an address may name an experiment, and whoever knows it may look
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=()",
}


def key_in(cookies: Mapping[str, str]) -> str:
    """The key of the student whose browser sent these cookies; "" when there is none."""
    found = str(cookies.get(COOKIE, ""))
    return found if KEY.fullmatch(found) else ""


def form(label: str, field: str = "") -> str:
    """HTML of a form that changes the key of this browser: to what is typed into `field`, or, without one, to none."""
    typed = f'<input name="key" aria-label="{field}" placeholder="{field}" autocomplete="off" required>'
    inside = f"{typed if field else ''}<button>{label}</button>"
    return f'<form class="tl-key" method="post" action="{_base()}student">{inside}</form>'


def _base() -> str:
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}/" if path else "/"


class Guard:
    """Adds the headers to every answer, and to every page the key of whoever asks for it: theirs, or a new one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        request = Request(scope)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
                    headers.append("set-cookie", _cookie(request, key_in(request.cookies) or secrets.token_urlsafe(18)))
            await send(message)

        return await self.app(scope, receive, guarded)


def _cookie(request: Request, key: str, seconds: int = YEAR_S) -> str:
    secure = "; Secure" if request.url.scheme == "https" else ""
    return f"{COOKIE}={key}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"


async def _change_key(request: Request) -> Response:
    """Sign out, or come back with a key. Only a form of our own pages is heard."""
    origin, size = request.headers.get("origin", ""), request.headers.get("content-length", "")
    if urlsplit(origin).netloc != request.headers.get("host") or not size.isdecimal() or int(size) > FORM_BYTES:
        return PlainTextResponse("This did not come from a page of Transfer Lab.", 403)
    key = parse_qs((await request.body()).decode("ascii", "replace")).get("key", [""])[0].strip()
    if key and not KEY.fullmatch(key):
        return PlainTextResponse(
            "A key has 16 to 64 letters, digits, - and _, and this is none. Go back and try again.", 400
        )
    answer = RedirectResponse(_base(), 303)
    answer.headers["set-cookie"] = _cookie(request, key) if key else _cookie(request, "", 0)
    answer.headers["clear-site-data"] = '"cache", "storage"'  # what the last student saw
    return answer


@asynccontextmanager
async def open_for(app: st.App) -> AsyncIterator[None]:
    """Say at the start when others than this machine can open the app."""
    if warning := openness(str(st.get_option("server.address") or "0.0.0.0")):
        print(warning, file=sys.stderr)
    yield


def openness(address: str) -> str:
    """Who else can open an app that listens at this address, as a warning; "" when nobody can."""
    try:
        here = ipaddress.ip_address(address).is_loopback
    except ValueError:
        here = address == "localhost"
    if here:
        return ""
    return (
        f"Transfer Lab is open to the network: it listens at {address}, and whoever reaches this machine can use it. "
        "Leave out server.address, and only this machine can."
    )


ROUTES = [Route(f"{_base()}student", _change_key, methods=["POST"])]
