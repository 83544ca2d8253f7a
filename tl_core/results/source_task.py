"""What a backbone knows of the task it was pretrained on, in words: before a race, and after it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from tl_core.base.events import SourceTask
from tl_core.base.wording import in_sentence, many, percent, points
from tl_core.catalog import BACKBONES, weights_path


class Kept(NamedTuple):
    """One arm that transferred, and how its backbone does on its source task before and after."""

    title: str
    strategy: str
    task: SourceTask


def beforehand(backbone: str) -> str:
    """How well a backbone does on its own source task, measured by us or published; "" where neither is known."""
    entry, card = BACKBONES[backbone], _card(backbone)
    if card and "test_top1" in card:
        return (
            f"On its own source task it classifies {percent(card['test_top1'])} of "
            f"{many(card['test_images'], 'test picture')} correctly, as measured for the card of its weights "
            f"({card['data']})."
        )
    if entry.source_top1 is not None:
        return (
            f"On its own source task it classifies {percent(entry.source_top1)} of the validation pictures correctly, "
            f"as published in {entry.source_top1_from}."
        )
    return ""


def _card(backbone: str) -> dict[str, Any] | None:
    """The card beside the weights of one of our own backbones; None: there is none."""
    path = weights_path(backbone).with_name(f"{backbone}.json")
    if BACKBONES[backbone].weights_url or not path.is_file():
        return None
    card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return card


def forgetting(arms: Sequence[Kept]) -> str:
    """What each arm's training did to what its backbone knew, a sentence for each arm, and on what it was tested."""
    if not arms:
        return ""
    task = arms[0].task
    cost = " ".join(_cost(arm) for arm in arms)
    return (
        f"{cost} Tested on {task.data}, with the backbone's own head put back; before the race it classified "
        f"{percent(task.before)} of them correctly."
    )


def _cost(arm: Kept) -> str:
    task, lost = arm.task, arm.task.before - arm.task.after
    if lost == 0:
        why = ": its backbone is frozen" if arm.strategy == "feature_extraction" else ""
        return f"{arm.title} costs nothing on the source task{why}."
    apart = task.after_high < task.before_low or task.before_high < task.after_low
    doubt = "" if apart else ", but the 95 % intervals overlap"
    verb = "costs" if lost > 0 else "gains"
    still = f"{percent(task.after)} are still classified correctly"
    return f"{arm.title} {verb} {points(lost)} on the source task{doubt}: {still}."


def unmeasured(backbone: str, titles: Sequence[str]) -> str:
    """Why no forgetting is shown, and what is known instead."""
    names = ", ".join(in_sentence(title) for title in titles)
    return (
        f"How much of its source task the backbone has forgotten ({names}) cannot be measured here: "
        f"{BACKBONES[backbone].takes.source_untested}. {beforehand(backbone)}"
    ).rstrip()
