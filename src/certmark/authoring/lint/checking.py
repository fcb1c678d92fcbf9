"""Files to findings: read, laid out, checked by every rule, located."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from certmark.authoring.lint import own_terms, process, references, structure
from certmark.authoring.lint.broken_rules import BrokenRule, Edit
from certmark.authoring.lint.entries import check_aliases, check_flags, check_ids, check_sections
from certmark.authoring.lint.history import RevisionHistory
from certmark.authoring.lint.model import GuidelineModel, as_object
from certmark.authoring.lint.positions import LineIndex, Spot, TextSpan, locate, repeated_keys
from certmark.authoring.lint.rules import RULES
from certmark.authoring.lint.schemas import JsonPath
from certmark.domain.findings import LintFinding
from certmark.formats.errors import InvalidGuideline, excerpt
from certmark.formats.guideline.document import decoded, kind_of, parsed
from certmark.formats.guideline.schemas import SCHEMAS

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAX_FINDINGS = 10_000
"""Of one file; that there are more is told, the others are not."""


class LintInput(NamedTuple):
    """A file to check."""

    name: str
    """By which findings call it."""
    data: bytes


class NotAGuideline(InvalidGuideline):
    """JSON of another kind; a folder may have such files."""


class Repair(NamedTuple):
    """Characters of a text to be written anew."""

    finding: LintFinding
    """What it mends."""
    start: int
    end: int
    new: str


class OpenedGuideline(NamedTuple):
    """A file that was read, with what was found on the way."""

    name: str
    text: str
    has_mark: bool
    """Whether a mark of byte order stands before the text."""
    sheet: GuidelineModel | None
    broken: tuple[BrokenRule, ...]


class CheckedGuideline(NamedTuple):
    """What was found in one file."""

    file: OpenedGuideline
    findings: tuple[LintFinding, ...]
    """By their places."""
    repairs: tuple[Repair, ...]
    """The safe ones."""


def open_file(file: LintInput) -> OpenedGuideline:
    """Read a file. Raises InvalidGuideline for what is no text or too large, NotAGuideline for other JSON."""
    name, has_mark = file.name, file.data.startswith(BYTE_ORDER_MARK)
    try:
        text = decoded(file.data)
    except InvalidGuideline as error:
        raise InvalidGuideline(f"{name}: {error}") from error
    if not name.lower().endswith(".json") and text.lstrip()[:1] not in {"{", "["}:
        raise NotAGuideline(f"{name} is no guideline in JSON, and only these have rules; name another file")
    broken: list[BrokenRule] = []
    document = _document(text, broken)
    if document is None:
        return OpenedGuideline(name, text, has_mark, None, tuple(broken))
    if not is_guideline(document):
        what = "it has neither capabilities nor a schema of guidelines"
        what = what if isinstance(document, dict) else f"it is {kind_of(document)}"
        raise NotAGuideline(f"{name} is no guideline: {what}")
    return OpenedGuideline(name, text, has_mark, GuidelineModel(name, document, text), tuple(broken))


def lint(
    files: Sequence[OpenedGuideline],
    *,
    beside: Sequence[OpenedGuideline] = (),
    predecessor: OpenedGuideline | None = None,
    revisions: Mapping[str, OpenedGuideline] | None = None,
) -> list[CheckedGuideline]:
    """Check every one of `files`, in their order; `beside` are there to be compared with.

    `predecessor` is what each is compared with, whatever it says itself; `revisions` are earlier ones of
    `files`, by name, with which they are compared as well.
    """
    earlier = {name: item.sheet for name, item in (revisions or {}).items() if item.sheet is not None}
    former = None if predecessor is None else predecessor.sheet
    sheets = [item.sheet for item in (*files, *beside) if item.sheet is not None]
    history = RevisionHistory(sheets if former is None else [*sheets, former], former, earlier)
    return [_check(item, history) for item in files]


def is_guideline(document: object) -> bool:
    """Whether JSON means to be a guideline, sound or not."""
    if not isinstance(document, dict) or "$schema" in document:
        return False
    said = as_object(document.get("metadata")).get("schema", document.get("schema"))
    return "capabilities" in document or (isinstance(said, str) and said in SCHEMAS)


def _document(text: str, broken: list[BrokenRule]) -> Any:
    """The JSON in `text`; None where there is none, and `broken` says why."""
    try:
        return parsed(text)
    except InvalidGuideline as error:
        cause, message = error.__cause__, str(error)
    if isinstance(cause, json.JSONDecodeError):
        broken += _no_json(text, cause)
        return None
    if "stands twice" not in message:
        broken.append(BrokenRule("structure/not-json", (), message, offset=0))
        return None
    return _with_repeated_keys(text, broken)


def _with_repeated_keys(text: str, broken: list[BrokenRule]) -> Any:
    """The JSON in `text`, in which the last of equal keys counts; `broken` names the others."""
    for key in islice(repeated_keys(text), MAX_FINDINGS + 1):
        message = f"the key {excerpt(str(key.path[-1]))} stands a second time in its object"
        broken.append(BrokenRule("structure/repeated-key", key.path, message, offset=key.start))
    try:
        return parsed(json.dumps(json.loads(text)))
    except (ValueError, RecursionError):
        broken.append(BrokenRule("structure/not-json", (), "it is nested too deep, or has absurd numbers", offset=0))
        return None


_COMMENT = re.compile(r"^[ \t]*(//.*)$", re.MULTILINE)


def _no_json(text: str, error: json.JSONDecodeError) -> Iterator[BrokenRule]:
    """Comments and broken lines one by one where they are all that is wrong, else the first mistake."""
    comments = islice(_COMMENT.finditer(text), MAX_FINDINGS + 1)
    bare = _COMMENT.sub(lambda match: " " * len(match[0]), text)
    try:
        json.loads(bare, strict=False)
    except (ValueError, RecursionError):
        yield BrokenRule("structure/not-json", (), f"it is not JSON: {error.msg}", offset=error.pos)
        return
    for match in comments:
        yield BrokenRule("structure/not-json", (), "a comment; JSON has none", offset=match.start(1))
    for offset in _broken_lines(bare):
        yield BrokenRule("structure/not-json", (), "a text goes on in the next line; JSON writes \\n", offset=offset)


def _broken_lines(text: str) -> Iterator[int]:
    """Where texts begin that go over the end of a line."""
    for match in re.finditer(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', text, re.DOTALL):
        if re.search(r"[\x00-\x1f]", match[0]):
            yield match.start()


_OF_ONE: tuple[Callable[[GuidelineModel], Iterator[BrokenRule]], ...] = (
    structure.check,
    check_ids,
    check_aliases,
    check_flags,
    check_sections,
)
_OF_MANY: tuple[Callable[[GuidelineModel, RevisionHistory], Iterator[BrokenRule]], ...] = (
    references.check,
    process.check,
    own_terms.check,
)


def _check(opened: OpenedGuideline, history: RevisionHistory) -> CheckedGuideline:
    """What is found beyond the limit is not even looked for; that there is more is a finding."""
    broken = list(islice(_broken_rules(opened, history), MAX_FINDINGS + 1))
    if len(broken) > MAX_FINDINGS:
        message = f"it has more than {MAX_FINDINGS} findings; the others are not told before some of these are mended"
        broken[MAX_FINDINGS:] = [BrokenRule("structure/too-many", (), message, offset=0)]
    return _locate(opened, broken)


def _broken_rules(opened: OpenedGuideline, history: RevisionHistory) -> Iterator[BrokenRule]:
    yield from opened.broken
    if opened.sheet is not None:
        for alone in _OF_ONE:
            yield from alone(opened.sheet)
        for together in _OF_MANY:
            yield from together(opened.sheet, history)


def _locate(opened: OpenedGuideline, broken: Sequence[BrokenRule]) -> CheckedGuideline:
    """Broken rules as findings at their lines, in the order of the text."""
    wanted = {path for item in broken if item.offset is None for path in _ancestry(item.path)}
    spots = locate(opened.text, wanted) if opened.sheet is not None and wanted else {}
    lines = LineIndex(opened.text)
    findings, repairs = [], []
    for offset, item in sorted(((_offset(item, spots), item) for item in broken), key=lambda pair: pair[0]):
        rule = RULES[item.rule]
        line, column = lines.at(offset)
        finding = LintFinding(rule, opened.name, line, column, pointer(item.path), item.message)
        span = _span(item.edit, spots)
        if item.edit is not None and span is not None:
            finding = finding._replace(fix=rule.fix)
            repairs.append(Repair(finding, span.start, span.end, item.edit.new))
        findings.append(finding)
    return CheckedGuideline(opened, tuple(findings), tuple(repairs))


def _span(edit: Edit | None, spots: dict[JsonPath, Spot]) -> TextSpan | None:
    spot = spots.get(edit.path) if edit is not None else None
    if spot is None or edit is None:
        return None
    return spot.key if edit.on_key else spot.value


def _ancestry(path: JsonPath) -> Iterable[JsonPath]:
    return (path[:length] for length in range(len(path) + 1))


def _offset(item: BrokenRule, spots: dict[JsonPath, Spot]) -> int:
    if item.offset is not None:
        return item.offset
    spot = next(spots[path] for path in reversed(list(_ancestry(item.path))) if path in spots)
    return spot.key.start if spot.key is not None else spot.value.start


def pointer(path: JsonPath) -> str:
    """`path` as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
