"""Programmes as documents: those that come along, an operator's own, and what is refused."""

import copy
import dataclasses
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from certmark.domain.certification.rulebooks import ApplicationTrack, Rulebook, in_force
from certmark.formats.errors import InvalidRulebook
from certmark.formats.rulebooks import load_programmes, read_programme, shipped_programmes

SHIPPED = Path(__file__).parents[2] / "src/certmark/data/rulebooks"


def shipped(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SHIPPED / f"{name}.json").read_bytes())
    return found


def read(document: dict[str, Any]) -> tuple[Rulebook, ...]:
    return read_programme(json.dumps(document).encode(), "acme.json").rulebooks


def test_every_rule_of_what_comes_along_has_its_source() -> None:
    found = [rulebook for programme in shipped_programmes() for rulebook in programme.rulebooks]
    assert [one.citation for one in found] == [
        "interoperable-cloud 2026.1",
        "kubernetes 2026.1",
        "openstack-powered 2026.1",
        "scs 2025.1",
        "scs 2026.1",
    ]
    ruled = {one.name for one in dataclasses.fields(Rulebook) if one.metadata}
    for rulebook in found:
        assert set(rulebook.sources) == ruled
        assert all(rulebook.source(name) for name in ruled)
        assert all(track.source for track in rulebook.tracks)


def test_openstacks_six_programs_are_one_programme() -> None:
    (rulebook,) = read(shipped("openstack"))
    assert [one.word for one in rulebook.programs] == [
        "platform", "compute", "object", "dns", "orchestration", "shared-file-system",
    ]  # fmt: skip
    assert [one.hosts for one in rulebook.programs] == [(), (), ()] + [("platform", "compute")] * 3
    assert all(rulebook.marks_of(one.word) for one in rulebook.programs)


def test_a_version_that_is_like_another_says_only_what_differs() -> None:
    document = shipped("scs")
    first, second = read(document)
    assert (first.tracks[0].track, second.tracks[0].track) == (ApplicationTrack.FULL, ApplicationTrack.AUTOMATIC)
    kept = {one.name for one in dataclasses.fields(Rulebook)} - {"version", "effective", "tracks"}
    assert all(getattr(first, name) == getattr(second, name) for name in kept)
    document["rulebooks"][1]["rules"] = {"run_age_days": {"is": 30, "source": "a vote"}}
    _, second = read(document)
    assert (second.run_age_days, second.source("run_age_days"), second.decision_days) == (30, "a vote", 30)


def test_the_rulebook_of_a_day_is_the_newest_that_has_begun() -> None:
    (scs,) = (one for one in shipped_programmes() if one.word == "scs")
    days = {
        date(2024, 12, 31): None,
        date(2025, 1, 1): "2025.1",
        date(2026, 6, 24): "2025.1",
        date(2026, 6, 25): "2026.1",
    }
    for day, version in days.items():
        found = in_force(scs.rulebooks, day)
        assert (found and found.version) == version, day


def changed(*path: Any, to: Any = None, name: str = "kubernetes") -> dict[str, Any]:
    """The document with another value at a place; None takes it out."""
    document = copy.deepcopy(shipped(name))
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    if to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return document


