from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.domain.waivers import GuidelineRange, Scope, Waiver
from certmark.formats.errors import InvalidWaivers
from certmark.formats.waivers import read_waivers

YAML = b"""\
product: Example Cloud 12
waivers:
  - test: id-638f876d-6a43-482a-bbb3-0840bca101c6
    reason: needs an admin account
    granted-by: interop working group
    granted: 2026-11-01
    expires: 2027-05-31
    link: https://example.org/decisions/17
  - capability: objectstore-list
    reason: known fault
    granted-by: somebody
    expires: '2026-12-31'
"""
WAIVERS = (
    Waiver(
        Scope.TEST,
        "id-638f876d-6a43-482a-bbb3-0840bca101c6",
        "needs an admin account",
        "interop working group",
        date(2027, 5, 31),
        date(2026, 11, 1),
        "https://example.org/decisions/17",
        "Example Cloud 12",
    ),
    Waiver(
        Scope.CAPABILITY, "objectstore-list", "known fault", "somebody", date(2026, 12, 31), product="Example Cloud 12"
    ),
)
ENTRY = {"test": "a.B.c", "reason": "r", "granted-by": "g", "expires": "2027-01-01"}


def document(*entries: Any, **more: Any) -> bytes:
    return json.dumps({"product": "p", "waivers": list(entries), **more}).encode()


def test_yaml_and_json_say_the_same() -> None:
    first = {
        "test": "id-638f876d-6a43-482a-bbb3-0840bca101c6",
        "reason": "needs an admin account",
        "granted-by": "interop working group",
        "granted": "2026-11-01",
        "expires": "2027-05-31",
        "link": "https://example.org/decisions/17",
    }
    second = {
        "capability": "objectstore-list",
        "reason": "known fault",
        "granted-by": "somebody",
        "granted": None,
        "expires": "2026-12-31",
    }
    assert read_waivers(YAML, "w.yaml") == WAIVERS
    assert read_waivers(document(first, second, product="Example Cloud 12"), "w.json") == WAIVERS


def test_a_file_without_waivers_has_none() -> None:
    assert read_waivers(document(), "w") == ()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "w must be a mapping with format, guidelines, product, version, waivers"),
        (b"- a", "w must be a mapping with format, guidelines, product, version, waivers"),
        (
            b"{",
            "w is no JSON (line 1, column 2: Expecting property name enclosed in double quotes); name another file, or mend it there",
        ),
        (b'{"product": "p", "product": "q"}', "w: a key stands twice in one object; leave one out"),
        (b"product: p\nproduct: q", 'w is no YAML that is read here (line 2, column 1): the key "product" twice'),
        (b"a: &a 1\nb: *a", "w, line 2: an alias, by which YAML can grow without end"),
        (b"[" * 30 + b"]" * 30, "w, line 1: nested more than 20 deep"),
        (b"\n" + b"[" * 3000, "w, line 2: nested more than 20 deep"),
        (
            b"a: !!python/object:os.system x",
            "w is no YAML that is read here (line 1, column 4): could not determine a constructor for the tag 'tag:yaml.org,2002:python/object:os.system'",
        ),
        (b"a: 2027-13-45", "w is no YAML that is read here; mend it, or name another file"),
        (bytes(600_000), "w has more than 512 KiB, too much for a file of its kind"),
        (document(expires="x"), 'w: "expires" is not known; there are format, guidelines, product, version, waivers'),
        (b'{"waivers": []}', 'w: "product" must be a string'),
        (b'{"product": "p", "waivers": {}}', 'w: "waivers" must be a list of mappings'),
        (
            document("a"),
            "w, waivers[0] must be a mapping with capability, expires, granted, granted-by, guidelines, link, reason, test",
        ),
        (
            document({**ENTRY, "until": 1}),
            'w, waivers[0]: "until" is not known; there are capability, expires, granted, granted-by, guidelines, link, reason, test',
        ),
        (
            document({**ENTRY, "capability": "c"}),
            'w, waivers[0] must have either "test" or "capability": what it excuses',
        ),
        (document({"reason": "r"}), 'w, waivers[0] must have either "test" or "capability": what it excuses'),
        (document({**ENTRY, "reason": " "}), 'w, waivers[0]: "reason" must be a string'),
        (document({**ENTRY, "reason": "r" * 9_000}), 'w, waivers[0]: "reason" has more than 8,192 characters'),
        (document({**ENTRY, "expires": "soon"}), 'w, waivers[0]: "expires" must be a date such as 2027-05-31'),
        (document({**ENTRY, "expires": 7}), 'w, waivers[0]: "expires" must be a date such as 2027-05-31'),
        (
            b"product: p\nwaivers: [{test: t, reason: r, granted-by: g, expires: 2027-01-01 10:00:00}]",
            'w, waivers[0]: "expires" must be a date such as 2027-05-31',
        ),
        (
            document({**ENTRY, "granted": "2028-01-01"}),
            "w, waivers[0] is granted on 2028-01-01 and expires before that, on 2027-01-01",
        ),
        (
            document({**ENTRY, "link": "javascript:x"}),
            'w, waivers[0]: "link" must be a URL that begins with https:// or http://',
        ),
        (document(ENTRY, ENTRY), "w: waivers[0] and waivers[1] excuse the same; leave one out"),
    ],
    ids=lambda value: str(value[:30]),
)
def test_what_is_not_understood_is_refused_with_its_place(data: bytes, sentence: str) -> None:
    with pytest.raises(InvalidWaivers) as refusal:
        read_waivers(data, "w")
    assert str(refusal.value) == sentence


