"""Verify a run: each step of it as a row, what that proves and what not, and how to do it alone."""

from __future__ import annotations

import re

import msgspec

from certmark.server import ids
from certmark.server.services import proving
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.web.desk import RunLine, run_line
from certmark.server.web.forms import sentence
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown

_DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class StepLine(msgspec.Struct, frozen=True, kw_only=True):
    """A step."""

    name: str
    what: str
    answer: str
    """proven, not proven, not checkable here."""
    sentence: str
    is_wrong: bool
    """Something contradicts it; else something is missing."""


class VerifyPage(msgspec.Struct, frozen=True, kw_only=True):
    """What stands behind a run; without one, the question."""

    asked: str
    problem: str
    run: RunLine | None
    sha256: str | None
    steps: list[StepLine]
    has_attestation: bool
    has_receipt: bool
    address: str


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which run."""

    run: str = ""
    """Its id, an address that has it, or the SHA-256 of its bytes."""


def _verify(services: Services, asked: PageRequest) -> Shown:
    word = asked.query(Wanted).run.strip()[:500]
    if not word:
        return _shown(asked, word, "", None)
    named, digest = _ID.search(word.lower()), _DIGEST.search(word.lower())
    try:
        if digest is not None:
            run = proving.of_bytes(services, asked.asker, bytes.fromhex(digest[0])).id
        elif named is not None:
            run = ids.read(named[0])
        else:
            return _shown(asked, word, _NOTHING, None)
        return _shown(asked, word, "", proving.look(services, asked.asker, run))
    except NotFound as error:
        return _shown(asked, word, sentence(str(error)), None)


_NOTHING = "That has no id of a run in it; paste the id, its page's address, or the SHA-256 of a file."


def _shown(asked: PageRequest, word: str, problem: str, found: proving.ProvenRun | None) -> Shown:
    data = VerifyPage(
        asked=word,
        problem=problem,
        run=None if found is None else run_line(found.run),
        sha256=None if found is None else found.run.digest.hex(),
        steps=[]
        if found is None
        else [
            StepLine(
                name=one.name, what=one.what, answer=one.answer.value, sentence=one.sentence, is_wrong=one.is_wrong
            )
            for one in found.steps
        ],
        has_attestation=found is not None and found.has_attestation,
        has_receipt=found is not None and found.has_receipt,
        address=asked.absolute(""),
    )
    return Shown("verify.html.j2", "Verify a run", data, freshness=Freshness.PRIVATE)


PAGES: tuple[PageRoute, ...] = (PageRoute("/verify", _verify),)
