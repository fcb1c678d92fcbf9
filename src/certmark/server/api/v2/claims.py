"""Whose a run is: shared, attached to a product, official, verified; and counts over what is shared."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

import msgspec
from msgspec import Meta

from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.api.bodies import END, Run, Runs, Word, run_body
from certmark.server.api.ownership import (
    Claim,
    Id,
    Reason,
    TagKey,
    TagKeys,
    TagStatistics,
    claim_body,
    statistics_body,
)
from certmark.server.api.routes import Answer, Nothing, Route
from certmark.server.api.v2.vendors import OfVendor
from certmark.server.api.v2.words import (
    EDITS_RUN,
    SEES_RUN,
    Cursor,
    IfMatch,
    Limit,
    OfRun,
    cursor_of,
    cursor_text,
    revision_of,
)
from certmark.server.asking import Asker, TokenScope
from certmark.server.services import claims, runs
from certmark.server.services.claims import RunChange, ShownClaim
from certmark.server.services.context import Services

TagWord = Annotated[str, Meta(max_length=200, pattern=rf"^[^\x00-\x1f\x7f]*{END}")]
TagName = Annotated[str, Meta(min_length=1, max_length=100, pattern=rf"^[^\x00-\x1f\x7f=]+{END}")]
Tags = Annotated[dict[TagName, TagWord], Meta(max_length=100)]


class ChangeOfClaim(OfRun, frozen=True, kw_only=True):
    """Which run, whose it was when you looked at it."""

    if_match: IfMatch | None = None


class WantedVendorRuns(OfVendor, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page."""

    cursor: Cursor | None = None
    limit: Limit = 50


