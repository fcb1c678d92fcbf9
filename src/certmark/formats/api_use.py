"""What clients and tools call, as data/api-use has it; `docs/renew_api_use.py` reads it anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from certmark.domain.api_use import ApiCall, ApiUse
from certmark.formats.documents.fields import Fields
from certmark.formats.documents.parsing import parse_json
from certmark.formats.errors import InvalidScores

_FOLDER = Path(__file__).parents[1] / "data" / "api-use"
_LARGEST = 16 << 20
FORMAT = "certmark-api-use"
_CLIENT = "openstacksdk"
"""The source whose calls are methods of Python."""


def load_api_use(path: str | None = None) -> ApiUse:
    """The file `path`, else the newest that ships along; with the operations of capabilities that ship along.

    Raises InvalidScores or OSError.
    """
    file = max(_FOLDER.glob("20*.json")) if path is None else Path(path)
    with file.open("rb") as content:
        data = content.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise InvalidScores(f"{file.name} has more than {_LARGEST >> 20} MiB; no record of calls is that large")
    document = Fields(parse_json(data, file.name, InvalidScores, unique=True), file.name, InvalidScores)
    document.check_document(FORMAT, 1)
    sources = document.mapping("sources")
    calls: dict[str, list[ApiCall]] = {}
    for call in (*_of_go(document.mapping("go")), *_of_python(document.mapping("python"))):
        calls.setdefault(call.operation, []).append(call)
    speaks_for = {source: sources.mapping(source).text("speaks_for") for source in sources.content}
    return ApiUse(speaks_for, calls, _capabilities())


def _of_go(packages: Fields) -> Iterator[ApiCall]:
    for package in packages.content:
        functions = packages.mapping(package)
        for function in functions.content:
            places = functions.mapping(function)
            for source in places.content:
                yield ApiCall(source, f"{package} {function}", places.text(source))


def _of_python(services: Fields) -> Iterator[ApiCall]:
    for service in services.content:
        methods = services.mapping(service)
        for method in methods.content:
            yield ApiCall(_CLIENT, f"{service} {method}", methods.text(method))


def _capabilities() -> dict[str, tuple[str, ...]]:
    path = _FOLDER / "capabilities.json"
    known = Fields(parse_json(path.read_bytes(), path.name, InvalidScores, unique=True), path.name, InvalidScores)
    found = known.mapping("capabilities")
    entries = {key: found.mapping(key) for key in found.content}
    return {key: (*entry.texts("go", ()), *entry.texts("python", ())) for key, entry in entries.items()}
