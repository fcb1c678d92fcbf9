"""Users that a dead class had marked as taken are given back."""

from __future__ import annotations

from pathlib import Path

from certmark.runner.accounts import free_accounts, free_all_accounts, set_aside

MARKS = {"0" * 32: "AccountTest", "1" * 32: "ObjectTest", "2" * 32: "AccountTest"}


def marked(folder: Path) -> Path:
    locks = folder / "locks"
    locks.mkdir()
    for name, holder in MARKS.items():
        (locks / name).write_text(holder)
    (locks / "test_accounts_io").write_text("")
    return locks


def test_a_dead_class_gives_back_its_users_and_no_others(tmp_path: Path) -> None:
    locks = marked(tmp_path)
    free_accounts(str(tmp_path), "tempest.api.object_storage.test_account_services.AccountTest")
    assert {path.name for path in locks.iterdir()} == {"1" * 32, "test_accounts_io"}


def test_nobody_holds_a_user_when_nobody_runs(tmp_path: Path) -> None:
    locks = marked(tmp_path)
    free_all_accounts(str(tmp_path))
    assert {path.name for path in locks.iterdir()} == {"test_accounts_io"}


def test_a_suite_without_users_has_nothing_to_give_back(tmp_path: Path) -> None:
    free_accounts(str(tmp_path), "m.A")
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
