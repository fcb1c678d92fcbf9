"""Programmes and their rulebooks as JSON documents -> `domain.certification.rulebooks`.

    {"format": "certmark-programme", "version": 1, "word": "acme", "name": "Acme Certified", "says": "…",
     "guidelines": "acme-.*",
     "rulebooks": [{"version": "2026.1", "effective": "2026-01-01", …,
                    "rules": {"run_age_days": {"is": 90, "source": "…"}, …}},
                   {"version": "2027.1", "effective": "2027-01-01", "like": "2026.1", "rules": {…what differs…}}]}

Nothing is taken for granted: every rule must be there with its source, or come from the version that this one is
like; what is not known is refused.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from certmark.domain.certification.rulebooks import (
    ApplicationTrack,
    CertifiableProgram,
    ProgramMark,
    Programme,
    ReviewQuestion,
    Rulebook,
    StatementQuestion,
    TrackCondition,
    TrackRules,
)
from certmark.domain.policies import POLICIES
from certmark.formats.documents.fields import Fields
from certmark.formats.documents.parsing import parse_json
from certmark.formats.errors import InvalidRulebook, excerpt

FORMAT, VERSION = "certmark-programme", 1
_LARGEST = 1 << 20
_WORD = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?\Z")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,19}\Z")
_KEYS = ("format", "version", "word", "name", "says", "guidelines", "rulebooks")
_OWN = ("version", "effective", "agreement", "policy", "statuses", "programs", "tracks", "questions", "checklist")
_RULES = {one.name: one for one in dataclasses.fields(Rulebook) if one.metadata}


@cache
def shipped_programmes() -> tuple[Programme, ...]:
    """The programmes that come with Certmark."""
    found = files("certmark.data") / "rulebooks"
    documents = sorted((one.name, one.read_bytes()) for one in found.iterdir() if one.name.endswith(".json"))
    return together(read_programme(data, name) for name, data in documents)


def document_of(word: str, folder: Path | None) -> bytes | None:
    """The document of a programme as it was written: the one in `folder`, else the one that comes along.

    Raises InvalidRulebook or OSError.
    """
    own = [] if folder is None else [path for path in sorted(folder.iterdir()) if path.suffix == ".json"]
    shipped = [one for one in (files("certmark.data") / "rulebooks").iterdir() if one.name.endswith(".json")]
    found = ((one.name, one.read_bytes()) for one in (*own, *shipped))
    return next((data for name, data in found if read_programme(data, name).word == word), None)


def load_programmes(folder: Path) -> tuple[Programme, ...]:
    """Those of the JSON files in `folder`, then those that come along, but for one of the same word.

    So a guideline whose id fits several is the operator's own. Raises InvalidRulebook or OSError.
    """
    own = [read_programme(_bytes(path), path.name) for path in sorted(folder.iterdir()) if path.suffix == ".json"]
    words = [one.word for one in own]
    if twice := [word for word in words if words.count(word) > 1]:
        raise InvalidRulebook(f"two files of {folder} have the programme {twice[0]}; leave one out")
    return together([*own, *(one for one in shipped_programmes() if one.word not in words)])


def together(programmes: Iterable[Programme]) -> tuple[Programme, ...]:
    """Programmes in their order, and the one last to which guidelines of none of them belong."""
    found = sorted(programmes, key=lambda one: one.guidelines is None)
    if sum(one.guidelines is None for one in found) != 1:
        words = ", ".join(one.word for one in found if one.guidelines is None)
        raise InvalidRulebook(
            f'one programme has "guidelines": null, for guidelines of no other; here: {words or "none"}'
        )
    return tuple(found)


def read_programme(data: bytes, name: str) -> Programme:
    """The programme of a file called `name`. Raises InvalidRulebook."""
    if len(data) > _LARGEST:
        raise InvalidRulebook(f"{name} has more than 1 MiB, too much for a programme")
    fields = Fields(parse_json(data, name, InvalidRulebook, unique=True), name, InvalidRulebook, _KEYS)
    fields.check_document(FORMAT, VERSION)
    word = _word(fields, "word")
    rulebooks: dict[str, Rulebook] = {}
    contents: dict[str, Mapping[str, Any]] = {}
    for entry in fields.items("rulebooks"):
        version = _matching(entry, "version", _VERSION, "a version like 2026.1")
        if version in contents:
            entry.refuse(f"is a second rulebook {version}")
        contents[version] = _whole(entry, contents)
        rulebooks[version] = _rulebook(word, entry.inside(contents[version], entry.where, (*_OWN, "marks", "rules")))
    ordered = sorted(rulebooks.values(), key=lambda one: one.effective)
    _distinct(fields, "rulebooks", (one.effective.isoformat() for one in ordered))
    says, pattern = fields.text("says", limit=1000), _pattern(fields)
    return Programme(word, fields.text("name", limit=200), says, pattern, tuple(ordered))


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LARGEST + 1)


def _whole(entry: Fields, known: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """With what it has from the version that it is like."""
    if (like := entry.maybe_text("like")) is None:
        return {key: value for key, value in entry.content.items() if key != "like"}
    if like not in known:
        entry.refuse(f"must be a version that stands before this one, not {excerpt(like, 40)}", "like")
    found = {**known[like], **entry.content, "rules": {**known[like]["rules"], **entry.mapping("rules").content}}
    del found["like"]
    return found


def _rulebook(programme: str, entry: Fields) -> Rulebook:
    rules = entry.mapping("rules", _RULES)
    said = {name: rules.inside(rules.content.get(name), rules.at(name), ("is", "source")) for name in _RULES}
    programs = tuple(map(_program, entry.items("programs", ("word", "name", "hosts"))))
    words = [one.word for one in programs]
    _distinct(entry, "programs", words)
    for one in programs:
        _known(entry, "programs", one.hosts, words)
    policy = entry.maybe_text("policy")
    _known(entry, "policy", () if policy is None else (policy,), POLICIES)
    return Rulebook(
        programme=programme,
        version=entry.text("version"),
        effective=entry.day("effective"),
        agreement=entry.maybe_text("agreement", limit=200),
        policy=policy,
        guideline_statuses=frozenset(one.casefold() for one in entry.texts("statuses", ("approved",), limit=40)),
        programs=programs,
        tracks=_tracks(entry),
        questions=tuple(_listed(entry, "questions", _question)),
        checklist=tuple(_listed(entry, "checklist", _review_question)),
        marks=tuple(_mark(one, words) for one in entry.items("marks")),
        sources={name: one.text("source", limit=500) for name, one in said.items()},
        **{name: _value(one, _RULES[name]) for name, one in said.items()},
    )


def _value(said: Fields, rule: dataclasses.Field[Any]) -> Any:
    bounds = rule.metadata
    match rule.type:
        case "bool":
            if "is" not in said.content:
                said.refuse("must be true or false", "is")
            return said.truth("is")
        case "int":
            return said.number("is", **bounds)
        case _:
            return _days(said, **bounds)


def _days(said: Fields, least: int, most: int) -> tuple[int, ...]:
    days: Any = said.content.get("is")
    is_list = isinstance(days, list) and all(type(one) is int and least <= one <= most for one in days)
    if not is_list or days != sorted(set(days), reverse=True):
        said.refuse(f"must be a list of days from {least} to {most}, the most first", "is")
    return tuple(days)


def _tracks(entry: Fields) -> tuple[TrackRules, ...]:
    tracks = entry.mapping("tracks", [track.value for track in ApplicationTrack])
    found = [_track(one, tracks) for one in ApplicationTrack if tracks.has(one.value)]
    if not found or found[-1].track is not ApplicationTrack.FULL:
        entry.refuse("must have the track full, which everything may go", "tracks")
    return tuple(found)


def _track(track: ApplicationTrack, tracks: Fields) -> TrackRules:
    said = tracks.mapping(track.value, ("for", "reviewers", "objection_days", "source"))
    words = {one.value: one for one in TrackCondition}
    if track is ApplicationTrack.FULL and "for" not in said.content:
        conditions = tuple(words)
    else:
        conditions = said.texts("for", ())
        _known(said, "for", conditions, words)
    return TrackRules(
        track,
        frozenset(words[one] for one in conditions),
        said.number("reviewers", 0, most=25),
        said.number("objection_days", 0, most=90),
        said.text("source", limit=500),
    )


def _program(said: Fields) -> CertifiableProgram:
    return CertifiableProgram(_word(said, "word"), said.text("name", limit=200), said.texts("hosts", ()))


def _mark(said: Fields, programs: Iterable[str]) -> ProgramMark:
    said.check_keys(("word", "name", "programs", "allowed", "forbidden", "reserved", "terms"))
    _known(said, "programs", said.texts("programs"), programs)
    return ProgramMark(
        _word(said, "word"),
        said.text("name", limit=200),
        said.texts("programs"),
        said.texts("allowed", limit=500),
        said.texts("forbidden", (), limit=500),
        said.texts("reserved", (), limit=100),
        said.text("terms", limit=4000),
    )


def _question(said: Fields) -> StatementQuestion:
    said.check_keys(("word", "question", "clause", "is_required", "for_each_project"))
    return StatementQuestion(
        _word(said, "word"),
        said.text("question", limit=500),
        said.text("clause", limit=500),
        said.truth("is_required", default=True),
        said.truth("for_each_project"),
    )


def _review_question(said: Fields) -> ReviewQuestion:
    said.check_keys(("word", "sentence", "clause"))
    return ReviewQuestion(_word(said, "word"), said.text("sentence", limit=500), said.text("clause", limit=500))


def _listed(entry: Fields, key: str, read: Any) -> list[Any]:
    found = [read(one) for one in entry.items(key)]
    _distinct(entry, key, (one.word for one in found))
    return found


def _word(said: Fields, key: str) -> str:
    return _matching(said, key, _WORD, "a word of small letters, digits and dashes")


def _matching(said: Fields, key: str, pattern: re.Pattern[str], what: str) -> str:
    found = said.text(key, limit=200)
    if pattern.match(found) is None:
        said.refuse(f"must be {what}, not {excerpt(found, 40)}", key)
    return found


def _pattern(fields: Fields) -> re.Pattern[str] | None:
    if (text := fields.maybe_text("guidelines", limit=1000)) is None:
        return None
    try:
        return re.compile(rf"(?:{text})\Z")
    except re.error as error:
        fields.refuse(f"is no regular expression: {error}", "guidelines")


def _known(said: Fields, key: str, words: Iterable[str], known: Iterable[str]) -> None:
    there = list(known)
    for word in words:
        if word not in there:
            said.refuse(f"names {excerpt(word, 40)}; there are {', '.join(there)}", key)


def _distinct(said: Fields, key: str, words: Iterable[str]) -> None:
    found = list(words)
    for word in found:
        if found.count(word) > 1:
            said.refuse(f"has {excerpt(word, 40)} twice", key)
