"""What people who ran tests think of them: votes, nominations, and what the two come to as evidence.

1. One vote for each person and test, for or against, with its reason; it may be changed, and taken back.
2. What no guideline tracks cannot be voted on as a requirement; it can be nominated, with a link to where it is.
3. Votes decide nothing: they are a hint for whoever scores, who reads the reasons.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Capability
from certmark.domain.identity import split
from certmark.domain.phrases import some
from certmark.domain.score_evidence import Proposal
from certmark.domain.scoring import ScorerMark

LONGEST_REASON, LONGEST_NAME, LONGEST_LINK = 1000, 500, 1000
VOTED = "future"
"""The criterion that votes speak for: whether a capability is what users want to find on clouds to come."""
_SHOWN = 2


class Vote(NamedTuple):
    """What one person thinks of a test."""

    is_for: bool
    reason: str
    moment: int


class Nomination(NamedTuple):
    """A test that somebody wants to be looked at."""

    test: str
    link: str
    reason: str
    moment: int


class TallyOfVotes(NamedTuple):
    """How people voted on a test."""

    test: str
    """Its id, else its name."""
    number_for: int
    number_against: int
    reasons: tuple[str, ...]
    """The newest first, each with + or - before it."""


class AnswerCounts(NamedTuple):
    """What people answered to a question that speaks for a mark."""

    asks: str
    criterion: str
    capabilities: tuple[str, ...]
    """Keys; one with * at its end stands for all that begin so."""
    counts: Mapping[str, int]


def checked_reason(text: str) -> str:
    """A reason as it is kept. Raises InvalidRequest."""
    text = text.strip()
    if not text or len(text) > LONGEST_REASON or any(not one.isprintable() and one != "\n" for one in text):
        raise InvalidRequest(f"a reason is a text of at most {LONGEST_REASON:,} characters")
    return text


def checked_nomination(test: str, link: str, reason: str, moment: int) -> Nomination:
    """One as it is kept. Raises InvalidRequest."""
    test, link = test.strip(), link.strip()
    if not test.isprintable() or not 0 < len(test) <= LONGEST_NAME:
        raise InvalidRequest(f"name the test, in one line of at most {LONGEST_NAME} characters")
    return Nomination(test, _checked_link(link), checked_reason(reason), moment)


def _checked_link(link: str) -> str:
    try:
        parts = urlsplit(link)
        is_one = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
    except ValueError:
        is_one = False
    if not is_one or len(link) > LONGEST_LINK or not link.isprintable() or " " in link:
        raise InvalidRequest("the link says where the test is: an http or https address without a user in it")
    return link


def voted(capability: Capability, tallies: Mapping[str, TallyOfVotes]) -> Proposal | None:
    """What votes on its tests amount to, by the ids and names of tests; never more than a hint (rule 3)."""
    found = list(dict.fromkeys(_found(capability, tallies)))
    pro, contra = sum(one.number_for for one in found), sum(one.number_against for one in found)
    if not pro + contra:
        return None
    reasons = [reason for one in found for reason in one.reasons]
    told = f"{pro} for and {contra} against, on {len(found)} of its {len(capability.tests)} tests"
    told += f": {some(reasons, _SHOWN)}" if reasons else ""
    return Proposal(capability.key, VOTED, ScorerMark.OPEN, told, is_hint=True)


def _found(capability: Capability, tallies: Mapping[str, TallyOfVotes]) -> Iterable[TallyOfVotes]:
    for test in capability.tests:
        words = (test.uuid, *(split(name).name for name in (test.name, *test.aliases)))
        yield from (tallies[word] for word in words if word is not None and word in tallies)


def answered(capability: Capability, questions: Sequence[AnswerCounts]) -> list[Proposal]:
    """What people answered to questions about it; likewise a hint."""
    return [
        Proposal(
            capability.key,
            one.criterion,
            ScorerMark.OPEN,
            f"{one.asks} {'; '.join(f'{answer}: {number}' for answer, number in one.counts.items())}",
            is_hint=True,
        )
        for one in questions
        if one.counts and any(_means(named, capability.key) for named in one.capabilities)
    ]


def _means(named: str, key: str) -> bool:
    """`objectstore-*` means every capability whose key begins so."""
    return key.startswith(named[:-1]) if named.endswith("*") else key == named
