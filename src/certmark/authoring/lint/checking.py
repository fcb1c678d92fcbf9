"""Files to findings: read, laid out, checked by every rule, located."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from certmark.authoring.lint import near_names, own_terms, process, references, structure
from certmark.authoring.lint.broken_rules import BrokenRule, Edit
from certmark.authoring.lint.entries import check_aliases, check_flags, check_ids, check_sections
from certmark.authoring.lint.history import NOTHING_AROUND, RevisionHistory, Surroundings
from certmark.authoring.lint.lists import ListedNames, check_list, read_list
from certmark.authoring.lint.model import GuidelineModel, as_object
from certmark.authoring.lint.positions import LineIndex, Spot, TextSpan, locate, repeated_keys
from certmark.authoring.lint.rules import RULES
from certmark.authoring.lint.schemas import JsonPath
from certmark.authoring.lint.spelling import KNOWN
from certmark.authoring.lint.texts import check_text
from certmark.domain.findings import LintFinding
from certmark.formats.documents.json_faults import TextRepair, faults_of
from certmark.formats.errors import InvalidGuideline, excerpt
from certmark.formats.guideline.document import NotInUtf8, RepeatedKey, decoded, kind_of, parsed
from certmark.formats.guideline.reading import is_format_3
from certmark.formats.guideline.schemas import FORMAT_3

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_JSON_START = re.compile(r"\s*(?:\{\s*(?:[\"}]|\Z)|\[\s*(?:[\"{\[\]0-9]|\Z))")
"""Names of tests begin with a bracket or a brace, too."""
UNREADABLE = "structure/unreadable"
"""Told whatever rules are chosen: of such a file nothing else is known."""
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
    listed: ListedNames | None = None
    """What a plain list names."""
    is_yaml: bool = False

    @property
    def is_unreadable(self) -> bool:
        """Whether nothing can be told of it but that it cannot be read."""
        return any(item.rule == UNREADABLE for item in self.broken)


class CheckedGuideline(NamedTuple):
    """What was found in one file."""

    file: OpenedGuideline
    findings: tuple[LintFinding, ...]
    """By their places."""
    repairs: tuple[Repair, ...]
    """The safe ones."""
    was_compared: bool = False
    """Whether a guideline before it was at hand."""


def open_file(file: LintInput) -> OpenedGuideline:
    """Read a file; what is no JSON and no list has a finding. Raises NotAGuideline for JSON and YAML of other kinds."""
    name, has_mark = file.name, file.data.startswith(BYTE_ORDER_MARK)
    try:
        text = decoded(file.data)
    except NotInUtf8 as error:
        return unreadable(name, str(error), (error.line, error.column))
    except InvalidGuideline as error:
        return unreadable(name, str(error))
    broken = list(check_text(text, has_mark=has_mark))
    if not name.lower().endswith(".json") and is_format_3(text):
        return _open_yaml(name, text, broken, has_mark=has_mark)
    if not name.lower().endswith(".json") and _JSON_START.match(text) is None:
        return _open_list(name, text, broken, has_mark=has_mark)
    document = _document(text, broken)
    if document is None:
        return OpenedGuideline(name, text, has_mark, None, tuple(broken))
    if not is_guideline(document):
        what = "it has neither capabilities nor a schema of guidelines"
        what = what if isinstance(document, dict) else f"it is {kind_of(document)}"
        raise NotAGuideline(f"it is no guideline: {what}")
    return OpenedGuideline(name, text, has_mark, GuidelineModel(name, document, text), tuple(broken))


def _open_list(name: str, text: str, broken: list[BrokenRule], *, has_mark: bool) -> OpenedGuideline:
    if name.lower().endswith((".yaml", ".yml")):
        what = "there are rules for guidelines in JSON, for format 3 and for plain lists of tests, not for other YAML"
        raise NotAGuideline(what)
    try:
        listed = read_list(text)
    except InvalidGuideline as error:
        return unreadable(name, str(error))
    return OpenedGuideline(name, text, has_mark, None, tuple(broken), listed)


def _open_yaml(name: str, text: str, broken: list[BrokenRule], *, has_mark: bool) -> OpenedGuideline:
    from certmark.authoring.lint.yaml_positions import offset_of_error
    from certmark.formats.guideline import yaml_text

    try:
        document = yaml_text.parsed(text)
    except InvalidGuideline as error:
        broken.append(BrokenRule("structure/not-yaml", (), str(error), offset=offset_of_error(text, str(error))))
        return OpenedGuideline(name, text, has_mark, None, tuple(broken))
    if not is_guideline(document) or as_object(document.get("metadata")).get("schema") != FORMAT_3:
        raise NotAGuideline(f"of guidelines in YAML there are rules for those that say schema {FORMAT_3}")
    sheet = GuidelineModel(name, document, text)
    return OpenedGuideline(name, text, has_mark, sheet, tuple(broken), is_yaml=True)


def unreadable(name: str, why: str, place: tuple[int, int] = (1, 1)) -> OpenedGuideline:
    """A file of which nothing else can be told: `why` it cannot be read, at line and column."""
    broken = BrokenRule(UNREADABLE, (), why, place=place)
    return OpenedGuideline(name, "", has_mark=False, sheet=None, broken=(broken,))


def lint(
    files: Sequence[OpenedGuideline],
    *,
    beside: Sequence[OpenedGuideline] = (),
    predecessor: OpenedGuideline | None = None,
    revisions: Mapping[str, OpenedGuideline] | None = None,
    around: Surroundings = NOTHING_AROUND,
) -> list[CheckedGuideline]:
    """Check every one of `files`, in their order; `beside` are there to be compared with.

    `predecessor` is what each is compared with, whatever it says itself; `revisions` are earlier ones of
    `files`, by name, with which they are compared as well.
    """
    earlier = {name: item.sheet for name, item in (revisions or {}).items() if item.sheet is not None}
    former = None if predecessor is None else predecessor.sheet
    sheets = [item.sheet for item in (*files, *beside) if item.sheet is not None]
    history = RevisionHistory(sheets if former is None else [*sheets, former], former, earlier, around)
    return [_check(item, history) for item in files]


def is_guideline(document: object) -> bool:
    """Whether JSON means to be a guideline, sound or not."""
    if not isinstance(document, dict) or ("$schema" in document and document.keys() >= _IS_SCHEMA):
        return False
    said = as_object(document.get("metadata")).get("schema", document.get("schema"))
    return "capabilities" in document or (isinstance(said, str) and said in KNOWN)


_IS_SCHEMA = frozenset({"type", "properties"})
"""What a JSON Schema has at the top, and no guideline; both may name a `$schema`."""


def _document(text: str, broken: list[BrokenRule]) -> Any:
    """The JSON in `text`; None where there is none, and `broken` says why."""
    try:
        return parsed(text)
    except RepeatedKey:
        if text_broken := list(_faults(text)):  # what comes after the second key was not read
            broken += text_broken
            return None
        return _with_repeated_keys(text, broken)
    except InvalidGuideline as error:
        # What is too large or too deep is not read once more.
        faults = list(_faults(text)) if str(error).startswith("it is not JSON") else []
        broken += faults or [BrokenRule("structure/not-json", (), str(error), offset=0)]
        return None


def _faults(text: str) -> Iterator[BrokenRule]:
    """What is wrong with `text`, which may be JSON, fault by fault."""
    for fault in faults_of(text):
        yield BrokenRule("structure/not-json", (), fault.message, offset=fault.offset, repair=fault.repair)


def _with_repeated_keys(text: str, broken: list[BrokenRule]) -> Any:
    """The JSON in `text`, in which the last of equal keys counts; `broken` names the others."""
    for key in islice(repeated_keys(text), MAX_FINDINGS + 1):
        message = f"the key {excerpt(str(key.path[-1]))} stands a second time in its object"
        broken.append(BrokenRule("structure/repeated-key", key.path, message, offset=key.start))
    try:
        return parsed(json.dumps(json.loads(text)))
    except InvalidGuideline as error:
        broken.append(BrokenRule("structure/not-json", (), str(error), offset=0))
    except (ValueError, RecursionError):
        broken.append(BrokenRule("structure/not-json", (), "it is nested too deep, or has a number too long", offset=0))
    return None


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
    near_names.check,
)


def _check(opened: OpenedGuideline, history: RevisionHistory) -> CheckedGuideline:
    """What is found beyond the limit is not even looked for; that there is more is a finding."""
    broken = list(islice(_broken_rules(opened, history), MAX_FINDINGS + 1))
    if len(broken) > MAX_FINDINGS:
        message = f"it has more than {MAX_FINDINGS} findings; the others are not told before some of these are mended"
        broken[MAX_FINDINGS:] = [BrokenRule("structure/too-many", (), message, offset=0)]
    was_compared = opened.sheet is not None and history.predecessor(opened.sheet) is not None
    return _locate(opened, broken)._replace(was_compared=was_compared)


def _broken_rules(opened: OpenedGuideline, history: RevisionHistory) -> Iterator[BrokenRule]:
    yield from opened.broken
    if opened.listed is not None:
        yield from check_list(opened.listed, history.around)
    if opened.sheet is not None:
        for alone in _OF_ONE:
            yield from alone(opened.sheet)
        for together in _OF_MANY:
            yield from together(opened.sheet, history)


def _locate(opened: OpenedGuideline, broken: Sequence[BrokenRule]) -> CheckedGuideline:
    """Broken rules as findings at their lines, in the order of the text."""
    if opened.sheet is not None:
        broken = [_as_written(item, opened.sheet) for item in broken]
    wanted = {path for item in broken if item.offset is None for path in _ancestry(item.path)}
    spots = _spots(opened, wanted) if opened.sheet is not None and wanted else {}
    lines = LineIndex(opened.text)
    placed = ((item.place or lines.at(_offset(item, spots, opened.text)), item) for item in broken)
    findings, repairs = [], []
    for (line, column), item in sorted(placed, key=lambda pair: pair[0]):
        rule = RULES[item.rule]
        finding = LintFinding(rule, opened.name, line, column, pointer(item.path), item.message)
        month, place = None, finding.pointer
        if opened.sheet is not None:
            month, named = opened.sheet.month, stable(item.path, opened.sheet)
            place = place if named is item.path else pointer(named)
        finding = finding._replace(source=rule.source_in(month), place=place)
        repair = item.repair or (_repair(item.edit, spots) if _can_mend(opened, item) else None)
        if repair is not None:
            finding = finding._replace(fix=rule.fix or "writes what is meant")
            repairs.append(Repair(finding, *repair))
        findings.append(finding)
    return CheckedGuideline(opened, tuple(findings), tuple(repairs))


def _spots(opened: OpenedGuideline, wanted: set[JsonPath]) -> dict[JsonPath, Spot]:
    if not opened.is_yaml:
        return locate(opened.text, wanted)
    from certmark.authoring.lint.yaml_positions import locate_in_yaml

    return locate_in_yaml(opened.text, wanted)


def _can_mend(opened: OpenedGuideline, item: BrokenRule) -> bool:
    """What is written anew is JSON, and of schema 2.0; of format 3 only keys are the same."""
    is_3 = opened.sheet is not None and opened.sheet.is_3
    return not opened.is_yaml and (not is_3 or item.rule in _OF_KEYS)


def _as_written(item: BrokenRule, sheet: GuidelineModel) -> BrokenRule:
    """`item` with the keys as they stand in the file."""
    edit = item.edit and item.edit._replace(path=sheet.as_written(item.edit.path))
    return item._replace(path=sheet.as_written(item.path), edit=edit)


def _repair(edit: Edit | None, spots: dict[JsonPath, Spot]) -> TextRepair | None:
    span = _span(edit, spots)
    return None if span is None or edit is None else TextRepair(span.start, span.end, edit.new)


def _span(edit: Edit | None, spots: dict[JsonPath, Spot]) -> TextSpan | None:
    spot = spots.get(edit.path) if edit is not None else None
    if spot is None or edit is None:
        return None
    return spot.key if edit.on_key else spot.value


def _ancestry(path: JsonPath) -> Iterable[JsonPath]:
    return (path[:length] for length in range(len(path) + 1))


def _offset(item: BrokenRule, spots: dict[JsonPath, Spot], text: str) -> int:
    """A finding stands at the value where that is a text or a number, and at the key where the key is wrong."""
    if item.offset is not None:
        return item.offset
    path = item.path
    while path not in spots:
        path = path[:-1]
    spot = spots[path]
    is_value = not spot.is_block and text[spot.value.start : spot.value.start + 1] not in {"{", "["}
    if spot.key is None or (path == item.path and item.rule not in _OF_KEYS and is_value):
        return spot.value.start
    return spot.key.start


_OF_KEYS = frozenset({"structure/misspelt-key", "structure/unknown-key", "flags/spelling", "sections/required-key"})


def stable(path: JsonPath, sheet: GuidelineModel) -> JsonPath:
    """`path`, in which items of lists that are texts stand by these, and not by their numbers."""
    if not any(isinstance(step, int) for step in path):
        return path
    value: Any = sheet.original
    steps: list[str | int] = []
    for number, step in enumerate(path):
        key = sheet.meant(path[: number + 1]) if isinstance(step, str) else step
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return path
        steps.append(value if isinstance(step, int) and isinstance(value, str) else step)
    return tuple(steps)


def pointer(path: JsonPath) -> str:
    """`path` as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
