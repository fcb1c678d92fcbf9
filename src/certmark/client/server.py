"""One server, as its API version 2 shows it (docs/reference/api.md).

A request that could not be answered is sent again, with the same key, so that nothing is kept twice.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from certmark.client.connection import (
    ATTEMPTS,
    PAUSES,
    ServerAway,
    ServerConnection,
    ServerHasNone,
    ServerRefused,
    member,
    number,
    short,
)
from certmark.client.values import (
    AboutSubmission,
    LiveRun,
    Progress,
    RemoteRun,
    RunProgress,
    id_of,
    live_in,
    run_in,
    words_of,
)
from certmark.domain.errors import InvalidRequest

if TYPE_CHECKING:
    import requests

_SHORT = (3.0, 5.0)
"""Seconds for what a run does not wait for."""
_STEP = 1 << 18
_MOST_ENTRIES = 1000
PIECE = 8 << 20
"""Bytes of a piece of a large file, and the size from which a file is sent in pieces."""
_FIRST_LOOK, _LONGER, _LONGEST_LOOK = 0.5, 1.5, 15.0
"""Seconds until it is asked again whether a run was read, by how much that grows, and how far."""
_SHORTEST_BEGINNING = 4


class RemoteServer:
    """A server of ours."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection

    def submit(
        self, file: Path, about: AboutSubmission, progress: Progress | None = None, *, beside: bytes | None = None
    ) -> RemoteRun:
        """Send a file; its run, judged. A large one goes in pieces, on from where an earlier attempt stopped.

        `beside` is the attestation that follows: with another one it is another submission.

        Raises ServerRefused, ServerRefusedInput, ServerAway or OSError.
        """
        size, digest = file.stat().st_size, _digest(file)
        words = {**words_of(about), "sha256": digest}
        # The same of the same is the same run, whoever sends it anew for whatever reason.
        said = json.dumps(words, sort_keys=True).encode()
        key = hashlib.sha256(said + (b"" if beside is None else hashlib.sha256(beside).digest())).hexdigest()
        if size > PIECE:
            return self._submit_in_pieces(file, size, words, key, progress)

        def send() -> requests.Response:
            with file.open("rb") as stream:
                headers = {"Idempotency-Key": key, "Content-Type": "application/octet-stream"}
                content = _Told(stream, size, progress)
                return self._connection.send("POST", "/runs", params=words, data=content, headers=headers)

        return run_in(self._connection.json(send))

    def _submit_in_pieces(
        self, file: Path, size: int, words: Mapping[str, Any], key: str, progress: Progress | None
    ) -> RemoteRun:
        asked, headers = {**words, "size": str(size)}, {"Idempotency-Key": key}
        upload = self._connection.json(lambda: self._connection.send("POST", "/uploads", params=asked, headers=headers))
        path, received = f"/uploads/{id_of(member(upload, 'id', str))}", member(upload, "received", int)
        if received < 0:
            raise ServerAway("what answers there is no server of Certmark: it says something else than one does")
        with file.open("rb") as stream:
            while received < size:
                stream.seek(received)
                piece = stream.read(PIECE)
                received = self._send_piece(path, received, piece)
                if progress is not None:
                    progress(received, size)
        return run_in(self._connection.json(lambda: self._connection.send("POST", f"{path}/run")))

    def _send_piece(self, path: str, offset: int, piece: bytes) -> int:
        """How much is there now; a piece that came although nobody said so is not sent again."""
        asked = {"offset": str(offset)}
        try:
            self._connection.ask(lambda: self._connection.send("PATCH", path, params=asked, data=piece))
        except ServerRefused:
            received = member(self._connection.json(lambda: self._get(path)), "received", int)
            if received <= offset:
                raise
            return received
        return offset + len(piece)

    def attest(self, identity: str, envelope: bytes) -> RemoteRun:
        """Send the attestation of a run. Raises as `submit`."""
        path = f"{self._run(identity)}/attestation"
        return run_in(self._connection.json(lambda: self._connection.send("PUT", path, data=envelope)))

    def attestation(self, identity: str) -> bytes | None:
        """The attestation of a run; None: it has none. Raises ServerRefused or ServerAway."""
        try:
            path = f"{self._run(identity)}/attestation"
            return self._connection.ask(lambda: self._get(path)).content
        except ServerHasNone:
            return None

    def checkpoint(self, size: int | None = None) -> bytes:
        """The last checkpoint of the server's log, or that of `size`. Raises as `run`."""
        asked = {} if size is None else {"size": str(size)}
        return self._connection.ask(lambda: self._get("/log/checkpoint", asked)).content

    def log_entries(self, first: int, most: int) -> list[bytes]:
        """Entries of the server's log, some at once. Raises as `run`."""
        asked = {"first": str(first), "limit": str(min(most, _MOST_ENTRIES))}
        found = member(self._connection.json(lambda: self._get("/log/entries", asked)), "entries", list)
        try:
            return [base64.b64decode(one, validate=True) for one in found]
        except (TypeError, ValueError) as error:
            raise ServerAway("the server answers otherwise than one of ours: an entry is no base64") from error

    def receipt(self, identity: str) -> bytes | None:
        """The log's receipt of a run's attestation; None: it has none, or none yet. Raises as `attestation`."""
        try:
            return self._connection.ask(lambda: self._get(f"/runs/{id_of(identity)}/receipt")).content
        except ServerHasNone:
            return None

    def wait(self, run: RemoteRun, seconds: float, tell: Callable[[float], None]) -> RemoteRun:
        """The run once the server has read it, or as it is when the time is over. Raises as `run`.

        `tell` hears each time for how many seconds that was waited for.
        """
        began, pause = time.monotonic(), _FIRST_LOOK
        while run.is_waiting and (waited := time.monotonic() - began) < seconds:
            tell(waited)
            time.sleep(min(pause, seconds - waited))
            pause = min(pause * _LONGER, _LONGEST_LOOK)
            run = self.run(run.id)
        return run

    def identity_of(self, named: str) -> str:
        """The id of a run: by its id, the beginning of one of yours, or `last`, which is your newest one."""
        if re.fullmatch(rf"[0-9a-f]{{{_SHORTEST_BEGINNING},8}}|[0-9a-f]{{8}}-[0-9a-f-]{{0,26}}", named):
            found = list(self.runs(2, {"of": "mine", "id": named}))
        elif named == "last":
            found = list(self.runs(1, {"of": "mine"}))
        else:
            return id_of(named)
        if not found:
            which = "" if named == "last" else f" whose id begins with {named}"
            raise InvalidRequest(f"you have no run on the server{which}")
        if len(found) > 1:
            raise InvalidRequest(f"several of your runs have an id that begins with {named}; write more of it")
        return id_of(found[0].id)

    def _run(self, named: str) -> str:
        return f"/runs/{self.identity_of(named)}"

    def begin_live(self, about: AboutSubmission) -> str:
        """Say that a run begins here; the id under which it is told how far it is. Raises as `tell_progress`."""
        words = words_of(about)
        asked = {name: words[name] for name in ("program", "vendor", "product", "region", "public") if name in words}
        return id_of(member(self._connection.json(lambda: self._once("POST", "/live", params=asked)), "id", str))

    def tell_progress(self, live: str, progress: RunProgress) -> None:
        """Say how far a run is. Raises ServerRefused or ServerAway."""
        self._once("PUT", f"/live/{id_of(live)}", data=json.dumps(progress._asdict()))

    def _once(self, method: str, path: str, **more: Any) -> requests.Response:
        """Ask once and without patience: a run does not wait for it. Raises ServerRefused or ServerAway."""
        return self._connection.ask(lambda: self._connection.send(method, path, timeout=_SHORT, **more), attempts=1)

    def live_runs(self) -> list[LiveRun]:
        """Your runs that go on elsewhere, the last heard of first. Raises as `run`."""
        return [live_in(one) for one in member(self._connection.json(lambda: self._get("/live")), "live", list)]

    def live_run(self, identity: str) -> LiveRun | None:
        """A run that goes on elsewhere; None: there is none. Raises as `run`."""
        try:
            return live_in(self._connection.json(lambda: self._get(f"/live/{id_of(identity)}")))
        except ServerHasNone:
            return None

    def end_live(self, live: str) -> None:
        """Say that a run does not go on any more. Raises ServerRefused or ServerAway."""
        self._connection.ask(lambda: self._connection.send("DELETE", f"/live/{id_of(live)}"))

    def comparison(self, before: str, after: str, form: str) -> tuple[bytes, bool]:
        """What changed, in a form of `results diff`, and whether a test fails newly. Raises as `run`."""
        asked = {"before": self.identity_of(before), "form": form}
        path = f"{self._run(after)}/comparison"
        answer = self._connection.ask(lambda: self._get(path, asked))
        return answer.content, answer.headers.get("Certmark-Newly-Failing", "0") != "0"

    def run(self, identity: str) -> RemoteRun:
        """A run that may be seen. Raises ServerRefused or ServerAway."""
        path = self._run(identity)
        return run_in(self._connection.json(lambda: self._get(path)))

    def runs(self, most: int, wanted: Mapping[str, str] | None = None) -> Iterator[RemoteRun]:
        """Runs that fit what is `wanted`, the newest first. Raises ServerRefused or ServerAway."""
        cursor: str | None = None
        while most > 0:
            asked = {**(wanted or {}), "limit": str(min(most, 200))} | ({} if cursor is None else {"cursor": cursor})
            page = self._connection.json(partial(self._get, "/runs", asked))
            found = member(page, "runs", list)
            yield from map(run_in, found)
            most, cursor = most - len(found), page.get("next")
            if not isinstance(cursor, str):
                return

    def results(self, identity: str) -> list[Mapping[str, Any]]:
        """Every test of a run: name, uuid, outcome. Raises ServerRefused or ServerAway."""
        path = f"{self._run(identity)}/results"
        answer = self._connection.json(lambda: self._get(path))
        found = member(answer, "results", list)
        return [{name: member(one, name, str) for name in ("name", "outcome")} | one for one in found]

    def verdict(self, identity: str, form: str, **terms: str | None) -> tuple[bytes, str | None]:
        """The verdict of a run in a form of `judge`, under the terms named, and its standing. Raises as `run`."""
        asked = {"form": form} | {name: value for name, value in terms.items() if value is not None}
        path = f"{self._run(identity)}/verdict"
        answer = self._connection.ask(lambda: self._get(path, asked))
        return answer.content, answer.headers.get("Certmark-Standing")

    def evidence(self, identity: str, progress: Progress | None = None) -> Iterator[bytes]:
        """The bytes of a run as they were received, in pieces, compared with their digest at the end.

        What breaks off goes on where it stopped. Raises as `run`.
        """
        import requests

        path, got, size, found = f"{self._run(identity)}/evidence", 0, None, hashlib.sha256()
        tag = ""
        for attempt in range(ATTEMPTS):
            answer = self._connection.ask(partial(self._get_from, path, got, tag))
            tag = answer.headers.get("ETag", "")
            if answer.status_code != 206 and got:
                raise ServerAway("the server does not go on where it stopped; fetch it again")
            size = size or number(answer.headers.get("Content-Length", ""))
            try:
                for piece in answer.iter_content(_STEP):
                    got += len(piece)
                    found.update(piece)
                    if progress is not None:
                        progress(got, size)
                    yield piece
                break
            except requests.RequestException as error:
                if attempt == ATTEMPTS - 1:
                    raise ServerAway(f"the server broke off: {short(error)}") from error
                time.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
        if tag != f'"{found.hexdigest()}"':
            raise ServerAway("what came is not what the server says that it has; fetch it again")

    def _get_from(self, path: str, first: int, tag: str) -> requests.Response:
        headers = {"Range": f"bytes={first}-", "If-Range": tag} if first else {}
        headers["Accept-Encoding"] = "identity"
        return self._connection.send("GET", path, headers=headers, stream=True)

    def delete(self, identity: str) -> None:
        """Have a run forgotten, which is named by its id or the beginning of that. Raises as `run`."""
        path = f"/runs/{id_of(identity)}" if identity == "last" else self._run(identity)
        self._connection.ask(lambda: self._connection.send("DELETE", path))

    def _get(self, path: str, asked: Mapping[str, str] | None = None, *, stream: bool = False) -> requests.Response:
        return self._connection.send("GET", path, params=asked, stream=stream)


class _Told:
    """A file that tells how much of it was read; `requests` sends its length."""

    def __init__(self, stream: Any, size: int, progress: Progress | None) -> None:
        self._stream, self._size, self._progress, self._read = stream, size, progress, 0

    def __len__(self) -> int:
        return self._size

    def read(self, size: int = -1) -> bytes:
        piece: bytes = self._stream.read(_STEP if size < 0 else size)
        self._read += len(piece)
        if self._progress is not None:
            self._progress(self._read, self._size)
        return piece


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
