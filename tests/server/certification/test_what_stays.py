"""What stays whole whatever happens: a process that is killed, a person who goes."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from certmark.domain.permissions import Role
from certmark.server import ids
from certmark.server.opening import create
from certmark.server.services import members, people
from certmark.server.services.certification import applications, certificates
from certmark.server.services.context import Services
from certmark.server.services.offices import appoint
from certmark.server.settings import read_settings
from support import databases
from support.certification import CertificationScene

pytestmark = pytest.mark.enable_socket
TESTS = Path(__file__).parents[2]
STATEMENTS = 300
"""About as many as an application has in its life here, so that a process may end by itself, too."""
DIED = -signal.SIGKILL


def killed(folder: Path, url: str, dies_at: int) -> int:
    """How a process ended that took an application through its life, and died at one of its statements."""
    script = Path(__file__).with_name("taking_steps.py")
    path = {"PYTHONPATH": str(TESTS), "HOME": str(folder), "PATH": "/usr/bin:/bin"}
    words = [sys.executable, str(script), str(folder), url, str(dies_at)]
    return subprocess.run(words, env=path, check=False, timeout=120, capture_output=True).returncode


def test_killed_at_any_moment_a_step_was_taken_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with databases.sqlite(tmp_path) as url:
        create(read_settings(None, {}, data=str(folder), database_url=url))
        ends = [killed(folder, url, random.randint(5, STATEMENTS)) for _ in range(3)]  # noqa: S311 - no secret
        assert set(ends) <= {DIED, 0}, ends
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            check(connection)
        connection.close()


def check(connection: sqlite3.Connection) -> None:
    """Each application is what its events say, and has a certificate just where it is granted."""
    rows = connection.execute("select id, state, revision, number, content from applications").fetchall()
    for identity, state, revision, number, content in rows:
        happened = connection.execute(
            "select event, to_state from certification_events where subject = ? order by number", (identity,)
        ).fetchall()
        states = [to for _, to in happened if to is not None]
        assert state == (states[-1] if states else "draft")
        assert revision == len(happened), "each step is one revision, and one event"
        assert (number is not None) == ("submit" in [event for event, _ in happened])
        (noted,) = connection.execute(
            "select count(*) from audit where subject = ?", (ids.written(identity),)
        ).fetchone()
        assert noted == len(happened)
        granted = connection.execute("select number from certificates where application = ?", (identity,)).fetchall()
        assert bool(granted) == (state == "granted")
        assert all(one in content for (one,) in granted)


def test_of_a_person_who_goes_records_stay_and_name_nobody(services: Services, tmp_path: Path) -> None:
    scene = CertificationScene(services, tmp_path)
    certificate = scene.certificate().row
    assert scene.designate.identity is not None
    appoint(services, scene.ada.name, frozenset(), "")
    members.appoint(services, scene.office, scene.vendor, Role.DESIGNATE, None, reason="they go")
    for who in (scene.ada, scene.designate):
        people.erase(services, who)
    happened = applications.past(scene.services, scene.office, certificate.application)
    named = {one.event: one.who for one in happened}
    assert named["submit"] == f"deleted {ids.written(scene.designate.identity)}"
    assert "ada" not in {one.who for one in happened}
    assert [one.event for one in happened if one.event == "recommend"] == ["recommend"] * 2
    assert "ada" not in repr([one.detail for one in happened])
    assert certificates.show(scene.services, scene.customer, certificate.id).standing.word == "certified"
    assert people.own_data(services, scene.designate)[1]["certification_events.identity"]
