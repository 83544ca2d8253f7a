"""Visitors without a browser: a page of the app followed on its socket, as the browser's part of Streamlit does."""

from __future__ import annotations

import http.client
import time
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

PATIENCE_S = 120.0


class Client:
    """One visitor on one page, until it is closed."""

    def __init__(self, url: str, page: str = "", query: str = "") -> None:
        """Open the page and run it once. `url` is the app's."""
        self._where = urlsplit(url)
        self._socket: Any = connect(f"ws://{self._where.netloc}/_stcore/stream", max_size=None)
        self._asked = {"page_name": page, "query_string": query}
        self.session = ""
        self.fragments: dict[str, float] = {}  # those that run by themselves → every so many seconds
        self.rerun_s()

    def rerun_s(self, fragment: str = "") -> float:
        """Seconds from asking for a run of the page, or of one fragment of it, to the message of its end."""
        began = time.perf_counter()
        asked = BackMsg()
        for name, value in (self._asked | {"fragment_id": fragment}).items():
            setattr(asked.rerun_script, name, value)
        self._socket.send(asked.SerializeToString())
        while True:
            message = ForwardMsg.FromString(self._socket.recv(PATIENCE_S))
            match message.WhichOneof("type"):
                case "new_session":
                    self.session = message.new_session.initialize.session_id
                case "auto_rerun":
                    self.fragments[message.auto_rerun.fragment_id] = message.auto_rerun.interval
                case "script_finished":
                    return time.perf_counter() - began

    def upload(self, file: str, content: bytes) -> int:
        """Send a file of this name and id to the framework's upload address, whether or not a widget asked for it.

        The HTTP status of the answer.
        """
        border = "border-of-parts"
        head = f'--{border}\r\nContent-Disposition: form-data; name="{file}"; filename="{file}"\r\n\r\n'.encode()
        body = head + content + f"\r\n--{border}--\r\n".encode()
        return self._request("PUT", file, body, {"Content-Type": f"multipart/form-data; boundary={border}"})

    def forget(self, file: str) -> int:
        """Have the server forget a file; the HTTP status."""
        return self._request("DELETE", file)

    def _request(self, method: str, file: str, body: bytes = b"", headers: dict[str, str] | None = None) -> int:
        connection = http.client.HTTPConnection(self._where.netloc, timeout=2 * PATIENCE_S)
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

    def close(self) -> None:
        self._socket.close()
