"""Surveys of suites as files: what a suite's own code says of its tests, kept and carried.

A survey is a JSON object, gzipped if its name ends in `.gz`; a test's members that are empty are
left out. A plain listing (`stestr list`, `tempest run --list-tests`: a full id on each line) is
read as a survey that knows names and ids only.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from certmark.domain.advice import Action, Advice
from certmark.domain.surveys import Credential, Survey, SurveyedTest
from certmark.formats.documents.fields import Fields
from certmark.formats.documents.parsing import parse_json
from certmark.formats.errors import FormatError

FORMAT = "certmark-survey"
VERSION = 1
_LARGEST = 64 << 20
"""Tempest with nine plugins takes 6 MB."""
_GZIP = b"\x1f\x8b"


_HINT = "save it again"


class InvalidSurvey(FormatError):
    """Whoever made the survey or listing must make it again, or the person must name another file."""


def load_survey(path: str) -> Survey:
    """The survey, or the plain listing, in the file `path`. Raises InvalidSurvey or OSError."""
    with Path(path).open("rb") as file:
        data = file.read(_LARGEST + 1)
    return read_survey(data, Path(path).name)


def read_survey(data: bytes, name: str) -> Survey:
    """The survey in `data`, of a file called `name`. Raises InvalidSurvey."""
    content = _unpacked(data, name)
    if content.lstrip()[:1] == b"{":
        return _from_document(parse_json(content, name, InvalidSurvey), name)
    return _from_listing(content, name)


def write_survey(survey: Survey, path: str) -> None:
    """Write `survey` to `path`, whole or not at all; the same survey gives the same bytes. Raises OSError."""
    data = survey_bytes(survey)
    if path.endswith(".gz"):
        import gzip

        data = gzip.compress(data, 9, mtime=0)
    draft = Path(f"{path}.{os.getpid()}.part")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def survey_bytes(survey: Survey) -> bytes:
    """The file's content: a line for each test, so that two surveys can be compared by lines."""
    head = {
        "format": FORMAT,
        "version": VERSION,
        "suite": survey.suite,
        "suite_version": survey.version,
        "packages": dict(survey.packages),
        "problems": list(survey.problems),
        "is_described": survey.is_described,
    }
    lines = ",\n".join(json.dumps(_row(test), ensure_ascii=False, separators=(",", ":")) for test in survey.tests)
    return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "tests": [\n{lines}\n]}}\n'.encode()


def tests_of(rows: object, name: str) -> tuple[SurveyedTest, ...]:
    """The tests that a survey's `rows` describe, by their full ids, each once. Raises InvalidSurvey."""
    if not isinstance(rows, list):
        raise InvalidSurvey(f'{name}: "tests" must be a list of mappings; {_HINT}')
    shared: dict[str, Any] = {}
    fields = (Fields(row, f"{name}, tests[{at}]", InvalidSurvey, hint=_HINT) for at, row in enumerate(rows))
    found = {test.full_id: test for test in (_test(row, shared) for row in fields)}
    return tuple(found[full] for full in sorted(found))


def _unpacked(data: bytes, name: str) -> bytes:
    if data.startswith(_GZIP):
        import zlib

        try:
            engine = zlib.decompressobj(wbits=31)
            data = engine.decompress(data, _LARGEST + 1)
        except zlib.error as error:
            raise InvalidSurvey(f"{name} cannot be unpacked; save it again") from error
        if len(data) <= _LARGEST and not engine.eof:
            raise InvalidSurvey(f"{name} ends in the middle; save it again")
    if len(data) > _LARGEST:
        raise InvalidSurvey(f"{name} is larger than {_LARGEST >> 20} MB, more than any suite's survey")
    return data


def _from_document(document: Any, name: str) -> Survey:
    fields = Fields(document, name, InvalidSurvey, hint=_HINT)
    fields.check_document(FORMAT, VERSION)
    packages = fields.mapping("packages")
    return Survey(
        fields.text("suite", "", may_be_empty=True),
        fields.text("suite_version", "", may_be_empty=True),
        tests_of(document.get("tests"), name),
        tuple((key, packages.text(key, may_be_empty=True)) for key in packages.content),
        fields.texts("problems", (), limit=_LARGEST),
        fields.truth("is_described", default=True),
    )


def _from_listing(content: bytes, name: str) -> Survey:
    """Lines that are test ids; a listing may begin with what its command said of itself."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise InvalidSurvey(f"{name} is no list of tests: byte {error.start} is not UTF-8") from error
    found = {line for raw in text.splitlines() if _is_id(line := raw.strip())}
    if not found:
        raise InvalidSurvey(f"{name} lists no test", Advice(Action.NAME_SURVEY))
    return Survey("", "", tuple(SurveyedTest(full) for full in sorted(found)), is_described=False)


def _is_id(line: str) -> bool:
    name = line.partition("[")[0].partition("(")[0]
    return "." in name.strip(".") and not any(sign in name for sign in " /=:#'\"<>")


def _test(row: Fields, shared: dict[str, Any]) -> SurveyedTest:
    return SurveyedTest(
        row.text("id", may_be_empty=True),
        _credentials(row, shared),
        row.texts("services", ()),
        row.text("document", "", may_be_empty=True, limit=_LARGEST),
        row.texts("calls", ()),
        row.texts("skips", ()),
        row.text("file", "", may_be_empty=True),
        row.number("line", 0),
        row.truth("is_inherited"),
        row.number("own_calls", 0),
        row.texts("set_up", ()),
    )


def _credentials(row: Fields, shared: dict[str, Any]) -> tuple[Credential, ...]:
    value = row.content.get("credentials", [])
    key = repr(value)
    if key not in shared:
        words: list[Any] = value if isinstance(value, list) else [None]
        if not all(isinstance(item, list) and item and all(isinstance(one, str) for one in item) for item in words):
            row.refuse("must be a list of lists of strings", "credentials")
        shared[key] = tuple(Credential(item[0], tuple(item[1:])) for item in words)
    found: tuple[Credential, ...] = shared[key]
    return found


def _row(test: SurveyedTest) -> dict[str, object]:
    members: Iterable[tuple[str, object]] = (
        ("id", test.full_id),
        ("credentials", [[item.kind, *item.roles] for item in test.credentials]),
        ("services", test.services),
        ("document", test.document),
        ("calls", test.calls),
        ("own_calls", test.own_calls),
        ("set_up", test.set_up),
        ("skips", test.skips),
        ("file", test.file),
        ("line", test.line),
        ("is_inherited", test.is_inherited),
    )
    is_told: Callable[[tuple[str, object]], bool] = lambda member: bool(member[1])  # noqa: E731 - a filter's condition
    return dict(filter(is_told, members))
