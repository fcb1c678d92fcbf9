"""The file of a fleet, and the record and pages of what it came to."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.domain.fleets import Availability, Fleet, FleetCloud, FleetMember, MemberProgress, MemberStanding
from certmark.formats.fleet_record import (
    EarlierFleet,
    EarlierMember,
    FleetSummary,
    read_record,
    request_of,
    write_record,
)
from certmark.formats.fleets import InvalidFleet, read_fleet
from certmark.reporting.fleet import FleetView
from certmark.reporting.views import Form, render

WHOLE = b"""
fleet: nightly run
defaults: {program: object, workers: 2, owner: Us}
clouds:
  north:
    os-cloud: north-member
    regions: [n1, n2]
    labels: [public]
    accounts: users.yaml
    guideline: "2026.11"
  south: {available: false, reason: moves house, until: 2026-12-01, programs: [object, compute], group: acme}
  plain:
lists: {nightly: [north, plain]}
"""


def test_every_key_has_its_meaning(tmp_path: Path) -> None:
    (tmp_path / "users.yaml").touch()
    two = {"workers": "2"}
    assert read_fleet(WHOLE, "all.yaml", tmp_path) == Fleet(
        "nightly run",
        (
            FleetCloud(
                "north", "north-member", ("n1", "n2"), ("object",), None, ("public",), "Us",
                options={"accounts": str(tmp_path / "users.yaml"), "guideline": "2026.11", **two},
            ),
            FleetCloud(
                "south", "south", (None,), ("object", "compute"), "acme", (), "Us",
                Availability(available=False, reason="moves house", until=date(2026, 12, 1)), two,
            ),
            FleetCloud("plain", "plain", (None,), ("object",), owner="Us", options=two),
        ),
        {"nightly": ("north", "plain")},
    )  # fmt: skip


def test_a_list_in_json_is_a_fleet_too() -> None:
    fleet = read_fleet(b'["a", {"name": "b", "os-cloud": null}]', "two.json", Path())
    assert fleet == Fleet("two", (FleetCloud("a", "a"), FleetCloud("b", None)), {})


CASES = {
    "no mapping": ("3", "f.yaml must be a mapping with clouds, defaults"),
    "no clouds": ("fleet: x", 'f.yaml: "clouds" must be there: a mapping of names, or a list'),
    "empty": ("clouds: {}", "f.yaml must have between 1 and 2,000 clouds"),
    "misspelt": ("clouds: {a: {availabel: false}}", 'f.yaml, cloud "a": "availabel" is not known; there are accounts'),
    "a secret": ("clouds: {a: {password: hunter2}}", 'f.yaml, cloud "a": "password" is not known'),
    "twice in a list": ("[{name: a}, {name: a}]", 'f.yaml has the cloud "a" twice; leave one out'),
    "twice in a mapping": ("clouds: {a: , a: }", "f.yaml is no YAML that is read here"),
    "a name with a slash": ("clouds: {a/b: }", "f.yaml, clouds[0] must have a name of letters"),
    "a name that is a number": ("clouds: {3: }", "f.yaml, clouds[0] must have a name of letters"),
    "yes for false": ("clouds: {a: {available: never}}", 'f.yaml, cloud "a": "available" must be true or false'),
    "a reason of nothing": ("clouds: {a: {reason: x}}", 'f.yaml, cloud "a" gives a reason or an end without'),
    "no date": ("clouds: {a: {available: false, until: soon}}", 'f.yaml, cloud "a": "until" must be a date'),
    "one and many": ("clouds: {a: {region: x, regions: [y]}}", 'f.yaml, cloud "a" has "region" and "regions"'),
    "no region": ("clouds: {a: {regions: []}}", 'f.yaml, cloud "a": "regions" must name at least one, and each once'),
    "a number for an id": ("clouds: {a: {guideline: 2020.10}}", '"guideline" must stand in quotes'),
    "an option for a value": ("clouds: {a: {guideline: --help}}", '"guideline" must not begin with'),
    "no file": (
        "clouds: {a: {accounts: none.yaml}}",
        '"accounts" names "none.yaml", and there is no such file; it is looked for',
    ),
    "a strange list": (
        "clouds: {a: }\nlists: {n: [b]}",
        'f.yaml, lists: "n" names the cloud "b", which is not in the file',
    ),
    "an alias": ("clouds: {a: &x {}, b: *x}", "an alias, by which YAML can grow without end"),
}


@pytest.mark.parametrize(("text", "sentence"), CASES.values(), ids=CASES.keys())
def test_what_is_wrong_is_one_sentence_without_values(text: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidFleet) as caught:
        read_fleet(text.encode(), "f.yaml", tmp_path)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


@given(st.one_of(st.binary(max_size=200), st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["clouds", "lists", "defaults", "fleet", "a", "region", "available", "until", "labels"]), inner
    ),
).map(lambda value: json.dumps(value).encode())))  # fmt: skip
def test_any_bytes_are_a_fleet_or_a_sentence(data: bytes) -> None:
    sentence, clouds = "", 1
    try:
        clouds = len(read_fleet(data, "f.json", Path("/nowhere")).clouds)
    except InvalidFleet as error:
        sentence = str(error)
    assert ("\n" in sentence, clouds > 0) == (False, True)


def summary(folder: Path) -> FleetSummary:
    odd = FleetCloud("a <b>", "a", owner="x@example.org & sons", group="g")
    passed = MemberStanding(
        FleetMember(odd, "r1", "object"), MemberProgress.PASS, program="Object", counts={"counted": 3, "passed": 3, "failed": 0},
        seconds=61.2, folder=str(folder / "a r1"),
    )  # fmt: skip
    dead = MemberStanding(
        FleetMember(odd, "r2", "object"), MemberProgress.NOT_ALIVE, "http://x does not answer: \x1b[31m"
    )
    return FleetSummary(
        "id",
        "n",
        "/f.yaml",
        "then",
        "now",
        MemberProgress.NOT_TESTED,
        5,
        (passed, dead),
        ("g",),
        {"program": ("object",)},
    )


def test_the_record_gives_back_what_a_fleet_goes_on_from(tmp_path: Path) -> None:
    written = summary(tmp_path)
    first, second = written.standings
    earlier = read_record(write_record(written, tmp_path), "fleet.json", tmp_path)
    assert earlier == EarlierFleet("id", "/f.yaml", "then", ("g",), {"program": ("object",)}, {
        "a <b> r1 object": EarlierMember(
            MemberProgress.PASS, "", "Object", {"counted": 3, "passed": 3, "failed": 0}, 61.2, str(tmp_path / "a r1"),
            request_of(first),
        ),
        "a <b> r2 object": EarlierMember(MemberProgress.NOT_ALIVE, second.reason, "object", {}, 0.0, None, request_of(second)),
    })  # fmt: skip


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"schema": "certmark-fleet/1"}', b'{"format": "certmark-fleet", "version": 1}']
)
def test_a_record_of_something_else_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidFleet):
        read_record(data, "fleet.json", Path("/x"))


def test_the_text_is_a_table_with_groups_and_reasons() -> None:
    assert render(FleetView(summary(Path("/f")), Path("/f")), Form.TEXT).decode() == (
        "Fleet n: COULD NOT BE TESTED; of 2: 1 pass, 1 not alive.\n"
        "  CLOUD  REGION  PROGRAM  VERDICT    PASSED  FAILED  MISSING  TOOK      REPORT\n"
        "  a <b>  r1      object   pass       3 of 3  0                1 min 01  /f/a r1/report.html\n"
        "  a <b>  r2      object   not alive                           0 s\n"
        "\nGroups, by their worst\n"
        "  GROUP  PROGRAM  VERDICT    OF\n"
        "  g      object   not alive  a <b> r1 object, a <b> r2 object\n"
        "\nWhy\n"
        "a <b> r2 object: not alive; http://x does not answer: \\x1b[31m\n"
    )


def test_the_page_links_to_reports_beside_it_and_escapes_everything(tmp_path: Path) -> None:
    page = render(FleetView(summary(tmp_path), tmp_path), Form.HTML).decode()
    assert '<a href="a%20r1/report.html">report</a>' in page
    assert "a &lt;b&gt;" in page
    assert "x@example.org &amp; sons" in page
    assert ("<b>" in page, "\x1b" in page, "<script" in page, "http-equiv" in page) == (False, False, False, True)


def test_ci_systems_get_a_case_for_each_member(tmp_path: Path) -> None:
    document = ET.fromstring(render(FleetView(summary(tmp_path), tmp_path), Form.JUNIT))  # noqa: S314 - our own
    (suite,) = document
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["2", "0", "1", "0"]
    assert [case.get("name") for case in suite] == ["a <b> r1 object", "a <b> r2 object"]
