"""Folders that divide a data set, such as train and test, told from folders of classes by what they are called."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

TRAINING = str.split(
    "train training trn traindata trainset trainingset trainval trainvalid trainingsdaten entraînement entrainement "
    "entrenamiento treino treinamento addestramento обучение 训练 训练集 訓練 訓練集 学習 学習用 학습 훈련"
)
VALIDATION = str.split(
    "val valid validation validate dev devel development tune validierung validierungsdaten validación validacion "
    "validação validacao validazione валидация 验证 验证集 驗證 驗證集 検証 検証用 검증"
)
TEST = str.split(
    "test testing tst holdout heldout eval evaluation testdaten prueba pruebas teste тест 测试 测试集 測試 測試集 "
    "テスト テスト用 테스트"
)
UNLABELLED = str.split("pred preds predict prediction predictions unlabelled unlabeled inference submission")
DIVIDING = {*TRAINING, *VALIDATION, *TEST, *UNLABELLED}
NUMBERED = set(str.split("fold batch part chunk shard split cv"))  # only with a number or a letter
NEUTRAL = set(  # what stands beside such a word without giving it another meaning
    str.split(
        "set sets data dataset datasets images image imgs img pictures pics photos folder folders part split subset "
        "samples files new old final full small all labelled labeled the my"
    )
)
CONTAINERS = set(  # folders of pictures that say nothing of what is on them
    str.split("images image imgs img pictures picture pics photos photo data dataset datasets jpg jpeg png extracted")
)
VIEWS = CONTAINERS | set(  # what tells the pictures of one class apart
    str.split(
        "original originals raw mask masks labels annotations augmented processed cropped resized color colour gray "
        "grey grayscale greyscale rgb depth front back left right side top bottom day night indoor outdoor"
    )
)
ASIDE = VIEWS | set(  # folders beside the data
    str.split(
        "sample samples example examples demo demos preview previews doc docs figure figures thumbs thumbnails assets "
        "misc readme screenshots unknown single"
    )
)


class Dividing(NamedTuple):
    """What a folder's name says of a division. `rest`: what else is in the name, such as `seg` in `seg_train`."""

    word: str
    rest: tuple[str, ...]
    number: str


def words(name: str) -> list[str]:
    """The words of a name in small letters, and its numbers: `TrainSet_2` → train, set, 2."""
    return re.findall(r"[^\W_]+", _spaced(name).casefold())


def _spaced(name: str) -> str:
    composed = unicodedata.normalize("NFC", name)
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])", " ", composed)


def dividing(name: str) -> Dividing | None:
    """What a name would mean as that of a part of a data set; None when it cannot be one."""
    found, rest, number = "", [], ""
    for word in _joined(words(name)):
        if word in DIVIDING or (word in NUMBERED and not found):
            if found and found not in ("part", "split"):
                rest.append(word)
            else:
                found = word
        elif word.isdigit() or (found in NUMBERED and len(word) == 1):
            number = word
        elif word not in NEUTRAL:
            rest.append(word)
    if not found or (found in NUMBERED and not number):
        return None
    return Dividing(found, tuple(rest), number)


def _joined(found: list[str]) -> list[str]:
    """`hold out` is one word, and `trainset` is two."""
    text = re.sub(r"\bhold out\b", "holdout", re.sub(r"\bheld out\b", "heldout", " ".join(found)))
    split = re.sub(
        r"\b(train(?:ing)?|test(?:ing)?|val(?:id(?:ation)?)?|dev|eval)(set|data|images|imgs)\b", r"\1 \2", text
    )
    return split.split()


def parts(names: Sequence[str]) -> set[str]:
    """Those among the names of sister folders that name parts of a data set.

    A name that is more than such a word, as `seg_train`, counts where a sister is the same but for the word, as
    `seg_test`, or where all sisters name parts and one does nothing else, as `train`, `test_easy` and `test_hard`: a
    `freight_train` beside a `steam_train` is none.
    """
    read = {name: meaning for name in names if (meaning := dividing(name))}
    is_plain = any(not its.rest for its in read.values())
    if is_plain and len(read) == len(names) and len({its.word for its in read.values()}) > 1:
        return set(read)
    return {
        name
        for name, its in read.items()
        if not its.rest or any(o.rest == its.rest and (o.word, o.number) != its[::2] for o in read.values())
    }


def parts_of_classes(names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Names that say a class and a part of it, as `train_cats` and `cats_test`: {name: (class, part)}.

    All of them must, for two classes or more, each in two parts or more.
    """
    read = {name: meaning for name in names if (meaning := dividing(name)) and meaning.rest}
    times = Counter(meaning.rest for meaning in read.values())
    if len(read) < len(names) or len(times) < 2 or min(times.values()) < 2:
        return {}
    return {name: (_written(its.rest, name), f"{its.word}{its.number}") for name, its in read.items()}


def _written(found: Sequence[str], name: str) -> str:
    """These words as they stand in a name."""
    together = r"[\W_]*".join(map(re.escape, found))
    there = re.search(rf"(?<![^\W_]){together}(?![^\W_])", _spaced(name), re.IGNORECASE)
    return there[0] if there else " ".join(found)


def is_plain_part(name: str) -> bool:
    """Whether a name, taken alone, is that of a part."""
    return bool(parts([name]))


def tests(name: str) -> int:
    """How much a part's name says that a classifier is tested on it: 2 for test, 1 for validation, 0 for others."""
    word = found.word if (found := dividing(name)) else ""
    return 2 * (word in TEST) + (word in VALIDATION)


def trains(name: str) -> bool:
    """Whether a part's name says that a classifier is trained on it."""
    found = dividing(name)
    return found is not None and found.word in TRAINING


def is_container(name: str) -> bool:
    return _is_of(name, CONTAINERS)


def is_view(name: str) -> bool:
    return _is_of(name, VIEWS)


def _is_of(name: str, known: set[str]) -> bool:
    """Whether nothing but these words stands in a name, beside numbers."""
    found = [word for word in words(name) if not word.isdigit()]
    return bool(found) and known.issuperset(found)


def is_aside(name: str) -> bool:
    """Whether a name is that of a folder which often lies beside the classes and is none."""
    found = words(name)
    return bool(found) and (found[0] in ASIDE or found[-1] in ASIDE or any(word in UNLABELLED for word in found))
