"""What is so of a run, and what each such thing proves and does not prove."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from certmark.server.services.run_views import RunView
from certmark.server.web.runs.data import Proof


def visible_to(found: RunView) -> str:
    """Who sees a run."""
    if found.run.is_public:
        return "Everybody sees it."
    if found.claim.claim is None:
        return "It is private: who sent it sees it, or the members of the vendor that did."
    official = found.claim.claim.official is not None
    reviewers = ", and reviewers and the programme office, since it is official" if official else ""
    return f"It is private: the members of its vendor see it{reviewers}."


def proofs_of(found: RunView) -> Sequence[Proof]:
    """Each with what it says."""
    return list(_proofs(found))


def _proofs(found: RunView) -> Iterator[Proof]:
    claim, proof = found.claim.claim, found.proof
    yield Proof(
        "shared" if found.run.is_public else "private",
        found.run.is_public,
        None,
        "Who sees a run says nothing of what is in it.",
    )
    if claim is not None:
        yield Proof(
            "claimed",
            claim.is_declared,
            claim.moment,
            "Its vendor says that this is its product, on a cloud that the version names. Nobody else checked that.",
        )
        yield Proof(
            "official",
            claim.official is not None,
            claim.official,
            "The designate of the company stands for it as the company's result. It was not reviewed thereby.",
        )
        yield Proof(
            "verified",
            claim.verified is not None,
            claim.verified,
            "The programme office looked at this evidence, by its digest, and it stays as it is. It is no certificate.",
        )
    yield Proof(
        "attested",
        proof is not None,
        None if proof is None else proof.created,
        "A key signed what was tested, how, and with which result, of these very bytes. "
        "It proves who said it, not that the cloud was as they say.",
    )
    yield Proof(
        "in the log",
        proof is not None and proof.receipt is not None,
        None,
        "The attestation stands in a log that only grows, so that it was there by that time and is not taken back.",
    )
