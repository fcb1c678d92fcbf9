"""What a sender says of a submission, and what is in it: two claims that must agree.

1. What only one of the two says holds.
2. What both say must be the same, word for word.
3. Several files that are sent together say the same, each of them as far as it says something.
4. An attestation speaks of the very bytes that were sent, and agrees with what is known of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from certmark.domain.errors import InvalidInput


class RunClaim(NamedTuple):
    """What somebody says of a run; None: nothing."""

    subject: str | None = None
    region: str | None = None
    suite: str | None = None
    guideline: str | None = None
    """The SHA-256 of its text."""
    program: str | None = None
    vendor: str | None = None
    product: str | None = None
    version: str | None = None


WORDS = {
    "subject": "the identity of the cloud",
    "region": "the region",
    "suite": "the suite",
    "guideline": "the guideline",
    "program": "the program",
    "vendor": "the vendor",
    "product": "the product",
    "version": "the version of the product",
}


class Contradiction(InvalidInput):
    """Two parts of one submission say different things."""

    def __init__(self, sentence: str, field: str) -> None:
        super().__init__(sentence)
        self.field = field
        """Of `RunClaim`."""


def agreed(said: RunClaim, found: RunClaim, file: str) -> RunClaim:
    """Rules 1 and 2; `file` is where `found` was found. Raises Contradiction."""
    for field, first, second in zip(RunClaim._fields, said, found, strict=True):
        if first is not None and second is not None and first != second:
            raise Contradiction(
                f"{WORDS[field]} is {_shown(second)} in {file}, and {_shown(first)} was said of it; send what agrees",
                field,
            )
    return RunClaim(*(second if first is None else first for first, second in zip(said, found, strict=True)))


def joined(parts: Sequence[tuple[str, RunClaim]]) -> RunClaim:
    """Rule 3: what these files say together, each with its name. Raises Contradiction."""
    known: dict[str, tuple[str, str]] = {}
    for file, claim in parts:
        for field, value in claim._asdict().items():
            first, where = known.setdefault(field, (value, file)) if value is not None else ("", "")
            if value is not None and first != value:
                raise Contradiction(
                    f"{WORDS[field]} is {_shown(first)} in {where}, and {_shown(value)} in {file}; "
                    "parts of one submission must agree",
                    field,
                )
    return RunClaim(**{field: value for field, (value, _) in known.items()})


def _shown(text: str) -> str:
    return repr(text if len(text) <= 100 else f"{text[:100]}...")
