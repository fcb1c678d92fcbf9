"""The outbox: written with the change, sent by a job, tried again, given up; by mail and by signed webhooks."""

from __future__ import annotations

import base64
import hmac
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.server.doctor import examine
from certmark.server.jobs.kinds import KINDS
from certmark.server.jobs.working import MOST_ATTEMPTS, work_once
from certmark.server.services import jobs, notices
from certmark.server.services.context import Services
from certmark.server.services.jobs import JobKind
from certmark.server.settings import ListenAddress
from certmark.server.store import schema
from certmark.server.store.jobs import NEVER
from certmark.server.store.statements import SqlStatement
from support.loopback import free_port, running
from support.mail_server import PASSWORD, USER, MailServer, context_for_loopback, mail_server

pytest.importorskip("aiosmtpd")
pytestmark = pytest.mark.enable_socket
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef" * 2).decode()
_DUE = SqlStatement("tests.notices_due", update(schema.jobs).where(schema.jobs.c.due < NEVER).values(due=0))


def with_mail(services: Services, server: MailServer | None, folder: Path, **more: Any) -> Services:
    port = free_port() if server is None else server.port
    given: dict[str, Any] = {
        "mail_server": ListenAddress("127.0.0.1", port),
        "mail_from": "certmark@example.org",
        "ca_file": folder / "ca.pem",
        **more,
    }
    return at_one_moment(replace(services, settings=replace(services.settings, **given)))


def at_one_moment(services: Services) -> Services:
    """What is to be tried again later is not due before a test says so, however slow the machine is."""
    now = services.clock()
    return replace(services, clock=lambda: now)


def write(
    services: Services, recipient: str = "ada@example.org", subject: str = "Hello", key: str | None = None
) -> None:
    with services.database.write() as transaction:
        notices.write(services, transaction, recipient, subject, "A text.\n", key=key)


def work_at_once(services: Services) -> None:
    """As if the time until the next attempt had passed."""
    with services.database.write() as transaction:
        transaction.run(_DUE)
    work_once(services)


def problems(services: Services) -> list[str | None]:
    return [job.problem for job in jobs.every(services)]


def test_a_notice_goes_once_by_tls_with_the_change_that_it_tells_of_or_not_at_all(
    services: Services, tmp_path: Path
) -> None:
    with mail_server(tmp_path, with_login=True) as server:
        services = with_mail(services, server, tmp_path, mail_user=USER, mail_password=PASSWORD)
        with suppress(ZeroDivisionError), services.database.write() as transaction:
            notices.write(services, transaction, "lost@example.org", "Lost", "x")
            _ = 1 / 0
        write(services, key="run 1")
        write(services, key="run 1")
        work_once(services)
        work_once(services)
    (message,) = server.taken
    assert (message["To"], message["Subject"], message["From"]) == ("ada@example.org", "Hello", "certmark@example.org")
    assert message["Message-ID"].endswith("@example.org>")
    assert message.get_content().split() == ["A", "text."]
    assert server.were_secret == [True]
    assert jobs.every(services) == []


def test_one_who_is_refused_for_good_holds_up_nobody_and_the_operator_sees_it(
    services: Services, tmp_path: Path
) -> None:
    with mail_server(tmp_path) as server:
        services = with_mail(services, server, tmp_path)
        for name in ("nobody", "grey", "ada"):
            write(services, f"{name}@example.org")
        work_once(services)
        assert [message["To"] for message in server.taken] == ["ada@example.org"]
        assert problems(services) == ["CannotProceed: the SMTP server answers 451 4.7.1 Greylisted, try again later"]
        work_at_once(services)
        assert [message["To"] for message in server.taken] == ["ada@example.org", "grey@example.org"]
        work_at_once(services)
        assert server.asked.count("nobody@example.org") == 1
    (refused,) = notices.refused(services)
    assert (refused.recipient, refused.problem) == (
        "nobody@example.org",
        "the SMTP server answers 550 5.1.1 No such user",
    )
    found = {one.part: one.problem for one in examine(services.settings)}
    assert found["outbox"] == "nobody@example.org refused 'Hello': the SMTP server answers 550 5.1.1 No such user"


def test_what_was_taken_though_nobody_said_so_comes_again_under_the_same_name(
    services: Services, tmp_path: Path
) -> None:
    with mail_server(tmp_path) as server:
        services = with_mail(services, server, tmp_path)
        write(services, "cut@example.org")
        work_once(services)
        assert problems(services) == [
            f"CannotProceed: the SMTP server 127.0.0.1:{server.port} does not take mail: SMTPServerDisconnected"
        ]
        work_at_once(services)
    assert len(server.taken) == 2
    assert len({message["Message-ID"] for message in server.taken}) == 1


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("away", "does not take mail: ConnectionRefusedError"),
        ("no tls", "speaks no TLS"),
        ("another's certificate", "does not take mail: SSLCertVerificationError"),
        ("wrong password", "does not take mail: it answers 535"),
    ],
)
def test_a_server_that_does_not_take_mail_is_tried_again_and_no_password_is_told(
    services: Services, tmp_path: Path, kind: str, sentence: str
) -> None:
    with mail_server(tmp_path, with_tls=kind != "no tls", with_login=kind == "wrong password") as server:
        more = {"mail_user": USER, "mail_password": "hunter23"} if kind == "wrong password" else {}
        services = with_mail(services, None if kind == "away" else server, tmp_path, **more)
        if kind == "another's certificate":
            services = replace(services, settings=replace(services.settings, ca_file=None))
        write(services)
        work_once(services)
        (problem,) = problems(services)
        said = {one.part: one.problem for one in examine(services.settings)}["mail"]
    assert sentence in (problem or "")
    assert sentence in (said or "")
    assert "hunter23" not in f"{problem}{said}"
    assert server.taken == []


