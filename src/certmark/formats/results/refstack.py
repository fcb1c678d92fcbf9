"""RefStack's upload: the passed tests of a run, as refstack-client saves and sends them.

`{"cpid": …, "duration_seconds": …, "results": [{"name": …, "uuid": …}, …]}`. It says nothing of
tests that did not pass, nor of times. As RefStack did, `uid` of old clients is dropped.

What the server gives back of it (`GET /v1/results/ID`) is read, too: names only, with the record's
`id`, `created_at` and `meta`; without `cpid` for those whom it does not concern.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, BinaryIO

from certmark.domain.advice import Action, Advice
from certmark.domain.identity import bare_uuid, fixture_of, split
from certmark.domain.phrases import count_of
from certmark.domain.results import Attempt, Outcome
from certmark.formats.documents.parsing import parse_json
from certmark.formats.errors import UnreadableResults, excerpt
from certmark.formats.results.contents import MAX_NAME, Reading
from certmark.formats.results.junit.words import said_by

FORMAT = "refstack-upload"
_LARGEST = 64 << 20
KEYS = frozenset({"cpid", "duration_seconds", "results"})
_RECORD = frozenset({"id", "created_at"})
"""What the server's record of a result has, and an upload has not."""
_RECORD_KEYS = frozenset({*KEYS, *_RECORD, "meta", "url", "user_role", "verification_status", "product_version"})
_ENTRY_KEYS = frozenset({"name", "uuid", "uid"})


def read_upload(data: bytes, name: str) -> Reading:
    """Every entry of an upload as a passed attempt, in its order, each test once.

    What is odd (other keys, ids that are none, a test named twice) is told in remarks. Raises
    UnreadableResults where it is no upload.
    """
    if len(data) > _LARGEST:
        raise UnreadableResults(f"{name} has more than {_LARGEST >> 20} MiB, too much for an upload of RefStack")
    document = parse_json(data, name, UnreadableResults)
    entries = _entries(document, name)
    is_record = document.keys() >= _RECORD
    attempts: dict[tuple[str, str | None], Attempt] = {}
    named = 0
    for place, entry in enumerate(entries):
        known = len(attempts)
        attempt = _attempt(
            {"name": entry} if is_record and isinstance(entry, str) else entry, f"{name}, results[{place}]"
        )
        attempts.setdefault((attempt.name, attempt.uuid), attempt)
        other = split(entry["name"] if isinstance(entry, dict) else entry).uuid
        if other not in {None, attempt.uuid}:  # its name says another id: both stand, and contradict one another
            attempts.setdefault((attempt.name, other), attempt._replace(uuid=other))
        named += len(attempts) > known
    return Reading(
        FORMAT,
        tuple(attempts.values()),
        passes_only=True,
        remarks=_remarks(document, entries, len(entries) - named),
    )


def write_upload(attempts: Iterable[Attempt], out: BinaryIO, *, cpid: str, duration_seconds: int) -> None:
    """Write what refstack-client would send of `attempts`: the passed tests, each name once, in their order.

    Names are without brackets; fixtures such as `setUpClass (…)` are no tests and left out.
    """
    results: dict[str, dict[str, str]] = {}
    for attempt in attempts:
        if attempt.outcome is Outcome.PASSED and fixture_of(attempt.name) is None:
            entry = {"name": attempt.name} | ({} if attempt.uuid is None else {"uuid": attempt.uuid})
            results.setdefault(attempt.name, entry)
    upload = {"cpid": cpid, "duration_seconds": duration_seconds, "results": list(results.values())}
    out.write(json.dumps(upload).encode("ascii"))


