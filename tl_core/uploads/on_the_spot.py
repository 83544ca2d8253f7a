"""Examples that are made on the spot, and collected at once: a photo, a recording, sentences that are typed."""

from __future__ import annotations

from tl_core.uploads import drafts, quality, recordings, sentences
from tl_core.uploads.collected import Upload
from tl_core.uploads.decode import Refused, decode
from tl_core.uploads.labels import clean_label
from tl_core.uploads.limits import UploadError


def add_photo(owner: str, label: str, photo: bytes) -> int:
    """Collect a photo that was just taken, under a name with its number in the class; how many were added: 1.

    Raises
    ------
    UploadError
        When it is all one colour, as a camera sends before it is on, or as for `drafts.add_files`.
    """
    try:
        if quality.blank(decode(photo).pixels):
            raise UploadError(
                "The camera showed nothing yet. Wait until you see its picture, then take the photo again."
            )
    except Refused as refusal:
        raise UploadError(f"The photo {refusal}. Take it again.") from refusal
    return drafts.add_files(owner, label, [Upload(f"{_next(owner, label)}.jpg", photo)])


def add_recording(owner: str, label: str, recording: bytes) -> int:
    """Collect what the microphone has just heard, a WAV file, named likewise; how many were added: 1.

    Raises UploadError when nothing was heard, or as for `drafts.add_files`.
    """
    try:
        recordings.read(recording)
    except Refused as refusal:
        raise UploadError(f"The recording {refusal}. Record it again.") from refusal
    return drafts.add_files(owner, label, [Upload(f"{_next(owner, label)}.wav", recording)])


def add_sentences(owner: str, label: str, text: str) -> int:
    """Collect sentences of one class that were typed, one a line; how many were added.

    Raises UploadError when a line cannot be used, or as for `drafts.add_files`.
    """
    first = drafts.counts(drafts.items(owner)).get(clean_label(label), 0) + 1
    lines = [line.strip().encode(errors="replace") for line in text.splitlines() if line.strip()]
    if not lines:
        raise UploadError("Write a sentence first, or several, each on a line of its own.")
    for number, line in enumerate(lines, start=1):
        try:
            sentences.cleaned(line)
        except Refused as refusal:
            raise UploadError(f"Sentence {number} {refusal}. Nothing was added.") from refusal
    typed = [Upload(f"{label} {number}", line) for number, line in enumerate(lines, first)]
    return drafts.add_of(owner, label, typed, "sentences")


def _next(owner: str, label: str) -> str:
    """A name for the next example of a class, with its number."""
    return f"{label} {drafts.counts(drafts.items(owner)).get(clean_label(label), 0) + 1}"
