"""Runs: sent, shown, judged, compared, attested, deleted."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

import msgspec
from msgspec import Meta

from certmark.domain.permissions import Right
from certmark.domain.submissions import Contradiction
from certmark.server import ids
from certmark.server.api.bodies import END, Digest, Results, Run, RunId, Word, result_body, run_body
from certmark.server.api.routes import Answer, Content, Route, Stream
from certmark.server.api.v2.words import EDITS_RUN, MEDIA, SEES_RUN, Day, Form, OfRun
from certmark.server.asking import Asker, TokenScope
from certmark.server.services import evidence, runs
from certmark.server.services.context import Services
from certmark.server.services.runs import AboutRun, VerdictRequest
from certmark.server.store.runs import ReadingState, RunRow

Tag = Annotated[str, Meta(pattern=rf"^[^\x00-\x1f\x7f=]{{1,100}}=[^\x00-\x1f\x7f]{{0,200}}{END}")]
Outcome = Literal["passed", "failed", "skipped", "set-up-error", "unfinished"]


class NewRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the sender says of what it sends."""

    name: Word
    """What the file is called."""
    guideline: Word | None = None
    """By which guideline it is judged: an id, or the SHA-256 of a text; none: the one that a bundle names."""
    program: Word | None = None
    subject: Word | None = None
    """The identity of the cloud or cluster."""
    vendor: Word | None = None
    product: Word | None = None
    version: Word | None = None
    region: Word | None = None
    public: bool = False
    """Whether everybody may see it."""
    tag: list[Tag] = msgspec.field(default_factory=list)
    """KEY=VALUE, any number."""
    sha256: Digest | None = None
    """Of the bytes, so that what was damaged on its way is refused."""
    idempotency_key: Word | None = None
    """The same key is the same request."""


