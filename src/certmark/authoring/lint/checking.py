"""Files to findings: read, laid out, checked by every rule, located."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from certmark.authoring.lint import aliases, flags, ids, process, references, sections, structure, terms
from certmark.authoring.lint.found import Found
from certmark.authoring.lint.history import History
from certmark.authoring.lint.positions import Lines, Spot, locate, repeated_keys
from certmark.authoring.lint.rules import RULES
from certmark.authoring.lint.schemas import Path
from certmark.authoring.lint.sheets import Sheet, as_object
from certmark.domain.findings import Finding
from certmark.formats.errors import InvalidGuideline, excerpt
from certmark.formats.guideline.document import decoded, kind_of, parsed
from certmark.formats.guideline.reading import SCHEMAS

MAX_FINDINGS = 10_000
"""Of one file; what is beyond is not told."""


class Given(NamedTuple):
    """A file to check."""

    name: str
    """By which findings call it."""
    data: bytes


class NotAGuideline(InvalidGuideline):
    """JSON of another kind; a folder may have such files."""


class Checked(NamedTuple):
    """What was found in one file."""

    name: str
    text: str
    findings: tuple[Finding, ...]
    """By their places."""
    edits: tuple[tuple[Finding, Spot, str, bool], ...]
    """What `--fix` would do: the finding, where, the new text, and whether it is a key."""


class _Opened(NamedTuple):
    """A file that was read, with what was found on the way."""

    name: str
    text: str
    sheet: Sheet | None
    found: list[Found]


def lint(given: Sequence[Given], *, beside: Sequence[Given] = (), predecessor: Given | None = None) -> list[Checked]:
    """Check every file of `given`, in their order; `beside` are there to be compared with.

    `predecessor` is what each is compared with, whatever it says itself. Raises InvalidGuideline
    for what is no text, too large, or no guideline.
    """
    opened = [_opened(file) for file in given]
    others = [_opened(file) for file in beside]
    former = None if predecessor is None else _opened(predecessor).sheet
    sheets = [item.sheet for item in (*opened, *others) if item.sheet is not None]
    history = History(sheets if former is None else [*sheets, former], former)
    return [_checked(item, history) for item in opened]


def is_guideline(document: object) -> bool:
    """Whether JSON means to be a guideline, sound or not."""
    if not isinstance(document, dict) or "$schema" in document:
        return False
    said = as_object(document.get("metadata")).get("schema", document.get("schema"))
    return "capabilities" in document or (isinstance(said, str) and said in SCHEMAS)


def _opened(given: Given) -> _Opened:
    try:
        text = decoded(given.data)
    except InvalidGuideline as error:
        raise InvalidGuideline(f"{given.name}: {error}") from error
    found: list[Found] = []
    document = _document(text, found)
    if document is None:
        return _Opened(given.name, text, None, found)
    if not is_guideline(document):
        what = "it has neither capabilities nor a schema of guidelines"
        what = what if isinstance(document, dict) else f"it is {kind_of(document)}"
        raise NotAGuideline(f"{given.name} is no guideline: {what}")
    return _Opened(given.name, text, Sheet(given.name, document, text), found)


def _document(text: str, found: list[Found]) -> Any:  # noqa: ANN401 - foreign JSON
    """The JSON in `text`; None where there is none, and `found` says why."""
    try:
        return parsed(text)
    except InvalidGuideline as error:
        cause = error.__cause__
        message = str(error)
    if isinstance(cause, json.JSONDecodeError):
        found += _no_json(text, cause)
        return None
    repeated = list(repeated_keys(text)) if "stands twice" in message else []
    for key in repeated[:MAX_FINDINGS]:
        told = f"the key {excerpt(str(key.path[-1]))} stands a second time in its object"
        found.append(Found("structure/repeated-key", key.path, told, offset=key.start))
    if repeated:
        return json.loads(text)
    found.append(Found("structure/not-json", (), message, offset=0))
    return None


_COMMENT = re.compile(r"^[ \t]*(//.*)$", re.MULTILINE)
_BROKEN = re.compile(r'"(?:[^"\\\n]|\\.)*(?=\n)')


def _no_json(text: str, error: json.JSONDecodeError) -> Iterator[Found]:
    """Comments and broken lines one by one where they are all that is wrong, else the first mistake."""
    comments = list(_COMMENT.finditer(text))
    bare = _COMMENT.sub(lambda match: " " * len(match[0]), text)
    try:
        json.loads(bare, strict=False)
    except ValueError:
        yield Found("structure/not-json", (), f"it is not JSON: {error.msg}", offset=error.pos)
        return
    for match in comments:
        yield Found("structure/not-json", (), "a comment; JSON has none", offset=match.start(1))
    for offset in _broken_lines(bare):
        yield Found("structure/not-json", (), "a text goes on in the next line; JSON writes \\n", offset=offset)


def _broken_lines(text: str) -> Iterator[int]:
    """Where texts begin that go over the end of a line."""
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"', text, re.DOTALL):
        if re.search(r"[\x00-\x1f]", match[0]):
            yield match.start()


_OF_ONE: tuple[Callable[[Sheet], Iterator[Found]], ...] = (
    structure.check,
    ids.check,
    aliases.check,
    flags.check,
    sections.check,
)
_OF_MANY: tuple[Callable[[Sheet, History], Iterator[Found]], ...] = (references.check, process.check, terms.check)


def _checked(opened: _Opened, history: History) -> Checked:
    found = list(opened.found)
    if opened.sheet is not None:
        for alone in _OF_ONE:
            found += alone(opened.sheet)
        for together in _OF_MANY:
            found += together(opened.sheet, history)
    return _located(opened, found[:MAX_FINDINGS])


def _located(opened: _Opened, found: list[Found]) -> Checked:
    """Findings with lines and columns, in the order of the text."""
    wanted = {path for item in found if item.offset is None for path in _ancestry(item.path)}
    spots = locate(opened.text, wanted) if opened.sheet is not None and wanted else {}
    lines = Lines(opened.text)
    told = sorted(((_offset(item, spots), item) for item in found), key=lambda pair: pair[0])
    findings, edits = [], []
    for offset, item in told:
        rule = RULES[item.rule]
        line, column = lines.at(offset)
        fix = rule.fix if item.edit is not None else ""
        finding = Finding(rule, opened.name, line, column, pointer(item.path), item.message, fix)
        findings.append(finding)
        if item.edit is not None and item.edit.path in spots:
            edits.append((finding, spots[item.edit.path], item.edit.new, item.edit.on_key))
    return Checked(opened.name, opened.text, tuple(findings), tuple(edits))


def _ancestry(path: Path) -> Iterable[Path]:
    return (path[:length] for length in range(len(path) + 1))


def _offset(item: Found, spots: dict[Path, Spot]) -> int:
    if item.offset is not None:
        return item.offset
    spot = next(spots[path] for path in reversed(list(_ancestry(item.path))) if path in spots)
    return spot.key.start if spot.key is not None else spot.value.start


def pointer(path: Path) -> str:
    """`path` as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
