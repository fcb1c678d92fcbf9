"""What an operator decides of a server: a TOML file, the environment over it, nothing else.

Each setting is a field of `Settings`; the reference is made of them. A file or an environment that names
a setting which does not exist, or gives one a value that it cannot have, is refused by name.
"""

from __future__ import annotations

import base64
import dataclasses
import ipaddress
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from certmark.domain.errors import InvalidRequest
from certmark.domain.suggestions import did_you_mean
from certmark.server.parties import TABLES, CiSettings, ProviderSettings, shown_table, take_tables

PREFIX = "CERTMARK_SERVER_"
"""Before the name of a setting in the environment, in capitals."""
_LARGEST_FILE = 1 << 20
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_SHORTEST_RETENTION, _LONGEST_RETENTION = 30, 36_500
_DEEPEST = 2
"""Names of a table and of the one in it."""


class SettingError(InvalidRequest):
    """The operator must look at a setting again; the message names it."""


class ListenAddress(NamedTuple):
    """Where a server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        """As a setting has it."""
        return self.url.removeprefix("http://")

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        return self.host in _LOOPBACK

    @property
    def url(self) -> str:
        """As a link."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def _address(text: str) -> ListenAddress:
    host, colon, port = text.rpartition(":")
    if not colon or re.fullmatch(r"[0-9]{1,5}", port) is None or int(port) >= 1 << 16:
        raise ValueError("a host and a port, like 127.0.0.1:8300")
    return ListenAddress(host.strip("[]") or "127.0.0.1", int(port))


def _size(text: str) -> int:
    found = re.fullmatch(r"\s*(\d{1,15})\s*([kmgt]?)(?:i?b)?\s*", text.lower())
    if found is None:
        raise ValueError("a size, like 512 MiB")
    return int(found[1]) * _UNITS[found[2]]


def _whole(text: str) -> int:
    if not re.fullmatch(r"\d{1,12}", text.strip()):
        raise ValueError("a whole number")
    return int(text)


def _retention(text: str) -> int:
    days = _whole(text)
    if 0 < days < _SHORTEST_RETENTION or days > _LONGEST_RETENTION:
        raise ValueError(f"0, or a number of days from {_SHORTEST_RETENTION} to {_LONGEST_RETENTION}")
    return days


def _seconds(text: str) -> float:
    if not re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text.strip()):
        raise ValueError("a number of seconds")
    return float(text)


def _flag(text: str) -> bool:
    if text not in {"yes", "no"}:
        raise ValueError("yes or no")
    return text == "yes"


def _networks(text: str) -> tuple[str, ...]:
    try:
        for one in text.split():
            ipaddress.ip_network(one)
    except ValueError:
        raise ValueError("addresses or networks, like 10.0.0.1 or 10.0.0.0/8") from None
    return _words(text)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _only_tables(text: str) -> tuple[Any, ...]:  # noqa: ARG001 - as every one of them
    raise ValueError("tables")


def _public_url(text: str) -> str:
    parts = urlsplit(text)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not is_safe or parts.query or parts.fragment or parts.username:
        raise ValueError("an https address without user, query or fragment, like https://certmark.example.org/cloud")
    return text.rstrip("/")


def _database(text: str) -> str:
    parts = urlsplit(text)
    is_postgresql = parts.scheme in {"postgresql", "postgres"} and parts.path.count("/") == 1 and len(parts.path) > 1
    if not is_postgresql and not text.startswith("sqlite:///"):
        raise ValueError("postgresql://USER@HOST/NAME, or sqlite:///FILE")
    try:
        _ = parts.port
    except ValueError:
        raise ValueError("an address: in a password / is written %2F, @ %40 and : %3A") from None
    return text


def _evidence(text: str) -> str:
    if not text.startswith(("s3://", "file:///")):
        raise ValueError("s3://BUCKET/PREFIX, or file:///FOLDER")
    return text


def _mail_address(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,200}", text):
        raise ValueError("one mail address, like certmark@example.org")
    return text


