"""Whom a server believes about people and machines: tables of the settings, `[providers.ID]` and `[ci.ID]`.

In the environment a value of a table is called by its place: CERTMARK_SERVER_PROVIDERS_ID_CLIENT_SECRET.
"""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from certmark.domain.suggestions import did_you_mean

LOOPBACK = ("127.0.0.1", "::1", "localhost")
_ID = re.compile(r"[a-z][a-z0-9]{0,39}\Z")
_LARGEST_SECRET = 4 << 10


def _issuer(text: str) -> str:
    parts = urlsplit(text)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not is_safe or parts.query or parts.fragment or parts.username or not parts.hostname:
        raise ValueError("the https address of an issuer, as it writes it itself")
    return text


def _line(text: str) -> str:
    if not text.strip() or not text.isprintable() or len(text) > 200:
        raise ValueError("a line of at most 200 signs")
    return text


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _scopes(text: str) -> tuple[str, ...]:
    found = _words(text)
    if "openid" not in found:
        raise ValueError("scopes with openid among them")
    return found


def _kind(text: str) -> str:
    if text not in KINDS:
        raise ValueError(f"one of {', '.join(KINDS)}")
    return text


def _column(
    parse: Callable[[str], Any], help_: str, default: Any = dataclasses.MISSING, *, secret: bool = False
) -> Any:
    metadata = {"parse": parse, "help": help_, "secret": secret}
    return dataclasses.field(default=default, metadata=metadata, repr=not secret)


# ruff: noqa: RUF009 - `_column` gives a field, as `dataclasses.field` does
@dataclass(frozen=True, kw_only=True)
class ProviderSettings:
    """An OpenID provider, with which people sign in."""

    id: str
    """In addresses: /sign-in/ID/callback is what the provider must know."""
    issuer: str = _column(_issuer, "The issuer, exactly as its discovery document says it.")
    client_id: str = _column(_line, "What the provider calls this server.")
    name: str = _column(_line, "What people call it; by default its id.", "")
    client_secret: str | None = _column(_line, "The secret of this server there.", None, secret=True)
    client_secret_file: Path | None = _column(Path, "A file with that secret.", None)
    scopes: tuple[str, ...] = _column(_scopes, "What it is asked for.", ("openid", "profile", "email"))

    @property
    def shown(self) -> str:
        """As people call it."""
        return self.name or self.id

    @property
    def secret(self) -> str | None:
        """Read when it is used, so that a new one needs no restart. Raises OSError."""
        if self.client_secret_file is None:
            return self.client_secret
        with self.client_secret_file.open(encoding="utf-8") as file:
            return file.read(_LARGEST_SECRET).strip()


@dataclass(frozen=True, kw_only=True)
class KindOfCi:
    """What a kind of CI says in its tokens."""

    immutable: tuple[str, ...]
    """Ids that a publisher names, all of them: a name can be given to somebody else, an id cannot."""
    more: tuple[str, ...]
    """What a publisher may name as well, to be narrower."""
    refused: Mapping[str, tuple[str, ...]]
    """By claim: what stands for work on a change of somebody else."""
    required: tuple[str, ...] = ()
    """Claims that must be there, so that what is refused can be told."""


KINDS: Mapping[str, KindOfCi] = {
    "github": KindOfCi(
        immutable=("repository_id", "repository_owner_id"),
        more=("job_workflow_ref", "environment", "ref"),
        refused={"event_name": ("pull_request", "pull_request_target", "issue_comment", "workflow_run")},
        required=("event_name",),
    ),
    "gitlab": KindOfCi(
        immutable=("project_id", "namespace_id"),
        more=("ci_config_ref_uri", "environment", "ref", "ref_protected"),
        refused={"pipeline_source": ("merge_request_event", "external_pull_request_event")},
        required=("pipeline_source",),
    ),
    # secret:TENANT/PROJECT/NAME: which secret of Zuul a job may use is reviewed in Zuul's own configuration.
    "zuul": KindOfCi(immutable=("sub",), more=(), refused={}),
}


@dataclass(frozen=True, kw_only=True)
class CiSettings:
    """An issuer of tokens for jobs of a CI, which publish without a stored secret."""

    id: str
    issuer: str = _column(_issuer, "The issuer, exactly as its discovery document says it.")
    kind: str = _column(_kind, "What its tokens are like: github, gitlab or zuul.")
    audience: str | None = _column(_line, "What a token must have been made for; by default `public_url`.", None)


TABLES: Mapping[str, type[Any]] = {"providers": ProviderSettings, "ci": CiSettings}


def take_tables(found: dict[str, str]) -> dict[str, tuple[Any, ...]]:
    """Take what belongs to tables out of `found`, the parties that it makes. Raises ValueError."""
    values: dict[str, dict[str, dict[str, str]]] = {name: defaultdict(dict) for name in TABLES}
    for name in list(found):
        table, _, rest = name.partition("_")
        if table in TABLES and rest:
            identity, _, column = rest.partition("_")
            values[table][identity][column] = found.pop(name)
    return {
        table: tuple(_party(TABLES[table], table, identity, given) for identity, given in sorted(parties.items()))
        for table, parties in values.items()
        if parties
    }


def shown_table(table: str, parties: Iterable[Any]) -> Iterator[str]:
    """What is said of parties, a line each value that is not as by default; of secrets only that they are set."""
    for party in parties:
        for name, column in columns_of(type(party)).items():
            value = getattr(party, name)
            if value != column.default:
                written = " ".join(value) if isinstance(value, tuple) else str(value)
                yield f"{table}.{party.id}.{name} = {'(secret)' if column.metadata['secret'] else written}"


def columns_of(kind: type[Any]) -> dict[str, dataclasses.Field[Any]]:
    """What may stand in a table."""
    return {field.name: field for field in dataclasses.fields(kind) if field.name != "id"}


def _party(kind: type[Any], table: str, identity: str, given: Mapping[str, str]) -> Any:
    columns = columns_of(kind)
    if not _ID.match(identity):
        raise ValueError(f"{table}.{identity[:50]}: an id has small letters and digits only")
    parsed: dict[str, Any] = {}
    for name, text in given.items():
        if name not in columns:
            raise ValueError(f"{table}.{identity}: there is no {name[:50] or 'value'}{did_you_mean(name, columns)}")
        try:
            parsed[name] = columns[name].metadata["parse"](text)
        except ValueError as error:
            shown = "" if columns[name].metadata["secret"] else f", not {text[:100]!r}"
            raise ValueError(f"{table}.{identity}.{name} must be {error}{shown}") from None
    missing = [name for name, column in columns.items() if column.default is dataclasses.MISSING and name not in parsed]
    if missing:
        raise ValueError(f"{table}.{identity} has no {missing[0]}")
    return kind(id=identity, **parsed)
