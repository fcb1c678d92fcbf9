"""Many clouds: who is a member, and what all of it comes to."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import pytest

from certmark.domain.fleets import (
    Availability,
    Fleet,
    FleetCloud,
    FleetMember,
    GroupStanding,
    MemberEnd,
    MemberProgress,
    MemberStanding,
    NoSuchMember,
    conclude,
    conclude_member,
    groups_of,
    members_of,
    worst,
)

NORTH = FleetCloud("north", "north", regions=("n1", "n2"), programs=("object", "compute"), labels=("public",))
SOUTH = FleetCloud("south", "south", group="acme")
WEST = FleetCloud("west", "west", group="acme", labels=("public",))
FLEET = Fleet("all", (NORTH, SOUTH, WEST), {"nightly": ("south",)})


def keys(*only: str) -> list[str]:
    return [member.key for member in members_of(FLEET, only)]


def test_rule_1_a_cloud_a_region_and_a_program_are_one_member() -> None:
    assert keys() == ["north n1 object", "north n1 compute", "north n2 object", "north n2 compute", "south", "west"]


@pytest.mark.parametrize(
    ("only", "found"),
    [
        (["west"], ["west"]),
        (["acme"], ["south", "west"]),
        (["nightly", "west"], ["south", "west"]),
        (["public"], ["north n1 object", "north n1 compute", "north n2 object", "north n2 compute", "west"]),
    ],
)
def test_clouds_are_kept_by_name_group_label_or_list(only: list[str], found: list[str]) -> None:
    assert keys(*only) == found


def test_a_name_that_the_file_does_not_have_is_refused() -> None:
    with pytest.raises(NoSuchMember) as caught:
        keys("east")
    assert str(caught.value) == (
        "the fleet has no cloud, group, label or list 'east'; there are nightly, north, south, west, acme, public"
    )


@pytest.mark.parametrize(
    ("day", "may"), [(date(2026, 11, 30), False), (date(2026, 12, 1), False), (date(2026, 12, 2), True)]
)
def test_rule_2_a_cloud_is_set_aside_until_the_last_day_that_was_named(day: date, may: object) -> None:
    aside = Availability(available=False, reason="moves house", until=date(2026, 12, 1))
    assert aside.holds_on(day) is may
    assert aside.sentence == "set aside by its owner: moves house, until 2026-12-01"
    assert not Availability(available=False).holds_on(day)


P = MemberProgress
WHOLE = [
    ("nothing at all", [], P.INCOMPLETE),
    ("one passes", [P.PASS], P.PASS),
    ("a fail outweighs what could not be tested", [P.FAIL, P.NOT_TESTED, P.INCOMPLETE, P.PASS], P.FAIL),
    ("what could not be tested outweighs a gap", [P.NOT_TESTED, P.INCOMPLETE, P.PASS], P.NOT_TESTED),
    ("a gap outweighs a pass", [P.INCOMPLETE, P.PASS], P.INCOMPLETE),
    ("rule 2: what was set aside does not weigh", [P.NOT_AVAILABLE, P.PASS], P.PASS),
    ("rule 3: what is dead weighs as untested", [P.NOT_ALIVE, P.PASS], P.NOT_TESTED),
    ("rule 5: all were set aside", [P.NOT_AVAILABLE, P.NOT_AVAILABLE], P.INCOMPLETE),
    ("what is not at its end outweighs everything", [P.INTERRUPTED, P.FAIL], P.INTERRUPTED),
    ("likewise what was never begun", [P.WAITING, P.FAIL], P.INTERRUPTED),
]


@pytest.mark.parametrize(("states", "expected"), [case[1:] for case in WHOLE], ids=[case[0] for case in WHOLE])
def test_rule_4_the_worst_decides_in_any_order(states: list[MemberProgress], expected: MemberProgress) -> None:
    for order in list(permutations(states))[:24]:
        assert conclude(order, ignore_dead=False) is expected


def test_rule_3_dead_clouds_can_be_ignored_but_nothing_is_never_success() -> None:
    assert conclude([P.NOT_ALIVE, P.PASS], ignore_dead=True) is P.PASS
    assert conclude([P.NOT_ALIVE], ignore_dead=True) is P.INCOMPLETE


def test_every_state_has_its_place_among_the_others() -> None:
    assert {worst([state]) for state in MemberProgress} == set(MemberProgress)


def test_regions_of_a_cloud_and_clouds_of_a_group_are_shown_by_their_worst() -> None:
    standings = [
        MemberStanding(FleetMember(NORTH, "n1", "object"), P.PASS),
        MemberStanding(FleetMember(NORTH, "n2", "object"), P.INCOMPLETE),
        MemberStanding(FleetMember(NORTH, "n1", "compute"), P.PASS),
        MemberStanding(FleetMember(SOUTH, None, None), P.NOT_AVAILABLE),
        MemberStanding(FleetMember(WEST, None, None), P.PASS),
        MemberStanding(FleetMember(FleetCloud("alone", "alone"), None, None), P.FAIL),
    ]
    assert groups_of(standings) == (
        GroupStanding("north", "object", P.INCOMPLETE, ("north n1 object", "north n2 object")),
        GroupStanding("north", "compute", P.PASS, ("north n1 compute",)),
        GroupStanding("acme", "", P.PASS, ("south", "west")),
    )


ENDS = [
    ("rule 6: a silent cloud is not alive", MemberEnd(silence="no answer"), (P.NOT_ALIVE, "no answer")),
    ("rule 6: what was never begun waits", MemberEnd(), (P.WAITING, "")),
    (
        "rule 7: a pass needs no reason",
        MemberEnd(status=0, progress=P.PASS, has_verdict=True, last_words="x"),
        (P.PASS, ""),
    ),
    (
        "rule 7: a fail has its run's last words",
        MemberEnd(status=1, progress=P.FAIL, has_verdict=True, last_words="1 left"),
        (P.FAIL, "1 left"),
    ),
    (
        "rule 8: an interrupted run can be resumed",
        MemberEnd(status=130, progress=P.INTERRUPTED, folder="/f/one"),
        (P.INTERRUPTED, "its run can be resumed: /f/one"),
    ),
    (
        "rule 8: what was interrupted before it began waits",
        MemberEnd(status=130, progress=P.INTERRUPTED),
        (P.WAITING, ""),
    ),
    (
        "rule 9: a pass without a verdict is none",
        MemberEnd(status=0, progress=P.PASS),
        (P.NOT_TESTED, "its run ended with exit status 0; see its log"),
    ),
    ("rule 9: a run says why it could not go on", MemberEnd(status=5, last_words="no disk"), (P.NOT_TESTED, "no disk")),
    ("rule 9: a process that cannot be started", MemberEnd(last_words="no process"), (P.NOT_TESTED, "no process")),
    ("rule 9: a signal is named", MemberEnd(status=-9), (P.NOT_TESTED, "its run ended with signal 9; see its log")),
]


@pytest.mark.parametrize(("end", "expected"), [case[1:] for case in ENDS], ids=[case[0] for case in ENDS])
def test_what_a_run_came_to_follows_from_how_its_process_ended(
    end: MemberEnd, expected: tuple[MemberProgress, str]
) -> None:
    assert conclude_member(end) == expected
