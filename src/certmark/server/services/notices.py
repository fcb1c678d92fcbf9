"""Notices, by mail and by webhook: written with the change that they tell of, each sent by a job of its own.

1. A notice of the same key is the same notice, however often it is written.
2. It may be sent twice where a worker dies between sending and noting it; its id is the same (Message-ID,
   webhook-id), so that whoever gets it knows it again.
3. What does not get through is tried again as every job is. What the other side refuses for good is not; `doctor`
   says so.
4. Notices that were written where nothing can be sent wait until something can.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import format_datetime
from http import HTTPStatus

from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.server import ids
from certmark.server.fetching import post, reaching
from certmark.server.services import jobs
from certmark.server.services.context import Services
from certmark.server.services.jobs import JobKind
from certmark.server.services.moments import moment_of
from certmark.server.settings import Settings
from certmark.server.store import notices
from certmark.server.store.database import Transaction
from certmark.server.store.notices import Notice

MAIL, WEBHOOK = "mail", "webhook"
_SECONDS = 30.0
"""For each exchange with the SMTP server."""
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,200}")
_LONGEST_SUBJECT = 200
_LAST_OF_SUCCESS = 299


class RefusedForGood(Exception):
    """Whoever a notice is for does not want it, now or ever."""


def write(
    services: Services, transaction: Transaction, recipient: str, subject: str, body: str, *, key: str | None = None
) -> None:
    """Tell somebody something by mail once `transaction` is kept. Raises InvalidRequest for what is no address."""
    if not _ADDRESS.fullmatch(recipient):
        raise InvalidRequest(f"{recipient[:100]!r} is no address to which mail is sent")
    if not subject.isprintable() or not 0 < len(subject) <= _LONGEST_SUBJECT or "\0" in body:
        raise InvalidRequest("a notice needs a subject of one line, and a text")
    _add(services, transaction, Notice(b"", 0, recipient, subject, body, MAIL), key)


def write_webhook(
    services: Services,
    transaction: Transaction,
    url: str,
    type_: str,
    data: object,
    *,
    key: str | None = None,
    subscription: bytes | None = None,
) -> bytes:
    """Tell a program something once `transaction` is kept; the id of the notice. A subscription has its own secret."""
    moment = moment_of(services.clock()).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = json.dumps({"type": type_, "timestamp": moment, "data": data}, separators=(",", ":"))
    return _add(services, transaction, Notice(b"", 0, url, type_, body, WEBHOOK, subscription=subscription), key)


def _add(services: Services, transaction: Transaction, new: Notice, key: str | None) -> bytes:
    """Rules 1 and 4."""
    now = services.clock()
    named = hashlib.sha256(f"{new.kind}\n{new.recipient}\n{key}".encode()).digest()[:16]
    notice = ids.new_id(now) if key is None else named
    notices.add(transaction, new._replace(id=notice, created=now))
    if new.subscription is not None or _can_be_sent(services.settings, new.kind):
        jobs.ask(services, transaction, JobKind.NOTICE, notice.hex())
    return notice


def _can_be_sent(settings: Settings, kind: str) -> bool:
    return (settings.mail_server if kind == MAIL else settings.webhook_secret) is not None


def tell_operator(services: Services, transaction: Transaction, type_: str, subject: str, data: dict[str, str]) -> None:
    """Tell whoever operates the server, by what the settings name, once `transaction` is kept."""
    settings = services.settings
    if settings.operator_mail is not None:
        lines = "".join(f"{name}: {' '.join(value.split())}\n" for name, value in data.items())
        write(services, transaction, settings.operator_mail, _line(subject), f"{subject}\n\n{lines}")
    if settings.operator_webhook is not None:
        write_webhook(services, transaction, settings.operator_webhook, type_, data)


def _line(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)[:_LONGEST_SUBJECT]


def resume(services: Services) -> None:
    """Rule 4: see to it that what waits is sent, where it can be by now."""
    with services.database.write() as transaction:
        for notice in notices.unsent(transaction):
            can_be_sent = notice.subscription is not None or _can_be_sent(services.settings, notice.kind)
            if notice.problem is None and can_be_sent:
                jobs.ask_once(services, transaction, JobKind.NOTICE, notice.id.hex())


def refused(services: Services) -> list[Notice]:
    """What is never sent, for the operator; what somebody subscribed to is theirs to see."""
    with services.database.read() as transaction:
        unsent = notices.unsent(transaction)
        return [notice for notice in unsent if notice.problem is not None and notice.subscription is None]


def send(services: Services, notice: bytes) -> None:
    """Send it, unless it was sent. Raises CannotProceed where it did not get through."""
    with services.database.read() as transaction:
        found = notices.one(transaction, notice)
    if found is None or found.sent is not None or found.problem is not None:
        return
    try:
        (_mail if found.kind == MAIL else _webhook)(services, found)
    except RefusedForGood as error:
        with services.database.write() as transaction:
            notices.refused(transaction, notice, str(error)[:500])
        return
    with services.database.write() as transaction:
        notices.sent(transaction, notice, services.clock())


def _mail(services: Services, notice: Notice) -> None:
    """Raises CannotProceed or RefusedForGood."""
    with connected(services.settings) as server:
        try:
            server.send_message(_message(services.settings, notice))
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise _refusal(code, said) from None
        except smtplib.SMTPDataError as error:
            raise _refusal(error.smtp_code, error.smtp_error) from None


def _refusal(code: int, said: bytes | str) -> Exception:
    """5xx is for good (RFC 5321 4.2.1)."""
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    sentence = f"the SMTP server answers {code} {' '.join(words.split())[:200]}"
    is_for_good = code // 100 == 5
    return RefusedForGood(sentence) if is_for_good else CannotProceed(sentence)


@contextmanager
def connected(settings: Settings) -> Iterator[smtplib.SMTP]:
    """The SMTP server, as notices are handed to it. Raises CannotProceed."""
    address = settings.mail_server
    if address is None:
        raise CannotProceed("no mail is sent here: mail_server is not set")
    try:
        with smtplib.SMTP(address.host, address.port, timeout=_SECONDS) as server:
            if settings.mail_tls:
                server.starttls(context=reaching(settings).context())
            if settings.mail_user is not None:
                server.login(settings.mail_user, settings.mail_password or "")
            yield server
    except smtplib.SMTPNotSupportedError:
        raise CannotProceed(f"the SMTP server {address} speaks no TLS, or takes no password") from None
    except smtplib.SMTPResponseException as error:
        raise CannotProceed(f"the SMTP server {address} does not take mail: it answers {error.smtp_code}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise CannotProceed(f"the SMTP server {address} does not take mail: {type(error).__name__}") from None


def _message(settings: Settings, notice: Notice) -> EmailMessage:
    sender = settings.mail_from or ""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = notice.recipient
    message["Subject"] = notice.subject
    message["Date"] = format_datetime(moment_of(notice.created))
    message["Message-ID"] = f"<{ids.written(notice.id)}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(notice.body)
    return message


def _webhook(services: Services, notice: Notice) -> None:
    post_signed(services, notice, services.settings.webhook_secret or "")


def post_signed(services: Services, notice: Notice, secret_text: str) -> None:
    """As Standard Webhooks has it. Raises CannotProceed or RefusedForGood."""
    secret = base64.b64decode(secret_text.removeprefix("whsec_"))
    name, seconds = f"msg_{notice.id.hex()}", str(services.clock() // 1_000_000)
    signed = hmac.digest(secret, f"{name}.{seconds}.{notice.body}".encode(), "sha256")
    headers = {
        "webhook-id": name,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }
    try:
        status = post(notice.recipient, reaching(services.settings), notice.body.encode(), headers)
    except InvalidRequest as error:
        raise RefusedForGood(str(error)) from None
    if status == HTTPStatus.GONE:
        raise RefusedForGood("the webhook answers 410: it is gone for good")
    if not HTTPStatus.OK <= status <= _LAST_OF_SUCCESS:
        raise CannotProceed(f"the webhook answers {status}")
