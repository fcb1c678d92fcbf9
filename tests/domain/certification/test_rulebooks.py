"""Which track an application goes, and when deadlines end."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from certmark.domain.certification.deadlines import after_days, after_working_days, end_of, months_after
from certmark.domain.certification.rulebooks import ApplicationTrack, Rulebook, TrackCondition, in_force
from certmark.formats.rulebooks import shipped_programmes

BOOKS = {one.word: one.rulebooks[-1] for one in shipped_programmes() if one.rulebooks}
NEW = {TrackCondition.NEW_VENDOR, TrackCondition.NEW_PRODUCT}


@pytest.mark.parametrize(
    ("programme", "conditions", "track"),
    [
        ("openstack-powered", {TrackCondition.RENEWAL}, ApplicationTrack.SIMPLE),
        ("openstack-powered", {TrackCondition.RENEWAL, TrackCondition.WITHOUT_RUN}, ApplicationTrack.SIMPLE),
        ("openstack-powered", {TrackCondition.RENEWAL, TrackCondition.WAIVERS}, ApplicationTrack.FULL),
        ("openstack-powered", {TrackCondition.RENEWAL, TrackCondition.CHALLENGE}, ApplicationTrack.FULL),
        ("openstack-powered", NEW, ApplicationTrack.FULL),
        ("scs", NEW, ApplicationTrack.AUTOMATIC),
        ("scs", {TrackCondition.ANSWERED_CHECK}, ApplicationTrack.FULL),
        ("kubernetes", {TrackCondition.NEW_VERSION}, ApplicationTrack.SIMPLE),
        ("kubernetes", set(), ApplicationTrack.SIMPLE),
    ],
)
def test_an_application_goes_the_lightest_track_that_allows_it(
    programme: str, conditions: set[TrackCondition], track: ApplicationTrack
) -> None:
    rulebook = BOOKS[programme]
    assert rulebook.lightest_track(conditions).track is track
    assert rulebook.allows(track, conditions)
    assert rulebook.allows(ApplicationTrack.FULL, set(TrackCondition))


def test_no_track_is_used_that_a_programme_does_not_have() -> None:
    assert not BOOKS["openstack-powered"].allows(ApplicationTrack.AUTOMATIC, set())
    assert BOOKS["openstack-powered"].rules_of(ApplicationTrack.AUTOMATIC) is None


def test_without_rulebooks_none_is_in_force() -> None:
    assert in_force((), date(2026, 11, 29)) is None


@pytest.mark.parametrize(
    "word", ["Shared_File System", "shared-file-system", "OpenStack Powered with Shared File System"]
)
def test_a_program_is_found_however_its_word_is_written(word: str) -> None:
    found = BOOKS["openstack-powered"].program("nothing", word)
    assert found is not None
    assert found.word == "shared-file-system"


def test_a_rulebook_is_cited_by_its_programme_and_version() -> None:
    rulebook: Rulebook = BOOKS["scs"]
    assert rulebook.citation == "scs 2026.1"
    assert len({rulebook, BOOKS["kubernetes"]}) == 2


FRIDAY = datetime(2026, 11, 27, 23, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("found", "end"),
    [
        (after_days(FRIDAY, 0), date(2026, 11, 27)),
        (after_days(FRIDAY, 30), date(2026, 12, 27)),
        (after_days(datetime(2026, 11, 27, 23, 0, tzinfo=timezone(timedelta(hours=-6))), 0), date(2026, 11, 28)),
        (after_working_days(FRIDAY, 1), date(2026, 11, 30)),
        (after_working_days(FRIDAY, 5), date(2026, 12, 4)),
        (after_working_days(FRIDAY + timedelta(days=1), 1), date(2026, 11, 30)),
        (end_of(months_after(date(2024, 2, 29), 12)), date(2025, 2, 28)),
        (end_of(months_after(date(2026, 8, 31), 6)), date(2027, 2, 28)),
        (end_of(months_after(date(2026, 12, 15), 1)), date(2027, 1, 15)),
    ],
)
def test_a_deadline_is_the_end_of_its_day_in_utc(found: datetime, end: date) -> None:
    assert found == datetime(end.year, end.month, end.day, tzinfo=UTC) + timedelta(days=1)
