"""How the cloud is reached: certificates, and whether its clock and ours agree."""

from __future__ import annotations

import datetime as dt
import os
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from certmark.cloud.doctor.incomplete import NotExamined
from certmark.cloud.doctor.kinds import FATAL, WARNING, find
from certmark.cloud.errors import first_line
from certmark.cloud.replies import Unanswered
from certmark.cloud.session import SignedInUser
from certmark.domain.health import CloudFinding
from certmark.domain.phrases import some

_SOON_DAYS = 14
_SKEW_SECONDS = 10.0
"""Answers tell whole seconds, and Tempest's shortest-lived objects live for three."""
_DAY = 86_400.0


class Certificate(NamedTuple):
    """What a server shows."""

    place: str
    """`host:port`."""
    ends: float | None
    """When it expires, in seconds of the epoch; None where it was not told."""
    problem: str = ""
    """Why a verifying client refuses it."""


class Clock(NamedTuple):
    """Keystone's time against ours."""

    ahead: float
    """Seconds by which ours is later."""
    doubt: float
    """Seconds by which that may be wrong."""


def places_of(urls: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Host and port of those that are spoken to by TLS, directly."""
    found_: dict[tuple[str, int], None] = {}
    for url in urls:
        try:
            parts = urlsplit(url)
            port = parts.port or 443
        except ValueError:
            continue
        if parts.scheme == "https" and parts.hostname and not _is_proxied(parts.hostname):
            found_[parts.hostname, port] = None
    return tuple(found_)


def _is_proxied(host: str) -> bool:
    return "https" in getproxies() and not proxy_bypass(host)


def look_at_certificate(host: str, port: int, cacert: str | None, seconds: float) -> Certificate:
    """The certificate of a server, verified as the tests would, within `seconds`. Raises Unanswered."""
    place = f"{host}:{port}"
    context = ssl.create_default_context(cafile=cacert) if cacert else _context()
    try:
        plain = socket.create_connection((host, port), timeout=seconds)
        with plain, context.wrap_socket(plain, server_hostname=host) as secure:
            ends = secure.getpeercert() or {}
        return Certificate(place, ssl.cert_time_to_seconds(str(ends["notAfter"])))
    except ssl.SSLCertVerificationError as error:
        return Certificate(place, _ends_unverified(host, port, seconds), error.verify_message or first_line(error))
    except (OSError, KeyError, ValueError) as error:
        raise Unanswered(f"the certificate of {place} could not be looked at: {first_line(error, 80)}") from error


def speaks_tls(url: str, seconds: float) -> bool:
    """Whether the server at an address, whatever its scheme, takes up TLS within `seconds`."""
    try:
        parts = urlsplit(url)
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # nothing is sent and nothing is believed
        plain = socket.create_connection((parts.hostname or "", parts.port or 80), timeout=seconds)
        with plain, context.wrap_socket(plain):
            return True
    except (OSError, ValueError):
        return False


def _context() -> ssl.SSLContext:
    """As requests verifies: with the bundle that the environment names, else certifi's."""
    named = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    if not named:
        import certifi

        named = certifi.where()
    return ssl.create_default_context(cafile=named) if Path(named).is_file() else ssl.create_default_context()


def _ends_unverified(host: str, port: int, seconds: float) -> float | None:
    from cryptography import x509

    try:
        pem = ssl.get_server_certificate((host, port), timeout=seconds)
        return x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc.timestamp()
    except (OSError, ValueError):
        return None


def look_at_clock(session: Any, me: SignedInUser, seconds: float) -> Clock:
    """Keystone's clock, by the Date of an answer. Raises Unanswered."""
    before = time.time()
    answer = session.get(me.auth_url, authenticated=False, raise_exc=False, timeout=seconds, connect_retries=0)
    after = time.time()
    try:
        theirs = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (KeyError, TypeError, ValueError) as error:
        raise Unanswered("Keystone's answers have no date, so the clocks could not be compared") from error
    # The header is cut to whole seconds: half a second is what it lacks on average.
    return Clock((before + after) / 2 - (theirs + 0.5), (after - before) / 2 + 0.5)


def clock_of(issued: dt.datetime | None, before: float, after: float) -> Clock | None:
    """Keystone's clock by the moment at which it issued a token that was asked for in between."""
    if issued is None:
        return None
    return Clock((before + after) / 2 - issued.timestamp(), (after - before) / 2 + 1)


# ---------------------------------------------------------------- what follows from it


def judge_certificates(
    seen: Mapping[str, Certificate | NotExamined], me: SignedInUser, now: float
) -> Iterable[CloudFinding]:
    """Findings on certificates; `now` in seconds of the epoch."""
    findings = []
    for place, certificate in seen.items():
        if isinstance(certificate, NotExamined):
            findings.append(find("check-unfinished", certificate.problem, where=place))
        else:
            findings += _of_certificate(certificate, me, now)
    if me.insecure and me.auth_url.startswith("https://"):
        findings.append(
            find(
                "tls-unverified", "certificates of this cloud are not checked (verify: false)", where="clouds.yaml",
                why="whoever sits in between reads the passwords and can forge what the tests see",
                mend="give the CA as cacert in clouds.yaml, and remove verify: false",
            )
        )  # fmt: skip
    yield from findings
    if seen and not findings:
        yield find("tls", f"certificates of {some(list(seen))} are trusted, and valid for two weeks and more")


def _of_certificate(certificate: Certificate, me: SignedInUser, now: float) -> Iterable[CloudFinding]:
    if certificate.ends is not None and certificate.ends - now < _SOON_DAYS * _DAY:
        days = (certificate.ends - now) / _DAY
        gone = days < 0
        when = f"expired {-days:.0f} days ago" if gone else f"expires in {days:.0f} days"
        yield find(
            "tls-expires", f"the certificate of {certificate.place} {when}", where=certificate.place,
            severity=FATAL if gone and not me.insecure else WARNING,
            why="clients refuse the service" if gone else "a run may outlive it", mend="renew the certificate",
        )  # fmt: skip
        if gone:
            return
    if certificate.problem:
        yield find(
            "tls-untrusted", f"the certificate of {certificate.place} is not trusted: {certificate.problem}",
            where=certificate.place, severity=WARNING if me.insecure else FATAL,
            why="clients that check it refuse the service",
            mend="install a certificate for this name, or name the server as the certificate does"
            if _is_other_name(certificate.problem) else "give its CA as cacert in clouds.yaml",
        )  # fmt: skip


def _is_other_name(problem: str) -> bool:
    return "mismatch" in problem or "not valid for" in problem


def judge_clock(clock: Clock | NotExamined) -> Iterable[CloudFinding]:
    """Whether the clocks agree, as far as can be told."""
    if isinstance(clock, NotExamined):
        yield find("check-unfinished", clock.problem, where="Keystone")
        return
    skew = abs(clock.ahead) - clock.doubt
    if skew < _SKEW_SECONDS:
        yield find("clock", "this machine's clock and Keystone's agree within seconds")
        return
    direction = "ahead of" if clock.ahead > 0 else "behind"
    yield find(
        "clock-skew", f"this machine's clock is {abs(clock.ahead):.0f} s {direction} Keystone's", where="this machine",
        why="temporary URLs, expiring objects and tokens depend on the clock",
        mend="timedatectl set-ntp true on this machine, and look at the cloud's own clocks",
    )  # fmt: skip
