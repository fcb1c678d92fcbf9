"""Two documents, compared place by place.

Objects are compared by their keys, lists of texts as bags, lists of objects that have a `name` by it.
A number is no text, `1` is not `true`: what is written otherwise is a difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple


class AbsentPart:
    """Stands for what is not there."""


ABSENT: Final = AbsentPart()

Path = tuple[str, ...]
"""Keys from the top of a document; the last one of an entry of a list is the entry itself, or its name."""


class Difference(NamedTuple):
    """One place of two documents."""

    path: Path
    before: Any
    """`ABSENT` where it is not there."""
    after: Any

    @property
    def parts(self) -> tuple[Difference, ...]:
        """What an object or a list of texts that only one of the two has is made of; else nothing."""
        is_new = self.before is ABSENT
        content = self.after if is_new else self.before if self.after is ABSENT else None
        if isinstance(content, list) and all(isinstance(item, str) for item in content):
            content = {item: item for item in content}
        if not isinstance(content, dict):
            return ()
        ends = [(ABSENT, value) if is_new else (value, ABSENT) for value in content.values()]
        return tuple(Difference((*self.path, str(key)), *end) for key, end in zip(content, ends, strict=True))


class Comparison:
    """The differences of two values, and the places where only an order differs."""

    def __init__(self) -> None:
        self.reordered: list[Path] = []

    def differences(self, before: Any, after: Any, path: Path) -> Iterator[Difference]:
        """The smallest places that differ; what is only ordered otherwise is put into `reordered`."""
        if isinstance(before, dict) and isinstance(after, dict):
            yield from self._of_objects(before, after, path)
        elif (entries := _texts(before, after)) is not None:
            yield from self._of_texts(*entries, path)
        elif (named := _named(before, after)) is not None:
            yield from self._of_objects(*named, path)
        elif not same(before, after):
            yield Difference(path, before, after)

    def order_of(self, before: Sequence[str], after: Sequence[str], path: Path) -> None:
        """Note if what both have stands in another order."""
        there, here = set(before), set(after)
        if [key for key in before if key in here] != [key for key in after if key in there]:
            self.reordered.append(path)

    def _of_objects(self, before: Mapping[str, Any], after: Mapping[str, Any], path: Path) -> Iterator[Difference]:
        for key in dict.fromkeys((*before, *after)):
            here = (*path, str(key))
            yield from self.differences(before.get(key, ABSENT), after.get(key, ABSENT), here)
        self.order_of(list(before), list(after), path)

    def _of_texts(self, before: Sequence[str], after: Sequence[str], path: Path) -> Iterator[Difference]:
        old, new = Counter(before), Counter(after)
        yield from (Difference((*path, text), text, ABSENT) for text in (old - new).elements())
        yield from (Difference((*path, text), ABSENT, text) for text in (new - old).elements())
        self.order_of(list(dict.fromkeys(before)), list(dict.fromkeys(after)), path)
        if old == new and list(before) != list(after) and self.reordered[-1:] != [path]:
            self.reordered.append(path)  # a text that stands there twice moved


def same(one: Any, other: Any) -> bool:
    """Whether both are written alike; the order of keys counts."""
    return one is other or (ABSENT not in (one, other) and written(one) == written(other))


def written(value: Any) -> str:
    """A value as JSON writes it, in one line."""
    match value:
        case dict():
            return f"{{{', '.join(f'{written(str(key))}: {written(inner)}' for key, inner in value.items())}}}"
        case list():
            return f"[{', '.join(map(written, value))}]"
        case str():
            return f'"{value.translate(_ESCAPES)}"'
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case _:
            return str(value)


_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def _texts(before: Any, after: Any) -> tuple[list[str], list[str]] | None:
    """Both as lists of texts, where at least one has some."""
    lists = [value for value in (before, after) if isinstance(value, list)]
    if len(lists) < 2 or not any(lists) or not all(isinstance(item, str) for value in lists for item in value):
        return None
    return lists[0], lists[1]


def _named(before: Any, after: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Both as objects by the `name` of each entry, where every entry of both has one of its own."""
    if not isinstance(before, list) or not isinstance(after, list):
        return None
    old, new = (
        {item["name"]: item for item in value if isinstance(item, dict) and isinstance(item.get("name"), str)}
        for value in (before, after)
    )
    return (old, new) if len(old) == len(before) and len(new) == len(after) else None
