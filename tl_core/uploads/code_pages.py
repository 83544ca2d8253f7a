"""Names as bytes, without a word of how they are encoded: one encoding for all of them, the most plausible.

An old zip archive holds its names in the code page of the system that made it and does not say which (APPNOTE, D.1).
For each encoding the names get a likelihood: a letter that its languages write is one of about thirty, a common Chinese
character one of 3,755 (the first level of GB 2312), and so on; a box-drawing character, a capital inside a word, or a
Greek letter beside a Latin one is rare. The encoding with the largest likelihood, times how usual it is, is taken.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from tl_core.uploads.limits import UploadError

# Letters beyond ASCII in the small form, roughly the frequent ones first.
WEST = "éäüöáàèíóßçãñêâúåøôîœæëïûùòìõÿ"
CENTRAL = "áéíóąęłčěšžýřöőüćńśżźůúűťďňăâîţşđäçëĺľŕô"
CYRILLIC = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфёъіїєґў"
GREEK = "αοιετνσηυρπκμλςόίάγδέήθύχώβφξζψ"
TURKISH = "ıüşçğöâîû"
HEBREW = "יוהלאמרתבשנעםדקחפכטגסצןזךףץ"
ARABIC = "اليمنوترعبدفسهكةقحجشصطىخضأئءغذزثظإآؤپچژگ"
THAI = "านรกอเงมลยวดทสตะปบคหแจพชขใไผโถซธฟศฉณภษญฐฮ" + "".join(map(chr, range(0x0E31, 0x0E4D)))
VIETNAMESE = "đàáưôêạảấầâăơùúóòíìéèẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựãõýĩũ\u0300\u0301\u0303\u0309\u0323"
LAST = "ךםןףץς"  # letters that only end words


class CodePage(NamedTuple):
    """An encoding that archives are written in."""

    title: str
    usual: float  # how much more usual than the least one, as a natural logarithm
    letters: str = ""  # beyond ASCII, small; "" for the scripts of East Asia
    common: tuple[int, int] = (0, 0)  # the first bytes of the characters in everyday use
    characters: int = 0  # how many those are


CODE_PAGES = {
    "utf-8": CodePage("Unicode (UTF-8)", 6.0),
    "cp850": CodePage("Western Europe, DOS (850)", 3.0, WEST),
    "cp1252": CodePage("Western Europe, Windows (1252)", 2.0, WEST),
    "cp437": CodePage("United States, DOS (437)", 1.5, WEST),
    "mac_roman": CodePage("Western Europe, old Mac", 0.5, WEST),
    "gbk": CodePage("Chinese, simplified (GBK)", 3.0, common=(0xB0, 0xD7), characters=3755),
    "cp932": CodePage("Japanese (Shift-JIS, 932)", 2.5, common=(0x88, 0x97), characters=2965),
    "cp949": CodePage("Korean (949)", 1.0),
    "big5": CodePage("Chinese, traditional (Big5)", 1.0, common=(0xA4, 0xC6), characters=5401),
    "euc_jp": CodePage("Japanese (EUC)", 0.0, common=(0xB0, 0xCF), characters=2965),
    "cp866": CodePage("Cyrillic, DOS (866)", 1.5, CYRILLIC),
    "cp1251": CodePage("Cyrillic, Windows (1251)", 1.5, CYRILLIC),
    "koi8_r": CodePage("Cyrillic (KOI8-R)", -0.5, CYRILLIC),
    "cp852": CodePage("Central Europe, DOS (852)", 1.5, CENTRAL),
    "cp1250": CodePage("Central Europe, Windows (1250)", 1.0, CENTRAL),
    "cp857": CodePage("Turkish, DOS (857)", 0.5, TURKISH),
    "cp1254": CodePage("Turkish, Windows (1254)", 0.5, TURKISH),
    "cp737": CodePage("Greek, DOS (737)", 1.0, GREEK),
    "cp1253": CodePage("Greek, Windows (1253)", 1.0, GREEK),
    "cp862": CodePage("Hebrew, DOS (862)", 0.5, HEBREW),
    "cp1255": CodePage("Hebrew, Windows (1255)", 0.5, HEBREW),
    "cp864": CodePage("Arabic, DOS (864)", 0.0, ARABIC),
    "cp720": CodePage("Arabic, DOS (720)", 1.0, ARABIC),
    "cp1256": CodePage("Arabic, Windows (1256)", 0.5, ARABIC),
    "cp874": CodePage("Thai (874)", 0.0, THAI),
    "cp1258": CodePage("Vietnamese, Windows (1258)", 0.0, VIETNAMESE),
}
IN_TABLES = [key for key, page in CODE_PAGES.items() if not page.title.endswith("Mac") and "DOS" not in page.title]
UNICODE_LETTERS = 300.0
TELLING = 300  # names that are weighed
SURE = math.log(1000)
RARE = 1e-6  # of any character that names hardly hold
KOREAN = (0xB0, 0xC8)  # the first bytes of the 2,350 syllables of KS X 1001
USUAL_ENDS = (1, 4, 8, 16, 17, 21)  # ㄱ ㄴ ㄹ ㅁ ㅂ ㅇ
CAPITAL = 0.2  # of letters, and of words in nothing but capitals
ASCII_LETTER, ASCII_SIGN = 1 / 40, 1 / 2000
SIGNS = "“”‘’„–—…«»€£©®°•、。「」・，！？（）"  # as usual in texts as those of ASCII


def fits(names: Iterable[bytes], encoding: str) -> bool:
    """Whether all of these bytes are text in this encoding."""
    try:
        for name in names:
            name.decode(encoding)
    except UnicodeError:
        return False
    return True


def decoded(names: Sequence[bytes], wanted: str = "") -> tuple[list[str], str]:
    """The names as text, and the key of CODE_PAGES they were read in: `wanted`, or else the likeliest.

    Raises UploadError when the names are not in the encoding that is wanted.
    """
    encoding = wanted or likeliest(names)
    if wanted and wanted not in CODE_PAGES:
        raise UploadError(f"There is no code page {wanted!r} here: choose one of {', '.join(CODE_PAGES)}.")
    if not fits(names, encoding):
        raise UploadError(f"The names are not written in {CODE_PAGES[encoding].title}: choose another code page.")
    return [name.decode(encoding) for name in names], encoding


def told(encoding: str) -> str:
    """That a text was read in this code page, as a part of a sentence; "" for Unicode."""
    return "" if encoding in ("ascii", "utf-8") else f"read as {CODE_PAGES[encoding].title}"


def likeliest(names: Sequence[bytes], among: Iterable[str] = CODE_PAGES) -> str:
    """The key of CODE_PAGES that these names are most plausibly written in; "ascii" where it makes no difference.

    Some code pages give every byte a meaning, so there always is one.
    """
    parts = _telling(names)
    if not parts:
        return "ascii"
    return max(_fitting(names, among), key=lambda encoding: plausibility(parts, encoding))


def is_sure(names: Sequence[bytes], encoding: str) -> bool:
    """Whether names in Unicode could hardly be anything else. Other code pages look too much like each other."""
    if encoding != "utf-8":
        return False
    parts = _telling(names)
    others = [plausibility(parts, other) for other in _fitting(names, CODE_PAGES) if other != encoding]
    return plausibility(parts, encoding) - max(others) > SURE


def _telling(names: Sequence[bytes]) -> list[bytes]:
    """Some of the names of folders and files beyond ASCII, each of them once."""
    parts = sorted({part for name in names for part in name.split(b"/") if not part.isascii()})
    return parts[:: len(parts) // TELLING + 1]


def _fitting(names: Sequence[bytes], among: Iterable[str]) -> list[str]:
    return [encoding for encoding in among if fits(names, encoding)]


def plausibility(parts: Iterable[bytes], encoding: str) -> float:
    """The logarithm of how likely these names are in this encoding, up to a constant. They must fit it."""
    page = CODE_PAGES[encoding]
    return page.usual + sum(_likelihood(part.decode(encoding), encoding, page) for part in parts)


def _likelihood(text: str, encoding: str, page: CodePage) -> float:
    shouted = bool(page.letters) and text.isupper() and len(text) > 2
    characters = sum(math.log(_character(c, encoding, page)) for c in (text.lower() if shouted else text))
    misplaced = sum(
        (a.islower() and b.isupper() and not (a + b).isascii()) or (a in LAST and b.isalpha())
        for a, b in pairwise(text)
    )
    mixed = sum(_script(a) != _script(b) for a, b in pairwise(text) if a.isalpha() and b.isalpha())
    accents = sum(not (a.isascii() or b.isascii()) and _script(a) == _script(b) == "LATIN" for a, b in pairwise(text))
    return characters + shouted * math.log(CAPITAL) + (misplaced + mixed) * math.log(0.02) + accents * math.log(0.1)


def _character(character: str, encoding: str, page: CodePage) -> float:
    if character.isascii():
        return ASCII_LETTER if character.isalnum() or character in " ._-()" else ASCII_SIGN
    if character in SIGNS:
        return ASCII_SIGN
    if page.letters:
        place = page.letters.find(character.lower())
        share = 1 / (place + 8) / math.log(len(page.letters) / 8 + 1)  # falls as letters get less frequent
        return RARE if place < 0 else CAPITAL * share if character.isupper() else 0.9 * share
    if encoding == "utf-8":
        return 0.9 / UNICODE_LETTERS if unicodedata.category(character)[0] in "LM" else 1e-4
    return _east_asian(character, encoding, page)


def _east_asian(character: str, encoding: str, page: CodePage) -> float:
    raw, name = character.encode(encoding), unicodedata.name(character, "")
    japanese = encoding in ("cp932", "euc_jp")
    if name.startswith(("HIRAGANA", "KATAKANA")):
        return 0.5 / 170 if japanese else RARE
    if name.startswith("HANGUL SYLLABLE") and KOREAN[0] <= raw[0] <= KOREAN[1]:
        end = (ord(character) - 0xAC00) % 28  # which consonant it ends with; 0: none
        return 0.5 / 399 if end == 0 else 0.4 / 1100 if end in USUAL_ENDS else 0.05 / 850
    first, last = page.common
    if name.startswith("CJK UNIFIED"):
        everyday = len(raw) == 2 and first <= raw[0] <= last and (encoding in ("cp932", "big5") or raw[1] >= 0xA1)
        return (0.5 if japanese else 0.9) / page.characters if everyday else 0.02 / 8000
    return RARE


def _script(character: str) -> str:
    return "CJK" if ord(character) >= 0x3000 else unicodedata.name(character, "?").split()[0]
