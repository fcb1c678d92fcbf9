"""The log: what was signed, entries, proofs; and what stands behind a run."""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import Annotated

import msgspec
from msgspec import Meta

from certmark.server import ids
from certmark.server.api.bodies import InclusionBody, LogBody, LogEntries, Proof, SignerBody, moment
from certmark.server.api.routes import Answer, Content, Route
from certmark.server.api.v2.words import OfRun
from certmark.server.asking import Asker
from certmark.server.services import log
from certmark.server.services.context import Services

Entries = Annotated[int, Meta(ge=0, le=2**53)]
"""A number of entries, or the number of one, from 0."""
_TEXT = "text/plain; charset=utf-8"


class WantedLog(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which checkpoints are named beside the last one."""

    before: Entries | None = None
    """Of fewer entries than this."""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 50


class WantedCheckpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which checkpoint."""

    size: Entries | None = None
    """That of so many entries; none: the last one."""


class WantedEntries(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which entries."""

    first: Entries = 0
    limit: Annotated[int, Meta(ge=1, le=1000)] = 500


class WantedInclusion(WantedCheckpoint, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of which entry."""

    index: Entries


class WantedConsistency(WantedCheckpoint, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Since when."""

    since: Entries = 0
    """How many entries whoever asks has seen."""


def _head(services: Services, asker: Asker, asked: WantedLog) -> Answer:  # noqa: ARG001 - every handler takes these
    found = log.head(services, asked.before, asked.limit)
    now = found.checkpoint
    body = LogBody(
        origin=now.origin, key=found.key, size=now.size, root=_base64(now.root), checkpoints=list(found.sizes)
    )
    return Answer(body, is_public=True)


def _checkpoint(services: Services, asker: Asker, asked: WantedCheckpoint) -> Content:  # noqa: ARG001 - likewise
    return Content(log.checkpoint(services, asked.size), _TEXT, is_public=True, is_final=asked.size is not None)


def _entries(services: Services, asker: Asker, asked: WantedEntries) -> Answer:  # noqa: ARG001 - likewise
    found, size = log.entries(services, asked.first, asked.limit)
    return Answer(LogEntries(first=asked.first, entries=[_base64(one) for one in found], size=size), is_public=True)


def _inclusion(services: Services, asker: Asker, asked: WantedInclusion) -> Answer:  # noqa: ARG001 - likewise
    found = log.inclusion(services, asked.index, asked.size)
    body = InclusionBody(
        index=found.place, size=found.size, leaf=_base64(found.leaf), hashes=[_base64(one) for one in found.hashes]
    )
    return Answer(body, is_public=True, is_final=asked.size is not None)


def _consistency(services: Services, asker: Asker, asked: WantedConsistency) -> Content:  # noqa: ARG001 - likewise
    return Content(log.consistency(services, asked.since, asked.size), _TEXT, is_public=True)


def _proof(services: Services, asker: Asker, asked: OfRun) -> Answer:
    found = log.proof_of(services, asker, ids.read(asked.run))
    body = Proof(
        attestation=found.attestation.digest.hex(),
        accepted=moment(found.attestation.created) or "",
        signers=[SignerBody(key=one) for one in found.attestation.signers],
        unchecked=list(found.attestation.unchecked),
        index=found.place,
    )
    return Answer(body, found.run.is_public)


def _receipt(services: Services, asker: Asker, asked: OfRun) -> Content:
    run, receipt = log.receipt_of(services, asker, ids.read(asked.run))
    return Content(receipt, _TEXT, is_public=run.is_public)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


_NONE = (HTTPStatus.NOT_FOUND,)
ROUTES = (
    Route(
        method="GET",
        path="/runs/{run}/proof",
        name="show_proof",
        summary="What was found of a run's attestation: who signed it, what was not checked, its place in the log.",
        handler=_proof,
        parameters=OfRun,
        answer=Proof,
        errors=_NONE,
    ),
    Route(
        method="GET",
        path="/runs/{run}/receipt",
        name="get_receipt",
        summary="The receipt of a run's attestation, for `verify`; it comes a moment after the attestation.",
        handler=_receipt,
        parameters=OfRun,
        answer=None,
        media=(_TEXT,),
        errors=_NONE,
    ),
    Route(
        method="GET",
        path="/log",
        name="show_log",
        summary="The log: its name, its key, how large it is, which checkpoints there are.",
        handler=_head,
        parameters=WantedLog,
        answer=LogBody,
        errors=_NONE,
    ),
    Route(
        method="GET",
        path="/log/checkpoint",
        name="get_checkpoint",
        summary="The last checkpoint that was signed, or that of a size (c2sp.org/tlog-checkpoint).",
        handler=_checkpoint,
        parameters=WantedCheckpoint,
        answer=None,
        media=(_TEXT,),
        errors=_NONE,
    ),
    Route(
        method="GET",
        path="/log/entries",
        name="list_entries",
        summary="Entries of the log, in base64, in their order.",
        handler=_entries,
        parameters=WantedEntries,
        answer=LogEntries,
        errors=_NONE,
    ),
    Route(
        method="GET",
        path="/log/inclusion",
        name="prove_inclusion",
        summary="The proof that an entry is in the log (RFC 9162, 2.1.3).",
        handler=_inclusion,
        parameters=WantedInclusion,
        answer=InclusionBody,
        errors=_NONE,
    ),
    Route(
        method="GET",
        path="/log/consistency",
        name="prove_consistency",
        summary="The proof that the log only grew, with a checkpoint: what a witness is asked (c2sp.org/tlog-witness).",
        handler=_consistency,
        parameters=WantedConsistency,
        answer=None,
        media=(_TEXT,),
        errors=_NONE,
    ),
)
