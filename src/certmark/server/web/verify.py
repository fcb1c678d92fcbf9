"""Verify a run: each step of it as a row, what that proves and what not, and how to do it alone."""

from __future__ import annotations

import re

import msgspec

from certmark.server import ids
from certmark.server.services import proving
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.web.desk import RunLine, run_line
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class StepLine(msgspec.Struct, frozen=True, kw_only=True):
    """A step."""

    name: str
    what: str
    answer: str
    """proven, not proven, not checkable here."""
    sentence: str


class VerifyPage(msgspec.Struct, frozen=True, kw_only=True):
    """What stands behind a run; without one, the question."""

    asked: str
    problem: str
    run: RunLine | None
    sha256: str | None
    steps: list[StepLine]
    commands: list[str]
    """How to do it alone."""
    address: str


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which run."""

    run: str = ""
    """Its id, or an address that has it."""


def _verify(services: Services, asked: PageRequest) -> Shown:
    word = asked.query(Wanted).run.strip()[:500]
    if not word:
        return _shown(asked, word, "", None)
    named = _ID.search(word.lower())
    if named is None:
        return _shown(
            asked, word, "That has no id of a run in it; paste the id, or the address of the run's page.", None
        )
    try:
        return _shown(asked, word, "", proving.look(services, asked.asker, ids.read(named[0])))
    except NotFound:
        return _shown(asked, word, f"There is no run {named[0]} here that you may see.", None)


def _shown(asked: PageRequest, word: str, problem: str, found: proving.ProvenRun | None) -> Shown:
    data = VerifyPage(
        asked=word,
        problem=problem,
        run=None if found is None else run_line(found.run),
        sha256=None if found is None else found.run.digest.hex(),
        steps=[]
        if found is None
        else [
            StepLine(name=one.name, what=one.what, answer=one.answer.value, sentence=one.sentence)
            for one in found.steps
        ],
        commands=[] if found is None else _commands(asked, found),
        address=asked.absolute(""),
    )
    return Shown("verify.html.j2", "Verify a run", data, freshness=Freshness.PRIVATE)


def _commands(asked: PageRequest, found: proving.ProvenRun) -> list[str]:
    """Everything is got from here, and nothing of what is said here is believed."""
    base = asked.absolute(f"/api/v2/runs/{ids.written(found.run.id)}")
    lines = [
        f"curl --fail -o evidence {base}/evidence",
        f'echo "{found.run.digest.hex()}  evidence" | sha256sum --check',
    ]
    if not found.has_attestation:
        return [*lines, "certmark judge evidence"]
    lines.append(f"curl --fail -o attestation.json {base}/attestation")
    last = "certmark verify attestation.json --bundle evidence --allowed-signers SIGNERS"
    if found.has_receipt:
        lines.append(f"curl --fail -o receipt {base}/receipt")
        last += " --receipt receipt --log-key LOG_KEY"
    return [*lines, last]


PAGES: tuple[PageRoute, ...] = (PageRoute("/verify", _verify),)
