"""Numbers in a student's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence


def percent(value: float) -> str:
    """0.7104 → '71.0 %', with a space that no line breaks at."""
    return f"{value * 100:.1f}\N{NO-BREAK SPACE}%"


def points(difference: float) -> str:
    """A difference of two accuracies: 0.312 → '31.2 points'."""
    return f"{abs(difference) * 100:.1f} points"


def signed(difference: float) -> str:
    """A difference of two shares in points, with its sign: +3.1, −0.4."""
    return f"{100 * difference:+.1f}".replace("-", "−")


def duration(seconds: float) -> str:
    """8 s, 3 min 20 s, 12 min, 1 h 5 min."""
    whole = max(1, round(seconds))
    if whole < 90:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 10:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def span(low: float, high: float) -> str:
    """7 to 60 s, 40 s to 3 min, with rough ends; where there is no range, its duration alone."""
    if low == high:
        return duration(low)
    first, last = map(duration, map(_rough, (low, high)))
    return f"{first if ' min' in last or ' h' in last else first.removesuffix(' s')} to {last}"


def _rough(seconds: float) -> float:
    """To whole seconds, from 10 on to five, from 90 on to minutes."""
    step = 60 if seconds >= 90 else 5 if seconds >= 10 else 1
    return step * round(seconds / step)


def count(number: float) -> str:
    """950, 10.3 k, 1.28 M."""
    if number < 1000:
        return f"{number:.0f}"
    return f"{number / 1e3:.3g} k" if number < 999_500 else f"{number / 1e6:.3g} M"


def many(number: int, thing: str) -> str:
    """1 epoch, 2 epochs."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def listed(names: Sequence[str], most: int = 8) -> str:
    """'a', 'a and b', 'a, b and c'; beyond `most`, how many more there are."""
    shown = [*names[:most], *([f"{len(names) - most:,} more"] if len(names) > most else [])]
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


def together(labels: Sequence[str]) -> str:
    """All labels of a picture: 'bell', 'bell + key', 'nothing'."""
    return " + ".join(labels) or "nothing"


def defined(value: float | None, words: Callable[[float], str] = "{:.3f}".format) -> str:
    """A score that may have no value here: '0.712', 'not defined'."""
    return "not defined" if value is None else words(value)


def in_sentence(title: str) -> str:
    """A title in the middle of a sentence: 'From scratch' → 'from scratch', 'LP-FT' stays."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


QUOTED = r"""(?<!\w)(?:'[^']*'|"[^"]*")(?!\w)"""  # words of somebody's own
PICTURES = re.compile(rf"{QUOTED}|\b([Aa]n? )?(image|picture)(s?)\b", re.IGNORECASE)


def said_of(text: str, one: str, several: str) -> str:
    """A text about pictures in the words of other examples: "an image" becomes "a sentence", but not in quotes."""

    def word(found: re.Match[str]) -> str:
        article, noun, plural = found.groups()
        if not noun:
            return found[0]
        its = several if plural else one
        return (article[0] + " " if article else "") + (its.capitalize() if noun[0].isupper() else its)

    return PICTURES.sub(word, text)
