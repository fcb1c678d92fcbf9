"""Logs, shown: receipts that were given, and what an audit found."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from certmark.domain.phrases import count_of
from certmark.reporting.blocks import Block, Sentence, Tone
from certmark.reporting.documents import Document
from certmark.reporting.views import View
from certmark.trust.log.checkpoints import Checkpoint, SignedCheckpoint


class ShownReceipt(NamedTuple):
    """A receipt that was written."""

    attestation: str
    """Or the receipt that was given again."""
    path: Path
    place: int


class ReceiptsView(View):
    """Receipts that were given, and the checkpoint under which they stand."""

    title = "Receipts"

    def __init__(self, receipts: Sequence[ShownReceipt], checkpoint: Checkpoint) -> None:
        self._receipts = receipts
        self._checkpoint = checkpoint

    def blocks(self) -> Iterator[Block]:
        """Where each lies."""
        for one in self._receipts:
            yield Sentence(f"{one.path}  entry {one.place:,} of {self._checkpoint.origin}", is_line=True)

    def document(self) -> Document:
        """The same for programs."""
        receipts = [
            {"attestation": one.attestation, "receipt": str(one.path), "place": one.place} for one in self._receipts
        ]
        return Document("certmark-receipts", 1, {"receipts": receipts, "checkpoint": described(self._checkpoint)})


class LogAuditView(View):
    """A log whose hashes were found to be those of its entries and of what was signed."""

    title = "Log, audited"

    def __init__(
        self,
        size: int,
        root: bytes,
        signed: Checkpoint,
        opened: SignedCheckpoint | None,
        published: int,
        backwards: int | None,
    ) -> None:
        """`signed` is the last checkpoint, `opened` the same with who signed it, where a key was named.

        `published` is how many other checkpoints it continues, `backwards` the first entry of an earlier time.
        """
        self._size, self._root, self._published, self._backwards = size, root, published, backwards
        self._signed, self._opened = signed, opened

    def blocks(self) -> Iterator[Block]:
        """A line for each thing that holds, and for what was not looked at."""
        entries = count_of(self._size, "entry", "entries")
        yield _line("entries", f"{entries} of {self._signed.origin}, every hash computed again")
        if self._backwards is None:
            yield _line("times", "no entry says an earlier time than one before it")
        else:
            text = f"FAILED       times      entry {self._backwards:,} says an earlier time than one before it"
            yield Sentence(text, Tone.BAD, is_line=True)
        yield _line("signed", f"the last checkpoint has {self._signed.size:,} of them, and the log begins with these")
        if self._opened is None:
            yield Sentence("not checked  key        no key of the log was named", Tone.QUIET, is_line=True)
        else:
            seen = ", ".join(dict.fromkeys(one.name for one in self._opened.witnessed))
            yield _line("key", "signed by the key that was named" + (f", cosigned by {seen}" if seen else ""))
        checkpoints = count_of(self._published, "published checkpoint", "published checkpoints")
        if self._published:
            yield _line("published", f"it continues {checkpoints}")
        else:
            yield Sentence("not checked  published  none was named or remembered here", Tone.QUIET, is_line=True)

    def document(self) -> Document:
        """The same for programs."""
        witnessed = [] if self._opened is None else self._opened.witnessed
        body = {
            "origin": self._signed.origin,
            "entries": self._size,
            "root": base64.b64encode(self._root).decode(),
            "checkpoint": described(self._signed),
            "signature_checked": self._opened is not None,
            "witnessed": [{"name": one.name, "time": one.time} for one in witnessed],
            "published": self._published,
            "backwards": self._backwards,
        }
        return Document("certmark-log-audit", 1, body)


def described(checkpoint: Checkpoint) -> dict[str, str | int]:
    """A checkpoint for programs."""
    return {
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": base64.b64encode(checkpoint.root).decode(),
    }


def _line(name: str, text: str) -> Sentence:
    return Sentence(f"ok           {name:<9}  {text}", Tone.GOOD, is_line=True)
