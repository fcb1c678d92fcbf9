"""The programmes that a person trusts: their trust documents and revocations, in the folder of settings."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from certmark.app.fetching import fetch, is_url
from certmark.app.files import write_file
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.formats.documents.fields import Fields
from certmark.formats.documents.parsing import parse_json
from certmark.places import config_home
from certmark.trust.envelopes import write_envelope
from certmark.trust.errors import InvalidSigners
from certmark.trust.programme import documents, revocations
from certmark.trust.programme.documents import TrustDocument, read_trust
from certmark.trust.programme.following import begin
from certmark.trust.programme.revocations import RevocationList, read_revocation_list

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}\Z")
_NUMBERED = re.compile(r"(.*\.)([1-9][0-9]{0,6})(\.json)\Z")
_TRUST, _LIST, _ORIGIN = "trust.json", "revocations.json", "origin.json"


class KnownProgramme(NamedTuple):
    """A programme that a person trusts."""

    name: str
    """As the person calls it; of a file that is named, its path."""
    location: str
    """Where an edition of its trust document lies: an address on the web, or a file."""
    trust: TrustDocument
    revocations: RevocationList | None
    """The newest list that is known."""


def programmes_home() -> Path:
    """The folder in which each programme has one."""
    return config_home() / "trust"


def checked_name(name: str) -> str:
    """A name that a folder can have. Raises InvalidRequest."""
    if not _NAME.match(name):
        raise InvalidRequest(f"{name!r} is no name for a programme here: small letters, digits, dots and dashes")
    return name


def known_names() -> tuple[str, ...]:
    """The programmes that are known here, in the order of their names."""
    home = programmes_home()
    return tuple(sorted(path.parent.name for path in home.glob(f"*/{_TRUST}"))) if home.is_dir() else ()


def load_known(name: str) -> KnownProgramme:
    """A programme that is known here. Raises InvalidRequest, InvalidSigners, InvalidEnvelope or OSError."""
    folder = programmes_home() / checked_name(name)
    if not (folder / _TRUST).is_file():
        there = ", ".join(known_names()) or "none"
        raise InvalidRequest(f"there is no programme {name!r} here (known: {there})", Advice(Action.ADD_TRUST))
    origin = Fields(parse_json((folder / _ORIGIN).read_bytes(), _ORIGIN, InvalidSigners), _ORIGIN, InvalidSigners)
    origin.check_document("certmark-trust-origin", 1)
    listed = folder / _LIST
    return KnownProgramme(
        name,
        origin.text("location"),
        read_trust((folder / _TRUST).read_bytes(), f"the trust document of {name}"),
        read_revocation_list(listed.read_bytes(), f"the revocations of {name}") if listed.is_file() else None,
    )


def store(known: KnownProgramme) -> None:
    """Write it down; the trust document last, without which a programme is not known. Raises OSError or a refusal."""
    folder = programmes_home() / checked_name(known.name)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    origin = {"format": "certmark-trust-origin", "version": 1, "location": known.location}
    write_file(folder / _ORIGIN, json.dumps(origin, indent=1).encode() + b"\n")
    if known.revocations is not None:
        write_file(folder / _LIST, write_envelope(known.revocations.envelope))
    write_file(folder / _TRUST, write_envelope(known.trust.envelope))


def forget(name: str) -> None:
    """Remove a programme from this machine. Raises InvalidRequest or OSError."""
    folder = programmes_home() / checked_name(name)
    if not folder.is_dir():
        raise InvalidRequest(f"there is no programme {name!r} here")
    for part in (_TRUST, _LIST, _ORIGIN):  # the trust document first: the rest is nothing without it
        (folder / part).unlink(missing_ok=True)
    folder.rmdir()


def programme_meant(word: str) -> KnownProgramme:
    """A known programme, or the trust document in a file with the list of revocations beside it.

    A name that is known comes before a file of that name. Raises InvalidRequest, TrustError or OSError.
    """
    if _NAME.match(word) and word in known_names():
        return load_known(word)
    path = Path(word)
    if not path.is_file():
        raise InvalidRequest(f"there is neither a programme {word!r} here nor a file", Advice(Action.ADD_TRUST))
    trust = begin(_content(path, documents.LARGEST), path.name, None)
    data = None
    if trust.revocations is not None:  # nothing is asked of the web here
        name = Path(urlsplit(trust.revocations.location).path).name
        data = taken(str(path.parent / name), revocations.LARGEST) if name else None
    found = None if data is None else read_revocation_list(data, f"the revocations beside {path.name}")
    return KnownProgramme(word, word, trust, found)


def listed_at(location: str, trust: TrustDocument) -> bytes | None:
    """The list of revocations that a trust document names; None: it names none, or none is there. Raises as `taken`."""
    if trust.revocations is None:
        return None
    return taken(beside(location, trust.revocations.location), revocations.LARGEST)


def taken(location: str, largest: int) -> bytes | None:
    """What lies at an address or in a file; None: nothing does. Raises InvalidRequest, FetchFailed or OSError."""
    if is_url(location):
        return fetch(location, largest)
    path = Path(location)
    return _content(path, largest) if path.is_file() else None


def beside(location: str, other: str) -> str:
    """Where `other` is, as somebody says who is read from `location`."""
    if is_url(other):
        return other
    return urljoin(location, other) if is_url(location) else str(Path(location).parent / Path(other).name)


def edition_at(location: str, number: int) -> str:
    """Where the edition of that number lies, if one does at `location`: NAME.N.json. Raises InvalidRequest."""
    path = urlsplit(location).path if is_url(location) else location
    found = _NUMBERED.match(path)
    if found is None:
        raise InvalidRequest(f"{location} does not end in the number of its edition, as trust.1.json does")
    other = f"{found[1]}{number}{found[3]}"
    return urlsplit(location)._replace(path=other).geturl() if is_url(location) else other


def _content(path: Path, largest: int) -> bytes:
    with path.open("rb") as file:
        return file.read(largest + 1)