def test_broken_yaml_is_refused_with_its_line() -> None:
    with pytest.raises(InvalidWaivers, match=r"^w is no YAML that is read here \(line \d, column \d\): "):
        read_waivers(b"a: [", "w")


@given(
    st.binary(max_size=200)
    | st.builds(lambda at, byte: YAML[:at] + byte + YAML[at + 1 :], st.integers(0, len(YAML)), st.binary(max_size=2))
)
def test_anything_is_read_or_refused(data: bytes) -> None:
    said = ""
    try:
        waivers = read_waivers(data, "w")
    except InvalidWaivers as refusal:
        waivers, said = (), str(refusal)
    assert "\n" not in said
    assert [waiver for waiver in waivers if not waiver.product] == []


def test_what_is_damaged_above_is_sound() -> None:
    assert [waiver.product != "" for waiver in read_waivers(YAML, "w")] == [True] * len(read_waivers(YAML, "w")) != []


@pytest.mark.parametrize(
    ("guidelines", "expected"),
    [
        (None, None),
        ({"from": "2020.06"}, GuidelineRange("2020.06", None)),
        ({"to": "2026.11"}, GuidelineRange(None, "2026.11")),
        ({"from": "2020.06", "to": "2026.11"}, GuidelineRange("2020.06", "2026.11")),
        ({"from": "scs-0128", "to": "scs-0128"}, GuidelineRange("scs-0128", "scs-0128")),
    ],
)
def test_a_waiver_says_for_which_guidelines(guidelines: Any, expected: GuidelineRange | None) -> None:
    own = read_waivers(document({**ENTRY, "guidelines": guidelines}), "w")[0]
    usual = read_waivers(document(ENTRY, guidelines=guidelines), "w")[0]
    assert own.guidelines == usual.guidelines == expected


def test_what_a_waiver_says_itself_goes_before_what_the_file_says() -> None:
    (waiver,) = read_waivers(document({**ENTRY, "guidelines": {"from": "2026.11"}}, guidelines={"to": "2020.06"}), "w")
    assert waiver.guidelines == GuidelineRange("2026.11", None)


@pytest.mark.parametrize(
    ("guidelines", "problem"),
    [
        ("2026.11", 'must be a mapping with "from" and "to"'), ({}, 'must be a mapping with "from" and "to"'),
        ({"since": "2020.06"}, 'must be a mapping with "from" and "to"'), ({"from": 2026.1}, 'as "2026.10"'),
        ({"from": "2026.11", "to": "2020.06"}, "runs backwards, from 2026.11 to 2020.06"),
        ({"from": "scs-0128"}, "has no date and so no place in a range"), ({"from": ""}, "must be a string"),
    ],
)  # fmt: skip
def test_a_range_that_is_none_is_refused(guidelines: Any, problem: str) -> None:
    with pytest.raises(InvalidWaivers) as caught:
        read_waivers(document({**ENTRY, "guidelines": guidelines}), "w")
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("first", "last", "guideline", "covered"),
    [
        (None, None, "2020.06", True), ("2020.06", None, "2020.06", True), ("2020.06", None, "2019.11", False),
        (None, "2020.06", "2020.06", True), (None, "2020.06", "2026.11", False), ("2020.06", "2026.11", "2024.01", True),
        ("2020.06", None, "dns.2020.06", True), ("2020.06", None, "dns.2018.11", False), ("2020.06", None, "next", False),
        ("scs-0128", "scs-0128", "scs-0128", True), ("scs-0128", "scs-0128", "2020.06", False),
    ],
)  # fmt: skip
def test_ranges_cover_guidelines_by_their_dates(
    first: str | None, last: str | None, guideline: str, *, covered: bool
) -> None:
    assert GuidelineRange(first, last).covers(guideline) is covered


@pytest.mark.parametrize("said", [{"format": "other"}, {"version": 2}, {"version": True}])
def test_a_file_of_another_form_is_refused(said: dict[str, Any]) -> None:
    assert read_waivers(document(ENTRY, format="certmark-waivers", version=1), "w")
    with pytest.raises(
        InvalidWaivers, match=r"reads certmark-waivers, version 1|must have \"format\": \"certmark-waivers\""
    ):
        read_waivers(document(ENTRY, **said), "w")


def test_the_schema_says_what_the_reader_says() -> None:
    from importlib.resources import files

    from jsonschema import Draft202012Validator

    schema = json.loads((files("certmark") / "data/schemas/certmark-waivers-1.json").read_text())
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    ranged = {**ENTRY, "guidelines": {"from": "2020.06"}, "granted": None, "link": "https://example.org"}
    for sound in (
        document(ENTRY),
        document(ranged, format="certmark-waivers", version=1, guidelines={"to": "2026.11"}),
    ):
        assert validator.is_valid(json.loads(sound))
    for wrong in (
        document({**ENTRY, "until": 1}), document({**ENTRY, "capability": "c"}), document({"test": "a"}), b"[]",
        document(ENTRY, version=2), document(ENTRY, guidelines={}), document({**ENTRY, "link": "ftp://x"}),
    ):  # fmt: skip
        assert not validator.is_valid(json.loads(wrong))
        with pytest.raises(InvalidWaivers):
            read_waivers(wrong, "w")
