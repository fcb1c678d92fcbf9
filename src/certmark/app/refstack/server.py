"""A server that speaks RefStack's API: results sent there, signed with a key or not, and those that it lists."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from certmark.app.inputs.keys import AskPassphrase, signer_of
from certmark.app.refstack.cpids import cpid_of_endpoint
from certmark.app.results import ConvertRequest, ResultsForm, convert_results
from certmark.client.connection import ServerConnection
from certmark.client.refstack import API, SELF_SIGNED, KeySignature, RefStackServer, UploadedResults, signed
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidInput
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.formats.errors import UnreadableResults, excerpt
from certmark.formats.results.evidence import head_of
from certmark.formats.results.recognition import ResultsKind, recognise
from certmark.formats.results.refstack import KEYS, read_upload
from certmark.formats.sources import read_whole, source_of

_LARGEST = 64 << 20


@dataclass(frozen=True, kw_only=True)
class RefStackRequest:
    """Which server, and whose key signs what is sent."""

    url: str
    """What stands before /v1."""
    is_checked: bool = True
    """Whether the server's certificate is looked at."""
    key: str | None = None
    """A private key, or what stands for one in ssh-agent; None: nothing is signed."""


def server_of(request: RefStackRequest, listen: Listener) -> RefStackServer:
    """The server; what makes it easy to be deceived is told. Raises InvalidRequest."""
    return RefStackServer(connection_to(request.url, listen, api=API, is_checked=request.is_checked))


def connection_to(url: str, listen: Listener, *, api: str, is_checked: bool) -> ServerConnection:
    """How `url` is reached; what makes it easy to be deceived is told. Raises InvalidRequest."""
    connection = ServerConnection(url, api=api, is_checked=is_checked)
    if connection.is_in_clear:
        text = f"{url} is not https: whoever is on the way there can read and change what is said"
        listen(Remark(text, is_important=True))
    elif not is_checked:
        text = f"nobody checks who answers as {url}: whoever is on the way there can read and change what is said"
        listen(Remark(text, is_important=True))
    return connection


def upload(request: RefStackRequest, body: bytes, ask: AskPassphrase, listen: Listener = ignore) -> UploadedResults:
    """Send an upload, signed where a key is named. Raises InvalidRequest, InvalidInput, CannotProceed or OSError."""
    server = server_of(request, listen)
    signature = None if request.key is None else signed(body, signer_of(request.key, ask, listen))
    return server.upload(body, signature)


def self_signature(key: str, ask: AskPassphrase, listen: Listener = ignore) -> KeySignature:
    """What RefStack's page asks for when a key is registered. Raises as `signer_of`, and InvalidRequest."""
    return signed(SELF_SIGNED, signer_of(key, ask, listen))


def saved_upload(path: str) -> bytes:
    """What was saved of a run, as it is sent: the same JSON, written anew.

    Raises UnreadableResults, also where no test passed or RefStack would not take it, or OSError.
    """
    source = source_of(path)
    kind = recognise(head_of(source))
    if kind not in {ResultsKind.JSON, None}:
        raise UnreadableResults(
            f"{source.name} is {kind.value}, and JSON that was saved is uploaded so", Advice(Action.UPLOAD_STREAM)
        )
    data = read_whole(source, _LARGEST)
    demand_passes(read_upload(data, source.name).attempts, source.name)
    document: dict[str, Any] = json.loads(data)
    strange, missing = sorted(document.keys() - KEYS), sorted(KEYS - document.keys())
    if strange or missing:
        what = (
            f"has {excerpt(strange[0], 40)}, which" if strange else f"has no {excerpt(missing[0], 40)}, without which"
        )
        raise UnreadableResults(f"{source.name} {what} RefStack refuses an upload; name the file that was saved")
    return json.dumps(document).encode("ascii")


def stream_upload(path: str, endpoint: str, listen: Listener = ignore) -> bytes:
    """The passed tests of results in any form, as RefStack's client sent those of a stream: without their duration.

    Raises InvalidRequest, InvalidInput or OSError.
    """
    cpid = cpid_of_endpoint(endpoint)
    body = convert_results(ConvertRequest(results=[path], form=ResultsForm.REFSTACK, cpid=cpid, seconds=0), listen)
    demand_passes(json.loads(body)["results"], path)
    return body


def demand_passes(passed: object, name: str) -> None:
    """Raises InvalidInput where nothing passed."""
    if not passed:
        raise InvalidInput(f"no test passed in {name}, and RefStack takes passed tests only; nothing is sent")
