"""What a certificate is worth at a moment."""

from __future__ import annotations

import pytest

from certmark.domain.certification.standings import A_DAY, CertificateStanding, StandingFacts, standing

START = 20_000 * A_DAY  # 2024-10-04
END = START + 365 * A_DAY
FACTS = StandingFacts("active", START, END, START)


def at(moment: int, facts: StandingFacts = FACTS) -> CertificateStanding:
    return standing(facts, moment, due_days=90, grace_days=30)


@pytest.mark.parametrize(
    ("moment", "word", "may"),
    [
        (START, "certified", True),
        (END - 90 * A_DAY - 1, "certified", True),
        (END - 90 * A_DAY, "due", True),
        (END - 1, "due", True),
        (END, "expired", False),
        (END + 400 * A_DAY, "expired", False),
    ],
)
def test_the_clock_alone_makes_it_due_and_ends_it(moment: int, word: str, may: bool) -> None:
    found = at(moment)
    assert (found.word, found.mark_may_be_used, found.is_in_force) == (word, may, may)


def test_its_last_day_is_named_and_counts_to_its_end() -> None:
    assert at(START).sentence == "certified until 2025-10-03"
    assert at(END).sentence == "was certified from 2024-10-04 until 2025-10-03"


@pytest.mark.parametrize(
    ("submitted", "moment", "word"),
    [
        (END - 1, END, "grace"),
        (END - 1, END + 30 * A_DAY - 1, "grace"),
        (END - 1, END + 30 * A_DAY, "expired"),
        (END, END, "expired"),
        (None, END, "expired"),
    ],
)
def test_a_renewal_submitted_before_the_end_gives_days_of_grace(submitted: int | None, moment: int, word: str) -> None:
    found = at(moment, FACTS._replace(renewal_submitted=submitted))
    assert (found.word, found.mark_may_be_used, found.is_in_force) == (word, word == "grace", False)


def test_there_is_no_grace_for_what_was_suspended_at_its_end() -> None:
    assert at(END, FACTS._replace(state="suspended", renewal_submitted=START + A_DAY)).word == "expired"


@pytest.mark.parametrize("state", ["suspended", "revoked", "withdrawn", "superseded"])
def test_a_decision_weighs_more_than_the_day(state: str) -> None:
    facts = FACTS._replace(state=state, changed=START + 10 * A_DAY, code="product changed", successor="OSP-2025-0002")
    for moment in (START + 10 * A_DAY, END - 1):
        found = at(moment, facts)
        assert (found.word, found.is_in_force, found.mark_may_be_used) == (state, False, False)
        assert "2024-10-14" in found.sentence


def test_a_revocation_says_from_when_it_was_invalid() -> None:
    facts = FACTS._replace(state="revoked", changed=START + 10 * A_DAY, code="evidence forged", invalid_from=START)
    assert at(END + A_DAY, facts).sentence == "revoked on 2024-10-14, invalid from 2024-10-04: evidence forged"


def test_what_was_suspended_ends_all_the_same() -> None:
    assert at(END, FACTS._replace(state="suspended", changed=START + A_DAY)).word == "expired"


def test_that_it_is_stale_changes_nothing_else() -> None:
    plain, stale = at(START), at(START, FACTS._replace(is_stale=True))
    assert stale == plain._replace(is_stale=True)
