"""A real SMTP server on loopback that does what the local part of an address says."""

from __future__ import annotations

# ruff: noqa: N802, ARG001, ARG002 - aiosmtpd calls these so, and with all of this
import datetime as dt
import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from support.loopback import free_port

USER, PASSWORD = "certmark", "hunter22-of-mail"


@dataclass
class MailServer:
    """Where it is, and what it took."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    were_secret: list[bool] = field(default_factory=list)
    """Whether each came by TLS."""
    asked: list[str] = field(default_factory=list)
    """Every recipient that was named, taken or not."""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        """`grey` is taken the second time, `nobody` never."""
        local = address.split("@", maxsplit=1)[0]
        self.asked.append(address)
        if local == "grey" and self.asked.count(address) == 1:
            return "451 4.7.1 Greylisted, try again later"
        if local == "nobody":
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """`cut` is taken, and the connection gone before that is said."""
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        self.were_secret.append(session.ssl is not None)
        if envelope.rcpt_tos[0].startswith("cut@") and len(self.taken) == 1:
            server.transport.abort()
        return "250 2.0.0 Taken"


@contextmanager
def mail_server(folder: Path, *, with_tls: bool = True, with_login: bool = False) -> Iterator[MailServer]:
    """A server that answers; `folder/ca.pem` is whose certificate it has."""
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult

    def login(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        is_right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=is_right, handled=is_right)

    found = MailServer(free_port())
    context = context_for_loopback(folder)
    more: dict[str, Any] = {"tls_context": context, "require_starttls": True} if with_tls else {}
    if with_login:
        more |= {"authenticator": login, "auth_required": True}
    controller = Controller(found, hostname="127.0.0.1", port=found.port, **more)
    controller.start()
    try:
        yield found
    finally:
        controller.stop()


def context_for_loopback(folder: Path) -> ssl.SSLContext:
    """Of a server at 127.0.0.1 or localhost; its certificate, which is its own issuer, is `folder/ca.pem`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2120, 1, 1, tzinfo=dt.UTC))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return context
