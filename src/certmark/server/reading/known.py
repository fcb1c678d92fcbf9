"""Uploads of RefStack that name known tests only: read and judged without making a value of each test.

1. What is not exactly such an upload (another key, another type, a test that is not known here, a test twice, a name
   that says an id) is left to the reader of the format, which words what is wrong with it.
2. Where the masks can tell, they give the verdict; else the reader of the format and the judge do.
3. Only the first tests that a server knew are known here, so that nobody makes the masks large.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta

from certmark.domain.guidelines import Guideline, Program
from certmark.domain.identity import fixture_of, split
from certmark.domain.masks import CountedVerdict, Numbering, ProgramMask
from certmark.domain.programs import demand_of
from certmark.domain.sentences import sentence_of_passes
from certmark.domain.verdict_values import State
from certmark.server.numbering import MOST_KNOWN, KnownTest
from certmark.server.reading.messages import OutcomeCode

FORMAT = "refstack-upload"
LARGEST = 1 << 20
"""Bytes of such an upload."""
_LANE = 8
"""Bits of a test in a mask: a vector of bytes is a mask as it stands."""
_MOST_PROGRAMS = 16


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    name: str
    uuid: str | None = None


class _Upload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    cpid: str
    results: list[_Entry]
    duration_seconds: Annotated[int, Meta(ge=0)] = 0


_decode = msgspec.json.Decoder(_Upload).decode


class KnownUploads:
    """What this process knows of the tests that the server knows."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str | None], int] = {}
        self._tests = Numbering()
        self._size = 0
        self._masks: dict[tuple[int, int], tuple[Guideline, Program, ProgramMask]] = {}

    def learn(self, tests: Iterable[KnownTest]) -> None:
        """The server has numbered these."""
        for number, name, uuid in tests:
            if number < MOST_KNOWN:
                self._tests.add(name, uuid or None, number * _LANE)
                self._size = max(self._size, number + 1)
                if split(name).uuid is None and fixture_of(name) is None:
                    self._numbers[name, uuid or None] = number
        self._masks.clear()

    def outcomes(self, data: bytes) -> bytes | None:
        """A byte for each number up to the last known one; None: rule 1."""
        if len(data) > LARGEST:
            return None
        try:
            entries = _decode(data).results
            numbers = [self._numbers[entry.name, entry.uuid] for entry in entries]
        except (msgspec.DecodeError, KeyError, RecursionError):
            return None
        vector = bytearray(self._size)
        for number in numbers:
            vector[number] = OutcomeCode.PASSED
        return bytes(vector) if numbers and vector.count(OutcomeCode.PASSED) == len(numbers) else None

    def judged(self, guideline: Guideline, program: Program, outcomes: bytes) -> tuple[CountedVerdict, str] | None:
        """Rule 2, with the verdict's sentence. `outcomes` has passed tests only."""
        masks = self._masks_of(guideline, program)
        found = masks.judge({State.PASSED: int.from_bytes(outcomes, "little")}, passes_only=True)
        if found is None:
            return None
        said = sentence_of_passes(guideline, demand_of(guideline, program), guideline.policy, found)
        return None if said is None else (found, said)

    def _masks_of(self, guideline: Guideline, program: Program) -> ProgramMask:
        key = (id(guideline), id(program))
        found = self._masks.get(key)
        if found is None:
            if len(self._masks) >= _MOST_PROGRAMS:
                self._masks.clear()
            # Both are held, so that no other object gets their ids.
            found = self._masks[key] = (
                guideline,
                program,
                ProgramMask(guideline, program, guideline.policy, self._tests),
            )
        return found[2]