class WantedResults(OfRun, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which results."""

    outcome: list[Outcome] = msgspec.field(default_factory=list)
    """Only these; none: all."""


class WantedVerdict(OfRun, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By what a run is judged, and how the verdict is shown."""

    guideline: Word | None = None
    """An id, or the SHA-256 of a text; none: what its sender named."""
    program: Word | None = None
    policy: Annotated[str, Meta(min_length=1, max_length=4000)] | None = None
    """A name, or a policy as a JSON document; none: the guideline's own."""
    as_of: Day | None = None
    form: Form | Literal["junit"] = "json"


class WantedComparison(OfRun, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """With which run it is compared, and how that is shown."""

    before: RunId
    """The earlier run."""
    form: Form = "json"


def about_of(asked: NewRun) -> AboutRun:
    """What is said of a run."""
    return AboutRun(
        name=asked.name,
        guideline=asked.guideline,
        program=asked.program,
        subject=asked.subject,
        vendor=asked.vendor,
        product=asked.product,
        version=asked.version,
        region=asked.region,
        is_public=asked.public,
        tags=tags_of(asked.tag),
        sha256=asked.sha256,
        key=asked.idempotency_key,
    )


def tags_of(words: list[str]) -> dict[str, str]:
    """KEY=VALUE each. Raises Contradiction for a key with two values."""
    found: dict[str, str] = {}
    for key, _, value in (word.partition("=") for word in words):
        if found.setdefault(key, value) != value:
            raise Contradiction(f"the tag {key!r} has two values; name one", "tag")
    return found


def _receive(services: Services, asker: Asker, asked: NewRun, file: Path) -> Answer:
    about = about_of(asked)
    return created(runs.receive(services, asker, file, about), dict(about.tags))


def created(run: RunRow, tags: dict[str, str]) -> Answer:
    """A run that is there now, and where; one that a job is to read is worth to be asked for a second later."""
    headers, is_later = {"Location": f"/api/v2/runs/{ids.written(run.id)}"}, run.state is ReadingState.RECEIVED
    return Answer(run_body(run, tags), headers=headers | ({"Retry-After": "1"} if is_later else {}), is_later=is_later)


def _show(services: Services, asker: Asker, asked: OfRun) -> Answer:
    run, tags = runs.show(services, asker, ids.read(asked.run))
    return Answer(run_body(run, tags), run.is_public)


def _results(services: Services, asker: Asker, asked: WantedResults) -> Answer:
    run, found = runs.results(services, asker, ids.read(asked.run))
    shown = [result_body(one) for one in found]
    wanted = set(asked.outcome)
    return Answer(Results(results=[one for one in shown if not wanted or one.outcome in wanted]), run.is_public)


def _evidence(services: Services, asker: Asker, asked: OfRun) -> Stream:
    found = evidence.bytes_of(services, asker, ids.read(asked.run))
    return Stream(
        found.pieces,
        found.size,
        found.digest,
        "application/octet-stream",
        {"Content-Disposition": _attachment(found.run.name)},
        found.run.is_public,
    )


def _attachment(name: str) -> str:
    """A stranger's name as that of a file: without folders, and nothing that a header or a shell reads."""
    plain = re.sub(r"[^A-Za-z0-9._+-]", "_", name.replace("\\", "/").rpartition("/")[2]).lstrip(".") or "run"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(plain)}"


def _verdict(services: Services, asker: Asker, asked: WantedVerdict) -> Content:
    wanted = VerdictRequest(
        guideline=asked.guideline,
        program=asked.program,
        policy=asked.policy,
        as_of=None if asked.as_of is None else asked.as_of.isoformat(),
        form=asked.form,
    )
    run, found = runs.verdict(services, asker, ids.read(asked.run), wanted)
    return Content(found.rendered, MEDIA[asked.form], {"Certmark-Standing": found.standing}, run.is_public)


def _compare(services: Services, asker: Asker, asked: WantedComparison) -> Content:
    before, after = ids.read(asked.before), ids.read(asked.run)
    found, is_public = evidence.compare(services, asker, before, after, asked.form)
    headers = {"Certmark-Newly-Failing": str(found.newly_failing)}
    return Content(found.rendered, MEDIA[asked.form], headers, is_public)


def _attest(services: Services, asker: Asker, asked: OfRun, file: Path) -> Run:
    run = evidence.attest(services, asker, ids.read(asked.run), file)
    return run_body(*runs.show(services, asker, run.id))


def _attestation(services: Services, asker: Asker, asked: OfRun) -> Content:
    run, envelope = evidence.attestation_of(services, asker, ids.read(asked.run))
    return Content(envelope, "application/json", is_public=run.is_public)


def _delete(services: Services, asker: Asker, asked: OfRun) -> None:
    runs.delete(services, asker, ids.read(asked.run))


_UNREADABLE = (
    HTTPStatus.NOT_FOUND,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
)
ROUTES = (
    Route(
        method="POST",
        path="/runs",
        name="submit_run",
        summary="Send results or a bundle: they are kept, read and judged.",
        handler=_receive,
        may=(Right.SUBMIT_RUN,),
        parameters=NewRun,
        answer=Run,
        status=HTTPStatus.CREATED,
        may_be_later=True,
        scope=TokenScope.SUBMIT,
        takes_body=True,
        errors=_UNREADABLE,
    ),
    Route(
        method="GET",
        path="/runs/{run}",
        name="show_run",
        summary="A run, with its verdict in short.",
        handler=_show,
        may=SEES_RUN,
        parameters=OfRun,
        answer=Run,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="GET",
        path="/runs/{run}/results",
        name="show_results",
        summary="Every test of a run and what became of it.",
        handler=_results,
        may=SEES_RUN,
        parameters=WantedResults,
        answer=Results,
        errors=(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
    ),
    Route(
        method="GET",
        path="/runs/{run}/verdict",
        name="show_verdict",
        summary="The verdict of a run under any guideline, policy and day, judged now.",
        handler=_verdict,
        may=SEES_RUN,
        parameters=WantedVerdict,
        answer=None,
        media=tuple(MEDIA.values()),
        errors=(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
    ),
    Route(
        method="GET",
        path="/runs/{run}/comparison",
        name="compare_runs",
        summary="What changed from an earlier run to this one, test by test.",
        handler=_compare,
        may=SEES_RUN,
        parameters=WantedComparison,
        answer=None,
        media=tuple(MEDIA.values()),
        errors=(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
    ),
    Route(
        method="GET",
        path="/runs/{run}/evidence",
        name="get_evidence",
        summary="The bytes of a run as they were received, or a part of them.",
        handler=_evidence,
        may=SEES_RUN,
        parameters=OfRun,
        answer=None,
        media=("application/octet-stream",),
        is_ranged=True,
        errors=(HTTPStatus.NOT_FOUND, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE),
    ),
    Route(
        method="PUT",
        path="/runs/{run}/attestation",
        name="attest_run",
        summary="Send the attestation of a run of yours; it must speak of the very bytes that were sent.",
        handler=_attest,
        may=EDITS_RUN,
        parameters=OfRun,
        answer=Run,
        scope=TokenScope.SUBMIT,
        takes_body=True,
        errors=_UNREADABLE,
    ),
    Route(
        method="GET",
        path="/runs/{run}/attestation",
        name="get_attestation",
        summary="The attestation of a run as it was received: an envelope for `verify`.",
        handler=_attestation,
        may=SEES_RUN,
        parameters=OfRun,
        answer=None,
        media=("application/json",),
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="DELETE",
        path="/runs/{run}",
        name="delete_run",
        summary="Forget a run of yours.",
        handler=_delete,
        may=EDITS_RUN,
        parameters=OfRun,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.SUBMIT,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
)
