"""Waivers: approved with a signature, and what approvals there are."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from certmark.app.files import write_file
from certmark.app.inputs.keys import AskPassphrase, signer_of
from certmark.app.inputs.signers import signers_of
from certmark.app.inputs.waivers import read_file
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.domain.waivers import Waiver
from certmark.trust.envelopes import write_envelope
from certmark.trust.waiver_approvals import (
    Approvals,
    SignedWaivers,
    approve,
    check_approvals,
    is_envelope,
    read_signed_waivers,
)


@dataclass(frozen=True, kw_only=True)
class ApproveRequest:
    """A file of waivers to be approved."""

    file: str
    key: str | None
    """As `inputs.keys.signer_of` has it."""
    output: str | None = None
    """None: beside the file; a signed one is replaced."""


class Approved(NamedTuple):
    """An approval, written."""

    path: Path
    signatures: int
    """In the file now."""


class ApprovedWaivers(NamedTuple):
    """Waivers with what is known of their approvals."""

    file: SignedWaivers
    approvals: Approvals | None
    """None: nobody said who may approve."""
    day: dt.date
    """What is in force is told as of this day."""


def approve_waivers(request: ApproveRequest, ask: AskPassphrase, listen: Listener) -> Approved:
    """Add an approval; each waiver is told before the key is asked for.

    Raises InvalidWaivers, InvalidRequest, AgentUnavailable, InvalidKey or OSError.
    """
    file = Path(request.file)
    data = read_file(request.file)
    for waiver in read_signed_waivers(data, file.name).waivers:
        listen(Remark(f"approving: {waiver.scope.value} {waiver.target}, {_until(waiver)}: {waiver.reason}"))
    envelope = approve(data, file.name, signer_of(request.key, ask, listen))
    path = Path(request.output or (file if is_envelope(data) else file.with_suffix(".signed.json")))
    write_file(path, write_envelope(envelope))
    return Approved(path, len(envelope.signatures))


def waivers_and_approvals(
    path: str, signers: str | None, as_of: dt.date | None, listen: Listener = ignore
) -> ApprovedWaivers:
    """The waivers in a file, and who approved them, as the file `signers` says who may.

    `as_of` None: today, in UTC. Raises InvalidWaivers, InvalidSigners or OSError.
    """
    now = dt.datetime.now(dt.UTC)
    found = read_signed_waivers(read_file(path), Path(path).name)
    if signers is None:
        return ApprovedWaivers(found, None, as_of or now.date())
    moment = now if as_of is None else dt.datetime.combine(as_of, dt.time(23, 59, 59), dt.UTC)
    return ApprovedWaivers(found, check_approvals(found, signers_of(signers, listen), moment), as_of or now.date())


def _until(waiver: Waiver) -> str:
    under = f", {waiver.guidelines}" if waiver.guidelines is not None else ""
    return f"for {waiver.product}, until {waiver.expires.isoformat()}{under}"