OF_FIRST = ("rulebooks", 0)
WRONG = {
    "a rule that is not there": (
        changed(*OF_FIRST, "rules", "cure_days"),
        "rules, cure_days must be a mapping with is, source",
    ),
    "a rule without source": (changed(*OF_FIRST, "rules", "cure_days", to={"is": 30}), '"source" must be a string'),
    "a rule out of bounds": (
        changed(*OF_FIRST, "rules", "cure_days", to={"is": 0, "source": "x"}),
        'rulebooks[0], rules, cure_days: "is" must be a whole number from 1 to 365',
    ),
    "a truth that is a number": (
        changed(*OF_FIRST, "rules", "signed_runs", to={"is": 1, "source": "x"}),
        "must be true or false",
    ),
    "a truth that is not said": (
        changed(*OF_FIRST, "rules", "signed_runs", to={"source": "x"}),
        "must be true or false",
    ),
    "reminders in no order": (
        changed(*OF_FIRST, "rules", "reminders", to={"is": [7, 30], "source": "x"}),
        "the most first",
    ),
    "a rule that is not known": (
        changed(*OF_FIRST, "rules", "cure_day", to={"is": 1, "source": "x"}),
        '"cure_day" is not known',
    ),
    "a key that is not known": (changed(*OF_FIRST, "agrement", to="x"), '"agrement" is not known'),
    "a policy that is not known": (changed(*OF_FIRST, "policy", to="lenient"), 'names "lenient"; there are strict'),
    "a track that is not known": (
        changed(*OF_FIRST, "tracks", to={"fast": {"reviewers": 0, "source": "x"}}),
        '"fast" is not known',
    ),
    "no full track": (
        changed(*OF_FIRST, "tracks", to={"simple": {"for": [], "reviewers": 0, "objection_days": 0, "source": "x"}}),
        "must have the track full",
    ),
    "a condition that is not known": (
        changed(*OF_FIRST, "tracks", "simple", "for", to=["renewl"]),
        'names "renewl"',
    ),
    "a mark of no program": (changed(*OF_FIRST, "marks", 0, "programs", to=["x"]), 'names "x"; there are kubernetes'),
    "a host that is none": (
        changed(*OF_FIRST, "programs", 0, "hosts", to=["x"]),
        '"programs" names "x"; there are kubernetes',
    ),
    "two questions of one word": (
        changed(*OF_FIRST, "questions", 1, "word", to="system"),
        '"questions" has "system" twice',
    ),
    "a word with blanks": (changed("word", to="a b"), "must be a word of small letters"),
    "no first day": (changed(*OF_FIRST, "effective"), "must be a date such as"),
    "a pattern that is none": (changed("guidelines", to="("), "is no regular expression"),
    "a version twice": (
        changed("rulebooks", to=[*shipped("scs")["rulebooks"], shipped("scs")["rulebooks"][1]], name="scs"),
        "is a second rulebook 2026.1",
    ),
    "like one that comes later": (
        changed("rulebooks", 1, "like", to="2027.1", name="scs"),
        'must be a version that stands before this one, not "2027.1"',
    ),
    "two that begin on one day": (
        changed("rulebooks", 1, "effective", to="2025-01-01", name="scs"),
        '"rulebooks" has "2025-01-01" twice',
    ),
    "rules that are a list": (changed(*OF_FIRST, "rules", to=[]), "must be a mapping"),
    "rulebooks that are a mapping": (changed("rulebooks", to={}), "must be a list of mappings"),
    "another format": (changed("format", to="certmark-waivers"), 'must have "format": "certmark-programme"'),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_refused_in_a_sentence(case: str) -> None:
    document, said = WRONG[case]
    with pytest.raises(InvalidRulebook) as refused:
        read(document)
    assert said in str(refused.value)
    assert str(refused.value).startswith("acme.json")


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"{", b'{"a": 1, "a": 2}', b"\xff", b'"' + b"x" * (1 << 20)])
def test_what_is_no_document_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidRulebook):
        read_programme(data, "acme.json")


def test_an_operators_programmes_come_beside_those_that_come_along(tmp_path: Path) -> None:
    own = shipped("kubernetes") | {"word": "acme", "name": "Acme", "guidelines": "acme-.*"}
    (tmp_path / "acme.json").write_text(json.dumps(own))
    (tmp_path / "notes.txt").write_text("no programme")
    found = load_programmes(tmp_path)
    assert [one.word for one in found] == ["acme", *(one.word for one in shipped_programmes())]
    assert found[0].rulebooks[0].citation == "acme 2026.1"


def test_an_operators_own_text_of_a_shipped_programme_comes_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "k.json").write_text(json.dumps(changed("name", to="Our Kubernetes")))
    assert "Our Kubernetes" in [one.name for one in load_programmes(tmp_path)]
    (tmp_path / "l.json").write_text(json.dumps(shipped("kubernetes")))
    with pytest.raises(InvalidRulebook, match="have the programme kubernetes; leave one out"):
        load_programmes(tmp_path)


def test_guidelines_of_nobody_belong_to_one_programme(tmp_path: Path) -> None:
    (tmp_path / "acme.json").write_text(json.dumps(shipped("others") | {"word": "acme"}))
    with pytest.raises(InvalidRulebook, match="one programme has"):
        load_programmes(tmp_path)
