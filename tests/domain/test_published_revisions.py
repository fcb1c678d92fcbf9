"""What may be published, as a table; and what no later index may change."""

from __future__ import annotations

import datetime as dt

import pytest

from certmark.domain.published_revisions import (
    OfferedGuideline,
    PublicationAnswer,
    PublicationDecision,
    PublishedRevision,
    decide,
    newest_of,
    why_not_canonical,
    why_not_numbered,
    why_rewritten,
)

DAY = dt.datetime(2026, 11, 29, tzinfo=dt.UTC)
A, B, C = ("a" * 64, "b" * 64, "c" * 64)


def published(number: int, digest: str, guideline: str = "2026.11") -> PublishedRevision:
    return PublishedRevision(guideline, number, digest, 10, "json", "draft", DAY)


def offered(digest: str, errors: int = 0, problem: str | None = None) -> OfferedGuideline:
    return OfferedGuideline("2026.11", digest, 10, "json", "draft", errors, problem)


ONE, TWO = [published(1, A)], [published(1, A), published(2, B)]
CHANGED = "revision 1 was published on 2026-11-29 with another text (SHA-256 aaaaaaaaaaaa…)"


@pytest.mark.parametrize(
    ("before", "text", "revised", "answer", "number", "reason"),
    [
        ([], offered(A), False, PublicationAnswer.FIRST, 1, ""),
        ([], offered(A), True, PublicationAnswer.FIRST, 1, ""),
        ([published(1, A, "other")], offered(A), False, PublicationAnswer.FIRST, 1, ""),
        (ONE, offered(A), False, PublicationAnswer.SAME, 1, ""),
        (ONE, offered(A), True, PublicationAnswer.SAME, 1, ""),
        (ONE, offered(A, errors=3), False, PublicationAnswer.SAME, 1, ""),
        (ONE, offered(B), False, PublicationAnswer.REFUSED, 2, CHANGED),
        (ONE, offered(B), True, PublicationAnswer.NEXT, 2, ""),
        (TWO, offered(C), True, PublicationAnswer.NEXT, 3, ""),
        (TWO, offered(A), True, PublicationAnswer.NEXT, 3, ""),
        (
            ONE,
            offered(A, problem="two files have the same id"),
            False,
            PublicationAnswer.REFUSED,
            2,
            "two files have the same id",
        ),
        ([], offered(A, errors=1), False, PublicationAnswer.REFUSED, 1, "lint finds 1 error in it"),
        (ONE, offered(B, errors=2), True, PublicationAnswer.REFUSED, 2, "lint finds 2 errors in it"),
        ([], offered(A, problem="it is no guideline"), False, PublicationAnswer.REFUSED, 1, "it is no guideline"),
    ],
)
def test_what_becomes_of_an_offered_text(
    before: list[PublishedRevision],
    text: OfferedGuideline,
    revised: bool,
    answer: PublicationAnswer,
    number: int,
    reason: str,
) -> None:
    (found,) = decide(before, [text], frozenset({"2026.11"} if revised else ()))
    assert found == PublicationDecision(text, answer, number, reason, is_change=reason == CHANGED)


def test_nothing_offered_is_nothing_decided() -> None:
    assert decide(ONE, [], frozenset()) == ()
    assert newest_of([]) == {}
    assert newest_of(reversed(TWO)) == {"2026.11": TWO[1]}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", None),
        ("Straße\n".encode(), None),
        (b"\xef\xbb\xbf{}", "it begins with a byte order mark"),
        (b"a\r\nb", "its lines end with a carriage return; a newline alone is the same everywhere"),
        (b"ab\xff", "byte 2 of it is not UTF-8"),
    ],
)
def test_a_text_is_canonical_if_every_checkout_of_it_has_the_same_bytes(data: bytes, problem: str | None) -> None:
    assert why_not_canonical(data) == problem


@pytest.mark.parametrize(
    ("numbers", "is_right"), [([], True), ([1], True), ([2, 1], True), ([2], False), ([1, 1], False), ([1, 3], False)]
)
def test_revisions_are_numbered_from_one_on_each_once(numbers: list[int], is_right: bool) -> None:
    assert (why_not_numbered([published(number, A) for number in numbers]) is None) is is_right


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ([], [], None),
        ([], TWO, None),
        (ONE, TWO, None),
        (TWO, TWO, None),
        (TWO, ONE, "2026.11, revision 2, was published, and is left out now"),
        (ONE, [published(1, B)], "2026.11, revision 1, was published with another text"),
        (ONE, [published(1, A, "other")], "2026.11, revision 1, was published, and is left out now"),
    ],
)
def test_what_was_published_stays(
    before: list[PublishedRevision], after: list[PublishedRevision], problem: str | None
) -> None:
    assert why_rewritten(before, after) == problem
