"""Published guidelines on the side of whoever reads them: fetched, or a text of theirs verified."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from certmark.app.fetching import is_url
from certmark.app.files import write_file
from certmark.app.inputs.programmes import taken
from certmark.app.inputs.seen_indexes import all_seen, recall, remember
from certmark.app.trust.verifying import AskedTrust, TrustRequest, trust_of
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.domain.phrases import some
from certmark.domain.published_revisions import FORMS, PublishedRevision
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.formats.errors import excerpt
from certmark.formats.guideline.document import MAX_BYTES
from certmark.trust.log.receipts import ENDING
from certmark.trust.publications.documents import INDEX, LARGEST, GuidelineIndex, statement_path, text_path
from certmark.trust.publications.verification import (
    CheckedIndex,
    RevisionParts,
    check_index,
    check_revision,
    joined,
)
from certmark.trust.verification.findings import Fault, VerificationStep, VerificationSteps, failed

_SMALL = 1 << 20
"""Bytes of a statement or a receipt."""
_OF_A_SITE = re.compile(rf"(?P<site>.+)/revisions/(?P<digest>[0-9a-f]{{64}})\.(?:{'|'.join(FORMS)})\Z", re.DOTALL)
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, kw_only=True)
class FetchGuidelineRequest:
    """Which published guideline is wanted."""

    site: str
    """An address on the web, or a folder."""
    guideline: str
    """Its id, or the SHA-256 of a text."""
    trust: TrustRequest
    revision: int | None = None
    """None: the newest."""
    output: str | None = None
    """None: a file of its id, here."""


@dataclass(frozen=True, kw_only=True)
class VerifyGuidelineRequest:
    """Is this text one that was published?"""

    text: str
    """A file, or an address on the web."""
    trust: TrustRequest
    site: str | None = None
    """Where it was published; None: where the text lies, or where its digest was seen."""


class PublishedGuideline(NamedTuple):
    """What was found of a published guideline."""

    findings: VerificationSteps
    programme: str | None
    """By which edition of whose trust document; None: the person named files."""
    contents: GuidelineIndex | None = None
    """None: none that could be read."""
    revision: PublishedRevision | None = None
    path: Path | None = None
    """Where the text was written; None: it was not."""


def fetch_guideline(request: FetchGuidelineRequest, listen: Listener = ignore) -> PublishedGuideline:
    """Fetch, verify, and write the text only where all of it holds.

    Raises InvalidRequest, FormatError, CannotProceed (FetchFailed: nobody answers, or not with 200) or OSError.
    """
    asked, site = trust_of(request.trust), _site(request.site)
    checked = _index_at(site, asked)
    if checked.contents is None or checked.steps.fault is not None:
        return _told(checked.steps, asked, checked.contents)
    one = _wanted(checked.contents, request)
    parts = _parts_at(site, one)
    steps = joined([checked.steps, check_revision(checked.contents, one, parts, asked.policy)])
    found = _told(steps, asked, checked.contents, one)
    if not found.findings.holds:
        return found
    _keep(checked, site, asked)
    _tell_of_later(checked.contents, one, listen)
    return found._replace(path=_written(request.output, one, parts.text or b""))


def _written(output: str | None, one: PublishedRevision, text: bytes) -> Path:
    """A file that the person named is replaced, and another one of the same name is not."""
    path = Path(output or f"{one.guideline}.{one.form}")
    if output is None and path.exists() and path.read_bytes() != text:
        raise InvalidRequest(f"{path} is there already, with another text", Advice(Action.NAME_OTHER_FILE))
    write_file(path, text)
    return path


def verify_guideline(request: VerifyGuidelineRequest, listen: Listener = ignore) -> PublishedGuideline:
    """Whether a text is one that was published, by whom, and whether that still holds. Raises as `fetch_guideline`."""
    asked = trust_of(request.trust)
    text = taken(request.text, MAX_BYTES)
    if text is None:
        raise InvalidRequest(f"there is nothing at {request.text}")
    named = _OF_A_SITE.match(request.text)
    digest = named["digest"] if named is not None else sha256(text).hexdigest()
    site = _site(request.site or (named["site"] if named is not None else _seen_at(digest, request.text)))
    checked = _index_at(site, asked)
    if checked.contents is None or checked.steps.fault is not None:
        return _told(checked.steps, asked, checked.contents)
    revisions = checked.contents.with_text(digest)
    if not revisions:
        problem = (
            f"no revision of {checked.contents.name} has these bytes (SHA-256 {digest}): they were changed, or never"
        )
        unknown = failed(VerificationStep.DIGESTS, Fault.DIGEST, f"{problem} published")
        return _told(joined([checked.steps, VerificationSteps((unknown,))]), asked, checked.contents)
    one = revisions[-1]
    parts = _parts_at(site, one)._replace(text=text)
    steps = joined([checked.steps, check_revision(checked.contents, one, parts, asked.policy)])
    found = _told(steps, asked, checked.contents, one)
    if found.findings.holds:
        _keep(checked, site, asked)
        _tell_of_later(checked.contents, one, listen)
    return found


def _keep(checked: CheckedIndex, site: str, asked: AskedTrust) -> None:
    """What was believed of somebody is remembered; without anybody named, anybody could have made it."""
    if asked.policy.signers is not None:
        remember(checked.envelope, site)


def _site(location: str) -> str:
    """The folder or address, whichever of its files was named; a folder from the root on, as it is remembered."""
    site = location.removesuffix(f"/{INDEX}").rstrip("/") or "/"
    return site if is_url(site) else str(Path(site).absolute())


def _index_at(site: str, asked: AskedTrust) -> CheckedIndex:
    data = taken(f"{site}/{INDEX}", LARGEST)
    if data is None:
        raise InvalidRequest(f"no guidelines are published at {site}: there is no {INDEX}")
    return check_index(data, INDEX, asked.policy, recall)


def _wanted(index: GuidelineIndex, request: FetchGuidelineRequest) -> PublishedRevision:
    is_digest = _DIGEST.match(request.guideline) is not None
    revisions = index.with_text(request.guideline) if is_digest else index.of(request.guideline)
    if not revisions:
        there = some(list(dict.fromkeys(one.guideline for one in index.revisions)), 12) or "none"
        raise InvalidRequest(f"{index.name} has no guideline {excerpt(request.guideline)}; there are: {there}")
    if request.revision is None:
        return revisions[-1]
    found = next((one for one in revisions if one.number == request.revision), None)
    if found is None:
        raise InvalidRequest(f"{request.guideline} has {len(revisions)} revisions at {index.name}; name one of these")
    return found


def _parts_at(site: str, one: PublishedRevision) -> RevisionParts:
    statement = f"{site}/{statement_path(one)}"
    text = taken(f"{site}/{text_path(one)}", max(_SMALL, one.size))
    return RevisionParts(text, taken(statement, _SMALL), taken(f"{statement}{ENDING}", _SMALL))


def _seen_at(digest: str, text: str) -> str:
    for seen in all_seen():
        if seen.location and seen.contents.with_text(digest):
            return seen.location
    raise InvalidRequest(f"nothing here says where {text} was published, if it was", Advice(Action.NAME_PUBLISHER))


def _told(
    steps: VerificationSteps,
    asked: AskedTrust,
    contents: GuidelineIndex | None,
    revision: PublishedRevision | None = None,
) -> PublishedGuideline:
    return PublishedGuideline(steps._replace(required=asked.required), asked.programme, contents, revision)


def _tell_of_later(index: GuidelineIndex, one: PublishedRevision, listen: Listener) -> None:
    later = index.of(one.guideline)[-1]
    if later.number > one.number:
        listen(Remark(f"revision {later.number} of {one.guideline} came after it, on {later.published:%Y-%m-%d}"))