def _entries(document: Any, name: str) -> list[Any]:
    if not isinstance(document, dict):
        kind = {list: "a list", str: "a text", bool: "a truth value"}.get(type(document), "a single value")
        raise UnreadableResults(f"{name} is JSON, but {kind} and not an upload of RefStack or a report of certmark")
    if "results" not in document:
        raise _no_results(document, name)
    if "cpid" not in document and not document.keys() >= _RECORD:
        raise UnreadableResults(
            f'{name} has no "cpid", so it is no upload of RefStack; name the file that was uploaded'
        )
    entries = document["results"]
    if not isinstance(entries, list):
        raise UnreadableResults(f'{name}: "results" is no list; name the file that was uploaded')
    return entries


def _no_results(document: dict[str, Any], name: str) -> UnreadableResults:
    if {"capabilities", "components", "metadata"} & document.keys():
        return UnreadableResults(f"{name} is a guideline, not results", Advice(Action.GIVE_AS_GUIDELINE))
    keys = ", ".join(excerpt(key, 20) for key in list(document)[:3])
    return UnreadableResults(
        f'{name} is JSON of another kind (it has {keys or "nothing"} and no "results"); name a file of results'
    )


def _attempt(entry: Any, place: str) -> Attempt:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or not entry["name"].strip():
        raise UnreadableResults(f'{place} has no "name"; an upload names every test that passed')
    if len(entry["name"]) > MAX_NAME:
        raise UnreadableResults(f"{place}: a test's name of {len(entry['name']):,} characters is no name")
    said = [(str(key)[:40], word) for key, value in entry.items() if key not in _ENTRY_KEYS and (word := _word(value))]
    if any(said_by(key, word) is not Outcome.PASSED for key, word in said):
        raise UnreadableResults(
            f"{place}: an upload names passed tests only, and this entry says that it is none"
            " (or has a word for it that is not known); send the file that refstack-client saved"
        )
    identity = split(entry["name"])
    given = entry.get("uuid")
    uuid = bare_uuid(given) if isinstance(given, str) else None
    return Attempt(identity.name, uuid or identity.uuid, Outcome.PASSED, attributes=identity.attributes)


def _word(value: object) -> str:
    """What may be a word for an outcome: a text, or whether something holds."""
    return value[:80] if isinstance(value, str) else str(value) if isinstance(value, bool) else ""


def _remarks(document: dict[str, Any], entries: list[Any], twice: int) -> tuple[str, ...]:
    is_record = document.keys() >= _RECORD
    mappings = [entry for entry in entries if isinstance(entry, dict)]
    known = _RECORD_KEYS if is_record else KEYS
    unknown = sorted({*(document.keys() - known), *(key for entry in mappings for key in entry.keys() - _ENTRY_KEYS)})
    garbage = [entry["uuid"] for entry in mappings if "uuid" in entry and not _is_uuid(entry["uuid"])]
    remarks = [_record(document)] if is_record else []
    if unknown:
        remarks.append(f"keys that an upload has not were ignored: {_some(unknown)}")
    if garbage:
        ids = count_of(len(garbage), "id is", "ids are")
        remarks.append(f"{ids} no uuid and ignored: {_some([str(given) for given in garbage])}")
    if twice:
        remarks.append(f"{count_of(twice, 'entry repeats', 'entries repeat')} a test that is named already")
    return tuple(remarks)


def _record(document: dict[str, Any]) -> str:
    """The server's record of a result, in one sentence."""
    meta = document.get("meta")
    facts = meta if isinstance(meta, dict) else {}
    more = ", ".join(f"{key} {excerpt(str(facts[key]), 40)}" for key in ("guideline", "target") if facts.get(key))
    shown = f"{excerpt(str(document['id']), 40)}, created {excerpt(str(document['created_at']), 40)}"
    return f"it is RefStack's record of the result {shown}{f' ({more})' if more else ''}; it names tests without ids"


def _is_uuid(given: Any) -> bool:
    return given is None or (isinstance(given, str) and bare_uuid(given) is not None)


def _some(texts: list[str]) -> str:
    return ", ".join(excerpt(text, 40) for text in texts[:3]) + (", …" if len(texts) > 3 else "")
