"""Certificates as a real TLS server shows them."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from certmark.cloud.doctor.transport import look_at_certificate
from certmark.cloud.replies import Unanswered
from support.waiting import PATIENCE

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)


def certificate(folder: Path, ends: dt.datetime, address: str = "127.0.0.1") -> Path:
    """A self-signed certificate with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cloud")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - dt.timedelta(days=400))
        .not_valid_after(ends)
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    path = folder / "server.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


@contextmanager
def serving(path: Path) -> Iterator[int]:
    """A TLS server on loopback; its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    plain, _ = server.accept()
                    with suppress(OSError), context.wrap_socket(plain, server_side=True) as secure:
                        secure.recv(1)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    ("days", "address", "is_trusted", "problem"),
    [
        (90, "127.0.0.1", True, ""),
        (90, "127.0.0.1", False, "self-signed certificate"),
        (90, "127.0.0.9", True, "IP address mismatch"),
        (-1, "127.0.0.1", True, "certificate has expired"),
    ],
)
def test_a_certificate_tells_its_end_and_what_is_wrong_with_it(
    tmp_path: Path, days: int, address: str, *, is_trusted: bool, problem: str
) -> None:
    ends = NOW + dt.timedelta(days=days)
    path = certificate(tmp_path, ends, address)
    with serving(path) as port:
        seen = look_at_certificate("127.0.0.1", port, str(path) if is_trusted else None, PATIENCE)
    assert (seen.place, seen.ends) == (f"127.0.0.1:{port}", ends.timestamp())
    assert problem in seen.problem
    assert bool(seen.problem) == bool(problem)


def test_a_server_that_is_not_there_is_unanswered() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Unanswered, match="could not be looked at"):
        look_at_certificate("127.0.0.1", port, None, PATIENCE)
