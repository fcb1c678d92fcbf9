"""When an edition of a trust document, or of a list of revocations, is believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.domain.editions import (
    Edition,
    Office,
    why_no_successor,
    why_not_instead,
    why_outdated,
    why_unsigned,
)

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
OLD, NEW = Office(frozenset("abc"), 2), Office(frozenset("cde"), 2)


def edition(number: int, office: Office, signed: str, digest: str = "x", programme: str = "P") -> Edition:
    return Edition(programme, number, None, NOW + timedelta(days=1), office, digest, frozenset(signed))


KNOWN = edition(3, OLD, "ab")


@pytest.mark.parametrize(
    ("new", "problem"),
    [
        (edition(4, OLD, "ab"), None),
        (edition(4, OLD, "abc"), None),
        (edition(4, NEW, "abde"), None),
        (edition(4, NEW, "bcd"), None),  # c is of both offices, and counts in each
        (edition(4, NEW, "de"), "0 of the 2 signatures are there that edition 3 asks for"),
        (edition(4, NEW, "cde"), "1 of the 2 signatures are there that edition 3 asks for"),
        (edition(4, NEW, "ab"), "0 of the 2 signatures that it needs are there and sound"),
        (edition(4, NEW, "abd"), "1 of the 2 signatures that it needs are there and sound"),
        (edition(4, OLD, ""), "0 of the 2 signatures are there that edition 3 asks for"),
        (edition(5, OLD, "ab"), "it is edition 5, and after edition 3 comes 4"),
        (edition(3, OLD, "ab"), "it is edition 3, and after edition 3 comes 4"),
        (edition(2, OLD, "ab"), "it is edition 2, and after edition 3 comes 4"),
        (edition(4, OLD, "ab", programme="Q"), "it is of another programme than edition 3"),
    ],
)
def test_rule_2_the_next_edition_is_signed_by_the_office_before_and_by_its_own(
    new: Edition, problem: str | None
) -> None:
    assert why_no_successor(KNOWN, new) == problem


@pytest.mark.parametrize(
    ("office", "signed", "is_signed"),
    [
        (OLD, "ab", True),
        (OLD, "a", False),
        (OLD, "axyz", False),
        (OLD, "aa", False),
        (OLD, "", False),
        (Office(frozenset("a"), 1), "a", True),
        (Office(frozenset(), 0), "", False),
        (Office(frozenset(), 0), "abc", False),
        (Office(frozenset("a"), 0), "", False),
        (Office(frozenset("a"), -1), "", False),
        (Office(frozenset("a"), 2), "a", False),
    ],
)
def test_rules_1_and_5_an_office_vouches_with_as_many_keys_as_it_asks(
    office: Office, signed: str, is_signed: bool
) -> None:
    assert (why_unsigned(edition(1, office, signed)) is None) is is_signed


@pytest.mark.parametrize(
    ("known", "new", "problem"),
    [
        (None, edition(7, OLD, "ab"), None),
        (None, edition(7, OLD, "a"), "1 of the 2 signatures that it needs are there and sound"),
        (KNOWN, edition(3, OLD, "ab"), None),
        (KNOWN, edition(9, OLD, "ab"), None),
        (KNOWN, edition(3, OLD, "ab", "y"), "there are two different editions 3 of it"),
        (KNOWN, edition(2, OLD, "ab"), "it is edition 2, and edition 3 is known: an old one was brought back"),
        (KNOWN, edition(9, OLD, "a"), "1 of the 2 signatures that it needs are there and sound"),
        (KNOWN, edition(9, OLD, "ab", programme="Q"), "it is of another programme"),
    ],
)
def test_rules_3_and_6_an_old_list_never_takes_the_place_of_a_newer_one(
    known: Edition | None, new: Edition, problem: str | None
) -> None:
    assert why_not_instead(known, new) == problem


@pytest.mark.parametrize(
    ("issued", "expires", "is_in_date"),
    [
        (None, 1, True),
        (None, 0, False),
        (None, -1, False),
        (-1, 1, True),
        (0, 1, True),
        (9, 20, True),  # the clocks of two machines differ
        (11, 20, False),
    ],
)
def test_rule_4_what_is_used_has_begun_and_not_expired(issued: int | None, expires: int, is_in_date: bool) -> None:
    begins = None if issued is None else NOW + timedelta(minutes=issued)
    one = edition(1, OLD, "ab")._replace(issued=begins, expires=NOW + timedelta(minutes=expires))
    assert (why_outdated(one, NOW) is None) is is_in_date


KEYS = st.frozensets(st.sampled_from("abcdef"), max_size=5)
OFFICES = st.builds(Office, KEYS, st.integers(-1, 4))


@given(st.lists(st.tuples(OFFICES, KEYS, st.integers(0, 6)), max_size=5))
def test_no_chain_is_believed_in_which_an_office_is_not_there_in_its_number(
    links: list[tuple[Office, frozenset[str], int]],
) -> None:
    """Whatever is offered: each believed step has enough keys of the office before it, and of its own."""
    known = edition(1, Office(frozenset("ab"), 2), "ab")
    for office, signed, number in links:
        new = Edition("P", number, None, NOW, office, "x", signed)
        if why_no_successor(known, new) is not None:
            continue
        assert number == known.number + 1
        for one in (known.office, office):
            assert one.threshold <= len(one.keys & signed)
            assert one.keys & signed
        known = new
