"""How many classes of a run go on at a time, rule by rule."""

from __future__ import annotations

import pytest

from certmark.domain.accounts_needed import NeededUsers
from certmark.domain.capacity import (
    AvailableUsers,
    Capacity,
    are_enough_without,
    beside_held_users,
    capped_sentence,
    on_processors,
)

KNOWN = Capacity(2, AvailableUsers(ordinary=4), NeededUsers(ordinary=2))
GUESSED = Capacity(2, AvailableUsers(ordinary=4))
GUESS = (
    "the accounts are probably enough for 2 classes at a time, and 3 are asked for: "
    "some classes may find no user and fail in set-up"
)


def test_without_a_number_there_are_as_many_as_the_accounts_are_enough_for() -> None:
    assert (KNOWN.workers(None), GUESSED.workers(None)) == (2, 2)


def test_rule_4_a_persons_number_holds_as_far_as_the_accounts_are_enough() -> None:
    assert (KNOWN.workers(100), KNOWN.workers(3), KNOWN.workers(2), KNOWN.workers(1)) == (2, 2, 2, 1)
    assert capped_sentence(2, 100) == "the accounts are enough for 2 classes at a time: 2 will run at a time, not 100"


def test_rule_5_a_guess_may_be_exceeded_up_to_one_class_for_each_ordinary_user() -> None:
    assert (GUESSED.workers(3), GUESSED.workers(100)) == (3, 4)


def test_where_the_suite_makes_its_own_users_any_number_holds() -> None:
    assert Capacity(2).workers(100) == 100
    assert Capacity(2).warnings(100) == ()


@pytest.mark.parametrize(
    ("capacity", "workers", "said"),
    [
        (KNOWN, 2, ()),
        (
            KNOWN,
            3,
            ("accounts: 3 classes at a time need 6 ordinary users in separate projects, and only 4 can be used",),
        ),
        (GUESSED, 2, ()),
        (GUESSED, 3, (GUESS,)),
    ],
)
def test_rule_4_what_accounts_are_not_enough_for_is_said(
    capacity: Capacity, workers: int, said: tuple[str, ...]
) -> None:
    assert capacity.warnings(workers) == said


@pytest.mark.parametrize(("processors", "most"), [(None, 1), (1, 1), (2, 2), (8, 8), (64, 8)])
def test_rule_6_without_a_cloud_processors_limit(processors: int | None, most: int) -> None:
    assert on_processors(processors).most == most


@pytest.mark.parametrize(
    ("held", "capacity", "left"), [(0, 2, 2), (1, 2, 1), (2, 2, 1), (3, 2, None), (3, 4, 2), (1, 1, None)]
)
def test_rule_7_users_of_killed_classes_are_left_alone_while_others_are_enough(
    held: int, capacity: int, left: int | None
) -> None:
    assert beside_held_users(held, capacity) == left


@pytest.mark.parametrize(
    ("everybody", "rest", "is_enough"),
    [
        (AvailableUsers(4), AvailableUsers(2), True),
        (AvailableUsers(4), AvailableUsers(1), False),
        (AvailableUsers(1), AvailableUsers(0), False),
        (AvailableUsers(4, admins=1), AvailableUsers(3), False),
        (AvailableUsers(4, resellers=2), AvailableUsers(3, resellers=1), True),
        (AvailableUsers(4, companions={"reader": 4}), AvailableUsers(3, companions={"reader": 1}), True),
        (AvailableUsers(4, companions={"reader": 4}), AvailableUsers(3), False),
        (AvailableUsers(4, companions={"manager": 0}), AvailableUsers(3), True),
    ],
)
def test_rule_8_accounts_are_left_out_only_where_the_others_are_enough(
    everybody: AvailableUsers, rest: AvailableUsers, *, is_enough: bool
) -> None:
    assert are_enough_without(everybody, rest) is is_enough
