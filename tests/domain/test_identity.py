from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.domain.identity import (
    Fixture,
    FixtureStage,
    Identity,
    bare_uuid,
    class_of,
    fixture_of,
    join,
    method_of,
    split,
    without_brackets,
)

U = "7fff3fb3-91d8-4fd0-bd7d-0204f1f180ba"


@pytest.mark.parametrize(
    ("full", "identity"),
    [
        (f"a.B.test_c[id-{U}]", Identity("a.B.test_c", U, ())),
        (f"a.B.test_c[id-{U.upper()},smoke]", Identity("a.B.test_c", U, ("smoke",))),
        (f"a.B.test_c[compute,id-{U},network]", Identity("a.B.test_c", U, ("compute", "network"))),
        (f"a.B.test_c[id-{U}](ipv6)", Identity("a.B.test_c(ipv6)", U, ())),
        ("a.B.test_c", Identity("a.B.test_c", None, ())),
        ("a.B.test_c[1-2]", Identity("a.B.test_c[1-2]", None, ())),
        ("a.B.test_c[id-no-uuid,smoke]", Identity("a.B.test_c[id-no-uuid,smoke]", None, ())),
        ("a.B.test_c[id-1]", Identity("a.B.test_c[id-1]", None, ())),
        (f"a.B.test_c[id-x,id-{U}]", Identity("a.B.test_c", U, ())),
        (f"a.B.test_c[id-{U}][x]", Identity("a.B.test_c[x]", U, ())),
        ("[sig-node] Pods [Conformance]", Identity("[sig-node] Pods [Conformance]", None, ())),
        ("a.B.test_c[id-", Identity("a.B.test_c[id-", None, ())),
        ("", Identity("", None, ())),
    ],
)
def test_a_test_id_is_split_into_name_uuid_and_attributes(full: str, identity: Identity) -> None:
    assert split(full) == identity


@given(st.text(max_size=60))
def test_splitting_takes_any_text(text: str) -> None:
    assert split(text).name is not None


@given(st.from_regex(r"[a-z]{1,8}(\.[A-Za-z_]{1,8}){1,4}(\(ipv[46]\))?", fullmatch=True), st.uuids())
def test_joining_is_the_inverse_of_splitting(name: str, uuid: object) -> None:
    assert split(join(name, str(uuid), ("smoke",))) == Identity(name, str(uuid), ("smoke",))


@pytest.mark.parametrize(
    ("text", "uuid"),
    [(f"id-{U}", U), (U, U), (f"id-{U},smoke", U), (f"image,id-{U}", U), ("", None), ("id-", None), ("x" * 36, None)],
)
def test_an_id_is_bare_in_lower_case_and_a_uuid_or_none(text: str, uuid: str | None) -> None:
    assert bare_uuid(text) == uuid


def test_class_and_method_of_a_name() -> None:
    assert (class_of("a.b.C.test_d(x.y)"), method_of("a.b.C.test_d(x.y)")) == ("a.b.C", "test_d(x.y)")


@pytest.mark.parametrize(
    ("name", "fixture"),
    [
        ("setUpClass (a.b.C)", Fixture(FixtureStage.SET_UP, "a.b.C")),
        ("tearDownClass (a.b.C)", Fixture(FixtureStage.TEAR_DOWN, "a.b.C")),
        ("setUpModule (a.b)", Fixture(FixtureStage.SET_UP, "a.b")),
        ("a.b.C.test_d(ipv6)", None),
        ("setUpClass", None),
    ],
)
def test_an_entry_of_a_fixture_is_no_test(name: str, fixture: Fixture | None) -> None:
    assert fixture_of(name) == fixture


def test_refstack_client_cut_the_brackets_whatever_stood_in_them() -> None:
    assert without_brackets(f"a.B.test_c[id-{U},smoke](ipv6)") == "a.B.test_c(ipv6)"


def test_brackets_in_brackets_are_taken_apart_from_within() -> None:
    uuid = "638f876d-6a43-482a-bbb3-0840bca101c6"
    assert split(f"a.b[x[id-{uuid}]]") == ("a.b[x]", uuid, ())
    many = "[" * 4_000 + "," * 4_000 + "]"
    assert split(f"a.b{many}") == (f"a.b{many}", None, ())
