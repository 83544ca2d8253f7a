"""A console as it is: it may lack characters, and Ctrl-C may come at any moment. Neither ends in a traceback."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 130  # the exit status of a program that Ctrl-C ended
UNREAD = 1
_ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN  # so a shell starts what is to outlive its Ctrl-C


def prepare() -> None:
    """What the encoding lacks is written as an escape; until `interruptible`, Ctrl-C ends the process at once."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # somebody closed it
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    _on_interrupt(signal.SIG_DFL)


@contextmanager
def interruptible() -> Iterator[None]:
    """In here Ctrl-C raises KeyboardInterrupt, and what is written may find no place; both just end the process."""
    _on_interrupt(signal.default_int_handler)
    try:
        try:
            yield
        finally:
            print(end="", flush=True)
    except KeyboardInterrupt:
        _on_interrupt(signal.SIG_DFL)
        print("Stopped.", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the end of the process writes once more
        sys.exit(UNREAD)
    finally:
        _on_interrupt(signal.SIG_DFL)


def _on_interrupt(handler: signal._HANDLER) -> None:
    if not _ignored:
        signal.signal(signal.SIGINT, handler)
