"""Any bytes are a trust document, a draft of one or a list of revocations, or get one sentence."""

# ruff: noqa: E402 - a script, which must begin to watch before it imports

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import driver

driver.watch(
    "certmark.trust.programme.documents",
    "certmark.trust.programme.following",
    "certmark.trust.programme.revocations",
)

from certmark.formats.errors import FormatError
from certmark.trust.envelopes import Envelope, seal, write_envelope
from certmark.trust.keys.files import new_key
from certmark.trust.keys.keys import Algorithm
from certmark.trust.programme import documents, revocations
from certmark.trust.programme.documents import read_draft, read_trust
from certmark.trust.programme.envelopes import payload_of
from certmark.trust.programme.following import follow, next_list
from certmark.trust.programme.revocations import new_list, read_revocation_list

_NOW = datetime(2026, 11, 28, tzinfo=UTC)
_KEY = new_key(Algorithm.ED25519)
_CONTENT = {
    "format": "certmark-trust",
    "version": 1,
    "programme": "P",
    "edition": 1,
    "expires": "2099-01-01",
    "office": {"threshold": 1, "keys": [_KEY.public.line]},
    "signers": {
        "signers": [{"name": "ops", "keys": [_KEY.public.line]}],
        "grants": [{"vendors": ["Acme"], "signers": ["ops"]}],
        "max-age-days": 365,
    },
    "guidelines": [{"id": "2026.11", "sha256": "0" * 64, "policy": "strict"}],
    "revocations": {"threshold": 1, "keys": [_KEY.public.line], "location": "revocations.json"},
}
_LIST = new_list("P", 1, (_NOW, datetime(2099, 1, 1, tzinfo=UTC)), {"runs": [{"id": "x", "reason": "y"}]})
_FIRST = read_trust(write_envelope(seal(documents.PAYLOAD_TYPE, payload_of(_CONTENT), [_KEY])), "it")
_KINDS = (documents.PAYLOAD_TYPE, revocations.PAYLOAD_TYPE)


def target(data: bytes) -> None:
    """Raises if `data`, as a file or as what was signed, is believed, or ends in anything but a refusal in one line."""
    inside = [write_envelope(Envelope(kind, data, _FIRST.envelope.signatures)) for kind in _KINDS]
    for content in (data, *inside):
        for read in (read_trust, read_draft, read_revocation_list):
            _refused_or_read(partial(read, content, "it"))
        _refused_or_read(partial(_believed, content))


def _believed(content: bytes) -> None:
    """What nobody signed is never believed."""
    terms = _FIRST.revocations
    if follow(_FIRST, lambda number: content if number > 1 else None) != _FIRST:
        raise AssertionError("an edition was believed")
    if terms is not None:
        next_list(None, content, terms, _FIRST, _NOW)
        raise AssertionError("a list was believed")


def _refused_or_read(task: Callable[[], object]) -> None:
    try:
        task()
    except FormatError as refusal:
        driver.demand_sentence(str(refusal), 2_000)


if __name__ == "__main__":
    _SEEDS = [_CONTENT, {**_CONTENT, "edition": 2}, _LIST]
    _UNSIGNED = [json.dumps(one).encode() for one in _SEEDS]
    sys.exit(driver.main(target, _UNSIGNED))
