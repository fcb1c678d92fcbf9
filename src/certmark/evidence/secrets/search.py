"""Finding the secrets that are still in something that is to leave the machine, or has left another."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import BinaryIO, NamedTuple
from urllib.parse import quote

from certmark.evidence.secrets.patterns import Prefilter, find_secrets

SHORTEST = 6
"""Characters of a secret that is looked for everywhere; a shorter one stands in any text by chance."""
STEP = 1 << 20
"""Bytes that are looked through at once."""
OVERLAP = 32 << 10
"""Bytes that are looked through again with the next ones; no secret is longer."""


class LeakedSecret(NamedTuple):
    """A secret that is still in something."""

    member: str
    what: str


def find_leaks(stream: BinaryIO, member: str, known: Mapping[str, str]) -> tuple[LeakedSecret, ...]:
    """The secrets that stand in `stream`: those of `known`, and what looks like one. Bounded memory."""
    wanted = {form: name for name, value in known.items() if len(value) >= SHORTEST for form in _forms(value)}
    found: dict[LeakedSecret, None] = {}
    tail = b""
    while block := stream.read(STEP):
        window = tail + block
        prefilter = Prefilter(window)
        for form, name in wanted.items():
            if prefilter.may_have(form) and form in window:
                found[LeakedSecret(member, f"the value of {name}")] = None
        looks = find_secrets(window, prefilter=prefilter)
        found.update(dict.fromkeys(LeakedSecret(member, one.kind.name) for one in looks))
        tail = window[-OVERLAP:]
    return tuple(found)


def _forms(secret: str) -> Iterable[bytes]:
    """A secret as it stands in text, in JSON and in a URL."""
    return {secret.encode(), json.dumps(secret)[1:-1].encode(), quote(secret, safe="").encode()}