def test_what_was_written_while_nothing_could_be_sent_goes_later(services: Services, tmp_path: Path) -> None:
    write(services)
    assert jobs.every(services) == []
    with mail_server(tmp_path) as server:
        services = with_mail(services, server, tmp_path)
        notices.resume(services)
        work_once(services)
    assert len(server.taken) == 1


@pytest.mark.parametrize(
    ("recipient", "subject"),
    [
        ("ada@example.org\r\nBcc: all@example.org", "x"),
        ("ada@example.org, eve@example.org", "x"),
        ("Ada <ada@example.org>", "x"),
        ("ada", "x"),
        ("ada@example.org", "x\r\nBcc: all@example.org"),
        ("ada@example.org", "x\u2028y"),
        ("ada@example.org", ""),
    ],
)
def test_nothing_gets_into_the_head_of_a_mail(services: Services, recipient: str, subject: str) -> None:
    with pytest.raises(InvalidRequest):
        write(services, recipient, subject)


def give_up(services: Services, sentence: str = "it is broken") -> None:
    def fail(_: Services, __: str) -> None:
        raise CannotProceed(sentence)

    with services.database.write() as transaction:
        jobs.ask(services, transaction, JobKind.COLLECT, "x")
    for _ in range(MOST_ATTEMPTS):
        with services.database.write() as transaction:
            transaction.run(_DUE)
        work_once(services, {**KINDS, "collect": fail})
    assert [job.due for job in jobs.every(services) if job.kind == "collect"] == [NEVER]


def test_the_operator_is_told_once_of_a_job_that_was_given_up(services: Services, tmp_path: Path) -> None:
    with mail_server(tmp_path) as server:
        services = with_mail(services, server, tmp_path, operator_mail="op@example.org")
        give_up(services, "it is broken\nBcc: all@example.org")
        for _ in range(3):
            work_once(services)
    (message,) = server.taken
    assert (message["To"], message["Subject"]) == ("op@example.org", "work was given up: collect x")
    assert "problem: CannotProceed: it is broken Bcc: all@example.org" in message.get_content().splitlines()
    assert message["Bcc"] is None


def test_that_telling_the_operator_failed_is_not_told_the_operator(services: Services, tmp_path: Path) -> None:
    with mail_server(tmp_path):
        pass
    services = with_mail(services, None, tmp_path, operator_mail="op@example.org")
    give_up(services)
    for _ in range(2 * MOST_ATTEMPTS):
        work_at_once(services)
    assert sorted(job.kind for job in jobs.every(services)) == ["collect", "notice"]


class Hook(BaseHTTPRequestHandler):
    """Takes webhooks, and answers what the path says."""

    taken: list[tuple[dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(int(self.path.strip("/")))
        self.send_header("Location", "/200")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def hooks(context: ssl.SSLContext | None = None) -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    taken: list[tuple[dict[str, str], bytes]] = []
    handler = type("OwnHook", (Hook,), {"taken": taken})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    with running(server, threading.Event()):
        yield f"http{'s' if context else ''}://127.0.0.1:{server.server_address[1]}", taken


def with_hook(services: Services, url: str, **more: Any) -> Services:
    given = {"operator_webhook": url, "webhook_secret": SECRET, "fetch_private": True, "fetch_time": 5.0, **more}
    return at_one_moment(replace(services, settings=replace(services.settings, **given)))


def test_a_webhook_is_signed_as_the_standard_has_it_and_goes_by_tls(services: Services, tmp_path: Path) -> None:
    with hooks(context_for_loopback(tmp_path)) as (url, taken):
        services = with_hook(services, f"{url}/204", ca_file=tmp_path / "ca.pem")
        give_up(services)
        work_once(services)
        work_once(services)
    ((headers, body),) = taken
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body.decode()}".encode()
    expected = base64.b64encode(hmac.digest(b"0123456789abcdef" * 2, signed, "sha256")).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert abs(int(headers["webhook-timestamp"]) * 1_000_000 - services.clock()) < 3600 * 1_000_000
    document = json.loads(body)
    assert (document["type"], document["data"]["kind"]) == ("job.given_up", "collect")
    assert SECRET not in f"{headers}{body!r}"


@pytest.mark.parametrize(
    ("status", "sentence", "attempts"),
    [(500, "the webhook answers 500", 2), (302, "the webhook answers 302", 2), (410, "it is gone for good", 1)],
)
def test_a_webhook_that_does_not_take_it_is_tried_again_unless_it_is_gone_and_no_redirect_is_followed(
    services: Services, status: int, sentence: str, attempts: int
) -> None:
    with hooks() as (url, taken):
        services = with_hook(services, f"{url}/{status}")
        give_up(services)
        work_once(services)
        work_at_once(services)
    said = [*problems(services), *(one.problem for one in notices.refused(services))]
    assert any(sentence in (one or "") for one in said)
    assert len(taken) == attempts
    assert len({headers["webhook-id"] for headers, _ in taken}) == 1


def test_a_webhook_at_a_private_address_is_refused(services: Services) -> None:
    with hooks() as (url, taken):
        services = with_hook(services, f"{url}/200", fetch_private=False)
        give_up(services)
        work_once(services)
    assert taken == []
    assert "private address" in (notices.refused(services)[0].problem or "")
