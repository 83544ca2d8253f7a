"""Visitors without a browser: a page of the app followed on its socket, as the browser's part of Streamlit does."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

PATIENCE_S = 120.0


@contextmanager
def visiting(url: str, page: str = "", query: str = "") -> Iterator[Client]:
    """A visitor of one page, which has run once. `url` is the app's."""
    where = urlsplit(url).netloc
    with connect(f"ws://{where}/_stcore/stream", max_size=None) as socket:
        yield Client(where, socket, page, query)


class Client:
    """One visitor on one page."""

    def __init__(self, where: str, socket: Any, page: str, query: str) -> None:
        self._where, self._socket = where, socket
        self._asked = {"page_name": page, "query_string": query}
        self.session = ""
        self.fragments: dict[str, float] = {}  # those that run by themselves → every so many seconds
        self.rerun_s()

    def rerun_s(self, fragment: str = "") -> float:
        """Seconds from asking for a run of the page, or of one fragment of it, to the message of its end.

        Where the fragment has the whole page run again, that is part of it.
        """
        began = time.perf_counter()
        asked = BackMsg()
        for name, value in (self._asked | {"fragment_id": fragment}).items():
            setattr(asked.rerun_script, name, value)
        self._socket.send(asked.SerializeToString())
        fragments: dict[str, float] = {}
        while True:
            message = ForwardMsg.FromString(self._socket.recv(PATIENCE_S))
            match message.WhichOneof("type"):
                case "new_session":
                    self.session = message.new_session.initialize.session_id
                    fragments.clear()
                case "auto_rerun":
                    fragments[message.auto_rerun.fragment_id] = message.auto_rerun.interval
                case "script_finished" if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                        self.fragments = fragments
                    return time.perf_counter() - began

    def upload(self, file: str, content: bytes) -> int:
        """Send a file of this name and id to the framework's upload address, whether or not a widget asked for it.

        The HTTP status of the answer.
        """
        border = "border-of-parts"
        head = f'--{border}\r\nContent-Disposition: form-data; name="{file}"; filename="{file}"\r\n\r\n'.encode()
        body = head + content + f"\r\n--{border}--\r\n".encode()
        return self.request("PUT", file, body, {"Content-Type": f"multipart/form-data; boundary={border}"})

    def forget(self, file: str) -> int:
        """Have the server forget a file; the HTTP status."""
        return self.request("DELETE", file)

    def request(
        self, method: str, file: str, body: bytes | Iterator[bytes] = b"", headers: dict[str, str] | None = None
    ) -> int:
        """Ask the upload address; the HTTP status. A body that comes in parts is sent without its length."""
        connection = http.client.HTTPConnection(self._where, timeout=2 * PATIENCE_S)
        try:
            connection.request("GET", "/_stcore/health")
            answer = connection.getresponse()
            answer.read()
            token = SimpleCookie(answer.headers["Set-Cookie"])["_streamlit_xsrf"].value
            ours = {"Cookie": f"_streamlit_xsrf={token}", "X-Xsrftoken": token}
            connection.request(method, f"/_stcore/upload_file/{self.session}/{file}", body, ours | (headers or {}))
            return connection.getresponse().status
        finally:
            connection.close()
