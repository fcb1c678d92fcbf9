"""The record of accounts that were made: one JSON object a line, appended before and after each creation.

No secrets. Lines are `begin` (first), `making` (about to make a thing), `made` (with its id), `removed`,
`finished`. A torn last line is as if it had not been written. Whoever reads a `making` without its
`made` must ask the cloud whether the thing is there.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from certmark.domain.accounts_needed import AccountsRecord, MadeAccounts
from certmark.formats.errors import FormatError

VERSION = 1
_LARGEST = 16 << 20


class InvalidAccountsRecord(FormatError):
    """The file is no record of accounts; the message says what to name instead."""


class RecordFile:
    """The record in the file `path`, open for appending; what was written is on the disk when a method returns."""

    def __init__(self, path: str) -> None:
        self.path = path

    @property
    def exists(self) -> bool:
        """Whether there is a record."""
        return Path(self.path).exists()

    def begin(self, cloud: str, tag: str, domain: str, begun: dt.datetime) -> None:
        """Begin a new record; never over an old one."""
        line = {"what": "begin", "certmark": "accounts", "version": VERSION, "cloud": cloud, "tag": tag}
        self._append({**line, "domain": domain, "begun": begun.isoformat()}, os.O_EXCL)

    def making(self, kind: str, name: str, project: str = "") -> None:
        """A thing is about to be made."""
        self._append({"what": "making", "kind": kind, "name": name, "project": project})

    def made(self, kind: str, name: str, ident: str, project: str = "") -> None:
        """It was made."""
        self._append({"what": "made", "kind": kind, "name": name, "id": ident, "project": project})

    def removed(self, kind: str, name: str) -> None:
        """It is gone."""
        self._append({"what": "removed", "kind": kind, "name": name})

    def finished(self) -> None:
        """All was made."""
        self._append({"what": "finished"})

    def read(self) -> AccountsRecord:
        """What it says. Raises InvalidAccountsRecord or OSError."""
        with Path(self.path).open("rb") as file:
            data = file.read(_LARGEST + 1)
        return read_record_of_accounts(data, self.path)

    def _append(self, line: Mapping[str, object], more: int = 0) -> None:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | more, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            torn = size and os.pread(descriptor, 1, size - 1) != b"\n"
            text = ("\n" if torn else "") + json.dumps(line) + "\n"
            os.write(descriptor, text.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def read_record_of_accounts(data: bytes, name: str) -> AccountsRecord:
    """The record that `data` holds. Raises InvalidAccountsRecord."""
    lines = [found for line in data[:_LARGEST].split(b"\n") if (found := _line(line))]
    head = lines[0] if lines else {}
    if head.get("certmark") != "accounts" or head.get("version") != VERSION:
        raise InvalidAccountsRecord(f"{name} is no record of the making of accounts")
    made: dict[tuple[str, str], MadeAccounts] = {}
    is_finished = False
    try:
        for line in lines[1:]:
            is_finished = line["what"] == "finished"
            if not is_finished:
                key = (str(line["kind"]), str(line["name"]))
                made[key] = _changed(made.get(key), line)
        begun = dt.datetime.fromisoformat(str(head["begun"]))
        return AccountsRecord(
            str(head["cloud"]), str(head["tag"]), str(head["domain"]), begun, tuple(made.values()), is_finished
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidAccountsRecord(
            f"{name} was changed by something else ({error!r}); take a copy that was not"
        ) from error


def _changed(before: MadeAccounts | None, line: Mapping[str, Any]) -> MadeAccounts:
    kind, name = str(line["kind"]), str(line["name"])
    match line["what"]:
        case "making":
            return MadeAccounts(kind, name, None, str(line.get("project") or ""))
        case "made":
            return MadeAccounts(kind, name, str(line["id"]), str(line.get("project") or ""))
        case "removed":
            return (before or MadeAccounts(kind, name, None))._replace(is_removed=True)
        case other:
            raise ValueError(f"what is {other!r}")


def _line(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None  # torn by a crash; the next writer began a new line
    return found if isinstance(found, dict) else None