class WantedOfficialRuns(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page."""

    cursor: Cursor | None = None
    limit: Limit = 50


class OfTag(msgspec.Struct, frozen=True, kw_only=True):
    """Which tag of the vocabulary."""

    key: Word


class EditedRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of it is to be otherwise; what is left out or null stays."""

    public: bool | None = None
    """Whether everybody may see it."""
    tags: Tags | None = None
    """All tags that it has then."""


class AttachedTo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To which version of a product a run belongs."""

    version: Id


class OfficialStanding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether it is the company's result."""

    official: bool


class VerificationDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether it is verified, and why."""

    verified: bool
    reason: Reason


def _edit(services: Services, asker: Asker, asked: OfRun, edited: EditedRun) -> Run:
    run = ids.read(asked.run)
    claims.edit(services, asker, run, RunChange(edited.public, edited.tags))
    return run_body(*runs.show(services, asker, run))


def _claim(shown: ShownClaim) -> Answer:
    return Answer(claim_body(shown), revision=0 if shown.claim is None else shown.claim.revision)


def _show(services: Services, asker: Asker, asked: OfRun) -> Answer:
    return _claim(claims.show(services, asker, ids.read(asked.run)))


def _attach(services: Services, asker: Asker, asked: OfRun, attached: AttachedTo) -> Answer:
    return _claim(claims.attach(services, asker, ids.read(asked.run), ids.read(attached.version)))


def _detach(services: Services, asker: Asker, asked: OfRun) -> None:
    claims.detach(services, asker, ids.read(asked.run))


def _make_official(services: Services, asker: Asker, asked: ChangeOfClaim, standing: OfficialStanding) -> Answer:
    expected, run = revision_of(asked.if_match), ids.read(asked.run)
    return _claim(claims.make_official(services, asker, run, expected, is_official=standing.official))


def _verify(services: Services, asker: Asker, asked: ChangeOfClaim, decision: VerificationDecision) -> Answer:
    expected, run = revision_of(asked.if_match), ids.read(asked.run)
    decide = claims.verify if decision.verified else claims.unverify
    return _claim(decide(services, asker, run, expected, decision.reason))


def _of_vendor(services: Services, asker: Asker, asked: WantedVendorRuns) -> Runs:
    found, behind = claims.of_vendor(services, asker, ids.read(asked.vendor), cursor_of(asked.cursor), asked.limit)
    return Runs(runs=[run_body(run, {}) for run in found], next=cursor_text(behind))


def _official(services: Services, asker: Asker, asked: WantedOfficialRuns) -> Runs:
    found, behind = claims.official(services, asker, cursor_of(asked.cursor), asked.limit)
    return Runs(runs=[run_body(run, {}) for run in found], next=cursor_text(behind))


def _vocabulary(services: Services, asker: Asker, asked: Nothing) -> Answer:  # noqa: ARG001 - every handler takes these
    known = claims.vocabulary()
    keys = [TagKey(key=key, meaning=known.meanings[key], words=list(words)) for key, words in known.words.items()]
    return Answer(TagKeys(tags=keys), is_public=True)


def _statistics(services: Services, asker: Asker, asked: OfTag) -> TagStatistics:
    return statistics_body(asked.key, claims.statistics(services, asker, asked.key))


_BODY = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT)
_AMONG = (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
_CHANGED = (*_AMONG, HTTPStatus.PRECONDITION_FAILED, HTTPStatus.PRECONDITION_REQUIRED)
ROUTES = (
    Route(
        method="PATCH",
        path="/runs/{run}",
        name="edit_run",
        summary="Share a run of yours or your vendor's, or not any more; give it other tags.",
        handler=_edit,
        parameters=OfRun,
        body=EditedRun,
        answer=Run,
        scope=TokenScope.SUBMIT,
        may=EDITS_RUN,
        errors=(*_AMONG, *_BODY),
    ),
    Route(
        method="GET",
        path="/runs/{run}/claim",
        name="show_claim",
        summary="To which product a run belongs, and whether it is official and verified.",
        handler=_show,
        parameters=OfRun,
        answer=Claim,
        may=SEES_RUN,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="PUT",
        path="/runs/{run}/claim",
        name="attach_run",
        summary="Give a run of yours to a version of a product; from then on its vendor's members see it.",
        handler=_attach,
        parameters=OfRun,
        body=AttachedTo,
        answer=Claim,
        scope=TokenScope.MANAGE,
        may=EDITS_RUN,
        errors=(*_AMONG, *_BODY),
    ),
    Route(
        method="DELETE",
        path="/runs/{run}/claim",
        name="detach_run",
        summary="Give a run of your vendor's back to who sent it.",
        handler=_detach,
        parameters=OfRun,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.MANAGE,
        may=EDITS_RUN,
        errors=_AMONG,
    ),
    Route(
        method="PUT",
        path="/runs/{run}/official",
        name="make_official",
        summary="Say for the company that a run is its result, or is not any more.",
        handler=_make_official,
        parameters=ChangeOfClaim,
        body=OfficialStanding,
        answer=Claim,
        scope=TokenScope.MANAGE,
        may=(Right.MAKE_OFFICIAL,),
        errors=(*_CHANGED, *_BODY),
    ),
    Route(
        method="PUT",
        path="/runs/{run}/verification",
        name="verify_run",
        summary="Verify an official run, with the reason; it stays as it is then. Or take that back.",
        handler=_verify,
        parameters=ChangeOfClaim,
        body=VerificationDecision,
        answer=Claim,
        scope=TokenScope.MANAGE,
        may=(Right.VERIFY_RUN,),
        errors=(*_CHANGED, *_BODY),
    ),
    Route(
        method="GET",
        path="/vendors/{vendor}/runs",
        name="list_runs_of_vendor",
        summary="The runs of a vendor's products that you may see, the newest first.",
        handler=_of_vendor,
        parameters=WantedVendorRuns,
        answer=Runs,
        may=(Right.SEE_PUBLIC_VENDOR, Right.SEE_VENDOR),
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="GET",
        path="/official-runs",
        name="list_official_runs",
        summary="Runs that are their companies' results, of those that you may see, the newest first.",
        handler=_official,
        parameters=WantedOfficialRuns,
        answer=Runs,
        may=SEES_RUN,
    ),
    Route(
        method="GET",
        path="/tags",
        name="list_tags",
        summary="The tags by which shared runs are counted, and the words that each may have.",
        handler=_vocabulary,
        answer=TagKeys,
        may=(Right.SEE_STATISTICS,),
    ),
    Route(
        method="GET",
        path="/tags/{key}",
        name="count_by_tag",
        summary="Shared runs by the words of a tag.",
        handler=_statistics,
        parameters=OfTag,
        answer=TagStatistics,
        may=(Right.SEE_STATISTICS,),
        errors=(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
    ),
)
