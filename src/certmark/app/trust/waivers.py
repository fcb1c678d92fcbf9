"""The work of `certmark waivers sign` and `waivers show`."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
from collections.abc import Iterator, Sequence

from certmark.app.files import write_file
from certmark.app.inputs.keys import signer_of
from certmark.app.inputs.signers import signers_of
from certmark.app.inputs.waivers import read_file
from certmark.cli.console import Console
from certmark.cli.display import show_blocks
from certmark.cli.exits import Exit
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.phrases import count_of
from certmark.domain.waivers import Waiver
from certmark.reporting.blocks import Block, Group, Item, Sentence, Tone
from certmark.reporting.waivers import waiver_terms
from certmark.trust.envelopes import write_envelope
from certmark.trust.errors import AgentUnavailable
from certmark.trust.signers.signers import Permission
from certmark.trust.waiver_approvals import (
    Approvals,
    SignedWaivers,
    approve,
    check_approvals,
    is_envelope,
    read_signed_waivers,
)


def sign(args: argparse.Namespace, console: Console) -> Exit:
    """Add an approval, and say what was approved."""
    data, name = read_file(args.file), os.path.basename(args.file)
    found = read_signed_waivers(data, name)
    for waiver in found.waivers:
        console.remark(f"approving: {waiver.scope.value} {waiver.target}, {_until(waiver)}: {waiver.reason}")
    signer = signer_of(args.key, args.passphrase_fd, console)
    try:
        envelope = approve(data, name, signer)
    except AgentUnavailable as error:
        raise CannotProceed(str(error)) from error
    path = args.output or (args.file if is_envelope(data) else f"{os.path.splitext(args.file)[0]}.signed.json")
    write_file(path, write_envelope(envelope))
    console.remark(f"wrote {path}, with {count_of(len(envelope.signatures), 'approval', 'approvals')}")
    return Exit.OK


def show(args: argparse.Namespace, console: Console) -> Exit:
    """Show waivers and approvals."""
    day = _day(args.as_of)
    found = read_signed_waivers(read_file(args.file), os.path.basename(args.file))
    approvals = None
    if args.allowed_signers is not None:
        moment = dt.datetime.now(dt.UTC)
        if args.as_of is not None:
            moment = dt.datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=dt.UTC)
        approvals = check_approvals(found, signers_of(args.allowed_signers), moment)
    if args.json:
        console.data(json.dumps(_document(found, approvals, day), indent=1))
    else:
        show_blocks(tuple(_blocks(found, approvals, day)), console)
    return Exit.OK if approvals is None or approvals.holds else Exit.FAIL


def _day(text: str | None) -> dt.date:
    try:
        return dt.datetime.now(dt.UTC).date() if text is None else dt.date.fromisoformat(text)
    except ValueError:
        raise InvalidRequest(f"{text!r} is not a date like 2026-11-21") from None


def _blocks(found: SignedWaivers, approvals: Approvals | None, day: dt.date) -> Iterator[Block]:
    in_force = [waiver for waiver in found.waivers if waiver.holds_on(day)]
    total = count_of(len(found.waivers), "waiver", "waivers")
    products = ", ".join(dict.fromkeys(waiver.product or "" for waiver in found.waivers))
    yield Sentence(f"{total} for {products or 'nobody'}; {len(in_force)} in force on {day.isoformat()}.")
    yield _signed(found, approvals)
    answers = dict(approvals.answers) if approvals is not None else {}
    for title, waivers, tone in (
        ("in force", in_force, Tone.GOOD),
        ("not in force", [waiver for waiver in found.waivers if waiver not in in_force], Tone.GAP),
    ):
        if waivers:
            yield Group(title, tuple(_item(waiver, answers.get(waiver)) for waiver in waivers), tone)


def _signed(found: SignedWaivers, approvals: Approvals | None) -> Sentence:
    if found.envelope is None:
        return Sentence("Not signed: whoever wrote the file granted them.", Tone.GAP)
    count = count_of(len(found.envelope.signatures), "signature", "signatures")
    if approvals is None:
        keys = ", ".join(one.keyid or "no key named" for one in found.envelope.signatures)
        return Sentence(f"{count} ({keys}); name who may approve with --allowed-signers to check them.", Tone.GAP)
    if approvals.holds:
        return Sentence(f"Approved: {len(approvals.sound)} of {count} sound and by keys that you know.", Tone.GOOD)
    return Sentence(f"NOT APPROVED: {len(approvals.sound)} of {count} sound and by keys that you know.", Tone.BAD)


def _item(waiver: Waiver, answer: Permission | None) -> Item:
    notes = [waiver_terms(waiver)]
    if answer is not None:
        notes.append(f"approved: {answer.sentence}" if answer.allowed else f"not approved: {answer.sentence}")
    return Item(f"{waiver.scope.value} {waiver.target}", tuple(notes))


def _until(waiver: Waiver) -> str:
    under = f", {waiver.guidelines}" if waiver.guidelines is not None else ""
    return f"for {waiver.product}, until {waiver.expires.isoformat()}{under}"


def _document(found: SignedWaivers, approvals: Approvals | None, day: dt.date) -> dict[str, object]:
    answers: Sequence[Permission | None] = [None] * len(found.waivers)
    if approvals is not None:
        answers = [answer for _, answer in approvals.answers]
    return {
        "signed": found.envelope is not None,
        "signatures": [one.keyid for one in found.envelope.signatures] if found.envelope is not None else [],
        "approved": None if approvals is None else approvals.holds,
        "as_of": day.isoformat(),
        "waivers": [_entry(waiver, answer, day) for waiver, answer in zip(found.waivers, answers, strict=True)],
    }


def _entry(waiver: Waiver, answer: Permission | None, day: dt.date) -> dict[str, object]:
    under = waiver.guidelines
    return {
        "scope": waiver.scope.value,
        "target": waiver.target,
        "product": waiver.product,
        "reason": waiver.reason,
        "grantor": waiver.grantor,
        "granted": None if waiver.granted is None else waiver.granted.isoformat(),
        "expires": waiver.expires.isoformat(),
        "guidelines": None if under is None else {"from": under.first, "to": under.last},
        "link": waiver.link,
        "in_force": waiver.holds_on(day),
        "approval": None if answer is None else {"approved": answer.allowed, "said": answer.sentence},
    }