def _webhook(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"https", "http"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError("an https address without user and password")
    return text


def _webhook_secret(text: str) -> str:
    try:
        size = len(base64.b64decode(text.removeprefix("whsec_"), validate=True))
    except ValueError:
        size = 0
    if not text.startswith("whsec_") or not 24 <= size <= 64:
        raise ValueError("whsec_ and 24 to 64 bytes in base64")
    return text


def _setting(default: Any, parse: Callable[[str], Any], help_: str, *, is_secret: bool = False) -> Any:
    metadata = {"parse": parse, "help": help_, "secret": is_secret}
    return dataclasses.field(default=default, metadata=metadata, repr=not is_secret)


# ruff: noqa: RUF009 - `_setting` gives a field, as `dataclasses.field` does
@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a server; all have a default, with which a server of one folder runs."""

    data: Path = _setting(Path("certmark-data"), Path, "The folder of the server: database, evidence and log.")
    listen: ListenAddress = _setting(ListenAddress("127.0.0.1", 8300), _address, "Where it listens.")
    public_url: str | None = _setting(
        None, _public_url, "The address by which people reach it. Links are made of it, never of a request."
    )
    database_url: str | None = _setting(
        None, _database, "The database; by default a SQLite file in the folder.", is_secret=True
    )
    evidence_url: str | None = _setting(
        None, _evidence, "Where evidence is kept; by default a folder in the folder.", is_secret=True
    )
    s3_endpoint: str | None = _setting(None, str, "The address of the S3 service, where it is not Amazon's.")
    s3_region: str = _setting("us-east-1", str, "The region of the S3 service.")
    s3_access_key: str | None = _setting(None, str, "The access key of the S3 service.", is_secret=True)
    s3_secret_key: str | None = _setting(None, str, "The secret key of the S3 service.", is_secret=True)
    trusted_proxies: tuple[str, ...] = _setting(
        (), _networks, "Addresses or networks of proxies whose Forwarded headers are believed."
    )
    largest_upload: int = _setting(2 << 30, _size, "Bytes of one upload.")
    largest_unpacked: int = _setting(8 << 30, _size, "Bytes of one upload, unpacked.")
    largest_read_at_once: int = _setting(
        32 << 20, _size, "Bytes of an upload up to which its sender waits until it is read; what is larger a job reads."
    )
    slowest_upload: float = _setting(60.0, _seconds, "Seconds that an upload may stand still.")
    open_uploads: int = _setting(20, _whole, "Unfinished uploads of one identity.")
    uploads_per_minute: int = _setting(120, _whole, "Uploads and other changes of one identity in a minute.")
    quota: int = _setting(
        0, _size, "Bytes that the runs of one identity may have together, as they were received; 0: no end."
    )
    anonymous_uploads: bool = _setting(
        False,
        _flag,
        "Whether RefStack's API takes results that nobody signed, which everybody sees then: yes or no.",
    )
    retention_days: int = _setting(
        0,
        _retention,
        "Days after which a private run of no product is deleted, its owner told 14 days before; 0: never.",
    )
    requests_per_minute: int = _setting(
        1200, _whole, "Requests of one identity in a minute; strangers are counted by the network they come from."
    )
    reading_memory: int = _setting(512 << 20, _size, "Bytes of memory of the process that reads evidence.")
    reading_time: float = _setting(600.0, _seconds, "Seconds of CPU of the process that reads evidence.")
    metrics_listen: ListenAddress | None = _setting(
        None, _address, "Where metrics are answered in Prometheus' form; by default nowhere. Let no stranger reach it."
    )
    guidelines_every: float = _setting(3600.0, _seconds, "Seconds between two looks at the sources of guidelines.")
    guideline_signers: Path | None = _setting(
        None,
        Path,
        "Who may sign published guidelines: OpenSSH's list of allowed signers, or a policy; without it none are taken.",
    )
    fetch_private: bool = _setting(
        False,
        _flag,
        "Whether what the server fetches may lie at private addresses, and come without TLS from there: yes or no.",
    )
    fetch_time: float = _setting(30.0, _seconds, "Seconds that fetching one thing may take.")
    permissions: Path | None = _setting(
        None, Path, "A YAML file of overrides of who may see and do what; without it the default holds."
    )
    programmes: Path | None = _setting(
        None, Path, "A folder of JSON files, each a programme with its rulebooks, beside those that come along."
    )
    ca_file: Path | None = _setting(
        None,
        Path,
        "A file of certificates, in PEM, that are believed beside the system's: of sources, of mail, of webhooks.",
    )
    log_origin: str | None = _setting(
        None, str, "The name of the server's log, like certmark.example.org/log; by default none is kept."
    )
    log_key: Path | None = _setting(
        None, Path, "The file of the key that signs the log; of a public key: the ssh-agent has the private one."
    )
    certificate_issuer: str | None = _setting(
        None, str, "Who answers for certificates, as their readers know it; without it none are signed."
    )
    certificate_key: Path | None = _setting(
        None,
        Path,
        "The file of the key that signs certificates and status lists; of a public key: the ssh-agent has the private "
        "one.",
    )
    published_checkpoints: tuple[str, ...] = _setting(
        (), _words, "Files or https addresses of checkpoints of the log that others keep; a restored log must agree."
    )
    questionnaires: Path | None = _setting(
        None, Path, "A folder with questionnaires of this programme, a JSON or YAML file each, beside those that ship."
    )
    mail_server: ListenAddress | None = _setting(
        None, _address, "The SMTP server for notices; without it none are sent."
    )
    mail_from: str | None = _setting(None, _mail_address, "The sender of notices.")
    mail_user: str | None = _setting(None, str, "The user at the SMTP server.")
    mail_password: str | None = _setting(None, str, "The password at the SMTP server.", is_secret=True)
    operator_mail: str | None = _setting(
        None, _mail_address, "Whom mail is sent to when work was given up and other things need the operator."
    )
    operator_webhook: str | None = _setting(
        None, _webhook, "An https address to which the same is sent as JSON, signed with webhook_secret."
    )
    webhook_secret: str | None = _setting(
        None,
        _webhook_secret,
        "The secret that signs webhooks (Standard Webhooks): whsec_ and 24 to 64 bytes in base64.",
        is_secret=True,
    )
    mail_tls: bool = _setting(
        True,
        _flag,
        "Whether notices are sent only where the SMTP server speaks TLS (STARTTLS): yes or no.",
    )
    providers: tuple[ProviderSettings, ...] = _setting(
        (), _only_tables, "OpenID providers with which people sign in: tables, see below."
    )
    ci: tuple[CiSettings, ...] = _setting(
        (), _only_tables, "Issuers of tokens of CI jobs, which publish without a stored secret: tables, see below."
    )
    session_idle: float = _setting(43_200.0, _seconds, "Seconds after which a session ends that nobody uses.")
    session_longest: float = _setting(2_592_000.0, _seconds, "Seconds after which a session ends however it is used.")
    clock_skew: float = _setting(60.0, _seconds, "Seconds by which clocks of providers may differ from this server's.")
    shutdown_time: float = _setting(30.0, _seconds, "Seconds that a stopping server gives to what it accepted.")

    @property
    def is_local(self) -> bool:
        """Whether it is one person's, on this machine only: nobody signs in."""
        return self.listen.is_loopback and self.public_url is None

    def shown(self) -> str:
        """What is not as by default, one setting a line; of secrets only that they are set."""
        lines: list[str] = []
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name in TABLES:
                lines += shown_table(field.name, value)
            elif value != field.default:
                written = " ".join(value) if isinstance(value, tuple) and not hasattr(value, "_fields") else str(value)
                lines.append(f"{field.name} = {'(secret)' if field.metadata['secret'] else written}")
        return "\n".join(lines)


def read_settings(file: Path | None, environment: Mapping[str, str], **given: str | None) -> Settings:
    """The settings of `file`, `environment` over them, and over both what is `given` by word.

    Raises SettingError.
    """
    found: dict[str, str] = dict(_of_file(file)) if file is not None else {}
    found |= {
        name.removeprefix(PREFIX).lower(): value for name, value in environment.items() if name.startswith(PREFIX)
    }
    found |= {name: value for name, value in given.items() if value is not None}
    fields = {field.name: field for field in dataclasses.fields(Settings)}
    try:
        values: dict[str, Any] = dict(take_tables(found))
    except ValueError as error:
        raise SettingError(str(error)) from None
    for name, text in found.items():
        if name not in fields:
            raise SettingError(f"there is no setting {name}{did_you_mean(name, fields)}")
        try:
            values[name] = fields[name].metadata["parse"](text)
        except ValueError as error:
            shown = "" if fields[name].metadata["secret"] else f", not {text[:100]!r}"
            raise SettingError(f"{name} must be {error}{shown}") from None
    settings = Settings(**values)
    _check_together(settings)
    return settings


_NEEDS = (
    ("mail_server", "mail_from"),
    ("certificate_key", "certificate_issuer"),
    ("certificate_issuer", "certificate_key"),
    ("mail_user", "mail_password"),
    ("mail_password", "mail_user"),
    ("operator_mail", "mail_server"),
    ("operator_webhook", "webhook_secret"),
    ("s3_access_key", "s3_secret_key"),
    ("s3_secret_key", "s3_access_key"),
)
"""Settings that mean nothing without another one."""


def _check_together(settings: Settings) -> None:
    for name, needed in _NEEDS:
        if getattr(settings, name) is not None and getattr(settings, needed) is None:
            raise SettingError(f"{name} is set, and {needed} is not: one means nothing without the other")
    if settings.mail_user and not settings.mail_tls and settings.mail_server and not settings.mail_server.is_loopback:
        raise SettingError("mail_tls is no, and mail_user is set: a password would be sent for all to read")


def _of_file(file: Path) -> Iterator[tuple[str, str]]:
    try:
        with file.open("rb") as stream:
            data = stream.read(_LARGEST_FILE)
        content = tomllib.loads(data.decode())
    except OSError as error:
        raise SettingError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SettingError(f"{file} is not TOML: {error}") from error
    yield from _flat(file, "", content)


def _flat(file: Path, before: str, content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for own_name, value in content.items():
        name = f"{before}{own_name}"
        if isinstance(value, dict) and name.partition("_")[0] in TABLES and name.count("_") < _DEEPEST:
            yield from _flat(file, f"{name}_", value)
        elif isinstance(value, list):
            yield name, " ".join(map(str, value))
        elif isinstance(value, dict | bool):
            raise SettingError(f"{file}: {name} must be a text or a number")
        else:
            yield name, str(value)
