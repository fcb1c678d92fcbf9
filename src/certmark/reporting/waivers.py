"""Waivers in words, and shown with their approvals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from certmark.domain.phrases import count_of
from certmark.domain.waivers import Waiver
from certmark.reporting.blocks import Block, Item, ItemGroup, Sentence, Tone
from certmark.reporting.documents import Document
from certmark.reporting.views import View

if TYPE_CHECKING:  # every verdict in words comes by here
    from certmark.trust.signers.signers import Permission
    from certmark.trust.waiver_approvals import Approvals, SignedWaivers


class WaiversView(View):
    """A file of waivers: what they excuse, until when, and who approved them."""

    title = "Waivers"

    def __init__(self, found: SignedWaivers, approvals: Approvals | None, day: dt.date) -> None:
        """`approvals` None: they were not checked. What is in force is told as of `day`."""
        self._shown = (found, approvals, day)

    def blocks(self) -> Iterator[Block]:
        """Those in force, then the others."""
        return _blocks(*self._shown)

    def document(self) -> Document:
        """The same for programs."""
        return Document("certmark-waivers-shown", 1, _document(*self._shown))


def waiver_terms(waiver: Waiver) -> str:
    """Why, by whom and until when a waiver was granted."""
    since = f"from {waiver.granted.isoformat()} " if waiver.granted is not None else ""
    link = f", {waiver.link}" if waiver.link else ""
    product = f", for {waiver.product}" if waiver.product else ""
    under = f", under {waiver.guidelines}" if waiver.guidelines is not None else ""
    terms = f"granted by {waiver.grantor}{product}, {since}until {waiver.expires.isoformat()}{under}{link}"
    return f"{waiver.reason} ({terms}; {_approval(waiver)})"


def _approval(waiver: Waiver) -> str:
    return f"approved by {' and '.join(waiver.approvers)}" if waiver.approvers else waiver.approval.value


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
            yield ItemGroup(title, tuple(_item(waiver, answers.get(waiver)) for waiver in waivers), tone)


def _signed(found: SignedWaivers, approvals: Approvals | None) -> Sentence:
    if found.envelope is None:
        return Sentence("Not signed: whoever wrote the file granted them.", Tone.GAP)
    count = count_of(len(found.envelope.signatures), "signature", "signatures")
    if approvals is None:
        keys = ", ".join(one.keyid or "no key named" for one in found.envelope.signatures)
        return Sentence(f"{count} ({keys}); nobody said who may approve, so they were not checked.", Tone.GAP)
    if approvals.holds:
        return Sentence(f"Approved: {len(approvals.sound)} of {count} sound and by keys that you know.", Tone.GOOD)
    return Sentence(f"NOT APPROVED: {len(approvals.sound)} of {count} sound and by keys that you know.", Tone.BAD)


def _item(waiver: Waiver, answer: Permission | None) -> Item:
    notes = [waiver_terms(waiver)]
    if answer is not None:
        notes.append(f"approved: {answer.sentence}" if answer.allowed else f"not approved: {answer.sentence}")
    return Item(f"{waiver.scope.value} {waiver.target}", tuple(notes))


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
