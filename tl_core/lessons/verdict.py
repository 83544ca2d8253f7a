"""Whether a lesson's expectation held: judged by intervals over seeds, and undecided where they include zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from tl_core.base.wording import many, signed
from tl_core.results.over_seeds import Mean, mean

Outcome = Literal["held", "against", "undecided"]
WORDS: dict[Outcome, str] = {"held": "As expected", "against": "Against the expectation", "undecided": "Undecided"}


class Verdict(NamedTuple):
    """`effects`: what was expected to be above zero, in words → its mean over the seeds, in points."""

    effects: Mapping[str, Mean]
    seeds: int

    @property
    def outcome(self) -> Outcome:
        """Held where every interval lies above zero, against where one lies below, else undecided.

        Every single effect has to hold, so that none profits from being one of several (Berger 1982,
        "Multiparameter Hypothesis Testing and Acceptance Sampling").
        """
        if any(effect.sure and effect.value < 0 for effect in self.effects.values()):
            return "against"
        return "held" if all(effect.sure for effect in self.effects.values()) else "undecided"

    @property
    def sentence(self) -> str:
        """The outcome with the intervals it rests on."""
        found = "; ".join(f"{words} {_points(effect)}" for words, effect in self.effects.items())
        end = ". Where an interval includes zero, these seeds cannot tell" if self.outcome == "undecided" else ""
        return f"{WORDS[self.outcome]}: {found} (95 % over {many(self.seeds, 'seed')}){end}."


def of_seeds(effects: Mapping[str, str], measured: Sequence[Mapping[str, float]]) -> Verdict:
    """From what every seed measured alone. `effects`: measured name → what it is in words."""
    return Verdict({words: mean([one[name] for one in measured]) for name, words in effects.items()}, len(measured))


def _points(effect: Mean) -> str:
    if effect.low is None or effect.high is None:
        return f"{signed(effect.value / 100)} points, without an interval"
    return f"{signed(effect.low / 100)} to {signed(effect.high / 100)} points"
