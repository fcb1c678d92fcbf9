"""What a run was asked to do, and with what: the first line of its journal.

Version 2 is written in a run's folder, version 3 in its bundle (`evidence.bundle.journals`). Version 1, in which half
of it stood under `details`, is read as well: journals and bundles of early runs have it. What a record does not say is
empty, or None where emptiness says something.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from certmark.formats.documents.fields import Fields
from certmark.formats.errors import FormatError, excerpt

VERSION: Final = 2
VERSION_OF_BUNDLES: Final = 3
"""As a bundle has it: without how the run was carried out, which stays in its folder."""
KIND: Final = "run"
"""The word by which the line is known among the others of a journal."""
_LARGEST: Final = 256 << 20
_NAME: Final = "what was asked of the run"
"""How messages call the line."""


class InvalidRunRecord(FormatError):
    """The journal does not begin with what was asked: something else changed it, or it is no journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedIdentity:
    """Which cloud was tested (`domain.subject_identities`)."""

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
    also: tuple[str, ...] = ()
    """Further programs that the same run is for."""
    levels: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Tests that it asks for and the suite lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSelection:
    """That only a part of what the programs ask for was to be run."""

    expression: str | None = None
    """Over the names of tests (`domain.name_expressions`); None: all of them."""
    left_out: int = 0
    """How many tests it leaves out."""
    most_failures: int | None = None
    """The run ends after so many; None: it goes on whatever fails."""


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
class RecordedFinding:
    """What the examination before the run found, and what did not stop it."""

    id: str
    severity: str
    """As `domain.health` has it."""
    text: str
    despite: bool = False
    """It would have stopped the run, and a person went on all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedExamination:
    """Whether the cloud was examined before, and what a reviewer should know of that."""

    is_done: bool = True
    """False: a person wanted none."""
    despite: tuple[str, ...] = ()
    """Ids of findings that were not to stop the run."""
    clock_ahead: float | None = None
    """Seconds by which this machine's clock was ahead of the cloud's; None: nobody knows."""
    findings: tuple[RecordedFinding, ...] = ()
    """Warnings, and what a person went on despite."""


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
    selection: RecordedSelection = RecordedSelection()
    judging: RecordedJudging = RecordedJudging()
    suite: RecordedSuite = field(default_factory=RecordedSuite)
    fingerprint: str = ""
    """Of the configuration: runs with another one are not taken together."""
    workers: int = 1
    """Classes at a time; 0: a bundle does not tell."""
    capacity: int | None = None
    """Classes at a time that its accounts were enough for; None: nobody knew."""
    class_timeout: float | None = None
    """Seconds that a class may take; None: by what is expected of it."""
    examination: RecordedExamination | None = None
    """None: no cloud was tested, or the run is older than this."""
    unknown_before: str | None = None
    """Why it is not known what its projects held before; None: it is known, or there are none."""
    outage_patience: float | None = None
    """Seconds for which the run waits for a cloud that is away; None: it does not look."""

    def document(self) -> dict[str, Any]:
        """The line of the journal."""
        return {"what": KIND, "version": VERSION, **dataclasses.asdict(self)}


def read_run_record(line: object) -> RunRecord:
    """The record in a parsed line of a journal. Raises InvalidRunRecord."""
    if not isinstance(line, dict) or line.get("what") != KIND:
        raise InvalidRunRecord(f"{_NAME} is not there")
    version = line.get("version", 1)
    if type(version) is not int or version not in (1, VERSION, VERSION_OF_BUNDLES):
        raise InvalidRunRecord(f"{_NAME} is of version {excerpt(str(version), 20)}; this Certmark reads 1, 2 and 3")
    return _record(Fields(_of_version_1(line) if version == 1 else line, _NAME, InvalidRunRecord))


def record_in(journal: bytes) -> RunRecord:
    """The record with which a journal begins; the lines after it are not looked at. Raises InvalidRunRecord."""
    try:
        line = json.loads(journal[:_LARGEST].partition(b"\n")[0])
    except (ValueError, RecursionError) as error:
        raise InvalidRunRecord(f"{_NAME} is no JSON") from error
    return read_run_record(line)


def _of_version_1(line: Mapping[str, Any]) -> dict[str, Any]:
    """A line of version 1 in the shape of version 2."""
    details = Fields(line.get("details", {}), f"{_NAME}, details", InvalidRunRecord).content
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
            "names": details.get("names", []),
            "distributions": details.get("versions", {}),
        },
        "capacity": details.get("capacity"),
        "class_timeout": details.get("class_timeout"),
    }


def _record(fields: Fields) -> RunRecord:
    return RunRecord(
        run=_text(fields, "run"),
        cloud=_text(fields, "cloud"),
        identity=_identity(fields.mapping("identity")) if fields.has("identity") else None,
        guideline=_guideline(fields.mapping("guideline")),
        selection=_selection(fields.mapping("selection")) if fields.has("selection") else RecordedSelection(),
        judging=RecordedJudging(
            **{one.name: fields.mapping("judging").maybe_text(one.name) for one in dataclasses.fields(RecordedJudging)}
        ),
        suite=_suite(fields.mapping("suite")),
        fingerprint=_text(fields, "fingerprint"),
        workers=0 if fields.content.get("version") == VERSION_OF_BUNDLES else fields.number("workers", 1, least=1),
        capacity=fields.maybe_number("capacity"),
        class_timeout=fields.maybe_decimal("class_timeout"),
        examination=_examination(fields.mapping("examination")) if fields.has("examination") else None,
        unknown_before=fields.maybe_text("unknown_before", may_be_empty=True),
        outage_patience=fields.maybe_decimal("outage_patience"),
    )


def _examination(fields: Fields) -> RecordedExamination:
    return RecordedExamination(
        is_done=fields.truth("is_done", default=True),
        despite=fields.texts("despite", ()),
        clock_ahead=fields.maybe_decimal("clock_ahead"),
        findings=tuple(map(_finding, fields.items("findings"))) if fields.has("findings") else (),
    )


def _finding(fields: Fields) -> RecordedFinding:
    return RecordedFinding(
        id=_text(fields, "id"),
        severity=_text(fields, "severity"),
        text=_text(fields, "text"),
        despite=fields.truth("despite"),
    )


def _identity(fields: Fields) -> RecordedIdentity:
    return RecordedIdentity(
        id=_text(fields, "id"), source=_text(fields, "source"), catalog_id=fields.maybe_text("catalog_id")
    )


def _guideline(fields: Fields) -> RecordedGuideline:
    return RecordedGuideline(
        id=_text(fields, "id"),
        sha256=_text(fields, "sha256"),
        file=fields.maybe_text("file"),
        program=_text(fields, "program"),
        also=fields.texts("also", ()),
        levels=fields.texts("levels", ()),
        missing=fields.texts("missing", ()),
    )


def _selection(fields: Fields) -> RecordedSelection:
    return RecordedSelection(
        expression=fields.maybe_text("expression"),
        left_out=fields.number("left_out", 0, least=0),
        most_failures=fields.maybe_number("most_failures"),
    )


def _suite(fields: Fields) -> RecordedSuite:
    distributions = fields.mapping("distributions")
    return RecordedSuite(
        name=_text(fields, "name"),
        version=_text(fields, "version"),
        description=_text(fields, "description"),
        wanted=fields.maybe_text("wanted"),
        wheels=fields.maybe_text("wheels"),
        names=fields.texts("names", ()),
        distributions={name: _text(distributions, name) for name in distributions.content},
    )


def _text(fields: Fields, key: str) -> str:
    return fields.text(key, "", may_be_empty=True)
