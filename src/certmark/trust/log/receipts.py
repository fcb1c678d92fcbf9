"""Receipts: a server's word that an envelope came, when, and where in its log that stands.

A receipt is a proof in the form of c2sp.org/tlog-proof: an opening (`extra`), the index of the log's entry,
the inclusion proof, and the signed checkpoint. The entry has the time and a commitment, the SHA-256 over a
salt and the digest of the envelope's exact bytes; the opening has the salt and the digest. The checkpoint's
signature covers the entry through the proof. Nothing else is needed to check one: no network, no database, no
trust in whoever hands it over.

The log holds no salt: once the receipts of an envelope are erased, nobody can tell which entry was its own.
Entries of version 1 had the digest itself in the log, and were the opening as well.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import re
import secrets
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

from certmark.formats.documents.parsing import parse_json
from certmark.formats.errors import excerpt
from certmark.trust.errors import UnsoundReceipt
from certmark.trust.log.checkpoints import (
    Checkpoint,
    Witnessed,
    WitnessPolicy,
    open_checkpoint,
    unverified_checkpoint,
)
from certmark.trust.log.log import Log
from certmark.trust.log.merkle import LARGEST, check_inclusion, leaf_hash
from certmark.trust.log.notes import NoteKey, NoteSigner

FORMAT: Final = "certmark-log-entry"
VERSION: Final = 2
_READ: Final = (1, VERSION)
ENDING: Final = ".tlog-proof"
"""Of the name of a receipt."""
_HEAD: Final = "c2sp.org/tlog-proof@v1"
_LARGEST: Final = 256 << 10
_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,18})\Z")
_SALT_SIZE: Final = 32
SKEW: Final = dt.timedelta(hours=1)
"""By how much the clocks of a log, a witness, a tester and a reader may differ."""
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
    cosigned: dt.datetime | None = None
    """By when as many witnesses as were asked for had seen it there; None where none were."""


class Opening(NamedTuple):
    """What an entry commits to: in the receipt, and not in the log."""

    received: dt.datetime
    """In UTC, to the second."""
    envelope_sha256: str
    salt: bytes

    def entry(self) -> bytes:
        """The log's entry."""
        commitment = sha256(self.salt + bytes.fromhex(self.envelope_sha256)).hexdigest()
        return _written({"received": _stamp(self.received), "commitment": commitment})

    def document(self) -> bytes:
        """As it stands in a receipt."""
        known = {"received": _stamp(self.received), "envelope_sha256": self.envelope_sha256}
        return _written({**known, "salt": self.salt.hex()})


class _Parts(NamedTuple):
    opening: bytes
    place: int
    proof: tuple[bytes, ...]
    checkpoint: bytes


def opening_of(envelope: bytes, received: dt.datetime) -> Opening:
    """A new opening, of a salt that nobody knows, for an envelope that came at `received` (aware)."""
    return _opening(sha256(envelope).digest(), received)


def _opening(digest: bytes, received: dt.datetime) -> Opening:
    moment = received.astimezone(dt.UTC).replace(microsecond=0)
    return Opening(moment, digest.hex(), secrets.token_bytes(_SALT_SIZE))


def issue_receipts(
    log: Log, envelopes: Sequence[bytes], received: dt.datetime, signers: Sequence[NoteSigner]
) -> tuple[bytes, ...]:
    """Put `envelopes` on record in `log` and give a receipt for each: they are on the disk, the checkpoint kept.

    The log does not keep what a receipt opens; whoever issues receipts keeps them, to give them again.
    Raises what `Log.append` and `Log.checkpoint` raise.
    """
    return issue_receipts_of(log, [sha256(envelope).digest() for envelope in envelopes], received, signers)


def issue_receipts_of(
    log: Log, digests: Sequence[bytes], received: dt.datetime, signers: Sequence[NoteSigner]
) -> tuple[bytes, ...]:
    """As `issue_receipts`, for envelopes of these SHA-256 digests, which need not be at hand."""
    openings = [_opening(digest, received) for digest in digests]
    places = log.append([opening.entry() for opening in openings])
    checkpoint = log.checkpoint(signers)
    return tuple(
        _write_receipt(log, place, opening.document(), checkpoint)
        for place, opening in zip(places, openings, strict=True)
    )


def renew_receipt(log: Log, receipt: bytes, checkpoint: bytes) -> bytes:
    """`receipt` again, under another checkpoint of `log`: a later one, or one that more witnesses have signed.

    Raises UnsoundReceipt where it is none, or not of this log; UnsoundProof where the log is damaged.
    """
    parts = _parts(receipt)
    entry, _, _ = _understood(parts.opening)
    if parts.place >= log.size or log.entry(parts.place) != entry:
        raise UnsoundReceipt(f"the receipt is not of the log {excerpt(log.origin, 60)}: its entry is not there")
    if unverified_checkpoint(checkpoint).size <= parts.place:
        raise UnsoundReceipt("the checkpoint is of a time before the receipt's entry came; take a later one")
    return _write_receipt(log, parts.place, parts.opening, checkpoint)


def place_in(receipt: bytes) -> int:
    """The number of the entry that a receipt names; nothing is verified. Raises UnsoundReceipt."""
    return _parts(receipt).place


