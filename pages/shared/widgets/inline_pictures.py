"""Pictures, sentences and recordings as HTML, without a file for each."""

from __future__ import annotations

import base64
import io
from functools import singledispatch
from html import escape

import numpy as np
from PIL import Image

from tl_core.base.questions import Sound
from tl_core.uploads.recordings import wav

SIDE = 144  # pixels; small pictures keep theirs and are drawn with hard edges


@singledispatch
def figure(example: object, caption: str = "", alt: str = "") -> str:
    """HTML of one example: a picture, (H, W, 3) uint8 [0, 255], a sentence or a recording. `caption` is HTML."""
    raise TypeError(f"no way to show {type(example).__name__}")


@figure.register
def _picture(pixels: np.ndarray, caption: str = "", alt: str = "") -> str:
    return f"<figure>{_image(pixels, alt)}{_below(caption)}</figure>"


@figure.register
def _sound(sound: Sound, caption: str = "", alt: str = "") -> str:
    """The spectrogram above a player."""
    source = "data:audio/wav;base64," + base64.b64encode(wav(sound.heard)).decode()
    bare = 'controls controlslist="nodownload noplaybackrate" preload="none"'
    player = f'<audio {bare} aria-label="{escape(alt)}" src="{source}"></audio>'
    return f"<figure>{_image(sound.pixels, alt)}{player}{_below(caption)}</figure>"


@figure.register
def _sentence(text: str, caption: str = "", alt: str = "") -> str:
    return f"<figure><blockquote>{escape(text)}</blockquote>{_below(caption)}</figure>"


def _image(pixels: np.ndarray, alt: str) -> str:
    image = Image.fromarray(np.ascontiguousarray(pixels))
    image.thumbnail((SIDE, SIDE))
    content = io.BytesIO()
    image.save(content, "PNG")
    source = "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()
    crisp = ' class="crisp"' if max(pixels.shape) <= 64 else ""
    return f'<img{crisp} alt="{escape(alt)}" src="{source}">'


def _below(caption: str) -> str:
    return f"<figcaption>{caption}</figcaption>" if caption else ""
