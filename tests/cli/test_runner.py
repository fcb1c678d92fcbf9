"""What a runner finds among its files, how it is refused, and when it counts what it has as lost."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from certmark.app.run.orders.clouds import read_clouds
from certmark.app.run.orders.ordered import shared_options
from certmark.app.run.orders.watching import Watch
from certmark.client.connection import ServerAway, ServerRefused
from certmark.client.runners import HeldAssignment, ServersAnswer
from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest
from certmark.domain.orders.terms import OrderTerms
from certmark.runner.locks import locked
from support.said import Said
from support.waiting import wait_until

AUTH = {"auth": {"auth_url": "http://127.0.0.1:5000/v3"}, "region_name": "R"}


def test_every_entry_of_every_file_is_a_cloud_and_the_first_of_a_name_counts(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(json.dumps({"clouds": {"north": AUTH, "south": {}}}))
    (tmp_path / "runner_clouds.yaml").write_text(json.dumps({"clouds": {"north": {}, "east": AUTH}}))
    (tmp_path / "runner_north.accounts.yaml").write_text("[]")
    (tmp_path / "token").write_text("secret")
    found = read_clouds(tmp_path)
    assert sorted(found) == ["east", "north", "south"]
    assert found["north"].address == ("http://127.0.0.1:5000/v3", "R")
    assert found["north"].file == tmp_path / "a.yaml"
    assert found["north"].cloud.options == {"accounts": str(tmp_path / "runner_north.accounts.yaml")}
    assert found["south"].address.url == ""


def test_a_fleets_file_says_which_clouds_there_are(tmp_path: Path) -> None:
    (tmp_path / "clouds.yaml").write_text(json.dumps({"clouds": {"n": AUTH, "other": AUTH}}))
    fleet = {"clouds": {"north": {"os-cloud": "n", "available": False, "reason": "moves"}}}
    (tmp_path / "fleet.yaml").write_text(json.dumps(fleet))
    for named in (tmp_path, tmp_path / "fleet.yaml"):
        found = read_clouds(named)
        assert list(found) == ["north"]
        assert found["north"].file == tmp_path / "clouds.yaml"
        assert found["north"].address.url == AUTH["auth"]["auth_url"]  # type: ignore[index]  # a mapping
        assert found["north"].cloud.availability.sentence == "set aside by its owner: moves"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("clouds.yaml", "", "has no cloud"),
        ("clouds.yaml", '{"clouds": {"a/b": {}}}', "cannot be ordered"),
        ("clouds.yaml", '{"clouds": {"-x": {}}}', "cannot be ordered"),
        ("clouds.yaml", "{", "clouds.yaml"),
        ("fleet.yaml", '{"clouds": {"a": {"avaliable": false}}}', "avaliable"),
        ("fleet.yaml", '{"clouds": {"a b": {}}}', "cannot be ordered"),
    ],
)
def test_odd_files_are_refused_in_a_sentence(
    name: str, content: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises((InvalidRequest, InvalidInput, CannotProceed), match=says):
        read_clouds(tmp_path)
    words = ("runner", "--server", "http://127.0.0.1:9", "--clouds", str(tmp_path), "--folder", str(tmp_path / "home"))
    said = Said(words, capsys)
    assert said.status in {2, 3, 5}
    assert says in said.err


def test_a_second_runner_of_a_name_is_refused_while_the_first_one_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "clouds.yaml").write_text(json.dumps({"clouds": {"north": AUTH}}))
    with locked(tmp_path / "home" / "lock", "it"):
        words = (
            "runner",
            "--server",
            "http://127.0.0.1:9",
            "--clouds",
            str(tmp_path),
            "--folder",
            str(tmp_path / "home"),
        )
        said = Said((*words, "--name", "one"), capsys)
    assert said.status == 5
    assert "the runner one is in use by process" in said.err


def test_an_order_asks_for_what_it_names_and_for_nothing_else() -> None:
    terms = OrderTerms("n", "c", "p", guideline="2026.11", suite_version="47.0.0", workers=4)
    assert shared_options(terms) == {"guideline": ("2026.11",), "tempest": ("47.0.0",), "workers": ("4",)}
    assert shared_options(OrderTerms("n", "c", "p")) == {}


class Server:
    """What a watch hears."""

    def __init__(self, answer: Callable[[], ServersAnswer]) -> None:
        self.told: list[str] = []
        self._answer = answer

    def tell(self, _: HeldAssignment, progress: str) -> ServersAnswer:
        self.told.append(progress)
        return self._answer()


def away() -> ServersAnswer:
    raise ServerAway("nobody")


def refused() -> ServersAnswer:
    raise ServerRefused("another runner has it")


@pytest.mark.parametrize(
    ("answer", "stops"),
    [(away, [True]), (refused, [True]), (lambda: ServersAnswer(0.2, is_cancelled=True), [False])],
    ids=["silence", "lost", "cancelled"],
)
def test_what_is_lost_ends_at_once_and_what_is_cancelled_in_order(answer: Any, stops: list[bool]) -> None:
    heard: list[bool] = []
    held = HeldAssignment("0" * 8, 1, "", OrderTerms("n", "c", "p"))
    server: Any = Server(answer)
    with Watch(server, held, (0.2, time.monotonic()), heard.append) as watch:
        watch.progress = "1 of 2"
        wait_until(lambda: bool(heard))
    assert heard == stops
    assert (watch.is_lost, watch.is_cancelled) == (stops == [True], stops == [False])
    assert server.told[0] == "1 of 2"


def test_nothing_of_a_server_that_is_none_of_ours_is_believed() -> None:
    from certmark.client.runners import _held

    good = {"id": "01a227ac-d571-7319-ad63-3834aecaf6ba", "attempt": 1, "due": "2026-11-29T00:00:00Z"}
    terms: dict[str, Any] = {"name": "n", "cloud": "c", "program": "p", "labels": []}
    assert _held(good, terms).terms == OrderTerms("n", "c", "p", attention=False)._replace(attention=None)  # type: ignore[arg-type]  # not said
    for odd in (
        {"suite": "../x"},
        {"guideline": "/etc/passwd"},
        {"program": "--folder"},
        {"cloud": 7},
        {"labels": None},
    ):
        with pytest.raises(CannotProceed):
            _held(good, {**terms, **odd})
