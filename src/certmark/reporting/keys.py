"""Keys, shown: never more of one than everybody may know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from certmark.reporting.blocks import Block, Sentence
from certmark.reporting.documents import Document
from certmark.reporting.views import View
from certmark.trust.keys.keys import PublicKey


class KeyView(View):
    """One key."""

    title = "Key"

    def __init__(self, key: PublicKey, where: str) -> None:
        """`where` is the file of its private half, or `ssh-agent`."""
        self._described = describe(key, where)

    def blocks(self) -> Iterator[Block]:
        """A line for each thing that is known of it."""
        for name, value in self._described.items():
            if value is not None:
                yield Sentence(f"{name:<9}  {value}")

    def document(self) -> Document:
        """The same for programs."""
        return Document("certmark-key", 1, self._described)


class KeysView(View):
    """Several keys."""

    title = "Keys"

    def __init__(self, keys: Sequence[tuple[PublicKey, str]]) -> None:
        """Each with where it is."""
        self._keys = [describe(key, where) for key, where in keys]

    def blocks(self) -> Iterator[Block]:
        """A line for each."""
        for key in self._keys:
            yield Sentence(f"{key['id']}  {key['type']:<10}  {key['where']}  {key['comment'] or ''}".rstrip())

    def document(self) -> Document:
        """The same for programs."""
        return Document("certmark-keys", 1, {"keys": self._keys})


def describe(key: PublicKey, where: str) -> dict[str, str | int | None]:
    """Everything about a key that others may know."""
    return {
        "id": key.id,
        "type": key.algorithm.value,
        "bits": key.bits,
        "comment": key.comment or None,
        "where": where,
        "public": key.line,
    }
