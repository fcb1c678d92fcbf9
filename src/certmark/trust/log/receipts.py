"""Receipts: a server's word that an envelope came, when, and where in its log that stands.

A receipt is a proof in the form of c2sp.org/tlog-proof: the log's entry (`extra`), its index, the
inclusion proof, and the signed checkpoint. The entry names the envelope by the SHA-256 of its exact
bytes and the time at which it came; the checkpoint's signature covers the entry through the proof.
Nothing else is needed to check one: no network, no database, no trust in whoever hands it over.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

from certmark.formats.documents.parsing import parse_json
from certmark.formats.errors import excerpt
from certmark.trust.errors import UnsoundProof, UnsoundReceipt
from certmark.trust.log.checkpoints import Checkpoint, Witnessed, WitnessPolicy, open_checkpoint
from certmark.trust.log.log import Log
from certmark.trust.log.merkle import LARGEST, check_inclusion, leaf_hash
from certmark.trust.log.notes import NoteKey, NoteSigner

FORMAT: Final = "certmark-log-entry"
VERSION: Final = 1
_HEAD: Final = "c2sp.org/tlog-proof@v1"
_LARGEST: Final = 256 << 10
_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,18})\Z")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}\Z")
_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z\Z")


class Receipt(NamedTuple):
    """What a sound receipt says."""

    received: dt.datetime
    """When the envelope came, by the server's clock, in UTC, to the second."""
    envelope_sha256: str
    log: str
    """The origin of the log."""
    place: int
    """The number of the entry in the log; the first one is 0."""
    checkpoint: Checkpoint
    """The state of the log under which the place was proved."""
    witnessed: tuple[Witnessed, ...]
    """Who else saw the log in that state, of those asked for."""


class _Parts(NamedTuple):
    entry: bytes
    place: int
    proof: tuple[bytes, ...]
    checkpoint: bytes


def log_entry(envelope: bytes, received: dt.datetime) -> bytes:
    """The entry of a log for an envelope that came at `received` (aware; written in UTC, to the second)."""
    stamp = received.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    document = {
        "format": FORMAT,
        "version": VERSION,
        "received": stamp,
        "envelope_sha256": sha256(envelope).hexdigest(),
    }
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def issue_receipt(
    log: Log, envelope: bytes, received: dt.datetime, signers: Sequence[NoteSigner], *, time: int = 0
) -> bytes:
    """Put `envelope` on record in `log` and give the receipt: the entry is on the disk, the checkpoint kept.

    Raises what `Log.append` and `Log.checkpoint` raise.
    """
    entry = log_entry(envelope, received)
    (index,) = log.append([entry])
    return write_receipt(log, index, log.checkpoint(signers, time=time))


def write_receipt(log: Log, index: int, checkpoint: bytes) -> bytes:
    """The receipt for entry `index` of `log` under a signed checkpoint, as of now or of earlier.

    With a later checkpoint, which more witnesses have signed, a receipt can be given again.
    """
    size = int(checkpoint.split(b"\n", 2)[1])
    lines = [
        _HEAD,
        f"extra {base64.b64encode(log.entry(index)).decode()}",
        f"index {index}",
        *(base64.b64encode(step).decode() for step in log.inclusion(index, size)),
        "",
    ]
    return "".join(f"{line}\n" for line in lines).encode() + checkpoint


def check_receipt(
    receipt: bytes,
    envelope: bytes,
    log_keys: Sequence[NoteKey],
    witnesses: WitnessPolicy = WitnessPolicy(),  # noqa: B008 - a value that cannot change
) -> Receipt:
    """What `receipt` says, once it is proved: of exactly these bytes of an envelope, in a log of `log_keys`.

    Raises UnsoundReceipt where it is none or of another envelope, UnsoundNote where nobody trusted
    signed the checkpoint, UnsoundProof where the entry is not in the log.
    """
    parts = _parts(receipt)
    received, digest = _understood(parts.entry)
    if digest != sha256(envelope).hexdigest():
        raise UnsoundReceipt(
            "the receipt is of another envelope, or the envelope was changed since the server received it"
        )
    signed = open_checkpoint(parts.checkpoint, log_keys, witnesses, "the checkpoint in the receipt")
    now = signed.checkpoint
    check_inclusion(leaf_hash(parts.entry), parts.place, now.size, parts.proof, now.root)
    return Receipt(received, digest, now.origin, parts.place, now, signed.witnessed)


def _parts(receipt: bytes) -> _Parts:
    if len(receipt) > _LARGEST:
        raise UnsoundReceipt(f"the receipt has more than {_LARGEST >> 10} KiB; none has")
    head, gap, checkpoint = receipt.partition(b"\n\n")
    try:
        title, extra, index, *steps = head.decode("ascii").split("\n")
    except ValueError:  # too few lines, or no ASCII
        title = extra = index = ""
        steps = []
    found = _INDEX.match(index)
    if not gap or title != _HEAD or not extra.startswith("extra ") or found is None or int(found[1]) > LARGEST:
        raise UnsoundReceipt(f"this is no receipt: it does not begin like a {_HEAD}; ask the server for it again")
    try:
        proof = tuple(_decoded(step) for step in steps)
        return _Parts(_decoded(extra.removeprefix("extra ")), int(found[1]), proof, checkpoint)
    except ValueError as error:
        raise UnsoundReceipt(
            "the receipt is damaged: a line of it is no base64; ask the server for it again"
        ) from error


def _decoded(encoded: str) -> bytes:
    try:
        content = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise ValueError(encoded[:40]) from error
    if base64.b64encode(content).decode() != encoded:
        raise ValueError(encoded[:40])
    return content


def _understood(entry: bytes) -> tuple[dt.datetime, str]:
    """(when, digest of the envelope) of a log's entry."""
    document = parse_json(entry, "the entry in the receipt", UnsoundReceipt, unique=True)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise UnsoundReceipt(
            "the receipt is of something else than an envelope of a report; ask the server for it again"
        )
    if document.get("version") != VERSION or isinstance(document["version"], bool):
        version = excerpt(str(document.get("version")), 20)
        raise UnsoundReceipt(f"the receipt is of version {version}; this Certmark reads version {VERSION}")
    received, digest = _time(document), document.get("envelope_sha256")
    if received is None or not isinstance(digest, str) or not _DIGEST.match(digest):
        raise UnsoundReceipt("the receipt does not say when which envelope came; ask the server for it again")
    return received, digest


def _time(document: dict[str, Any]) -> dt.datetime | None:
    text = document.get("received")
    if not isinstance(text, str) or not _TIME.match(text):
        return None
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return None


__all__ = [
    "Receipt",
    "UnsoundProof",
    "UnsoundReceipt",
    "check_receipt",
    "issue_receipt",
    "log_entry",
    "write_receipt",
]
