"""Which tests of a suite answer what is asked."""

from __future__ import annotations

import gzip
from pathlib import Path

from certmark.domain.matching import FoundResult
from certmark.domain.programs import AskedTest, demand_of, find_program
from certmark.formats.guideline import load
from certmark.runner.selection import Chosen, choose, unanswered
from support.build import U1, U2, attempt, results


def asked(name: str, uuid: str | None = None, *aliases: str) -> AskedTest:
    return AskedTest(name, uuid, aliases, (), ())


def test_nothing_asked_chooses_nothing() -> None:
    assert choose([], [f"a.B.c[id-{U1}]"]) == ((), (), ())


def test_the_id_leads_whatever_the_name_and_the_tags() -> None:
    listed = f"new.Place.test[id-{U1},slow](ipv6)"
    found = choose([asked("old.Place.test", U1)], [listed])
    assert found.chosen == (Chosen("old.Place.test", listed, FoundResult.ID),)
    assert found.renamed == found.chosen


def test_then_the_name_then_an_alias() -> None:
    found = choose([asked("a.B.c"), asked("a.B.d", None, "x.Y.d")], ["a.B.c", "x.Y.d[id-" + U1 + "]"])
    assert [(test.asked, test.found_by) for test in found.chosen] == [
        ("a.B.c", FoundResult.NAME),
        ("a.B.d", FoundResult.ALIAS),
    ]
    assert found.missing == ()


def test_what_the_suite_lacks_is_missing() -> None:
    assert choose([asked("a.B.c", U1)], [f"a.B.d[id-{U2}]"]).missing == ("a.B.c",)


def test_an_id_that_stands_twice_goes_by_the_name() -> None:
    listed = [f"a.IPv4.t[id-{U1}]", f"a.IPv6.t[id-{U1}]"]
    assert choose([asked("a.IPv6.t", U1)], listed).full_ids == (listed[1],)
    assert choose([asked("gone.T.t", U1)], listed).full_ids == tuple(listed)
    assert choose([asked("a.IPv4.t", U1), asked("a.IPv6.t", U1)], listed).full_ids == tuple(listed)


def test_a_test_asked_for_twice_runs_once() -> None:
    found = choose([asked("a.B.c", U1), asked("a.B.old", U1)], [f"a.B.c[id-{U1}]"])
    assert (len(found.chosen), found.full_ids, found.classes) == (2, (f"a.B.c[id-{U1}]",), ("a.B",))


def test_asked_for_and_answered_are_compared() -> None:
    listed = [f"a.B.c[id-{U1}]", "a.B.d", "a.Skipped.e"]
    found = choose([asked("a.B.c", U1), asked("a.B.d"), asked("a.Skipped.e")], listed)
    told = results(attempt(f"a.B.c[id-{U1}]"), attempt("setUpClass (a.Skipped)"))
    assert unanswered(found, told) == ("a.B.d",)


def test_the_must_pass_list_of_2020_against_tempest_47(shared: Path, assets: Path) -> None:
    listed = gzip.decompress((assets / "tempest-47.0.0-tests.txt.gz").read_bytes()).decode().split()
    guideline = load(str(shared / "guidelines" / "2020.06.json"))
    found = choose(demand_of(guideline, find_program(guideline, "platform")).tests.values(), listed)
    assert found.missing == (
        "tempest.api.volume.test_snapshot_metadata.VolumesMetadataTest.test_update_snapshot_metadata",
    )
    assert {test.asked for test in found.renamed} == {
        "tempest.api.network.test_routers.RoutersTest.test_update_router_unset_gateway"
    }
    assert len(found.full_ids) == 284
