"""Notices: written into the outbox with the change that they tell of, sent by a job.

A notice may be sent twice where a worker dies between sending and noting it; its Message-ID is the same, so
that mail systems show it once.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import format_datetime

from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.server import ids
from certmark.server.services import jobs
from certmark.server.services.context import Services
from certmark.server.services.jobs import JobKind
from certmark.server.services.moments import moment_of
from certmark.server.settings import Settings
from certmark.server.store import notices
from certmark.server.store.database import Transaction
from certmark.server.store.notices import Notice

_SECONDS = 30.0
"""For each exchange with the SMTP server."""


def write(services: Services, transaction: Transaction, recipient: str, subject: str, body: str) -> None:
    """Tell somebody something once `transaction` is kept. Raises InvalidRequest for what is no address."""
    if "@" not in recipient or any(sign in recipient + subject for sign in "\r\n\0"):
        raise InvalidRequest("a notice needs an address and a subject of one line")
    now = services.clock()
    notices.add(transaction, Notice(ids.new_id(now), now, recipient, subject, body))
    if services.settings.mail_server is not None:
        jobs.ask(services, transaction, JobKind.NOTICE)


def send(services: Services) -> int:
    """Send what waits; how many. Raises CannotProceed where one was not taken; the others were sent."""
    if services.settings.mail_server is None:
        return 0
    with services.database.read() as transaction:
        waiting = notices.waiting(transaction)
    if not waiting:
        return 0
    refused = []
    with _connected(services.settings) as server:
        for notice in waiting:
            try:
                server.send_message(_message(services.settings, notice))
            except smtplib.SMTPException as error:
                refused.append(f"{type(error).__name__} for the notice {ids.written(notice.id)}")
                continue
            with services.database.write() as transaction:
                notices.sent(transaction, notice, services.clock())
    if refused:
        raise CannotProceed(f"the SMTP server did not take {len(refused)} of {len(waiting)}: {refused[0]}")
    return len(waiting)


@contextmanager
def _connected(settings: Settings) -> Iterator[smtplib.SMTP]:
    """Raises CannotProceed."""
    address = settings.mail_server
    assert address is not None  # noqa: S101 - nothing is sent without
    try:
        with smtplib.SMTP(address.host, address.port, timeout=_SECONDS) as server:
            if settings.mail_tls:
                server.starttls(context=ssl.create_default_context())
            if settings.mail_user is not None:
                server.login(settings.mail_user, settings.mail_password or "")
            yield server
    except (OSError, smtplib.SMTPException) as error:
        raise CannotProceed(f"the SMTP server {address} does not take mail: {type(error).__name__}") from error


def _message(settings: Settings, notice: Notice) -> EmailMessage:
    host = (settings.mail_from or "").rpartition("@")[2] or "certmark.invalid"
    message = EmailMessage()
    message["From"] = settings.mail_from or f"certmark@{host}"
    message["To"] = notice.recipient
    message["Subject"] = notice.subject
    message["Date"] = format_datetime(moment_of(notice.created))
    message["Message-ID"] = f"<{ids.written(notice.id)}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(notice.body)
    return message
