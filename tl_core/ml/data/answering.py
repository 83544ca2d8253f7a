"""The script that goes home beside a model which needs more than the model to be asked."""

from __future__ import annotations

from importlib.metadata import version
from string import Template

from tl_core.base.settings import ASSETS

FOLDER = ASSETS / "take_home"


def script(what: str, like: tuple[str, ...], *packages: str) -> bytes:
    """Python that answers `what`, "sentences", as those `like` them; what reads them is in read_<what>.py.txt.

    `packages`: what it needs beside TensorFlow and Keras.
    """
    names = ("tensorflow", "keras", *packages)
    text = Template((FOLDER / "answer.py.txt").read_text(encoding="utf-8"))
    return text.substitute(
        what=what,
        like=" ".join(f'"{example}"' for example in like),
        packages=", ".join(f"{name} ({version(name)})" for name in names),
        reading=(FOLDER / f"read_{what}.py.txt").read_text(encoding="utf-8").rstrip(),
        first=repr(like[0]),
    ).encode()