def checkpoint_in(data: bytes) -> bytes:
    """The signed checkpoint in a receipt; what is no receipt is given as it is. Raises UnsoundReceipt."""
    return _parts(data).checkpoint if data.startswith(_HEAD.encode()) else data


def has_cosignatures(receipt: bytes) -> bool:
    """Whether there is more than one signature under its checkpoint, whosever. Raises UnsoundReceipt."""
    return _parts(receipt).checkpoint.rpartition(b"\n\n")[2].count(b"\n") > 1


def backward_entry(log: Log) -> int | None:
    """The first entry of a time that is earlier than that of one before it, beyond what clocks differ by.

    None where time only goes on. Entries that are none of ours say no time.
    """
    latest = None
    for place in range(log.size):
        moment = _entry_time(log.entry(place))
        if moment is None:
            continue
        if latest is not None and latest - moment > SKEW:
            return place
        latest = moment if latest is None else max(latest, moment)
    return None


def _entry_time(entry: bytes) -> dt.datetime | None:
    try:
        document = parse_json(entry, "the entry", UnsoundReceipt, unique=True)
    except UnsoundReceipt:
        return None
    return _time(document) if isinstance(document, dict) and document.get("format") == FORMAT else None


def _write_receipt(log: Log, place: int, opening: bytes, checkpoint: bytes) -> bytes:
    now = unverified_checkpoint(checkpoint)
    proof = log.inclusion(place, now.size)
    # A hash that rotted in the log would make a proof that proves nothing.
    check_inclusion(leaf_hash(log.entry(place)), place, now.size, proof, now.root)
    lines = [
        _HEAD,
        f"extra {base64.b64encode(opening).decode()}",
        f"index {place}",
        *(base64.b64encode(step).decode() for step in proof),
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
    entry, received, digest = _understood(parts.opening)
    if digest != sha256(envelope).hexdigest():
        raise UnsoundReceipt(
            "the receipt is of another envelope, or the envelope was changed since the server received it"
        )
    signed = open_checkpoint(parts.checkpoint, log_keys, witnesses, "the checkpoint in the receipt")
    now = signed.checkpoint
    check_inclusion(leaf_hash(entry), parts.place, now.size, parts.proof, now.root)
    cosigned = None if signed.quorum_time is None else dt.datetime.fromtimestamp(signed.quorum_time, dt.UTC)
    return Receipt(received, digest, now.origin, parts.place, now, signed.witnessed, cosigned)


def time_of(receipt: Receipt, now: dt.datetime, existed: Sequence[tuple[dt.datetime, str]] = ()) -> dt.datetime:
    """The time that counts: by when the envelope was on record, as far as somebody other than its sender says so.

    That is the log's word, or the time by which a quorum of witnesses had seen it, where they were asked for.
    `existed` are times before which it cannot have come, and what happened then. Clocks may differ by `SKEW`.
    Raises UnsoundReceipt for a time that contradicts these, or that is after `now`.
    """
    said = f"the receipt says that the log had it on {_shown(receipt.received)}"
    if receipt.received - now > SKEW:
        raise UnsoundReceipt(f"{said}, which is after the time of the check, {_shown(now)}")
    counts = receipt.received
    if receipt.cosigned is not None:
        counts = receipt.cosigned
        if counts - now > SKEW:
            raise UnsoundReceipt(f"the witnesses say {_shown(counts)}, which is after the time of the check")
        if receipt.received - counts > SKEW:
            raise UnsoundReceipt(f"{said}, and witnesses saw it there before, on {_shown(counts)}")
    for moment, what in existed:
        if moment - min(receipt.received, counts) > SKEW:
            raise UnsoundReceipt(f"{said}, and {what} on {_shown(moment)}; it cannot have come before that")
    return counts


def _shown(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


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


def _understood(opening: bytes) -> tuple[bytes, dt.datetime, str]:
    """(the log's entry, when, digest of the envelope) of an opening."""
    document = parse_json(opening, "the entry in the receipt", UnsoundReceipt, unique=True)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise UnsoundReceipt(
            "the receipt is of something else than an envelope of a report; ask the server for it again"
        )
    version, salt = document.get("version"), document.get("salt")
    if type(version) is not int or version not in _READ:
        raise UnsoundReceipt(
            f"the receipt is of version {excerpt(str(version), 20)}; this Certmark reads versions up to {VERSION}"
        )
    received, digest = _time(document), document.get("envelope_sha256")
    if received is None or not isinstance(digest, str) or not _DIGEST.match(digest):
        raise UnsoundReceipt("the receipt does not say when which envelope came; ask the server for it again")
    if version == 1:
        return opening, received, digest
    found = Opening(received, digest, bytes.fromhex(salt) if isinstance(salt, str) and _DIGEST.match(salt) else b"")
    if found.document() != opening:
        raise UnsoundReceipt("the receipt does not say what its entry commits to; ask the server for it again")
    return found.entry(), received, digest


def _written(fields: dict[str, str]) -> bytes:
    return json.dumps({"format": FORMAT, "version": VERSION, **fields}, separators=(",", ":")).encode("ascii")


def _stamp(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _time(document: dict[str, Any]) -> dt.datetime | None:
    text = document.get("received")
    if not isinstance(text, str) or not _TIME.match(text):
        return None
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return None
