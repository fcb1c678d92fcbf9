"""What a run was asked to do, and with what: the first line of its journal.

Version 2 is written. Version 1, in which half of it stood under `details`, is read as well: journals
and bundles of early runs have it. What a record does not say is empty, or None where emptiness says something.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from certmark.formats.errors import FormatError, excerpt

VERSION: Final = 2
KIND: Final = "run"
"""The word by which the line is known among the others of a journal."""
_LARGEST: Final = 256 << 20


class InvalidRunRecord(FormatError):
    """The journal does not begin with what was asked: something else changed it, or it is no journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedIdentity:
    """Which cloud was tested (`domain.cloud_identities`)."""

    id: str
    """In its text form."""
    source: str = ""
    """Where it came from: given, clouds.yaml, kept, minted."""
    catalog_id: str | None = None
    """One of the two ids of history; the other one can be guessed back and stays in the state folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedGuideline:
    """What was asked for."""

    id: str = ""
    sha256: str = ""
    file: str | None = None
    """The name of its copy in the run's folder."""
    program: str = ""
    levels: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Tests that it asks for and the suite lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedJudging:
    """What else a verdict is made with; names of files are those of copies beside the guideline's."""

    policy: str | None = None
    """A policy's name; None: the one of `policy_file`, else the guideline's."""
    policy_file: str | None = None
    waivers_file: str | None = None
    waiver_signers_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSuite:
    """Which suite was run, and how it is had again."""

    name: str = ""
    version: str = ""
    """As it was installed."""
    description: str = ""
    """The name of a suite that ships along, or the path of a description."""
    wanted: str | None = None
    """The version, source tree or environment that was asked for; None: the description's version."""
    wheels: str | None = None
    """The folder of wheels that it was installed from; None: an index."""
    names: tuple[str, ...] = ()
    """Names of the tests by which its plugins were chosen; empty where it has none."""
    distributions: Mapping[str, str] = field(default_factory=dict)
    """Every distribution in its environment, with its version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """A run as it began; it never changes."""

    run: str
    """Its id."""
    cloud: str = ""
    """What tells the cloud from others on this machine: address and region of its identity service, or `local`."""
    identity: RecordedIdentity | None = None
    """None: no cloud was tested, or the run is older than identities."""
    guideline: RecordedGuideline = RecordedGuideline()
    judging: RecordedJudging = RecordedJudging()
    suite: RecordedSuite = field(default_factory=RecordedSuite)
    fingerprint: str = ""
    """Of the configuration: runs with another one are not taken together."""
    workers: int = 1
    """Classes at a time."""
    capacity: int | None = None
    """Classes at a time that its accounts were enough for; None: nobody knew."""
    class_timeout: float | None = None
    """Seconds that a class may take; None: by what is expected of it."""

    def document(self) -> dict[str, Any]:
        """The line of the journal."""
        return {"what": KIND, "version": VERSION, **asdict(self)}


def read_run_record(line: object) -> RunRecord:
    """The record in a parsed line of a journal. Raises InvalidRunRecord."""
    if not isinstance(line, dict) or line.get("what") != KIND:
        raise InvalidRunRecord("it does not begin with what was asked")
    version = line.get("version", 1)
    if version not in (1, VERSION):
        raise InvalidRunRecord(f"it is of version {excerpt(str(version), 20)}; this Certmark reads 1 and {VERSION}")
    try:
        return _record(_of_version_1(line) if version == 1 else line)
    except TypeError as error:
        raise InvalidRunRecord(f"it does not begin with what was asked: {error}") from error


def record_in(journal: bytes) -> RunRecord:
    """The record with which a journal begins; the lines after it are not looked at. Raises InvalidRunRecord."""
    try:
        line = json.loads(journal[:_LARGEST].partition(b"\n")[0])
    except (ValueError, RecursionError) as error:
        raise InvalidRunRecord("it does not begin with what was asked: that is no JSON") from error
    return read_run_record(line)


def _of_version_1(line: Mapping[str, Any]) -> dict[str, Any]:
    """A line of version 1 in the shape of version 2."""
    details = _object(line.get("details") or {})
    identity = {"id": details.get("cloud_identity"), "source": details.get("cloud_identity_from") or ""}
    return {
        **line,
        "identity": identity | {"catalog_id": details.get("catalog_id")} if identity["id"] is not None else None,
        "guideline": {
            "id": line.get("guideline", ""),
            "sha256": line.get("guideline_digest", ""),
            "file": details.get("guideline_file"),
            "program": line.get("program", ""),
            "levels": line.get("levels", []),
            "missing": line.get("missing", []),
        },
        "judging": {key: details.get(key) for key in ("policy", "policy_file", "waivers_file", "waiver_signers_file")},
        "suite": {
            "name": line.get("suite", ""),
            "version": line.get("suite_version", ""),
            "description": details.get("suite", ""),
            "wanted": details.get("suite_wanted"),
            "wheels": details.get("wheels"),
            "names": details.get("names") or [],
            "distributions": details.get("versions") or {},
        },
        "capacity": details.get("capacity"),
        "class_timeout": details.get("class_timeout"),
    }


def _record(document: Mapping[str, Any]) -> RunRecord:
    run, cloud, fingerprint = (_text(document, key) for key in ("run", "cloud", "fingerprint"))
    limit = _number(document, "class_timeout")
    return RunRecord(
        run=run,
        cloud=cloud,
        identity=_identity(document.get("identity")),
        guideline=_guideline(_object(document.get("guideline") or {})),
        judging=_judging(_object(document.get("judging") or {})),
        suite=_suite(_object(document.get("suite") or {})),
        fingerprint=fingerprint,
        workers=_count(document, "workers") or 1,
        capacity=_count(document, "capacity"),
        class_timeout=limit,
    )


def _identity(entry: object) -> RecordedIdentity | None:
    if entry is None:
        return None
    found = _object(entry)
    return RecordedIdentity(
        id=_text(found, "id"), source=_text(found, "source"), catalog_id=_maybe_text(found, "catalog_id")
    )


def _guideline(entry: Mapping[str, Any]) -> RecordedGuideline:
    return RecordedGuideline(
        id=_text(entry, "id"),
        sha256=_text(entry, "sha256"),
        file=_maybe_text(entry, "file"),
        program=_text(entry, "program"),
        levels=_texts(entry, "levels"),
        missing=_texts(entry, "missing"),
    )


def _judging(entry: Mapping[str, Any]) -> RecordedJudging:
    return RecordedJudging(
        policy=_maybe_text(entry, "policy"),
        policy_file=_maybe_text(entry, "policy_file"),
        waivers_file=_maybe_text(entry, "waivers_file"),
        waiver_signers_file=_maybe_text(entry, "waiver_signers_file"),
    )


def _suite(entry: Mapping[str, Any]) -> RecordedSuite:
    distributions = _object(entry.get("distributions") or {})
    return RecordedSuite(
        name=_text(entry, "name"),
        version=_text(entry, "version"),
        description=_text(entry, "description"),
        wanted=_maybe_text(entry, "wanted"),
        wheels=_maybe_text(entry, "wheels"),
        names=_texts(entry, "names"),
        distributions={name: _text(distributions, name) for name in distributions},
    )


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("an object is something else")
    return value


def _text(entry: Mapping[str, Any], key: str) -> str:
    return _maybe_text(entry, key) or ""


def _maybe_text(entry: Mapping[str, Any], key: str) -> str | None:
    value = entry.get(key)
    if not isinstance(value, str | None):
        raise TypeError(f"{key} must be a string")
    return value


def _texts(entry: Mapping[str, Any], key: str) -> tuple[str, ...]:
    values = entry.get(key) or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise TypeError(f"{key} must be strings")
    return tuple(values)


def _count(entry: Mapping[str, Any], key: str) -> int | None:
    value = entry.get(key)
    if value is not None and type(value) is not int:
        raise TypeError(f"{key} must be a whole number")
    return value


def _number(entry: Mapping[str, Any], key: str) -> float | None:
    value = entry.get(key)
    if value is not None and type(value) not in {int, float}:
        raise TypeError(f"{key} must be a number")
    return None if value is None else float(value)
