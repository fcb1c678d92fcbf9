"""The trust of a programme, on the side of whoever verifies: begun with, kept up to date, looked at, given up."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

from certmark.app.fetching import is_url
from certmark.app.inputs.programmes import (
    KnownProgramme,
    edition_at,
    forget,
    known_names,
    listed_at,
    load_known,
    programme_meant,
    store,
    taken,
)
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest, Refusal
from certmark.domain.remarks import Listener, Remark
from certmark.formats.errors import excerpt
from certmark.trust.errors import UntrustedEdition
from certmark.trust.programme.documents import LARGEST, TrustDocument, read_trust
from certmark.trust.programme.envelopes import fingerprint_of
from certmark.trust.programme.following import begin, check_date, follow, next_list
from certmark.trust.programme.revocations import RevocationList


@dataclass(frozen=True, kw_only=True)
class AddTrustRequest:
    """A programme to be trusted from now on."""

    location: str
    """Of an edition of its trust document: an address on the web, or a file; NAME.N.json."""
    fingerprint: str | None
    """Of that edition, as the person has it from elsewhere."""
    name: str | None = None
    """None: made of the programme's own name."""


def add(request: AddTrustRequest) -> KnownProgramme:
    """Begin to trust it, in its newest edition.

    Raises InvalidRequest (without a fingerprint: nothing is trusted in silence), FetchFailed, TrustError or OSError.
    """
    data = taken(request.location, LARGEST)
    if data is None:
        raise InvalidRequest(f"there is nothing at {request.location}")
    place = request.location.rpartition("/")[2] or request.location
    if request.fingerprint is None:
        found = read_trust(data, place)
        what = f"{place} is edition {found.number} of the trust of {excerpt(found.programme)}, so it says"
        raise InvalidRequest(
            f"{what}; nothing is trusted because it came first",
            Advice(Action.COMPARE_FINGERPRINT, fingerprint_of(found.envelope.payload)),
        )
    first = begin(data, place, request.fingerprint.strip())
    edition_at(request.location, first.number)
    name = request.name or _name_of(first)
    if name in known_names():
        raise InvalidRequest(f"there is a programme {name!r} here already", Advice(Action.UPDATE_TRUST, name))
    location = request.location if is_url(request.location) else str(Path(request.location).absolute())
    known = KnownProgramme(name, location, first, None)
    trust = follow(first, lambda number: taken(edition_at(known.location, number), LARGEST))
    return _whole(known._replace(trust=trust))


def update(name: str | None, listen: Listener) -> tuple[KnownProgramme, ...]:
    """The newest edition and list of a programme; None: of all. One that fails is told, and raised at the end.

    Raises InvalidRequest, FetchFailed, TrustError or OSError; what was known stays.
    """
    names = known_names() if name is None else (name,)
    if not names:
        raise InvalidRequest("no programme is trusted here yet", Advice(Action.ADD_TRUST))
    found = []
    failure: Exception | None = None
    for one in names:
        try:
            found.append(_updated(load_known(one)))
        except (Refusal, OSError) as error:
            if len(names) == 1:
                raise
            listen(Remark(f"{one}: {error}", is_important=True))
            failure = error
    if failure is not None:
        raise failure
    return tuple(found)


def _updated(known: KnownProgramme) -> KnownProgramme:
    trust = follow(known.trust, lambda number: taken(edition_at(known.location, number), LARGEST))
    known = known._replace(trust=trust)
    store(known)  # what is signed by who may is not lost where something else is wrong
    return _whole(known)


def _whole(known: KnownProgramme) -> KnownProgramme:
    """With a trust document in date and the newest list of revocations; written down."""
    moment = dt.datetime.now(dt.UTC)
    check_date(known.trust, moment)
    listed = _list_of(known, moment)
    whole = known._replace(revocations=listed)
    store(whole)
    return whole


def _list_of(known: KnownProgramme, moment: dt.datetime) -> RevocationList | None:
    terms = known.trust.revocations
    if terms is None:
        return known.revocations
    data = listed_at(known.location, known.trust)
    if data is None:
        raise UntrustedEdition(f"the list of revocations of {known.name} is not where its trust document says")
    return next_list(known.revocations, data, terms, known.trust, moment)


def show(word: str | None) -> tuple[KnownProgramme, ...]:
    """A programme by its name, or a file; None: all that are known. Raises InvalidRequest, TrustError or OSError."""
    return tuple(load_known(name) for name in known_names()) if word is None else (programme_meant(word),)


def remove(name: str) -> None:
    """Trust it no longer. Raises InvalidRequest or OSError."""
    forget(name)


def _name_of(trust: TrustDocument) -> str:
    """Its own name, in letters that a folder's name may have."""
    words = re.findall(r"[a-z0-9]+", trust.programme.casefold())
    name = "-".join(words)[:64].strip("-")
    if not name:
        raise InvalidRequest(f"no name can be made of {excerpt(trust.programme)}", Advice(Action.NAME_TRUST))
    return name
