"""From the folders of an upload to its classes: a pure function of names and how many pictures lie in each.

Public sets are handed out with folders above the classes (`train` and `test`, often doubled), beside them (a flat
`test` without labels, samples) and below them. What is concluded is said in sentences, and anybody may say otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tl_core.base.wording import listed
from tl_core.uploads import split_names

LEAST = 4  # pictures; a folder with fewer can be no class
FEW = 10  # a folder with so many times fewer pictures than its sisters is taken for a stray one
SHARED = 0.5  # of the names below sister folders repeat: then those are the classes
LOOSE = "lies in no class folder: put every file into a folder with the name of its class"

Path = tuple[str, ...]


class Place(NamedTuple):
    """Where a file belongs. `reason`, the end of a sentence, says why it belongs to no class."""

    folder: str = ""  # of its class, as it is called in the upload
    part: str = ""  # the part of the data set that it came in, such as test
    reason: str = ""
    also: tuple[str, ...] = ()  # the other classes of a picture that has several


@dataclass(eq=False)
class Folder:
    """A folder with pictures in it, or in a folder of it."""

    path: Path = ()
    own: int = 0  # pictures right in it
    whole: int = 0  # with those of its folders
    kids: dict[str, Folder] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.path[-1]


@dataclass
class Layout:
    """What was concluded. `notes` say it in sentences."""

    classes: dict[Path, str] = field(default_factory=dict)  # folder → what the class is called
    parts: dict[Path, str] = field(default_factory=dict)  # folder → what the part is called
    beside: dict[Path, str] = field(default_factory=dict)  # folder without a class → why, the end of a sentence
    together: list[str] = field(default_factory=list)  # folders whose classes were put together
    notes: list[str] = field(default_factory=list)

    def place(self, folders: Path) -> Place:
        """The class and the part of a file in these folders."""
        steps = [folders[: depth + 1] for depth in range(len(folders))]
        part = next((self.parts[step] for step in steps if step in self.parts), "")
        for step in steps:
            if step in self.beside:
                return Place(reason=self.beside[step])
            if step in self.classes:
                return Place(self.classes[step], part)
        return Place(reason=LOOSE)


def concluded(folders: Sequence[Path]) -> Layout:
    """The layout of an upload, by the folders that each of its pictures lies in."""
    layout = Layout()
    _below(_tree(folders), layout, inside=False)
    _check_across_parts(layout)
    _say(layout, folders)
    return layout


def at_level(folders: Sequence[Path], level: int) -> Layout:
    """The layout in which every folder with so many folders above it is a class, because somebody says so."""
    classes = {path[: level + 1]: path[level] for path in folders if len(path) > level}
    above = ((path, next(filter(split_names.is_plain_part, path[:-1]), "")) for path in classes)
    return Layout(classes, {path: part for path, part in above if part})


def _tree(folders: Iterable[Path]) -> Folder:
    top = Folder()
    for path, pictures in Counter(folders).items():
        here = top
        here.whole += pictures
        for depth in range(len(path)):
            here = here.kids.setdefault(path[depth], Folder(path[: depth + 1]))
            here.whole += pictures
        here.own += pictures
    return top


def _below(folder: Folder, layout: Layout, inside: bool) -> None:
    """Settle what the folders in this one are. `inside`: it stands above classes, beside others that do."""
    for doubled in _doubled(folder):
        layout.together.append(doubled.name)
        _below(doubled, layout, inside=True)
        del folder.kids[doubled.name]
    kids = list(folder.kids.values())
    dividing = split_names.parts(list(folder.kids))
    above = _above(kids, dividing)
    layout.together += [kid.name for kid in above if len(kids) > 1]
    dividing |= {kid.name for kid in above if len(above) > 1 and split_names.dividing(kid.name)}
    layout.parts |= {kid.path: kid.name for kid in above if kid.name in dividing}
    both = {} if above else split_names.parts_of_classes(list(folder.kids))
    unsaid = not above and _says_nothing(folder, dividing, inside)
    for kid in kids:
        if kid in above:
            _below(kid, layout, inside or len(kids) > 1)
        elif above:
            layout.beside[kid.path] = _beside(kid, above)
        elif kid.name in both:
            layout.classes[kid.path], layout.parts[kid.path] = both[kid.name]
        elif unsaid:
            layout.beside[kid.path] = f"lies in {kid.name}, which is not a class: put it into the folder of its class"
        else:
            layout.classes[kid.path] = kid.name
            layout.parts |= {kid.kids[name].path: name for name in split_names.parts(list(kid.kids))}


def _doubled(folder: Folder) -> list[Folder]:
    """The folders that hold the same folders once more as those that they lie among."""
    return [kid for kid in folder.kids.values() if len(folder.kids.keys() & kid.kids.keys() - {kid.name}) > 1]


def _says_nothing(folder: Folder, dividing: set[str], inside: bool) -> bool:
    """Whether the folders in this one are called like parts of a data set, or like nothing, and not like classes."""
    if len(folder.kids) > 1:
        return len(dividing) == len(folder.kids)
    return inside and all(
        split_names.dividing(name) or split_names.is_aside(name) or name.casefold() == folder.name.casefold()
        for name in folder.kids
    )


def _beside(kid: Folder, above: Sequence[Folder]) -> str:
    why = "whose folders are not those of" if kid.kids else "which has none of the class folders of"
    return f"lies in {kid.name}, {why} {listed([folder.name for folder in above])}"


def _above(kids: Sequence[Folder], dividing: set[str]) -> list[Folder]:
    """Those of sister folders that stand above the classes; none when they are the classes themselves."""
    if len(kids) == 1:
        (kid,) = kids
        holds = max(len(kid.kids), len(_names_below(kid))) > 1 or _is_next_to_nothing(kid.own, kid.whole)
        return list(kids) if kid.kids and holds else []
    parts = [kid for kid in kids if kid.name in dividing and kid.kids]
    others = [kid for kid in kids if kid not in parts]
    alike = [kid for kid in others if parts and _shares(kid, parts)]
    if parts and (len(dividing) > 1 or alike or all(_is_aside(kid, parts) for kid in others)):
        return parts + alike
    return _repeating(kids) or _container(kids)


def _is_aside(kid: Folder, main: Sequence[Folder]) -> bool:
    """Whether a folder beside those with the data is no class: by its name, or because it holds next to nothing."""
    few = _is_next_to_nothing(kid.whole, sum(folder.whole for folder in main))
    holds = _names_below(kid) or split_names.parts(list(kid.kids))
    return few or (not holds and split_names.is_aside(kid.name))


def _is_next_to_nothing(pictures: int, beside: int) -> bool:
    return pictures < LEAST and FEW * pictures <= beside


def _shares(kid: Folder, others: Sequence[Folder]) -> bool:
    """Whether folders below are called the same, and not like what tells the pictures of one class apart."""
    names = _names_below(kid) & set().union(*(_names_below(other) for other in others))
    return not all(split_names.is_view(name) for name in names)


def _names_below(folder: Folder) -> set[str]:
    """What the folders below are called, looking through those that only divide or hold."""
    dividing = split_names.parts(list(folder.kids))
    if len(dividing) < len(folder.kids) and not any(folder.kids[name].kids for name in dividing):
        dividing = set()  # a class may be called test, beside others
    names: set[str] = set()
    for name, kid in folder.kids.items():
        through = name in dividing or split_names.is_container(name) or name.casefold() == folder.name.casefold()
        names |= _names_below(kid) if through else {name.casefold()}
    return names


def _repeating(kids: Sequence[Folder]) -> list[Folder]:
    """The sister folders, when what is below them has the same names in each: then those are the classes."""
    deep = [kid for kid in kids if _names_below(kid)]
    flat = [kid for kid in kids if kid not in deep]
    if len(deep) < 2 or not all(_is_aside(kid, deep) for kid in flat):
        return []
    times = Counter(name for kid in deep for name in _names_below(kid))
    repeated = {name for name, count in times.items() if count > 1}
    share = sum(times[name] for name in repeated) / sum(times.values())
    if len(repeated) < 2 or share < SHARED or all(split_names.is_view(name) for name in repeated):
        return []
    return [] if _is_series(repeated) and not _is_series({kid.name for kid in deep}) and len(repeated) < 10 else deep


def _is_series(names: set[str]) -> bool:
    """Whether names are numbers, or differ in a number or a letter only, as `session_1` and `session_2`."""
    stems = {tuple(word for word in split_names.words(name) if not word.isdigit() and len(word) > 1) for name in names}
    return len(stems) == 1 and (any(stems) or all(any(map(str.isdigit, name)) for name in names))


def _container(kids: Sequence[Folder]) -> list[Folder]:
    """The one folder that holds the classes, when it is called so or what lies beside it is no class."""
    deep = [kid for kid in kids if len(_names_below(kid)) > 1]
    rest = [kid for kid in kids if kid not in deep]
    named = len(deep) == 1 and (split_names.is_container(deep[0].name) or _is_doubled(deep[0]))
    return deep if named or (len(deep) == 1 and all(_is_aside(kid, deep) for kid in rest)) else []


def _is_doubled(folder: Folder) -> bool:
    return folder.name.casefold() in map(str.casefold, folder.kids)


def _check_across_parts(layout: Layout) -> None:
    """A part with a single folder that no other part has, where those have several: that folder is no class."""
    inside: dict[str, set[Path]] = {}
    for path in layout.classes:
        part = next((layout.parts[path[:d]] for d in range(len(path)) if path[:d] in layout.parts), "")
        inside.setdefault(part, set()).add(path)
    for part, paths in inside.items():
        elsewhere = [{path[-1].casefold() for path in others} for name, others in inside.items() if name != part]
        known = set().union(*elsewhere)
        if part and len(paths) == 1 and max(map(len, elsewhere), default=0) > 1:
            (path,) = paths
            if path[-1].casefold() not in known:
                del layout.classes[path]
                layout.beside[path] = f"lies in {part}/{path[-1]}, which is a class of no other part"


def _say(layout: Layout, folders: Sequence[Path]) -> None:
    """Sentences on what might have been concluded otherwise."""
    names = list(layout.classes.values())
    both = [path[-1] for path, name in layout.classes.items() if path[-1] != name]
    if both:
        layout.notes.append(
            f"The names of the folders {listed(both)} say the part and the class: {listed(sorted(set(names)))} are the "
            "classes."
        )
    together = list(dict.fromkeys(layout.together))
    if len(together) > 1 and not any(split_names.dividing(name) for name in together):
        layout.notes.append(
            f"The same names repeat in the folders {listed(together)}, so these were put together and "
            f"{listed(sorted(set(names)))} are the classes."
        )
    called = sorted({name for name in names if split_names.is_plain_part(name)})
    if called:
        layout.notes.append(f"{listed(called)} is treated as a class here, not as a part of the data set.")
    inner = sorted(
        {path[: depth + 1] for path in set(folders) for depth in range(len(path)) if path[:depth] in layout.classes}
    )
    inner = [path for path in inner if path not in layout.parts]
    if inner:
        layout.notes.append(
            f"Folders inside the classes, such as {'/'.join(inner[0][-2:])}, were not treated separately: all of their "
            "pictures belong to the class."
        )


def names_at(folders: Sequence[Path]) -> list[list[str]]:
    """What the folders are called at each depth: any of these could be the classes."""
    deepest = max(map(len, folders), default=0)
    return [sorted({path[depth] for path in folders if len(path) > depth}) for depth in range(deepest)]
