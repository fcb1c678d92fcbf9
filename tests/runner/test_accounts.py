"""Users that a dead class had marked as taken are given back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from certmark.cloud.accounts_file import Account, read_accounts
from certmark.runner.accounts import AccountKeeper, free_all_accounts, mark_of, set_aside
from support.waiting import wait_until

MARKS = {"0" * 32: "AccountTest", "1" * 32: "ObjectTest", "2" * 32: "AccountTest"}


def marked(folder: Path) -> Path:
    locks = folder / "locks"
    locks.mkdir()
    for name, holder in MARKS.items():
        (locks / name).write_text(holder)
    (locks / "test_accounts_io").write_text("")
    return locks


def test_nobody_holds_a_user_when_nobody_runs(tmp_path: Path) -> None:
    locks = marked(tmp_path)
    free_all_accounts(str(tmp_path))
    assert {path.name for path in locks.iterdir()} == {"test_accounts_io"}


def test_a_suite_without_users_has_nothing_to_give_back(tmp_path: Path) -> None:
    free_all_accounts(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def with_users(folder: Path, count: int) -> None:
    entries = [f"- {{username: u{n}, password: x, project_name: p{n}, roles: [member]}}\n" for n in range(count)]
    (folder / "accounts.yaml").write_text("".join(entries))


def test_users_of_killed_classes_are_left_alone_while_others_are_enough(tmp_path: Path) -> None:
    locks = marked(tmp_path)
    with_users(tmp_path, 8)
    assert set_aside(str(tmp_path), 4) == (2, 3)
    assert len(list(locks.iterdir())) == 4


def test_where_too_few_others_are_left_all_are_given_back(tmp_path: Path) -> None:
    locks = marked(tmp_path)
    with_users(tmp_path, 4)
    assert set_aside(str(tmp_path), 2) == (2, 0)
    assert [path.name for path in locks.iterdir()] == ["test_accounts_io"]


class Cleaning:
    """Somebody who cleans, and says what was asked of them."""

    def __init__(self, problem: str | None = None) -> None:
        self.problem = problem
        self.asked: list[list[str] | None] = []

    def __call__(self, users: Sequence[Account] | None) -> str | None:
        self.asked.append(None if users is None else [one.username for one in users])
        return self.problem


def keeper_of(folder: Path, count: int, cleaning: Cleaning) -> AccountKeeper:
    (folder / "locks").mkdir()
    with_users(folder, count)
    return AccountKeeper(folder, None, cleaning)


def take(folder: Path, name: str, *numbers: int) -> None:
    """As Tempest marks users."""
    users = read_accounts(folder / "accounts.yaml")
    for number in numbers:
        (folder / "locks" / mark_of(users[number])).write_text(name)


def marks(folder: Path) -> list[str]:
    return sorted(path.read_text() for path in (folder / "locks").iterdir())


def test_the_mark_of_a_user_is_that_of_tempest() -> None:
    document = {"username": "u", "password": "p", "project_name": "t", "roles": ["member"], "domain_name": "Default"}
    account = Account("u", "t", ("member",), (), document)
    # hashlib.md5(b"{'username': 'u', 'password': 'p', 'project_name': 't'}"), as Tempest 47 has it.
    assert mark_of(account) == "4f685d4bcfc72736277d2a19232bfeb1"


def test_users_of_a_dead_class_are_clean_before_another_class_gets_them(tmp_path: Path) -> None:
    cleaning = Cleaning()
    keeper = keeper_of(tmp_path, 6, cleaning)
    take(tmp_path, "A", 0, 1)
    take(tmp_path, "B", 2)
    keeper.began_tests("m.A")
    assert keeper.at_most(3) == 3
    keeper.ended("m.A", is_clean=False)
    assert keeper.at_most(3) == 2
    wait_until(lambda: cleaning.asked == [["u0", "u1"]])
    wait_until(lambda: [(one.group, one.problem) for one in keeper.look()] == [("m.A", None)])
    assert marks(tmp_path) == ["B"]
    assert keeper.at_most(3) == 3


def test_users_that_cannot_be_cleaned_are_not_used(tmp_path: Path) -> None:
    keeper = keeper_of(tmp_path, 6, Cleaning("it stays"))
    take(tmp_path, "A", 0, 1)
    keeper.ended("m.A", is_clean=False)
    wait_until(lambda: [(one.group, one.problem) for one in keeper.look()] == [("m.A", "it stays")])
    assert marks(tmp_path) == ["certmark", "certmark"]
    assert [keeper.at_most(number) for number in (1, 2, 3)] == [1, 2, 2]


def test_where_nobody_clean_is_left_no_class_may_run(tmp_path: Path) -> None:
    keeper = keeper_of(tmp_path, 2, Cleaning("it stays"))
    take(tmp_path, "A", 0, 1)
    keeper.ended("m.A", is_clean=False)
    wait_until(lambda: bool(keeper.look()))
    assert keeper.at_most(1) == 0


def test_users_that_a_failed_tear_down_gave_back_are_taken_from_others(tmp_path: Path) -> None:
    cleaning = Cleaning()
    keeper = keeper_of(tmp_path, 6, cleaning)
    take(tmp_path, "A", 3)
    keeper.began_tests("m.A")
    free_all_accounts(tmp_path)  # as the class's own tear-down does
    keeper.ended("m.A", is_clean=False)
    assert marks(tmp_path) == ["certmark"]
    wait_until(lambda: cleaning.asked == [["u3"]])


def test_another_class_of_the_same_name_keeps_its_users(tmp_path: Path) -> None:
    cleaning = Cleaning()
    keeper = keeper_of(tmp_path, 6, cleaning)
    take(tmp_path, "A", 0)
    keeper.began_tests("m.A")
    take(tmp_path, "A", 1)
    keeper.began_tests("n.A")
    keeper.ended("m.A", is_clean=False)
    wait_until(lambda: cleaning.asked == [["u0"]])


def test_a_class_that_is_clean_costs_nothing(tmp_path: Path) -> None:
    cleaning = Cleaning()
    keeper = keeper_of(tmp_path, 6, cleaning)
    take(tmp_path, "A", 0)
    keeper.began_tests("m.A")
    keeper.ended("m.A", is_clean=True)
    assert cleaning.asked == []
    assert not keeper.is_busy


@pytest.mark.parametrize(("problem", "left"), [(None, []), ("it stays", ["A"])])
def test_when_nobody_runs_everything_is_cleaned_at_once(tmp_path: Path, problem: str | None, left: list[str]) -> None:
    cleaning = Cleaning(problem)
    keeper = keeper_of(tmp_path, 6, cleaning)
    take(tmp_path, "A", 0)
    assert keeper.clean_all() == problem
    assert cleaning.asked == [None]
    assert marks(tmp_path) == left
