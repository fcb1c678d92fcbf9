"""Kubernetes' conformance list (`conformance.yaml`): one required test an entry, known by its `codename`.

https://github.com/cncf/k8s-conformance. The file is YAML; it is read event by event, as texts
only: no aliases, no tags, no more nesting than a list of entries has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from certmark.domain.guidelines import Capability, Guideline, RequiredTest
from certmark.domain.policies import CONFORMANCE
from certmark.formats.documents.foreign_yaml import too_deep_at
from certmark.formats.errors import InvalidGuideline, excerpt
from certmark.formats.guideline.fields import Notes, checked_name, show
from certmark.formats.guideline.lines import MAX_TESTS
from certmark.formats.guideline.plain import ListedTests, capability, group_of, of_list

SCHEMA = "kubernetes-conformance"
TITLE = "Kubernetes conformance"
"""What the program is called, with the release of the list behind it."""
WORD = "kubernetes"
"""By which people ask for it."""

_MAX_CHARACTERS = 4 * 1024 * 1024  # the list of 2024 has 0.2; YAML is slow to read
_KEYS = frozenset(("testname", "codename", "description", "release", "file", "behaviors"))
_RELEASE = re.compile(r"\bv?([0-9]{1,2})\.([0-9]{1,3})\b")
_MAX_TITLES = 300
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(text: str, base: str, data: bytes) -> Guideline:
    """The guideline in a conformance list. Raises InvalidGuideline, naming the entry."""
    if len(text) > _MAX_CHARACTERS:
        raise InvalidGuideline(f"it is YAML of more than {_MAX_CHARACTERS // 1024 // 1024} MiB; no conformance list is")
    notes = Notes()
    entries = _entries(text)
    if not entries:
        raise InvalidGuideline("it names no test; name a guideline")
    release = _release(entries, base)
    title = f"{TITLE} {release}" if release else TITLE
    releases = (release,) if release else ()
    return of_list(
        ListedTests(SCHEMA, base, title, _capabilities(entries, notes), CONFORMANCE, releases, words=(WORD, base)),
        {"format": SCHEMA, "tests": entries, "text": text},
        notes,
        data,
    )


def _capabilities(entries: list[dict[str, Any]], notes: Notes) -> dict[str, Capability]:
    groups: dict[str, list[RequiredTest]] = {}
    titles: dict[str, list[str]] = {}
    known: set[str] = set()
    for number, entry in enumerate(entries, 1):
        name = _codename(entry, f"entry {number}")
        for key in entry:
            if key not in _KEYS:
                notes.note_unknown(key, f"entry {number}", _KEYS)
        if name in known:
            notes.add(f"entry {number}: {show(name)} stands there a second time; it counts once")
            continue
        known.add(name)
        groups.setdefault(group_of(name), []).append(RequiredTest(name, None, None, (), None, _since(entry)))
        titles.setdefault(group_of(name), []).append(str(entry.get("testname", "")))
    return {key: capability(key, tuple(tests), _described(titles[key])) for key, tests in groups.items()}


def _codename(entry: dict[str, Any], place: str) -> str:
    name = entry.get("codename")
    if not isinstance(name, str):
        raise InvalidGuideline(f'{place}: it has no "codename"')
    return checked_name(name, place)


def _described(titles: list[str]) -> str:
    text = "; ".join(dict.fromkeys(title for title in titles if title))
    return text if len(text) <= _MAX_TITLES else text[: _MAX_TITLES - 1] + "…"


def _since(entry: dict[str, Any]) -> str | None:
    """The release since which an entry is required, as written (`v1.9`, or several where its meaning changed)."""
    release = entry.get("release")
    return release if isinstance(release, str) and release.strip() else None


def _release(entries: list[dict[str, Any]], base: str) -> str | None:
    """The release of the list: the newest that an entry names, or a later one in the name of its file."""
    numbers = {
        (int(major), int(minor))
        for text in (base, *(str(entry.get("release", "")) for entry in entries))
        for major, minor in _RELEASE.findall(text)
    }
    return f"v{max(numbers)[0]}.{max(numbers)[1]}" if numbers else None


def _entries(text: str) -> list[dict[str, Any]]:
    events = _events(text)
    try:
        if not isinstance(next(events, None), yaml.SequenceStartEvent):
            raise InvalidGuideline("it is YAML and no list of entries; name a guideline")
        entries: list[dict[str, Any]] = []
        while isinstance(event := next(events), yaml.MappingStartEvent):
            entries.append(_entry(events, f"entry {len(entries) + 1}"))
            if len(entries) > MAX_TESTS:
                raise InvalidGuideline(f"it names more than {MAX_TESTS:,} tests; no guideline does")
        if not isinstance(event, yaml.SequenceEndEvent):
            raise InvalidGuideline(f"entry {len(entries) + 1}: must be an object")
        if next(events, None) is not None:
            raise InvalidGuideline("it has a second document")
    except yaml.YAMLError as error:
        if (mark := too_deep_at(error)) is not None:
            # What stands before that depth is refused already, but libyaml has not told it yet.
            return _entries(text[: mark.index])
        raise InvalidGuideline(f"it is not YAML: {_problem(error)}") from error
    return entries


def _events(text: str) -> Iterator[yaml.Event]:
    """Those that carry content; refuses what makes a small file large."""
    passed_over = (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent)
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            line = event.start_mark.line + 1 if event.start_mark is not None else "?"
            raise InvalidGuideline(f"line {line}: anchors and aliases are not read; write it out")
        if not isinstance(event, passed_over):
            yield event


def _entry(events: Iterator[yaml.Event], place: str) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    while isinstance(event := next(events), yaml.ScalarEvent):
        key = event.value
        if key in entry:
            raise InvalidGuideline(f"{place}: the key {excerpt(key)} stands there twice; remove the wrong one")
        entry[key] = _value(events, f"{place}, {show(key)}")
    if not isinstance(event, yaml.MappingEndEvent):
        raise InvalidGuideline(f"{place}: has a key that is no text")
    return entry


def _value(events: Iterator[yaml.Event], place: str) -> Any:
    event = next(events)
    if isinstance(event, yaml.ScalarEvent):
        return event.value
    if not isinstance(event, yaml.SequenceStartEvent):
        raise InvalidGuideline(f"{place}: must be a text or a list of texts")
    texts = []
    while isinstance(event := next(events), yaml.ScalarEvent):
        texts.append(event.value)
    if not isinstance(event, yaml.SequenceEndEvent):
        raise InvalidGuideline(f"{place}: must be a text or a list of texts")
    return texts


def _problem(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
    return f"{getattr(error, 'problem', None) or 'it has characters that YAML does not allow'}{where}"
