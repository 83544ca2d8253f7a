"""Examples made on the spot: whatever is typed or recorded is collected, or refused in a sentence."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests.sounding import encoded, word
from tests.uploading import ME
from tl_core.uploads import drafts, on_the_spot, sentences
from tl_core.uploads.drafts import Upload
from tl_core.uploads.limits import UploadError


@given(text=some.text(max_size=60))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_collected_line_by_line_or_refused(home, text: str) -> None:
    drafts.clear(ME)
    added = 0
    with suppress(UploadError):
        added = on_the_spot.add_sentences(ME, "good", text)
    assert len(drafts.items(ME)) == added
    with drafts.contents(ME, drafts.items(ME)) as contents:
        assert len([sentences.cleaned(found.read()) for found in contents.found]) == added


def test_recordings_are_numbered_and_what_was_not_heard_is_told() -> None:
    for seed in (1, 2):
        on_the_spot.add_recording(ME, "yes", encoded(word("yes", seed)))
    assert [item.name for item in drafts.items(ME)] == ["yes 1.wav", "yes 2.wav"]
    assert drafts.holds(drafts.items(ME)) == "sounds"
    for bad, words in ((encoded(np.zeros(8000)), "is silent. Record it again"), (b"", "is no sound that can be read")):
        with pytest.raises(UploadError, match=words):
            on_the_spot.add_recording(ME, "yes", bad)
    with pytest.raises(UploadError, match="make one of the recordings that you have collected"):
        on_the_spot.add_sentences(ME, "yes", "a sentence")
    with pytest.raises(UploadError, match=r"b\.png is no recording, unlike most files"):
        drafts.add_files(ME, "yes", [Upload(name, b"") for name in ("1.wav", "2.mp3", "b.png")])
    assert drafts.counts(drafts.items(ME)) == {"yes": 2}
